"""Reviewers answer on a page: one question each, nothing asked twice, every answer kept, undone or refused by name."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from sku_align import schema
from sku_align.folder import RunFolder
from sku_align.pairs import pair_columns, sort_offers
from sku_align.review.desk import LEASE, Desk
from sku_align.review.sheet import rows_of
from sku_align.review.waiting import run_questions
from sku_align.serving.app import create_app
from sku_align.serving.keys import VARIABLE, new_key, read_keys
from sku_align.serving.publication import Keeper
from sku_align.serving.review_page import RunDesk, review_app
from sku_align.store import Store

NOW = datetime(2026, 2, 1, tzinfo=UTC)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def asked() -> tuple[pa.Table, list[dict[str, Any]]]:
    """Questions and what is seen of them: three among three oat drinks, and one of biscuits."""
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
    return asked, list(rows_of(offers, asked))


@pytest.fixture
def desk(asked: tuple[pa.Table, list[dict[str, Any]]], tmp_path: Path) -> Desk:
    return Desk(*asked, Store.open(f"sqlite:///{tmp_path / 'skus.db'}"), Clock())


def pair(card: dict[str, Any]) -> set[str]:
    return {card["left"], card["right"]}


def test_two_reviewers_are_never_asked_the_same_question_until_a_lease_runs_out(desk: Desk) -> None:
    ana, ben = desk.take_questions("ana", 2), desk.take_questions("ben", 9)
    assert not {card["question"] for card in ana} & {card["question"] for card in ben}
    assert len(ana) + len(ben) == 4
    assert desk.take_questions("cleo", 9) == []
    desk.clock.now += LEASE  # type: ignore[attr-defined]
    assert len(desk.take_questions("cleo", 9)) == 4


def test_an_answer_withdraws_what_follows_and_undo_brings_it_back(desk: Desk) -> None:
    by_pair = {frozenset(pair(card)): card["question"] for card in desk.take_questions("ana", 9)}
    first, second = by_pair[frozenset({"en#1", "de#1"})], by_pair[frozenset({"de#1", "us#1"})]
    desk.answer("ana", {first: "same"}, NOW)
    assert desk.answer("ana", {second: "different"}, NOW)[0].state == "taken"
    assert desk.progress() == {"questions": 4, "answered": 2, "withdrawn": 1, "waiting": 1, "skipped": 0}
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
    client = TestClient(review_app(lambda: desk))
    assert "review.js" in client.get("/").text
    for name in ("review.js", "texts.js", "review.css"):
        assert client.get(f"/review/files/{name}").status_code == 200
    assert client.get("/review/files/..%2Freview_page.py").status_code == 404
    reply = client.get("/review/questions", params={"reviewer": "ana", "languages": "de-en"}).json()
    card = reply["questions"][0]
    assert [piece for piece, differs in card["left_marked"] if differs] != []
    assert {language: words["reason"] for language, words in card["words"].items()}["de"].startswith("ähnlich")
    facets = client.get("/review/facets").json()
    assert facets["labels"]["fr"]["words"] == "mots du titre" and facets["facets"]["differs"]["words"] > 0
    body = {"reviewer": "ana", "answers": {card["question"]: "different"}}
    plain = client.post("/review/answers", content=json.dumps(body), headers={"content-type": "text/plain"})
    assert plain.status_code == 422, "a form of another site cannot answer in a reviewer's name"
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


def test_two_servers_hand_no_question_to_two_people_and_each_learns_what_the_other_was_told(
    asked: tuple[pa.Table, list[dict[str, Any]]], database_url: str
) -> None:
    """Two processes are two desks with connections of their own to one database."""
    here, there = (Desk(*asked, Store.open(database_url), Clock()) for _ in range(2))
    askers = [(desk, f"{name}{n}") for n in range(4) for name, desk in (("ana", here), ("ben", there))]
    with ThreadPoolExecutor(8) as pool:
        jobs = {who: pool.submit(desk.take_questions, who, 1) for desk, who in askers}
        handed = {card["question"]: who for who, job in jobs.items() for card in job.result()}
        assert sum(len(job.result()) for job in jobs.values()) == len(handed) == 4, "eight ask at once for four"
    by_pair = {frozenset(pair(card)): card["question"] for card in map(here.card, handed) if card}
    biscuits, oats = by_pair[frozenset({"en#2", "de#2"})], by_pair[frozenset({"en#1", "de#1"})]
    here.answer("ana", {biscuits: "same"}, NOW)
    there.answer("ben", {oats: "skip"}, NOW)
    assert [each["question"] for each in here.take_questions("cleo", 9)] == [oats], "the others are still leased"
    assert here.progress() == {"questions": 4, "answered": 1, "withdrawn": 0, "waiting": 3, "skipped": 1}
    there.take_questions("dan", 9)
    assert there.progress() == here.progress(), "an answer at one server is known at the other"
    assert here.undo("ana", biscuits)
    there.clock.now += LEASE  # type: ignore[attr-defined]
    order = [each["question"] for each in there.take_questions("dan", 9)]
    assert len(order) == 4 and order[-1] == oats, "taken back at one server it is asked again at the other"


def test_a_skipped_question_comes_back_last_and_says_who_skipped_it(desk: Desk) -> None:
    first, *others = [card["question"] for card in desk.take_questions("ana", 9)]
    assert desk.answer("ana", {first: "skip"}, NOW)[0].state == "skipped"
    desk.answer("ana", {first: "skip"}, NOW)
    card = desk.take_questions("ana", 9)[-1]
    assert (card["question"], card["skipped"]) == (first, ["ana"])
    assert card["remarks"]["de"] == "übersprungen von ana"
    again = Desk(desk.asked, desk.rows, desk.store, Clock())
    assert [each["question"] for each in again.take_questions("ana", 9)] == [*others, first], "also after a restart"
    assert desk.undo("ana", first)
    assert desk.take_questions("ana", 9)[0]["skipped"] == []


def test_an_answer_about_texts_that_changed_since_is_asked_again_with_the_answer_shown(desk: Desk) -> None:
    card = desk.take_questions("ana", 1)[0]
    old = card["question"][:-6] + "000000"
    (outcome,) = desk.answer("ana", {old: "different"}, NOW)
    assert outcome.state == "asked again" and "you said 'different'" in outcome.why
    assert len(desk.store.verdicts()) == 0
    shown = desk.take_questions("ana", 1)[0]
    assert shown["question"] == card["question"]
    assert shown["remarks"]["en"] == "ana said different of the earlier texts"
    desk.answer("ana", {card["question"]: "different"}, NOW)
    assert desk.undo("ana", card["question"])
    assert desk.take_questions("ana", 1)[0]["remarks"] == {}, "the new answer took the place of the old one"


def test_questions_that_differ_in_one_attribute_only_are_answered_in_bulk(tmp_path: Path) -> None:
    wear = {"aa#1": "white", "bb#1": "black", "aa#2": "red", "bb#2": "blue", "aa#3": "green", "bb#3": "green"}
    rows = [
        {"catalog": name[:2], "offer_id": name[3:], "title": f"Cup {name[3:]}", "language": "en",
         "brand": "Drell" if name == "aa#3" else "Norva", "variants": [{"attribute": "colour", "value": colour}]}
        for name, colour in wear.items()
    ]  # fmt: skip
    offers = sort_offers(schema.conform(rows, schema.OFFERS))
    columns = pair_columns(offers, np.arange(3), np.arange(3) + 3)
    columns |= {"probability": [0.8] * 3, "decision": ["review"] * 3, "reason": ["guard:variant"] * 3}
    asked = run_questions(offers, schema.conform(columns, schema.DECISIONS))
    desk = Desk(asked, list(rows_of(offers, asked)), Store.open(f"sqlite:///{tmp_path / 'skus.db'}"))
    assert desk.facets()["differs"] == {"colour": 2, "brand": 1}
    assert desk.sample({"only": "colour"})[0] == 2
    assert {each.state for each in desk.bulk("ana", {"only": "colour"}, "different", NOW)} == {"taken"}
    assert [pair(card) for card in desk.take_questions("ana", 9)] == [{"aa#3", "bb#3"}]


def test_the_service_asks_under_review_with_a_key_of_that_scope_and_follows_the_run(tmp_path: Path) -> None:
    from benchmarks.review_scale import make_run

    folder, db = RunFolder(tmp_path / "out"), f"sqlite:///{tmp_path / 'skus.db'}"
    reader, entry = new_key("shop")
    reviewer, other = new_key("ana", ("review",))
    keeper = Keeper(db, None, None)
    app = create_app(keeper, read_keys({VARIABLE: f"{entry} {other}"}), RunDesk(folder.path, db))
    asked = {"params": {"reviewer": "ana"}}
    with TestClient(app) as client:
        assert client.get("/review").status_code == 401
        assert client.get("/review/questions", auth=("", reader), **asked).status_code == 403
        assert client.get("/", auth=("", reviewer)).status_code == 403
        early = client.get("/review/questions", auth=("", reviewer), **asked)
        assert early.status_code == 503 and "does not exist yet" in early.json()["message"]
        make_run(folder, 3)
        page = client.get("/review", auth=("", reviewer))
        assert page.status_code == 200 and "img-src 'self' https:" in page.headers["content-security-policy"]
        assert len(client.get("/review/questions", auth=("", reviewer), **asked).json()["questions"]) == 3
        assert '<a href="/review">Review</a>' in client.get("/", auth=("", reader)).text
        make_run(folder, 5)
        later = TestClient(create_app(keeper, (), RunDesk(folder.path, db)))
        assert later.get("/review/questions", **asked).json()["progress"]["questions"] == 5
    with TestClient(create_app(Keeper(db, None, None))) as client:
        assert client.get("/review").status_code == 404
        assert "/review" not in client.get("/").text


def test_a_desk_goes_on_with_the_last_run_while_the_next_one_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.review_scale import make_run

    monkeypatch.setattr("sku_align.serving.review_page._LOOK_S", -1.0)
    folder = RunFolder(tmp_path / "out")
    make_run(folder, 3)
    open_desk = RunDesk(folder.path, f"sqlite:///{tmp_path / 'skus.db'}")
    first = open_desk()
    assert open_desk() is first
    folder.write("offers", folder.read("offers").slice(1), "half")
    assert open_desk() is first, "offers of the new run, clusters of the old one"
    make_run(folder, 5)
    assert open_desk().progress()["questions"] == 5
