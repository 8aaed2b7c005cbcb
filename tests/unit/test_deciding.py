from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.config import Settings
from sku_align.deciding import decide

TRUSTED = {"catalogs": {name: {"calibrated": True} for name in "abc"}}


def offers(**changes: dict[str, Any]) -> pa.Table:
    """Offers a1..a3, b1..b3, c1..c3 in three languages, with changes by name."""
    languages = {"a": "en", "b": "zh-Hant", "c": "de"}
    rows = [
        {"catalog": catalog, "offer_id": number, "title": "t", "language": languages[catalog]}
        | changes.get(catalog + number, {})
        for catalog in "abc"
        for number in "123"
    ]
    return schema.conform(rows, schema.OFFERS)


def pair(name: str) -> dict[str, str]:
    left, right = sorted(name.split("-"))
    return {
        "left_catalog": left[0],
        "left_offer_id": left[1:],
        "right_catalog": right[0],
        "right_offer_id": right[1:],
    }


def scores(**probabilities: float) -> pa.Table:
    rows = [pair(name.replace("_", "-")) | {"probability": p, "scorer": "s"} for name, p in probabilities.items()]
    return schema.conform(rows, schema.SCORES)


def verdicts(*rows: tuple[str, str, str]) -> pa.Table:
    return schema.conform(
        [pair(name) | {"verdict": word, "reviewer": "anna", "reviewed_at": at} for name, word, at in rows],
        schema.VERDICTS,
    )


def ruled(table: pa.Table) -> dict[str, tuple[str, str, str]]:
    assert table.schema == schema.DECISIONS
    return {
        f"{row['left_catalog']}{row['left_offer_id']}-{row['right_catalog']}{row['right_offer_id']}": (
            row["decision"],
            row["reason"],
            row["detail"],
        )
        for row in table.to_pylist()
    }


def run(
    scored: pa.Table,
    answers: pa.Table | None = None,
    settings: dict[str, Any] | None = None,
    table: pa.Table | None = None,
) -> dict[str, tuple[str, str, str]]:
    answers = verdicts() if answers is None else answers
    policy = Settings.model_validate(TRUSTED | (settings or {}))
    return ruled(decide(offers() if table is None else table, scored, answers, policy))


def test_probability_decides_between_merging_asking_and_dropping():
    assert run(scores(a1_b1=0.9, a2_b2=0.89, a3_b3=0.7, a1_c1=0.69)) == {
        "a1-b1": ("auto_merge", "threshold", "at least 0.9"),
        "a1-c1": ("reject", "threshold", "below 0.7"),
        "a2-b2": ("review", "threshold", "from 0.7 to 0.9"),
        "a3-b3": ("review", "threshold", "from 0.7 to 0.9"),
    }


@pytest.mark.parametrize(
    ("deciding", "table", "decision"),
    [
        ({"catalogs": {"a": {"auto_merge": 0.95}}}, {}, "review"),
        ({"catalogs": {"a": {"auto_merge": 0.8}}}, {}, "auto_merge"),
        ({"catalogs": {"a": {"auto_merge": 0.95}, "b": {"auto_merge": 0.8}}}, {}, "review"),
        ({"auto_merge": 0.95, "catalogs": {"a": {"auto_merge": 0.9}}}, {}, "review"),
        ({"auto_merge": 0.95, "catalogs": {"a": {"auto_merge": 0.9}, "b": {"auto_merge": 0.92}}}, {}, "auto_merge"),
        ({"language_pairs": {"en-zh": {"auto_merge": 0.95}}}, {}, "review"),
        ({"language_pairs": {"de-en": {"auto_merge": 0.95}}}, {}, "auto_merge"),
        ({"language_pairs": {"en-zh": {"auto_merge": 0.95}, "en-zh-Hant": {"auto_merge": 0.92}}}, {}, "auto_merge"),
        ({"categories": {"drugs": {"auto_merge": 0.99}}}, {"b1": {"category": "Drugs > Cough"}}, "review"),
        ({"categories": {"Food": {"auto_merge": 0.99}}}, {"b1": {"category": "Drugs > Cough"}}, "auto_merge"),
        (
            {"categories": {"Drugs": {"auto_merge": 0.99}, "Drugs > Cough": {"auto_merge": 0.8}}},
            {"a1": {"category": "Drugs > Cough"}, "b1": {"category": "Drugs > Cough"}},
            "auto_merge",
        ),
        ({"catalogs": {"a": {"auto_merge": 0.99, "review": 0.95}}}, {}, "reject"),
    ],
)
def test_the_strictest_of_the_exceptions_that_meet_in_a_pair_counts(deciding, table, decision):
    assert run(scores(a1_b1=0.93), settings={"deciding": deciding}, table=offers(**table))["a1-b1"][0] == decision


def size(value: float, dimension: str = "volume") -> dict[str, Any]:
    return {"quantities": [{"dimension": dimension, "value": value}]}


