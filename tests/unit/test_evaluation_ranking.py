"""Measures of a ranking are those of their definitions; every labelled offer asks each catalog that can answer."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sku_align import schema
from sku_align.blocking.hits import Hits
from sku_align.evaluation.ranking import evaluate_ranking, measure

LISTS = st.lists(
    st.tuples(
        st.permutations(range(12)), st.integers(1, 12), st.frozensets(st.integers(0, 11), min_size=1, max_size=4)
    ),
    min_size=1,
    max_size=8,
)


def hits_of(lists: list[list[int]]) -> Hits:
    flat = [(query, found, rank) for query, found_ in enumerate(lists) for rank, found in enumerate(found_, 1)]
    return Hits(*(np.array(column, dtype=np.int32) for column in zip(*flat, strict=True)))


def by_hand(found: list[int], right: frozenset[int]) -> dict[str, float]:
    places = [rank for rank, row in enumerate(found, 1) if row in right]
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(right), 10) + 1))
    return {
        "top_1": float(any(rank <= 1 for rank in places)),
        "top_3": float(any(rank <= 3 for rank in places)),
        "mrr": 1 / places[0] if places else 0.0,
        "ndcg_10": sum(1 / math.log2(rank + 1) for rank in places if rank <= 10) / ideal,
    }


@settings(max_examples=40, deadline=None)
@given(LISTS)
def test_measures_equal_their_definitions(lists: list[tuple[list[int], int, frozenset[int]]]) -> None:
    found = [list(order[:length]) for order, length, _ in lists]
    right = [each for *_, each in lists]
    table = measure(hits_of(found), right)
    for at, row in enumerate(table.to_dict("records")):
        assert row == pytest.approx(by_hand(found[at], right[at]))


@pytest.fixture
def offers() -> pa.Table:
    rows = [
        ("de", "1", "Kessel"),
        ("de", "2", "Lampe"),
        ("en", "1", "kettle"),
        ("en", "2", "lamp"),
        ("en", "3", "hose"),
    ]
    named = [{"catalog": c, "offer_id": i, "title": t, "language": c} for c, i, t in rows]
    return schema.conform(named, schema.OFFERS)


@pytest.fixture
def gold() -> pa.Table:
    keys = [("de", "1", "K"), ("de", "2", "L"), ("en", "1", "K"), ("en", "2", "L"), ("en", "3", "H")]
    return pa.table(
        {"catalog": [k[0] for k in keys], "offer_id": [k[1] for k in keys], "gold_product_id": [k[2] for k in keys]}
    )


def test_only_offers_whose_product_the_other_catalog_lists_ask(offers: pa.Table, gold: pa.Table) -> None:
    asked: list[tuple[list[int], list[int]]] = []

    def perfect(queries: np.ndarray, documents: np.ndarray) -> Hits:
        asked.append((queries.tolist(), documents.tolist()))
        return hits_of([[place] for place in range(len(queries))])

    found = evaluate_ranking(offers, gold, {"perfect": perfect})["perfect"]
    assert asked == [([0, 1], [2, 3, 4]), ([2, 3], [0, 1])]
    assert found["all"].queries == 4
    assert found["de-en"].measures["top_1"].value == 1.0


def test_an_answer_that_is_not_given_counts_as_none(offers: pa.Table, gold: pa.Table) -> None:
    one_answer = evaluate_ranking(offers, gold, {"one": lambda queries, documents: hits_of([[1, 0], []])})["one"]
    assert one_answer["all"].measures["top_1"].value == 0.0
    assert one_answer["all"].measures["mrr"].value == pytest.approx(0.25)
