"""Every mistake of a run is listed with the stage that made it, the surest first, wrong merges before misses."""

from typing import Any

import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.evaluation.mistakes import MISSED, WRONG, count_by_stage, find_mistakes

# Offer of catalog "a", "b", "c" or "d" -> product. a1 b1 c1 d1 are one kettle; a2 b2 are one lamp; a3 is a hose.
PRODUCTS = {"a1": "kettle", "b1": "kettle", "c1": "kettle", "d1": "kettle", "a2": "lamp", "b2": "lamp", "b3": "hose"}
OFFERS = schema.conform(
    [
        {"catalog": key[0], "offer_id": key[1], "title": f"{name} of {key}", "language": "en"}
        for key, name in sorted(PRODUCTS.items())
    ],
    schema.OFFERS,
)
GOLD = pa.table(
    {
        "catalog": [key[0] for key in PRODUCTS],
        "offer_id": [key[1] for key in PRODUCTS],
        "gold_product_id": list(PRODUCTS.values()),
    }
)


def pair(one: str, other: str, **more: Any) -> dict[str, Any]:
    left, right = sorted((one, other))
    names = {"left_catalog": left[0], "left_offer_id": left[1], "right_catalog": right[0], "right_offer_id": right[1]}
    return names | more


def mistakes(
    skus: dict[str, str], decisions: list[dict[str, Any]], refused: list[dict[str, Any]] | None = None
) -> pa.Table:
    clusters = [{"catalog": key[0], "offer_id": key[1], "sku_id": skus.get(key, key)} for key in PRODUCTS]
    candidates = [{name: row[name] for name in schema.PAIR_NAMES} | {"rank": 1} for row in decisions]
    return find_mistakes(
        GOLD,
        OFFERS,
        schema.conform(clusters, schema.CLUSTERS),
        schema.conform(candidates, schema.CANDIDATES),
        schema.conform(decisions, schema.DECISIONS),
        schema.conform(refused or [], schema.REFUSED),
    )


def found(table: pa.Table) -> dict[tuple[str, str], tuple[str, str, str]]:
    return {
        (f"{row['left_catalog']}{row['left_offer_id']}", f"{row['right_catalog']}{row['right_offer_id']}"): (
            row["kind"],
            row["stage"],
            row["cause"],
        )
        for row in table.to_pylist()
    }


KETTLE = dict.fromkeys(("a1", "b1", "c1", "d1"), "S1")
LAMP = dict.fromkeys(("a2", "b2"), "S2")


def test_a_run_without_a_mistake_lists_none() -> None:
    assert len(mistakes(KETTLE | LAMP, [])) == 0


@pytest.mark.parametrize(
    ("decision", "stage", "cause"),
    [
        (None, "block", "not a candidate"),
        (("reject", "threshold"), "score", "scored too low"),
        (("review", "threshold"), "decide", "waits for a person"),
        (("reject", "guard:quantity"), "decide", "rejected: guard:quantity"),
        (("review", "uncalibrated:margin"), "decide", "waits for a person: uncalibrated:margin"),
        (("auto_merge", "threshold"), "cluster", "union of its groups refused"),
    ],
)
def test_a_missed_match_names_the_stage_that_lost_it(decision: tuple[str, str] | None, stage: str, cause: str) -> None:
    rows = [pair("a2", "b2", probability=0.5, decision=decision[0], reason=decision[1])] if decision else []
    assert found(mistakes(KETTLE, rows)) == {("a2", "b2"): (MISSED, stage, cause)}


def test_a_pair_that_a_guard_forbade_before_it_was_scored_names_the_guard() -> None:
    forbidden = schema.conform([pair("a2", "b2", reason="guard:quantity", detail="")], schema.FORBIDDEN)
    candidates, decisions, refused = (of.empty_table() for of in (schema.CANDIDATES, schema.DECISIONS, schema.REFUSED))
    keyed = [{"catalog": key[0], "offer_id": key[1], "sku_id": KETTLE.get(key, key)} for key in PRODUCTS]
    clusters = schema.conform(keyed, schema.CLUSTERS)
    assert found(find_mistakes(GOLD, OFFERS, clusters, candidates, decisions, refused, forbidden)) == {
        ("a2", "b2"): (MISSED, "decide", "forbidden: guard:quantity")
    }


def test_a_refused_union_names_its_constraint() -> None:
    merged = [pair("a2", "b2", probability=0.95, decision="auto_merge", reason="threshold")]
    refused = [pair("a2", "b2", probability=0.95, reason="one_to_one")]
    assert found(mistakes(KETTLE, merged, refused)) == {("a2", "b2"): (MISSED, "cluster", "union refused: one_to_one")}


def test_a_wrong_merge_of_its_own_is_told_from_one_that_a_chain_made() -> None:
    rows = [
        pair("a1", "b3", probability=0.93, decision="auto_merge", reason="threshold"),
        pair("c1", "d1", probability=0.99, decision="auto_merge", reason="threshold"),
    ]
    listed = found(mistakes(KETTLE | LAMP | {"b3": "S1"}, rows))
    assert listed[("a1", "b3")] == (WRONG, "score", "scored too high")
    assert listed[("b3", "c1")] == (WRONG, "cluster", "chained: merged through other offers")


def test_the_surest_mistakes_come_first_and_wrong_merges_before_misses() -> None:
    rows = [
        pair("a1", "b3", probability=0.91, decision="auto_merge", reason="threshold"),
        pair("b1", "b3", probability=0.99, decision="auto_merge", reason="threshold"),
        pair("a2", "b2", probability=0.01, decision="reject", reason="threshold"),
    ]
    table = mistakes(KETTLE | {"b3": "S1"}, rows)
    assert table["kind"].to_pylist() == [WRONG] * 4 + [MISSED]
    assert [each for each in table["probability"].to_pylist() if each is not None] == pytest.approx([0.99, 0.91, 0.01])
    assert count_by_stage(table) == {
        "score": {WRONG: 2, MISSED: 1},
        "cluster": {WRONG: 2, MISSED: 0},
    }
    assert table["left_title"].to_pylist()[-1] == "lamp of a2"