@pytest.mark.parametrize(
    ("left", "right", "decision", "reason", "words"),
    [
        (size(330), size(500), "reject", "guard:quantity", "volume 330 against 500"),
        (size(6, "count"), size(4, "count"), "reject", "guard:pack", "pack 6 against 4"),
        ({"gtin": "4006381333931"}, {"gtin": "4006381333948"}, "review", "guard:gtin", "gtin 04006381333931 against"),
        ({"brand": "Bosch"}, {"brand": "Makita"}, "review", "guard:brand", "brand Bosch against Makita"),
        (
            {"title": "Ondara tripod ball head", "language": "en"},
            {"title": "Ondara tripod fluid head", "language": "en"},
            "review",
            "guard:word",
            "wording ball against fluid",
        ),
        (
            {"price": 10.0, "currency": "EUR"},
            {"price": 35.0, "currency": "EUR"},
            "review",
            "guard:price",
            "prices 3.5 times apart",
        ),
        (
            {"variants": [{"attribute": "color", "value": "red"}]},
            {"variants": [{"attribute": "color", "value": "blue"}]},
            "review",
            "guard:variant",
            "color red against blue",
        ),
        (
            {"quantities": [*size(330)["quantities"], *size(6, "pack")["quantities"]]},
            size(330),
            "review",
            "guard:multipack",
            "pack 6 against -",
        ),
        (size(330) | {"brand": "Bosch"}, size(500) | {"brand": "Makita"}, "reject", "guard:quantity", "brand Bosch"),
    ],
)
def test_a_guard_overrules_a_sure_scorer_and_says_what_differs(left, right, decision, reason, words):
    found = run(scores(a1_b1=0.99), table=offers(a1=left, b1=right))["a1-b1"]
    assert found[:2] == (decision, reason)
    assert words in found[2]


def test_what_a_guard_does_is_a_setting_and_the_others_keep_their_default():
    table = offers(a1=size(330), b1=size(500), a2={"brand": "Bosch"}, b2={"brand": "Makita"})
    changed = run(
        scores(a1_b1=0.99, a2_b2=0.99),
        table=table,
        settings={"deciding": {"guards": {"quantity": "review", "brand": "off"}}},
    )
    assert changed["a1-b1"][:2] == ("review", "guard:quantity")
    assert changed["a2-b2"][:2] == ("auto_merge", "threshold")


def test_a_pair_that_waits_for_a_person_keeps_its_conflicts_in_sight():
    assert run(scores(a1_b1=0.8), table=offers(a1={"brand": "Bosch"}, b1={"brand": "Makita"})) == {
        "a1-b1": ("review", "threshold", "from 0.7 to 0.9; brand Bosch against Makita")
    }


def test_offers_of_one_catalog_match_only_where_it_has_duplicates():
    assert run(scores(a1_a2=0.99))["a1-a2"][:2] == ("reject", "same_catalog")
    duplicates = {"catalogs": {"a": {"calibrated": True, "has_duplicates": True}}}
    assert run(scores(a1_a2=0.99), settings=duplicates)["a1-a2"][0] == "auto_merge"


def test_uncalibrated_catalogs_merge_only_clear_mutual_first_choices():
    found = run(
        scores(a1_b1=0.99, a1_b2=0.95, a2_b2=0.91, a3_b3=0.95, a3_b2=0.2, a1_c1=0.91, c1_b1=0.6),
        settings={"catalogs": {}},
    )
    assert found["a1-b1"] == ("review", "uncalibrated:margin", "at least 0.9; b#2 has 0.950")
    assert found["a1-b2"][1:] == ("uncalibrated:not_mutual_best", "at least 0.9; b#1 has 0.990")
    assert found["a2-b2"][1:] == ("uncalibrated:not_mutual_best", "at least 0.9; a#1 has 0.950")
    assert found["a3-b3"] == ("auto_merge", "threshold", "at least 0.9")
    assert found["a1-c1"][0] == "auto_merge"


def test_one_uncalibrated_side_is_enough_to_ask_for_more():
    half = {"catalogs": {"a": {"calibrated": True}}}
    assert run(scores(a1_b1=0.95, a1_b2=0.94), settings=half)["a1-b1"][1] == "uncalibrated:margin"
    assert run(scores(a1_b1=0.95, a1_b2=0.94))["a1-b1"][0] == "auto_merge"


def test_what_a_guard_forbids_or_a_reviewer_denied_does_not_compete():
    competing = scores(a1_b1=0.95, a1_b2=0.94)
    uncalibrated = {"catalogs": {}}
    assert run(competing, settings=uncalibrated, table=offers(a1=size(330), b2=size(500)))["a1-b1"][0] == "auto_merge"
    denied = verdicts(("a1-b2", "different", "2026-01-01"))
    assert run(competing, denied, uncalibrated)["a1-b1"][0] == "auto_merge"


