"""A probability of 0.9 is right nine times in ten, or it is not given."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.calibration.calibration import Calibration, file_name, load_calibration
from sku_align.calibration.features import FEATURE_NAMES
from sku_align.calibration.fit import fit_calibration, fold_numbers
from sku_align.calibration.prior import FEATURE_OF, FEATURES, PRIOR
from sku_align.errors import UserError
from sku_align.evaluation.pairs import calibration_error
from sku_align.pairs import sort_offers

SCORER = "bundled test"


def shops(count: int) -> pa.Table:
    rows = [{"catalog": name, "offer_id": f"{at:05}", "title": f"thing {at}"} for name in "ab" for at in range(count)]
    return sort_offers(schema.conform(rows, schema.OFFERS))


def noisy(count: int, scale: float, shift: float, seed: int = 0):
    """Pairs whose raw score is off by a scale and a shift: the truth follows scale * raw + shift."""
    random = np.random.default_rng(seed)
    raw = random.normal(0, 3, count)
    labels = random.random(count) < 1 / (1 + np.exp(-(scale * raw + shift)))
    return shops(count), np.stack([np.arange(count), np.arange(count) + count], axis=1), labels, raw, np.arange(count)


def test_an_overconfident_scorer_is_brought_to_what_its_labels_say():
    offers, pairs, labels, raw, groups = noisy(1500, scale=0.4, shift=-1.0)
    calibration, probability = fit_calibration(offers, pairs, labels, raw, groups, scorer=SCORER)
    assert calibration_error(labels, probability) < 0.04
    # Picked pairs have two slopes of one score, which add up.
    assert calibration.weights["raw"] + calibration.weights["raw_picked"] == pytest.approx(0.4, abs=0.08)
    untouched = Calibration(SCORER).probability(offers, pairs, raw)
    assert calibration_error(labels, untouched) > 0.1


@pytest.mark.parametrize("curve", [(), ((-5.0, 0.0), (0.0, 0.4), (5.0, 1.0))])
def test_log_odds_go_on_where_probabilities_are_all_alike(curve: tuple[tuple[float, float], ...]) -> None:
    offers, pairs = shops(7), np.stack([np.arange(7), np.arange(7) + 7], axis=1)
    raw = np.array([-20.0, -10.0, -2.0, 0.0, 2.0, 10.0, 20.0])
    calibration = Calibration(SCORER, curve=curve)
    odds, shown = calibration.odds(offers, pairs, raw), calibration.probability(offers, pairs, raw)
    assert (np.diff(odds) > 0.5).all()
    np.testing.assert_allclose((1 / (1 + np.exp(-odds))).clip(0.001, 0.999), shown, atol=1e-6)


def test_many_labels_bend_the_curve_and_it_stays_monotone():
    offers, pairs, labels, raw, groups = noisy(2400, scale=0.5, shift=-2.0)
    calibration, _ = fit_calibration(offers, pairs, labels, raw, groups, scorer=SCORER)
    odds, values = np.array(calibration.curve).T
    assert (np.diff(odds) >= 0).all()
    assert (np.diff(values) >= 0).all()


def test_two_hundred_labels_shift_the_shipped_weights_and_keep_what_they_do_not_speak_of():
    offers, pairs, labels, raw, groups = noisy(200, scale=0.6, shift=-1.5)
    prior = Calibration(SCORER, weights={"raw": 1.0, "gtin_agrees": 3.5})
    calibration, _ = fit_calibration(offers, pairs, labels, raw, groups, scorer=SCORER, prior=prior)
    assert calibration.weights["gtin_agrees"] == pytest.approx(3.5)
    assert calibration.weights["raw"] < 0.9
    assert calibration.intercept < -0.5


def test_no_evidence_for_a_match_ever_counts_against_it():
    offers, pairs, labels, raw, groups = noisy(400, scale=1.0, shift=0.0)
    gtins = ["4006381333931"] * len(offers)
    offers = offers.set_column(offers.column_names.index("gtin"), "gtin", pa.array(gtins))
    calibration, _ = fit_calibration(offers, pairs, ~labels, raw, groups, scorer=SCORER)
    assert calibration.weights["raw"] >= 0
    assert calibration.weights["gtin_agrees"] >= 0


def test_an_equal_gtin_raises_the_probability_and_a_conflict_lowers_it():
    offers = schema.conform(
        [
            {"catalog": "a", "offer_id": "1", "title": "Tea", "gtin": "4006381333931"},
            {"catalog": "b", "offer_id": "1", "title": "Tea", "gtin": "4006381333931"},
            {"catalog": "b", "offer_id": "2", "title": "Tea", "gtin": "4006381333948"},
            {"catalog": "b", "offer_id": "3", "title": "Tea"},
        ],
        schema.OFFERS,
    )
    calibration = Calibration(SCORER, weights={"raw": 1.0, "gtin_agrees": 4.0, "gtin_conflicts": -2.0})
    equal, conflict, absent = calibration.probability(offers, np.array([[0, 1], [0, 2], [0, 3]]), np.zeros(3))
    assert conflict < absent < equal
    assert absent == pytest.approx(0.5)


def test_the_order_of_pairs_and_of_sides_changes_no_probability():
    offers, pairs, _, raw, _ = noisy(50, 1.0, 0.0)
    calibration = Calibration(SCORER, weights={"raw": 0.7, "numbers_agree": 1.0, "price_apart": -1.0})
    straight = calibration.probability(offers, pairs, raw)
    turned = calibration.probability(offers, pairs[::-1, ::-1], raw[::-1])[::-1]
    assert straight.tolist() == turned.tolist()


def test_a_calibration_is_read_back_as_it_was_written(tmp_path: Path):
    offers, pairs, labels, raw, groups = noisy(2100, 0.8, -0.5)
    calibration, _ = fit_calibration(offers, pairs, labels, raw, groups, scorer=SCORER)
    calibration.save(tmp_path)
    read = load_calibration(SCORER, tmp_path)
    assert read.probability(offers, pairs, raw).tolist() == calibration.probability(offers, pairs, raw).tolist()
    assert read == calibration


def test_it_covers_the_catalogs_it_was_fitted_on_and_no_other():
    offers, pairs, labels, raw, groups = noisy(100, 1.0, 0.0)
    calibration, _ = fit_calibration(offers, pairs, labels, raw, groups, scorer=SCORER)
    stranger = schema.conform([{"catalog": "c", "offer_id": "1", "title": "x"}], schema.OFFERS)
    assert calibration.covers(offers) == {"a": True, "b": True}
    assert calibration.covers(stranger) == {"c": False}


def test_a_scorer_nobody_calibrated_keeps_its_probability_and_covers_nothing(tmp_path: Path):
    calibration = load_calibration("vllm some/model", tmp_path)
    offers, pairs, *_ = noisy(3, 1.0, 0.0)
    probability = calibration.probability(offers, pairs, np.array([0.0, 0.42, 1.0]))
    assert probability == pytest.approx([0.001, 0.42, 0.999])
    assert set(calibration.covers(offers).values()) == {False}


def test_calibrations_of_two_scorers_never_meet(tmp_path: Path):
    Calibration("bundled one", intercept=-3.0).save(tmp_path)
    assert load_calibration("bundled one", tmp_path).intercept == -3.0
    assert load_calibration("vllm two", tmp_path).intercept == 0.0


def test_a_calibration_of_a_version_that_weighed_other_things_is_not_half_applied(tmp_path: Path):
    path = Calibration(SCORER, weights={"raw": 1.0, "moon": 2.0}).save(tmp_path)
    with pytest.raises(UserError, match="weighs moon, which this version does not know"):
        Calibration.read(path)


def test_a_damaged_calibration_is_a_sentence(tmp_path: Path):
    (tmp_path / file_name(SCORER)).write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="fit it again or delete it"):
        load_calibration(SCORER, tmp_path)


@pytest.mark.parametrize("labels", [np.zeros(50, bool), np.ones(50, bool), np.array([True, False])])
def test_too_few_labels_are_refused_with_a_sentence(labels):
    offers, pairs, _, raw, groups = noisy(len(labels), 1.0, 0.0)
    with pytest.raises(UserError, match="too few to calibrate"):
        fit_calibration(offers, pairs, labels, raw, groups, scorer=SCORER)


def test_a_product_is_never_on_both_sides_of_a_fold():
    groups = np.repeat(np.arange(40), np.arange(40) % 7 + 1)
    folds = fold_numbers(groups)
    assert all(len(set(folds[groups == group])) == 1 for group in range(40))
    assert np.bincount(folds).min() > len(groups) / 10


def test_every_feature_has_a_prior_and_a_sign():
    assert tuple(PRIOR) == FEATURE_NAMES
    assert all(value for name, value in PRIOR.items() if FEATURE_OF[name].sign != "either")


def test_every_feature_is_described_and_says_where_its_weight_comes_from():
    assert all(feature.description.endswith(".") and feature.source for feature in FEATURES)
    assert len({feature.description for feature in FEATURES}) == len(FEATURES)


def test_a_calibration_with_the_names_of_the_last_release_means_the_same_and_warns(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    of_today = Calibration(
        "vllm mint",
        raw_scale="probability",
        weights={"raw": 0.8, "raw_hinge_low": 0.3, "margin_behind": -0.6, "third_catalog_agrees": 1.5},
        one_to_one=True,
        match_prior_weight=1.2,
    )
    path = of_today.save(tmp_path)
    assert Calibration.read(path) == of_today
    assert not caplog.records
    values = json.loads(path.read_text(encoding="utf-8"))
    for name, old in (("raw_scale", "link"), ("one_to_one", "exclusive"), ("match_prior_weight", "overlap")):
        values[old] = values.pop(name)
    values["link"] = "logit"
    values["weights"] = {"raw": 0.8, "raw_low": 0.3, "beaten": -0.6, "third_agrees": 1.5}
    path.write_text(json.dumps(values), encoding="utf-8")
    assert Calibration.read(path) == of_today
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert "(beaten, exclusive, link, overlap, raw_low, third_agrees)" in record.getMessage()
    assert str(path) in record.getMessage()
