"""What can be said of a run without labels: expected precision, and how far it drifted from an earlier run."""

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.evaluation.drift import drifts, expected_precision, numeric_psi, psi


def run(count: int, *, price: float = 10.0, brand: str | None = "Korvel", seed: int = 0) -> tuple[pa.Table, pa.Table]:
    random = np.random.default_rng(seed)
    prices = np.exp(random.normal(np.log(price), 0.5, count))
    rows = [
        {"catalog": name, "offer_id": f"{at:05}", "title": "x", "language": language, "currency": "EUR",
         "price": float(prices[at]), "brand": brand}
        for name, language in (("a", "en"), ("b", "pl")) for at in range(count)
    ]  # fmt: skip
    decisions = [
        {"left_catalog": "a", "left_offer_id": f"{at:05}", "right_catalog": "b", "right_offer_id": f"{at:05}",
         "probability": 0.98 if at % 2 else 0.4, "decision": "auto_merge" if at % 2 else "reject",
         "reason": "threshold"}
        for at in range(count)
    ]  # fmt: skip
    return schema.conform(rows, schema.OFFERS), schema.conform(decisions, schema.DECISIONS)


def test_precision_is_expected_as_the_mean_probability_of_what_merged() -> None:
    assert expected_precision(*run(200)) == pytest.approx({"all": 0.98, "en-pl": 0.98})
    offers, decisions = run(10)
    assert expected_precision(offers, decisions.slice(0, 1)) == {}


def test_a_run_like_the_last_one_does_not_drift() -> None:
    assert all(drift.passed and drift.psi < 0.05 for drift in drifts(run(800), run(800, seed=1)))


def test_prices_in_cents_and_a_lost_column_are_found_and_named() -> None:
    found = drifts(run(400), run(400, price=1000.0, brand=None))
    assert {drift.figure for drift in found if not drift.passed} == {"prices in EUR", "offers with brand"}


def test_few_values_say_nothing() -> None:
    assert drifts(run(20), run(20, price=1000.0)) == []


def test_the_index_is_that_of_the_definition() -> None:
    assert psi({"x": 50, "y": 50}, {"x": 80, "y": 20}) == pytest.approx(0.3 * np.log(1.6) - 0.3 * np.log(0.4))
    assert numeric_psi(np.arange(1000.0), np.arange(1000.0)) == pytest.approx(0)
