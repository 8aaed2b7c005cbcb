"""Pairs that another run of the same scorer could decide otherwise do not merge by themselves, nor part again."""

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit

from sku_align import schema
from sku_align.calibration.calibration import Bounded, Calibration
from sku_align.config import BundledScoring, Settings, VllmScoring
from sku_align.deciding import decide
from sku_align.pairs import pair_columns, pair_rows
from sku_align.scoring.protocol import spread_of
from sku_align.scoring.scorers.bundled import BundledScorer
from sku_align.scoring.scorers.vllm import VllmScorer

CALIBRATED = {"catalogs": {name: {"calibrated": True} for name in "ab"}}


def offers(many: int = 4, text: str = "text") -> pa.Table:
    rows = [
        {"catalog": name, "offer_id": f"{at:03}", "title": "t", "content_hash": f"{text} {name}{at}"}
        for name in "ab"
        for at in range(many)
    ]
    return schema.conform(rows, schema.OFFERS)


def scores(probability: Any, spread: Any = 0.02, pairs: Any = None) -> pa.Table:
    many = len(probability)
    left, right = (np.arange(many), many + np.arange(many)) if pairs is None else np.array(pairs).T
    middle = np.array(probability, np.float32)
    ends = {"probability": middle, "probability_low": middle - spread, "probability_high": middle + spread}
    columns = {name: values.astype(np.float32) for name, values in ends.items()}
    return schema.conform(pair_columns(offers(many), left, right) | columns, schema.SCORES)


def live(table: pa.Table, decisions: pa.Table) -> pa.Table:
    """What is live once these decisions were published."""
    sku = np.arange(len(table))
    for (left, right), made in zip(pair_rows(table, decisions), decisions["decision"].to_pylist(), strict=True):
        sku[right] = sku[left] if made == "auto_merge" else sku[right]
    columns = {name: table[name] for name in ("catalog", "offer_id", "content_hash")}
    return schema.conform(columns | {"sku_id": pa.array(sku).cast(pa.string())}, schema.PREVIOUS)


def ruled(scored: pa.Table, published: pa.Table | None = None, table: pa.Table | None = None, **more: Any) -> list[Any]:
    settings = Settings.model_validate(CALIBRATED | more)
    table = offers(len(scored)) if table is None else table
    made = decide(table, scored, schema.VERDICTS.empty_table(), settings, published)
    return list(zip(*(made[name].to_pylist() for name in ("decision", "reason", "detail")), strict=True))


def test_a_pair_merges_only_if_its_score_is_above_the_threshold_in_every_run() -> None:
    assert ruled(scores([0.93, 0.91, 0.89, 0.69])) == [
        ("auto_merge", "threshold", "at least 0.9"),
        ("review", "within_spread", "at least 0.9; the score may differ by up to 0.02 between runs"),
        ("review", "within_spread", "from 0.7 to 0.9; the score may differ by up to 0.02 between runs"),
        ("review", "within_spread", "below 0.7; the score may differ by up to 0.02 between runs"),
    ]


def test_scores_without_a_spread_are_decided_by_the_threshold_alone() -> None:
    expected = [("auto_merge", "threshold"), ("review", "threshold"), ("reject", "threshold")]
    assert [row[:2] for row in ruled(scores([0.9, 0.8999, 0.6999], 0.0))] == expected
    assert [row[:2] for row in ruled(scores([0.9, 0.8999, 0.6999]), deciding={"within_spread": "off"})] == expected


def test_what_is_live_in_one_sku_stays_there_until_its_text_changes() -> None:
    table = offers(2)
    published = live(table, decide(table, scores([0.95, 0.5]), schema.VERDICTS.empty_table(), Settings()))
    kept, new = ruled(scores([0.89, 0.91]), published)
    detail = "from 0.7 to 0.9; the score may differ by up to 0.02 between runs; both are live in one SKU"
    assert kept == ("auto_merge", "within_spread", detail)
    assert new[:2] == ("review", "within_spread")
    assert ruled(scores([0.87, 0.5]), published)[0][:2] == ("review", "threshold")
    assert ruled(scores([0.89, 0.5]), published, offers(2, "other text"))[0][0] == "review"
    assert ruled(scores([0.89, 0.5]), published, deciding={"within_spread": "review"})[0][0] == "review"


def test_a_guard_still_forbids_what_the_spread_would_keep() -> None:
    table = offers(1)
    published = live(table, decide(table, scores([0.95]), schema.VERDICTS.empty_table(), Settings()))
    sizes = [[{"dimension": "volume", "value": size}] for size in (330.0, 500.0)]
    column = pa.array(sizes, schema.OFFERS.field("quantities").type)
    changed = table.set_column(table.column_names.index("quantities"), schema.OFFERS.field("quantities"), column)
    assert ruled(scores([0.89]), published, changed)[0][:2] == ("reject", "guard:quantity")


