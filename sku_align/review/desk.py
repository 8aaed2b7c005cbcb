"""The desk that reviewers answer at: hands out questions, takes answers, withdraws what follows, undoes.

Several reviewers work at once: a question that was handed out is leased to its reviewer for a while, so that nobody is
asked what another person is reading. Answers go the way of a sheet's, through `taking.take`.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sku_align.deciding.consistency import words_of
from sku_align.review.docket import Docket
from sku_align.review.explain import marked
from sku_align.review.keys import Key, key_of
from sku_align.review.reading import Answer, Answers
from sku_align.review.taking import KEPT, SKIPPED, TAKEN, take

if TYPE_CHECKING:
    from sku_align.store import Store

Row = dict[str, Any]
Filters = Mapping[str, str]
FACETS = ("languages", "category", "catalog", "differs", "reason")
# A lease outlives a phone call, not a lunch break; chosen by eye.
LEASE_S = 600.0
SAMPLE = 5


@dataclass(frozen=True)
class Outcome:
    """What became of an answer: `state` as in a receipt, `why`, and how many questions it withdrew."""

    question: str
    state: str
    why: str = ""
    withdrawn: int = 0


@dataclass
class _Lease:
    reviewer: str
    until: float


@dataclass
class Desk:
    """Questions of one run, for several reviewers at once.

    Attributes:
        asked: Table of `review.questions.QUESTIONS`.
        rows: What a person sees of each, as by `review.sheet.rows_of`, in the same order.
        store: Keeps the verdicts.
        clock: Seconds; leases run by it.
    """

    asked: pa.Table
    rows: list[Row]
    store: "Store"
    clock: Callable[[], float] = time.monotonic
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._docket = Docket(self.asked)
        kinds = self.asked["kind"].to_pylist()
        self._cards = {
            row["question"]: row | {"kind": kind, "facets": _facets(row)}
            for row, kind in zip(self.rows, kinds, strict=True)
        }
        self._leases: dict[str, _Lease] = {}
        self._live = self.store.versions()
        kept = words_of(self.store.verdicts())
        for question, card in self._cards.items():
            word = kept.get(_pair(card))
            if word and self._docket.is_open(question):
                self._docket.answer(question, word.verdict)

    def take_questions(self, reviewer: str, count: int = 10, filters: Filters | None = None) -> list[Row]:
        """Lease the next questions to a reviewer, most useful first; those that the reviewer holds come first again."""
        with self._lock:
            now, found = self.clock(), []
            for question in self._docket.open(checks=(filters or {}).get("kind") == "check"):
                lease = self._leases.get(question)
                if lease and lease.until > now and lease.reviewer != reviewer:
                    continue
                if _fits(self._cards[question], filters or {}):
                    self._leases[question] = _Lease(reviewer, now + LEASE_S)
                    found.append(self._card(question))
                    if len(found) == count:
                        break
            return found

    def answer(self, reviewer: str, answers: Mapping[str, str], now: datetime, note: str = "") -> list[Outcome]:
        """Take answers by question; sending one again changes nothing.

        Args:
            reviewer: Who answers.
            answers: `same`, `different` or `skip` by question id.
            now: When.
            note: Kept with each verdict.
        """
        with self._lock:
            known = [question for question in answers if question in self._cards]
            outcomes = [
                Outcome(question, "not taken", "it is not a question of this run any more")
                for question in answers
                if question not in self._cards
            ]
            rows = [self._answer(number, question, answers[question], note) for number, question in enumerate(known)]
            waiting = sum(1 for _ in self._docket.open()) if len(rows) == 1 else 0
            receipt = take(Answers(rows), self.store, reviewer, now, "page", live=self._live)
            for line in receipt.lines:
                question = known[line.row]
                withdrawn = 0
                if line.state in (TAKEN, KEPT, SKIPPED):
                    self._leases.pop(question, None)
                    if self._docket.is_open(question):
                        self._docket.answer(question, answers[question])
                        if len(rows) == 1:
                            withdrawn = max(waiting - 1 - sum(1 for _ in self._docket.open()), 0)
                outcomes.append(Outcome(question, line.state, line.why, withdrawn))
            return outcomes

    def undo(self, reviewer: str, question: str) -> bool:
        """Take back the reviewer's answer to a question; it is asked again. Whether there was one."""
        with self._lock:
            if question not in self._docket.answers:
                return False
            left, right = _pair(self._cards[question])
            was_skip = self._docket.answers[question] == "skip"
            if not was_skip and not self.store.take_back(left, right, reviewer):
                return False
            self._docket.undo(question)
            self._leases[question] = _Lease(reviewer, self.clock() + LEASE_S)
            return True

    def card(self, question: str) -> Row | None:
        """What a person sees of a question; None if it is not one of this run."""
        return self._card(question) if question in self._cards else None

    def sample(self, filters: Filters) -> tuple[int, list[Row]]:
        """How many open questions a filter has, and a few spread over them, to look at before a bulk answer."""
        with self._lock:
            found = [each for each in self._docket.open() if _fits(self._cards[each], filters)]
            step = max(len(found) // SAMPLE, 1)
            return len(found), [self._card(each) for each in found[::step][:SAMPLE]]

    def bulk(self, reviewer: str, filters: Filters, answer: str, now: datetime) -> list[Outcome]:
        """Give one answer to every open question of a filter."""
        with self._lock:
            chosen = [each for each in self._docket.open() if _fits(self._cards[each], filters)]
            words = " ".join(f"{name}={value}" for name, value in sorted(filters.items()))
            return self.answer(reviewer, dict.fromkeys(chosen, answer), now, f"bulk answer: {words}")

    def progress(self) -> dict[str, int]:
        """How many questions there are, were answered, follow from answers, and wait."""
        with self._lock:
            joins = [each for each, card in self._cards.items() if card["kind"] != "check"]
            answered = sum(each in self._docket.answers for each in joins)
            waiting = sum(1 for _ in self._docket.open())
            total = len(joins)
            withdrawn = total - answered - waiting
            return {"questions": total, "answered": answered, "withdrawn": withdrawn, "waiting": waiting}

    def facets(self) -> dict[str, dict[str, int]]:
        """How many open questions each value of each filter has, the most first."""
        with self._lock:
            counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
            for question in self._docket.open():
                for name, values in self._cards[question]["facets"].items():
                    counts[name].update(values)
        return {name: dict(counter.most_common(100)) for name, counter in counts.items()}

    def _card(self, question: str) -> Row:
        card = self._cards[question]
        if "left_marked" not in card:
            left, right = marked(card["left_title"] or "", card["right_title"] or "")
            card |= {"left_marked": left, "right_marked": right}
        return {name: value for name, value in card.items() if name != "facets"}

    def _answer(self, number: int, question: str, answer: str, note: str) -> Answer:
        left, right = _pair(self._cards[question])
        return Answer(number, left, right, answer, note, question)


def _pair(card: Row) -> tuple[Key, Key]:
    left, right = key_of(card["left"]), key_of(card["right"])
    if left is None or right is None:
        raise ValueError(f"the question {card['question']} names no two offers")
    return min(left, right), max(left, right)


def _facets(row: Row) -> dict[str, list[str]]:
    tags = sorted((row[f"{side}_language"] or "und").split("-")[0] for side in ("left", "right"))
    names = (("quantity differs", "size"), ("variant differs", "variant"), ("brand differs", "brand"))
    clauses = row["comparison"].split("; ")
    differs = [name for start, name in names if any(clause.startswith(start) for clause in clauses)]
    categories = {(row[f"{side}_category"] or "").split(">")[0].strip() for side in ("left", "right")} - {""}
    return {
        "languages": ["-".join(tags)],
        "category": sorted(categories),
        "catalog": sorted({row[side].partition("#")[0] for side in ("left", "right")}),
        "differs": differs or ["words"],
        "reason": [row["reason"]],
    }


def _fits(card: Row, filters: Filters) -> bool:
    facets = card["facets"]
    # "Only" filters leave one difference: "all 40 that differ in colour only".
    if filters.get("only") and facets["differs"] != [filters["only"]]:
        return False
    return all(filters[name] in facets[name] for name in FACETS if filters.get(name))
