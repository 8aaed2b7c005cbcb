"""Answers come in once, by name, and nothing that contradicts is taken in silence."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.config import Settings
from sku_align.review import apply_sheet, write_questions
from sku_align.review.agreement import Answered
from sku_align.review.keys import key_cell, key_of
from sku_align.review.questions import question_id
from sku_align.review.taking import Receipt
from sku_align.review.words import answer_of
from sku_align.review.workbook import CHOICES
from sku_align.skus.versions import offer_versions
from sku_align.store import Store
from tests.integration.shop import offers_table, pairs_table, publish

NOW = datetime(2026, 2, 1, 10, tzinfo=UTC)
PAIRS = ((("de", "1"), ("fr", "1")), (("de", "2"), ("fr", "2")))


def clusters_of(offers: pa.Table) -> pa.Table:
    """Each offer a SKU of its own."""
    keys = {"catalog": offers["catalog"], "offer_id": offers["offer_id"]}
    return schema.conform(keys | {"sku_id": [f"SKU-{at}" for at in range(len(offers))]}, schema.CLUSTERS)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'skus.db'}")


def apply(store: Store, tmp_path: Path, *rows: str, reviewer: str = "ana", head: str = "verdict,left,right") -> Receipt:
    path = tmp_path / "sheet.csv"
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return apply_sheet(path, store, reviewer, NOW)


def kept(store: Store) -> set[tuple[str, str, str]]:
    return {
        (f"{r['left_catalog']}#{r['left_offer_id']}", f"{r['right_catalog']}#{r['right_offer_id']}", r["verdict"])
        for r in store.verdicts().to_pylist()
    }


def test_each_choice_of_the_drop_downs_is_read_in_twelve_languages() -> None:
    assert len(CHOICES) == 12
    for choices in CHOICES.values():
        assert [answer_of(each) for each in choices] == ["same", "different", "skip"]
        assert [answer_of(f" {each.upper()}. ") for each in choices] == ["same", "different", "skip"]


def test_the_same_sheet_twice_changes_nothing(store: Store, tmp_path: Path) -> None:
    rows = ["mismo,a#1,b#1", "verschieden,a#2,b#2", ",a#3,b#3", "?,a#4,b#4"]
    first = apply(store, tmp_path, *rows)
    again = apply(store, tmp_path, *rows)
    assert [line.state for line in first.lines] == ["taken", "taken", "skipped"]
    assert [line.state for line in again.lines] == ["already kept", "already kept", "skipped"]
    assert len(store.all_verdicts()) == 2
    assert (again.same, again.different, again.unanswered) == (1, 1, 1)


def test_a_contradiction_inside_a_sheet_names_all_its_rows_and_takes_the_others(store: Store, tmp_path: Path) -> None:
    receipt = apply(store, tmp_path, "same,a#1,b#1", "same,b#1,c#1", "different,a#1,c#1", "same,a#2,b#2")
    assert kept(store) == {("a#2", "b#2", "same")}
    assert len(receipt.rejected) == 3
    assert "row 2: it says 'same', which contradicts" in receipt.rejected[0]
    assert "(row 3)" in receipt.rejected[0] and "(row 4)" in receipt.rejected[0]


def test_an_answer_against_what_earlier_answers_imply_is_refused_and_names_them(store: Store, tmp_path: Path) -> None:
    apply(store, tmp_path, "same,a#1,b#1", "same,b#1,c#1")
    receipt = apply(store, tmp_path, "different,a#1,c#1", reviewer="ben")
    assert len(kept(store)) == 2
    assert "a#1 and b#1 are same (ana on 2026-02-01) and b#1 and c#1 are same" in receipt.rejected[0]


def test_another_persons_opposite_is_refused_but_ones_own_mind_may_change(store: Store, tmp_path: Path) -> None:
    apply(store, tmp_path, "same,a#1,b#1")
    assert "ana on 2026-02-01" in apply(store, tmp_path, "different,a#1,b#1", reviewer="ben").rejected[0]
    assert kept(store) == {("a#1", "b#1", "same")}
    assert apply(store, tmp_path, "different,a#1,b#1").rejected == ()
    assert kept(store) == {("a#1", "b#1", "different")}
    path = tmp_path / "sheet.csv"
    path.write_text("verdict,left,right\nsame,a#1,b#1\n", "utf-8")
    assert apply_sheet(path, store, "ben", NOW, overrule=True).same == 1


def test_an_answer_about_texts_that_changed_since_is_asked_again(store: Store, tmp_path: Path) -> None:
    groups = {"de#1": "x", "fr#1": "y"}
    publish(store, groups, "old")
    says = offer_versions(offers_table(groups, "old"))
    question = question_id(("de", "1"), ("fr", "1"), says["de", "1"], says["fr", "1"])
    row, head = f"same,de#1,fr#1,{question}", "verdict,left,right,question"
    publish(store, groups, "new", day=1)
    receipt = apply(store, tmp_path, row, head=head)
    assert receipt.lines[0].state == "asked again" and "you said 'same'" in receipt.lines[0].why
    assert kept(store) == set()
    publish(store, groups, "old", day=2)
    assert apply(store, tmp_path, row, head=head).same == 1


@pytest.mark.parametrize("name", ["'x", " x", "", "a;b", "=x", "50%", "ünï", 'q"q', "x ", "a,b", "%41"])
def test_whatever_a_catalog_is_called_its_verdicts_count(store: Store, tmp_path: Path, name: str) -> None:
    cell = key_cell(name, "-1'")
    assert key_of(cell) == (name, "-1'")
    assert not set(cell) & set(';,\t"') and cell[0] not in "=+-@'# "
    receipt = apply(store, tmp_path, f"same,{cell},b#1")
    assert receipt.same == 1
    assert (name, "-1'") in {(r["left_catalog"], r["left_offer_id"]) for r in store.verdicts().to_pylist()} | {
        (r["right_catalog"], r["right_offer_id"]) for r in store.verdicts().to_pylist()
    }


def test_kappa_counts_agreement_beyond_chance_also_of_answers_that_were_not_taken(store: Store, tmp_path: Path) -> None:
    ana = [("same" if n < 6 else "different") + f",a#{n},b#{n}" for n in range(10)]
    ben = [("same" if n < 5 else "different") + f",a#{n},b#{n}" for n in range(10)]
    apply(store, tmp_path, *ana)
    assert len(apply(store, tmp_path, *ben, reviewer="ben").rejected) == 1, "the one that says the opposite"
    answered = Answered(store.all_verdicts(), store.asked.asides())
    (found,) = answered.by_two()
    assert (found.one, found.other, found.pairs, found.agreed) == ("ana", "ben", 10, 0.9)
    assert found.kappa == pytest.approx((0.9 - 0.5) / 0.5)
    each = {row.one: row for row in answered.by_reviewer()}
    assert each["ana"].kappa == each["ben"].kappa == found.kappa
    languages = {("a", str(n)): "de" if n < 5 else "fr" for n in range(10)} | {("b", str(n)): "en" for n in range(10)}
    on = {row.languages: row for row in answered.by_languages(languages)}
    assert {tags: (row.pairs, row.agreed) for tags, row in on.items()} == {"de-en": (5, 1.0), "en-fr": (5, 0.8)}


def test_an_answer_about_earlier_texts_and_a_skip_are_shown_with_the_question(store: Store, tmp_path: Path) -> None:
    groups = {"de#1": "x", "fr#1": "y", "de#2": "v", "fr#2": "w"}
    offers = offers_table(groups, "old")
    asked = {pair: question_id(*pair, *(offer_versions(offers)[key] for key in pair)) for pair in PAIRS}
    publish(store, groups, "new", day=1)
    rows = [f"same,de#{n},fr#{n},{asked[pair]}" for n, pair in enumerate(PAIRS, start=1)]
    now = offers_table(groups, "new")
    skip = question_id(*PAIRS[1], *(offer_versions(now)[key] for key in PAIRS[1]))
    apply(store, tmp_path, rows[0], f"skip,de#2,fr#2,{skip}", head="verdict,left,right,question")
    pairs = [("de#1", "fr#1"), ("de#2", "fr#2")]
    doubtful = pairs_table([(*pair, "review", "threshold") for pair in pairs])
    rest = write_questions(now, doubtful, clusters_of(now), Settings(), store)
    lines = list(csv.DictReader(io.StringIO(rest.text.removeprefix("\ufeff"))))
    assert [(line["left"], line["earlier"]) for line in lines] == [
        ("de#1", "ana said same of the earlier texts"),
        ("de#2", "skipped by ana"),
    ]
    assert (rest.questions, rest.skipped, rest.earlier) == (2, 1, 1)
    apply(store, tmp_path, "same,de#1,fr#1")
    assert write_questions(now, doubtful, clusters_of(now), Settings(), store).questions == 1, "answered since"
    changed = offers_table(groups, "newer")
    last = write_questions(changed, doubtful, clusters_of(changed), Settings(), store)
    assert last.skipped == 0, "another text is another question, which nobody skipped"
