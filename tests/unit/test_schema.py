"""Pair tables name offers so that a pair stands once, and lead back to the same rows."""

import numpy as np
import pyarrow as pa
import pytest

from sku_align import pairs as pairs_module
from sku_align import schema
from sku_align.pairs import pair_columns, pair_rows, sort_offers


@pytest.fixture
def offers() -> pa.Table:
    rows = [{"catalog": catalog, "offer_id": offer_id} for catalog in ("b", "a") for offer_id in ("2", "10", "1")]
    return sort_offers(schema.conform(rows, schema.OFFERS))


def test_the_smaller_key_is_always_left(offers: pa.Table) -> None:
    columns = pair_columns(offers, np.array([5, 0]), np.array([1, 3]))
    pairs = schema.conform(columns, schema.CANDIDATES)
    assert pairs["left_catalog"].to_pylist() == ["a", "a"]
    assert pairs["left_offer_id"].to_pylist() == ["10", "1"]
    assert pairs["right_catalog"].to_pylist() == ["b", "b"]


def test_pairs_lead_back_to_the_rows_they_came_from(offers: pa.Table) -> None:
    left, right = np.array([0, 1, 2, 0]), np.array([1, 5, 3, 4])
    pairs = schema.conform(pair_columns(offers, left, right), schema.CANDIDATES)
    assert pair_rows(offers, pairs).tolist() == [[0, 1], [1, 5], [2, 3], [0, 4]]


def test_a_pair_of_a_vanished_offer_has_no_row(offers: pa.Table) -> None:
    pairs = schema.conform(pair_columns(offers, np.array([0, 1]), np.array([5, 2])), schema.CANDIDATES)
    assert pair_rows(offers.slice(0, 3), pairs).tolist() == [[0, -1], [1, 2]]
    assert pair_rows(offers.slice(0, 0), pairs).tolist() == [[-1, -1], [-1, -1]]


def test_offers_too_many_for_a_look_up_table_are_found_as_well(
    offers: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right = np.array([0, 1, 2, 4]), np.array([1, 5, 3, 0])
    pairs = schema.conform(pair_columns(offers, left, right), schema.CANDIDATES)
    expected = [pair_rows(table, pairs).tolist() for table in (offers, offers.slice(1, 4), offers.slice(0, 0))]
    monkeypatch.setattr(pairs_module, "_TABLE", 0)
    found = [pair_rows(table, pairs).tolist() for table in (offers, offers.slice(1, 4), offers.slice(0, 0))]
    assert found == expected
    assert expected[:2] == [[[0, 1], [1, 5], [2, 3], [0, 4]], [[-1, 0], [0, -1], [1, 2], [-1, 3]]]


def test_pairs_survive_parquet(offers: pa.Table, tmp_path) -> None:
    import pyarrow.parquet as pq

    pairs = schema.conform(pair_columns(offers, np.array([0, 1]), np.array([5, 2])), schema.CANDIDATES)
    pq.write_table(pairs, tmp_path / "pairs.parquet")
    assert pair_rows(offers, pq.read_table(tmp_path / "pairs.parquet")).tolist() == [[0, 5], [1, 2]]


def test_an_unknown_column_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="surprise"):
        schema.conform({"catalog": ["a"], "surprise": [1]}, schema.OFFERS)
