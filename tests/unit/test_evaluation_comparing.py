"""Between two runs every change has its cause: data, settings, scorer, calibration, verdict, offers, competition."""

from typing import Any

import pytest

from sku_align import schema
from sku_align.evaluation.comparing import RunTables, compare_runs

SCORED = {"ab": 0.95, "ac": 0.93}


def run(
    scored: dict[str, float] | None = None,
    skus: tuple[str, ...] = ("abc",),
    *,
    content: str = "",
    scorer: str = "small",
    calibration: str = "one",
    blocked_by: str = "",
    reviewer: tuple[str, ...] = (),
    limit: float = 0.9,
    offers: str = "abcd",
) -> RunTables:
    """A run of one offer in each of some catalogs; `scored` names pairs, `skus` who belongs together."""
    scored = SCORED if scored is None else scored
    table = [
        {"catalog": name, "offer_id": "1", "title": f"Kettle {name}", "language": "en" if name < "c" else "ja",
         "content_hash": f"{name}{content if name == 'b' else ''}"}
        for name in offers
    ]  # fmt: skip
    decisions: list[dict[str, Any]] = [
        {**names(pair), "probability": p, "decision": "auto_merge" if p >= limit else "review", "reason": "threshold"}
        for pair, p in scored.items()
    ]
    for row in decisions:
        if row["left_catalog"] + row["right_catalog"] in reviewer:
            row |= {"decision": "reject", "reason": "reviewer"}
    clusters = [
        {"catalog": name, "offer_id": "1", "sku_id": next((sku for sku in skus if name in sku), name)}
        for name in offers
    ]
    return RunTables(
        schema.conform(table, schema.OFFERS),
        schema.conform(decisions, schema.DECISIONS),
        schema.conform(clusters, schema.CLUSTERS),
        scorer,
        calibration,
        blocked_by,
    )


def names(pair: str) -> dict[str, str]:
    return {"left_catalog": pair[0], "left_offer_id": "1", "right_catalog": pair[1], "right_offer_id": "1"}


def causes(first: RunTables, second: RunTables) -> dict[str, tuple[str, str]]:
    return {each.left[0] + each.right[0]: (each.change, each.cause) for each in compare_runs(first, second).changes}


LOWER = {"ab": 0.5, "ac": 0.93}


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"scored": LOWER, "content": " new text"}, "data changed"),
        ({"scored": LOWER, "scorer": "large"}, "scorer"),
        ({"scored": LOWER, "calibration": "another"}, "calibration"),
        ({"scored": LOWER}, "other candidates"),
        ({"scored": {"ac": 0.93}}, "other candidates"),
        ({"scored": {"ac": 0.93}, "blocked_by": "fewer neighbours"}, "settings"),
        ({"reviewer": ("ab",)}, "verdict"),
    ],
)
def test_a_split_has_the_cause_of_the_decision_that_changed(changed: dict[str, Any], cause: str) -> None:
    found = causes(run(), run(skus=("ac",), **changed))
    # b and c were never scored together: they part because a and b do.
    assert found == {"ab": ("split", cause), "bc": ("split", cause)}


def test_a_threshold_is_a_setting() -> None:
    found = causes(run(), run(skus=("ab",), limit=0.94))
    assert found == {"ac": ("split", "settings"), "bc": ("split", "settings")}


def test_a_rule_of_clustering_that_changes_no_decision_is_a_setting() -> None:
    assert causes(run(), run(skus=("ab",)))["ac"] == ("split", "settings")


def test_offers_that_come_and_go_are_causes_of_their_own() -> None:
    more = {**SCORED, "ad": 0.95}
    come = causes(run(offers="abc"), run(more, ("abcd",)))
    assert come == dict.fromkeys(("ad", "bd", "cd"), ("merged", "new offer"))
    gone = causes(run(more, ("abcd",)), run(offers="abc"))
    assert gone == dict.fromkeys(("ad", "bd", "cd"), ("split", "offer gone"))


def test_equal_runs_differ_in_nothing_and_counts_go_by_languages() -> None:
    same = compare_runs(run(), run())
    assert (same.changes, same.same, same.moved) == ((), 3, 0)
    split = compare_runs(run(), run(skus=("ac",), scored=LOWER))
    assert split.counts() == {("split", "other candidates", "en-en"): 1, ("split", "other candidates", "en-ja"): 1}
    assert split.moved == 3
    assert split.changes[0].titles == ("Kettle a", "Kettle b")
