"""Questions are decisions about SKUs, and an answer withdraws what follows from it."""

import itertools
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from sku_align import schema
from sku_align.config import Settings
from sku_align.pairs import pair_columns, sort_offers
from sku_align.review.docket import Docket
from sku_align.review.questions import QUESTIONS, questions


def world(skus: dict[str, str], pairs: dict[tuple[str, str], Any]) -> pa.Table:
    """Questions of offers ("catalog#id" -> SKU) with decided pairs: a probability, or "different" of a reviewer."""
    rows = [{"catalog": n.split("#")[0], "offer_id": n.split("#")[1], "title": n, "sku": s} for n, s in skus.items()]
    offers = sort_offers(schema.conform([{k: v for k, v in row.items() if k != "sku"} for row in rows], schema.OFFERS))
    names = [f"{row['catalog']}#{row['offer_id']}" for row in offers.to_pylist()]
    keys = {"catalog": offers["catalog"], "offer_id": offers["offer_id"]}
    clusters = schema.conform(keys | {"sku_id": [skus[name] for name in names]}, schema.CLUSTERS)
    left, right = (np.array([names.index(pair[side]) for pair in pairs], dtype=np.int64) for side in (0, 1))
    words = list(pairs.values())
    columns = pair_columns(offers, left, right) | {
        "probability": [None if isinstance(word, str) else word for word in words],
        "decision": ["reject" if isinstance(word, str) else "review" for word in words],
        "reason": ["reviewer" if isinstance(word, str) else "threshold" for word in words],
    }
    return questions(offers, schema.conform(columns, schema.DECISIONS), clusters, Settings())


def pairs_of(asked: pa.Table) -> list[tuple[str, str]]:
    return [(f"{r['left_catalog']}#{r['left_offer_id']}", f"{r['right_catalog']}#{r['right_offer_id']}")
            for r in asked.to_pylist()]  # fmt: skip


TWO = {"aa#1": "S1", "bb#1": "S1", "cc#1": "S2", "dd#1": "S2"}


def test_pairs_between_two_skus_are_one_question_with_the_best_pair_as_evidence() -> None:
    asked = world(TWO, {("aa#1", "cc#1"): 0.72, ("bb#1", "cc#1"): 0.88, ("bb#1", "dd#1"): 0.8})
    assert pairs_of(asked) == [("bb#1", "cc#1")]
    row = asked.to_pylist()[0]
    assert (row["kind"], row["folded"], row["offers"]) == ("join", 2, 4)


def test_a_pair_inside_a_sku_is_a_spot_check_after_all_questions() -> None:
    asked = world(TWO, {("aa#1", "bb#1"): 0.71, ("bb#1", "cc#1"): 0.75})
    assert asked["kind"].to_pylist() == ["join", "check"]


def test_skus_that_a_reviewer_keeps_apart_are_not_asked_about_through_another_pair() -> None:
    assert len(world(TWO, {("aa#1", "cc#1"): "different", ("bb#1", "dd#1"): 0.85})) == 0


def test_a_join_that_would_repeat_a_one_to_one_catalog_asks_where_the_offer_belongs_and_comes_later() -> None:
    skus = TWO | {"bb#2": "S3", "ee#1": "S4"}
    asked = world(skus, {("aa#1", "bb#2"): 0.85, ("aa#1", "ee#1"): 0.8})
    assert asked["kind"].to_pylist() == ["join", "belongs"]


def test_the_join_of_larger_skus_is_asked_first() -> None:
    skus = TWO | {"ee#1": "S3", "ff#1": "S4"}
    asked = world(skus, {("ee#1", "ff#1"): 0.85, ("aa#1", "cc#1"): 0.75})
    assert pairs_of(asked)[0] == ("aa#1", "cc#1")


def listed(*edges: tuple[str, str]) -> Docket:
    rows = [{"question": f"{one}{other}", "kind": "join", "left_sku": one, "right_sku": other} for one, other in edges]
    return Docket(schema.conform(rows, QUESTIONS))


def test_same_and_same_withdraws_the_third_question() -> None:
    docket = listed(("A", "B"), ("B", "C"), ("A", "C"))
    docket.answer("AB", "same")
    assert list(docket.open()) == ["BC"], "B and C, A and C have become one question"
    docket.answer("BC", "same")
    assert list(docket.open()) == []
    assert docket.implied("AC").answer == "same"  # type: ignore[union-attr]


def test_same_and_different_withdraws_the_third_question_and_undo_asks_it_again() -> None:
    docket = listed(("A", "B"), ("B", "C"), ("A", "C"))
    docket.answer("BC", "different")
    docket.answer("AB", "same")
    assert docket.implied("AC").answer == "different"  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="'different' follows"):
        docket.answer("AC", "same")
    docket.undo("AB")
    assert list(docket.open()) == ["AB", "AC"]


def test_a_skipped_question_comes_back_last_and_implies_nothing() -> None:
    docket = listed(("A", "B"), ("B", "C"), ("C", "D"))
    docket.answer("AB", "skip")
    docket.answer("BC", "skip")
    assert list(docket.open()) == ["CD", "AB", "BC"]
    docket.answer("AB", "skip")
    assert list(docket.open()) == ["CD", "BC", "AB"]
    docket.answer("AB", "different")
    assert list(docket.open()) == ["CD", "BC"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=7, max_size=7), st.randoms(use_true_random=False))
def test_true_answers_never_contradict_and_withdrawn_questions_have_the_true_answer(
    product: list[int], rng: Any
) -> None:
    edges = [(a, b) for a, b in itertools.combinations("ABCDEFG", 2) if rng.random() < 0.6]
    docket, truth = listed(*edges), dict(zip("ABCDEFG", product, strict=True))

    def right(question: str) -> str:
        return "same" if truth[question[0]] == truth[question[1]] else "different"

    while (question := next(docket.open(), None)) is not None:
        docket.answer(question, right(question))
    for question in docket.order:
        implied = docket.implied(question)
        assert question in docket.answers or (implied and implied.answer == right(question))