def test_a_confirmed_partner_competes_even_if_it_was_never_scored():
    confirmed = verdicts(("a1-b2", "same", "2026-01-01"))
    found = run(scores(a1_b1=0.99), confirmed, {"catalogs": {}})
    assert found["a1-b1"] == (
        "review",
        "uncalibrated:not_mutual_best",
        "at least 0.9; b#2 was confirmed by a reviewer",
    )
    assert found["a1-b2"] == ("auto_merge", "reviewer", "same, says anna")


def test_a_catalog_that_has_duplicates_may_offer_several_partners():
    duplicates = {"catalogs": {"b": {"has_duplicates": True}}}
    found = run(scores(a1_b1=0.95, a1_b2=0.94, a2_b2=0.5), settings=duplicates)
    assert found["a1-b1"][0] == found["a1-b2"][0] == "auto_merge"


def test_reviewers_stand_above_thresholds_and_guards():
    table = offers(a1=size(330), b1=size(500))
    answers = verdicts(("a1-b1", "same", "2026-01-01"), ("a2-b2", "different", "2026-01-01"))
    found = run(scores(a1_b1=0.1, a2_b2=0.999), answers, table=table)
    assert found["a1-b1"] == ("auto_merge", "reviewer", "same, says anna")
    assert found["a2-b2"] == ("reject", "reviewer", "different, says anna")


def test_the_last_verdict_counts_and_at_one_time_the_careful_one():
    answers = verdicts(
        ("a1-b1", "same", "2026-01-02"),
        ("b1-a1", "different", "2026-01-01"),
        ("a2-b2", "different", "2026-01-01"),
        ("a2-b2", "same", "2026-01-01"),
    )
    for table in (answers, answers.take(pa.array([3, 2, 1, 0]))):
        found = run(scores(), table)
        assert found["a1-b1"][0] == "auto_merge"
        assert found["a2-b2"][0] == "reject"


def test_verdicts_on_offers_that_are_gone_are_passed_over():
    assert run(scores(a1_b1=0.95), verdicts(("a1-b9", "same", "2026-01-01"))).keys() == {"a1-b1"}


def test_a_verdict_without_a_score_has_no_probability():
    table = decide(offers(), scores(), verdicts(("a1-b1", "same", "2026-01-01")), Settings())
    assert table["probability"].to_pylist() == [None]


def test_row_order_changes_nothing():
    random = np.random.default_rng(1)
    names = [f"{x}{i}_{y}{j}" for x, y in ("ab", "ac", "bc") for i in "123" for j in "123"]
    scored = scores(**dict(zip(names, random.choice([0.6, 0.8, 0.92, 0.97], len(names)), strict=True)))
    answers = verdicts(("a1-b1", "same", "1"), ("c1-b1", "different", "2"), ("a1-b1", "different", "0"))
    settings = Settings.model_validate({"deciding": {"margin": 0.01}})
    expected = decide(offers(), scored, answers, settings)
    for _ in range(5):
        shuffled = scored.take(pa.array(random.permutation(len(scored))))
        latest = answers.take(pa.array(random.permutation(len(answers))))
        assert decide(offers(), shuffled, latest, settings).equals(expected)


def test_a_score_of_an_unknown_offer_is_refused():
    with pytest.raises(ValueError, match="not among the offers"):
        run(scores(a1_b9=0.9))


def test_a_pair_that_was_scored_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        run(pa.concat_tables([scores(a1_b1=0.9), scores(a1_b1=0.8)]))


def test_thresholds_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match=r"review must not be above auto_merge \(x\)"):
        Settings.model_validate({"deciding": {"catalogs": {"x": {"auto_merge": 0.6}}}})


@pytest.mark.parametrize(
    ("brand_similarity", "decision", "detail"),
    [
        (0.5, ("auto_merge", "threshold"), "at least 0.9"),
        (0.95, ("review", "guard:brand"), "at least 0.9; brand Korvel against Korvelando"),
    ],
)
def test_the_brand_guard_and_its_detail_have_one_threshold(brand_similarity, decision, detail):
    table = offers(a1={"brand": "Korvel"}, b1={"brand": "Korvelando"})
    found = run(scores(a1_b1=0.99), settings={"deciding": {"brand_similarity": brand_similarity}}, table=table)
    assert found["a1-b1"] == (*decision, detail)


def test_duplicates_of_all_catalogs_are_one_setting_and_a_catalog_may_say_otherwise():
    everywhere = {"has_duplicates": True, "catalogs": {"b": {"calibrated": True, "has_duplicates": False}}}
    found = run(scores(a1_a2=0.99, b1_b2=0.99), settings=everywhere)
    assert found["b1-b2"][:2] == ("reject", "same_catalog")
    assert found["a1-a2"][0] == "auto_merge"
