"""What can be said of a run without labels: expected precision, and how far it drifted from an earlier run."""

import numpy as np
import pytest

from sku_align import schema
from sku_align.evaluation.comparing import RunTables
from sku_align.evaluation.drift import drifts, expected_precision, in_tenths, psi


def run(
    count: int,
    *,
    price: float = 10.0,
    brand: str | None = "Korvel",
    colours: int = 0,
    shared: bool = True,
    seed: int = 0,
) -> RunTables:
    random = np.random.default_rng(seed)
    prices = iter(np.exp(random.normal(np.log(price), 0.5, 2 * count)).tolist())
    rows = [
        {"catalog": name, "offer_id": f"{at:05}", "title": "x", "language": language, "currency": "EUR",
         "price": next(prices), "brand": brand,
         "variants": [{"attribute": "colour", "value": "red"}] if at < colours else []}
        for name, language in (("a", "en"), ("b", "pl")) for at in range(count)
    ]  # fmt: skip
    decisions = [
        {"left_catalog": "a", "left_offer_id": f"{at:05}", "right_catalog": "b", "right_offer_id": f"{at:05}",
         "probability": 0.98 if at % 2 else 0.4, "decision": "auto_merge" if at % 2 else "reject",
         "reason": "threshold"}
        for at in range(count)
    ]  # fmt: skip
    clusters = [
        {"catalog": row["catalog"], "offer_id": row["offer_id"],
         "sku_id": row["offer_id"] if shared else f"{row['offer_id']}{row['catalog']}"}
        for row in rows
    ]  # fmt: skip
    tables = (schema.conform(rows, schema.OFFERS), schema.conform(decisions, schema.DECISIONS))
    return RunTables(*tables, schema.conform(clusters, schema.CLUSTERS))


def test_precision_is_expected_as_the_mean_probability_of_what_merged() -> None:
    of = run(200)
    assert expected_precision(of.offers, of.decisions) == pytest.approx({"all": 0.98, "en-pl": 0.98})
    assert expected_precision(of.offers, of.decisions.slice(0, 1)) == {}


def test_a_run_like_the_last_one_does_not_drift() -> None:
    assert all(drift.passed and drift.psi < 0.05 for drift in drifts(run(800), run(800, seed=1)))


def test_prices_in_cents_and_a_lost_column_are_found_and_named() -> None:
    found = drifts(run(400), run(400, price=1000.0, brand=None))
    assert {drift.figure for drift in found if not drift.passed} == {"prices in EUR", "offers with brand"}


def test_a_lost_attribute_and_skus_that_fell_apart_are_found_and_named() -> None:
    found = drifts(run(400, colours=200), run(400, shared=False))
    names = {drift.figure for drift in found if not drift.passed}
    assert names == {"offers with the attribute colour", "offers in a shared SKU"}
    assert {drift.figure for drift in found[:2]} == names


def test_two_small_samples_of_one_population_do_not_drift_by_chance() -> None:
    for seed in range(40):
        assert all(drift.passed for drift in drifts(run(100, seed=seed), run(100, seed=1000 + seed))), seed


def test_few_values_say_nothing() -> None:
    assert drifts(run(20), run(20, price=1000.0)) == []


def test_the_index_is_that_of_the_definition() -> None:
    assert psi({"x": 50, "y": 50}, {"x": 80, "y": 20}) == pytest.approx(0.3 * np.log(1.6) - 0.3 * np.log(0.4))
    assert psi(*in_tenths(np.arange(1000.0), np.arange(1000.0))) == pytest.approx(0)
    assert in_tenths(np.arange(100.0), np.array([5.0, 99.0])) == (dict.fromkeys("0123456789", 10), {"0": 1, "9": 1})
