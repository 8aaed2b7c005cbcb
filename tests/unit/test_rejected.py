"""Pairs that the scorer clearly rejects are sure only in runs where many of them are."""

import numpy as np
import pytest

from sku_align.calibration.calibration import Calibration
from sku_align.calibration.features import CONTEXT_FEATURES, OWN_FEATURES, Evidence
from sku_align.calibration.rejected import DOUBTED, ceilings
from tests.unit.test_calibration_candidates import shops


def evidence(odds: list[float], candidates: bool = True, **own: float) -> Evidence:
    """Pairs of a run with these raw scores; the first one has what is named."""
    context = np.zeros((len(odds), len(CONTEXT_FEATURES)), dtype=np.float32)
    context[:, CONTEXT_FEATURES.index("is_candidate")] = candidates
    fields = np.zeros((len(odds), len(OWN_FEATURES)), dtype=np.float32)
    for name, value in own.items():
        fields[0, OWN_FEATURES.index(name)] = value
    return Evidence(np.array(odds), context, fields, np.zeros(len(odds)))


def test_one_rejected_pair_among_many_sure_ones_is_doubted() -> None:
    odds, probability = [-4.8] + [4.0] * 99, np.full(100, 0.99)
    assert ceilings(evidence(odds), probability).tolist() == [DOUBTED] + [1.0] * 99


def test_a_domain_in_which_the_scorer_rejects_many_sure_pairs_keeps_them() -> None:
    odds, probability = [-4.8] * 20 + [4.0] * 80, np.full(100, 0.99)
    assert (ceilings(evidence(odds), probability) == 1.0).all()


@pytest.mark.parametrize("name", ["gtin_agrees", "mpn_agrees", "part_number_agrees"])
def test_an_identifier_speaks_for_itself(name: str) -> None:
    odds, probability = [-4.8] + [4.0] * 99, np.full(100, 0.99)
    assert (ceilings(evidence(odds, **{name: 0.5}), probability) == 1.0).all()


def test_what_is_not_sure_or_stands_in_no_run_stays_as_it_is() -> None:
    odds = [-4.8] + [4.0] * 99
    assert (ceilings(evidence(odds), np.array([0.89] + [0.99] * 99)) == 1.0).all()
    assert (ceilings(evidence(odds, candidates=False), np.full(100, 0.99)) == 1.0).all()
    assert ceilings(evidence([]), np.zeros(0)).tolist() == []


@pytest.mark.parametrize("curve", [(), ((-3.0, 0.001), (0.0, 0.5), (3.0, 0.999))])
def test_probabilities_odds_and_bounds_doubt_the_same_pairs(curve: tuple[tuple[float, float], ...]) -> None:
    pairs = np.array([[at, 40 + at] for at in range(40)])
    raw = np.array([-4.8] + [-3.9] * 39)
    model = Calibration("s", intercept=7.3, weights={"raw": 1.0}, curve=curve)
    offers, rank = shops(40), np.ones(40, dtype=np.int32)
    found = model.probability(offers, pairs, raw, rank)
    assert found[0] == pytest.approx(DOUBTED) and (found[1:] > 0.96).all()
    odds = model.odds(offers, pairs, raw, rank)
    assert 1 / (1 + np.exp(-odds[0])) == pytest.approx(DOUBTED) and (odds[1:] > 3).all()
    bounded = model.bounded(offers, pairs, raw, rank, np.full(40, 0.1))
    assert bounded.probability[0] == pytest.approx(DOUBTED) and bounded.high[0] <= bounded.probability[0]
    assert (bounded.low[1:] > 0.9).all()
