"""Reviewers answer on a page: one question each, nothing asked twice, every answer kept, undone or refused by name."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from sku_align import schema
from sku_align.pairs import pair_columns, sort_offers
from sku_align.review.desk import LEASE_S, Desk
from sku_align.review.sheet import rows_of, run_questions
from sku_align.serving.review_page import review_app
from sku_align.store import Store

NOW = datetime(2026, 2, 1, tzinfo=UTC)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    titles = ["Oat drink vanilla 1 l", "Haferdrink Vanille 1 l", "Oat drink cocoa 1 l", "Rice crackers", "Reiswaffeln"]
    names = ["en#1", "de#1", "us#1", "en#2", "de#2"]
    rows = [
        {"catalog": n[:2], "offer_id": n[3:], "title": t, "language": n[:2] if n[:2] != "us" else "en"}
        for n, t in zip(names, titles, strict=True)
    ]
    offers = sort_offers(schema.conform(rows, schema.OFFERS))
    at = {f"{row['catalog']}#{row['offer_id']}": number for number, row in enumerate(offers.to_pylist())}
    pairs = [("en#1", "de#1"), ("de#1", "us#1"), ("en#1", "us#1"), ("en#2", "de#2")]
    columns = pair_columns(offers, *(np.array([at[pair[side]] for pair in pairs]) for side in (0, 1)))
    columns |= {"probability": [0.88, 0.86, 0.84, 0.75], "decision": ["review"] * 4, "reason": ["threshold"] * 4}
    asked = run_questions(offers, schema.conform(columns, schema.DECISIONS))
    return Desk(asked, list(rows_of(offers, asked)), Store.open(f"sqlite:///{tmp_path / 'skus.db'}"), Clock())


def pair(card: dict[str, Any]) -> set[str]:
    return {card["left"], card["right"]}


def test_two_reviewers_are_never_asked_the_same_question_until_a_lease_runs_out(desk: Desk) -> None:
    ana, ben = desk.take_questions("ana", 2), desk.take_questions("ben", 9)
    assert not {card["question"] for card in ana} & {card["question"] for card in ben}
    assert len(ana) + len(ben) == 4
    assert desk.take_questions("cleo", 9) == []
    desk.clock.now = LEASE_S + 1  # type: ignore[attr-defined]
    assert len(desk.take_questions("cleo", 9)) == 4


def test_an_answer_withdraws_what_follows_and_undo_brings_it_back(desk: Desk) -> None:
    by_pair = {frozenset(pair(card)): card["question"] for card in desk.take_questions("ana", 9)}
    first, second = by_pair[frozenset({"en#1", "de#1"})], by_pair[frozenset({"de#1", "us#1"})]
    desk.answer("ana", {first: "same"}, NOW)
    assert desk.answer("ana", {second: "different"}, NOW)[0].state == "taken"
    assert desk.progress() == {"questions": 4, "answered": 2, "withdrawn": 1, "waiting": 1}
    assert desk.undo("ana", second)
    assert desk.progress()["waiting"] == 2
    assert len(desk.store.verdicts()) == 1
    assert not desk.undo("ben", first), "another person's answer is not undone"


def test_an_answer_that_contradicts_earlier_ones_is_refused_with_a_reason(desk: Desk) -> None:
    by_pair = {frozenset(pair(card)): card["question"] for card in desk.take_questions("ana", 9)}
    desk.answer("ana", {by_pair[frozenset({"en#1", "de#1"})]: "same"}, NOW)
    desk.answer("ana", {by_pair[frozenset({"de#1", "us#1"})]: "same"}, NOW)
    (outcome,) = desk.answer("ben", {by_pair[frozenset({"en#1", "us#1"})]: "different"}, NOW)
    assert outcome.state == "not taken" and "ana" in outcome.why
    assert len(desk.store.verdicts()) == 2


def test_the_page_asks_takes_undoes_and_answers_in_bulk_over_http(desk: Desk) -> None:
    client = TestClient(review_app(desk))
    assert "review.js" in client.get("/").text
    for name in ("review.js", "texts.js", "review.css"):
        assert client.get(f"/review/files/{name}").status_code == 200
    assert client.get("/review/files/..%2Freview_page.py").status_code == 404
    reply = client.get("/review/questions", params={"reviewer": "ana", "languages": "de-en"}).json()
    card = reply["questions"][0]
    assert [piece for piece, differs in card["left_marked"] if differs] != []
    body = {"reviewer": "ana", "answers": {card["question"]: "different"}}
    assert client.post("/review/answers", json=body).json()["outcomes"][0]["state"] == "taken"
    again = client.post("/review/answers", json=body).json()["outcomes"][0]["state"]
    assert again == "already kept", "an answer that is sent again after a lost connection changes nothing"
    assert client.post("/review/undo", json={"reviewer": "ana", "question": card["question"]}).json()["undone"]
    assert client.post("/review/answers", json={"reviewer": "", "answers": {}}).status_code == 422
    assert client.post("/review/bulk", json={"reviewer": "ana", "filters": {}, "answer": "same"}).status_code == 422
    total = client.get("/review/sample", params={"catalog": "de"}).json()["total"]
    done = client.post("/review/bulk", json={"reviewer": "ana", "filters": {"catalog": "de"}, "answer": "different"})
    assert done.json()["taken"] == total > 1
    assert set(desk.store.verdicts()["verdict"].to_pylist()) == {"different"}


def test_answers_of_an_earlier_sitting_are_not_asked_again(desk: Desk) -> None:
    card = desk.take_questions("ana", 1)[0]
    desk.answer("ana", {card["question"]: "same"}, NOW)
    reopened = Desk(desk.asked, desk.rows, desk.store)
    assert card["question"] not in {each["question"] for each in reopened.take_questions("ben", 9)}