@pytest.mark.parametrize("seed", range(5))
def test_a_merge_is_not_taken_back_by_a_run_whose_scores_differ_by_less_than_the_spread(seed: int) -> None:
    random, many = np.random.default_rng(seed), 300
    middle, table = random.uniform(0.6, 1.0, many), offers(many)
    nights = [np.clip(middle + random.uniform(-0.01, 0.01, many), 0, 1) for _ in range(6)]
    by_night, merged, published = [], np.zeros(many, bool), schema.PREVIOUS.empty_table()
    for night in nights:
        settings = Settings.model_validate(CALIBRATED)
        made = decide(table, scores(night), schema.VERDICTS.empty_table(), settings, published)
        now = np.array(made["decision"].to_pylist()) == "auto_merge"
        assert not (merged & ~now).any()
        assert (night[now & ~merged] >= 0.92 - 1e-6).all()
        merged, published = now, live(table, made)
        by_night.append(now)
    plain = [night >= 0.9 for night in nights]
    flips, before = (sum(int((one != two).sum()) for one, two in pairwise(of)) for of in (by_night, plain))
    assert flips < before / 2


def test_the_lead_over_the_runner_up_counts_with_the_spread_of_both() -> None:
    pairs = [(0, 2), (0, 3)]
    rows = {"catalogs": {}}
    table = offers(2)

    def first(lead: float, published: pa.Table | None = None) -> Any:
        return ruled(scores([0.95, 0.95 - lead], pairs=pairs), published, table, **rows)[0]

    assert first(0.15)[:2] == ("auto_merge", "threshold")
    assert first(0.12)[:2] == ("review", "within_spread")
    assert first(0.08)[:2] == ("review", "uncalibrated:margin")
    merged = decide(table, scores([0.95, 0.5], pairs=pairs), schema.VERDICTS.empty_table(), Settings())
    assert first(0.08, live(table, merged))[0] == "auto_merge"


def bounded(calibration: Calibration, raw: Any, spread: float) -> Bounded:
    """Of picked pairs, one for each raw score."""
    many = len(raw)
    pairs = np.stack([np.arange(many), many + np.arange(many)], axis=1)
    return calibration.bounded(offers(many), pairs, np.array(raw, np.float32), None, np.full(many, spread))


def test_a_spread_of_log_odds_becomes_one_of_probability_and_none_where_float32_cannot_show_it() -> None:
    raw = [0.0, 2.0, -9.0, 9.0]
    found = bounded(Calibration("s"), raw, 0.18)
    for end, by in ((found.low, -0.18), (found.high, 0.18)):
        np.testing.assert_allclose(end[:2], expit(np.array(raw[:2]) + by), atol=1e-6)
        assert end[2:].tolist() == found.probability[2:].tolist()
    stated = spread_of(BundledScorer(), BundledScoring())
    assert 0 < stated < 1e-6
    low, high = bounded(Calibration("s"), raw, stated)[1:]
    assert low.tolist() == high.tolist()


def test_where_a_runner_up_counts_it_moves_against_the_pair() -> None:
    competing = bounded(Calibration("s", weights={"raw": 1.0, "margin_ahead": 0.5}), [0.0], 0.1)
    np.testing.assert_allclose(competing.low, expit(-0.2), atol=1e-6)


def test_a_flat_part_of_the_curve_has_the_spread_of_its_whole_length() -> None:
    curve = ((-2.0, 0.1), (0.0, 0.5), (1.0, 0.5), (3.0, 0.9))
    for raw in (0.0, 0.5, 1.0):
        found = bounded(Calibration("s", curve=curve), [raw], 0.5)
        np.testing.assert_allclose([found.low[0], found.high[0]], [0.4, 0.6], atol=1e-6)


def test_a_partner_in_a_third_catalog_that_may_change_widens_the_bounds() -> None:
    rows = [{"catalog": name, "offer_id": at, "title": "t"} for name, at in ("a1", "b1", "c1", "c2")]
    pairs = np.array([[0, 1], [0, 2], [0, 3], [1, 2]])
    calibration = Calibration("s", weights={"raw": 0.5, "third_catalog_agrees": 3.0, "third_catalog_disagrees": -3.0})
    rank = np.array([2, 2, 2, 2])

    def of_first(second_partner: float) -> Bounded:
        raw = np.array([2.0, 3.0, second_partner, 3.0], np.float32)
        return calibration.bounded(schema.conform(rows, schema.OFFERS), pairs, raw, rank, np.full(4, 0.1))

    sure, open_ = of_first(1.0), of_first(2.9)
    assert sure.probability[0] == open_.probability[0] > 0.9
    assert sure.low[0] > 0.9
    assert open_.low[0] < 0.5


def test_the_settings_stand_above_what_a_scorer_states() -> None:
    stated = VllmScoring(model="m", revision="r")
    assert spread_of(VllmScorer(stated), stated) > 0
    assert spread_of(VllmScorer(stated), stated.model_copy(update={"spread": 0.0})) == 0
