"""The desk that reviewers answer at: hands out questions, takes answers, withdraws what follows, undoes.

Several reviewers work at once, also in several processes: a question that was handed out is leased to its reviewer for
a while in the store, so that nobody is asked what another person is reading, and what was answered elsewhere is read
from there before more is handed out. Answers go the way of a sheet's, through `taking.take`.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sku_align.deciding.consistency import words_of
from sku_align.review.docket import docket_of
from sku_align.review.explain import differences, marked, sentence
from sku_align.review.phrases import LANGUAGES, name_of, reason_words
from sku_align.review.reading import Answer, Answers
from sku_align.review.remarks import remarks_of, remarks_text
from sku_align.review.taking import KEPT, SKIPPED, TAKEN, stem_of, take
from sku_align.review.waiting import pairs_of

if TYPE_CHECKING:
    from sku_align.store import Store

Row = dict[str, Any]
Filters = Mapping[str, str]
FACETS = ("languages", "category", "catalog", "differs", "reason")
# A lease outlives a phone call, not a lunch break; chosen by eye.
LEASE = timedelta(minutes=10)
SAMPLE = 5


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Outcome:
    """What became of an answer: `state` as in a receipt, `why`, and how many questions it withdrew."""

    question: str
    state: str
    why: str = ""
    withdrawn: int = 0


@dataclass
class Desk:
    """Questions of one run, for several reviewers at once.

    Attributes:
        asked: Table of `review.questions.QUESTIONS`.
        rows: What a person sees of each, as by `review.sheet.rows_of`, in the same order.
        store: Keeps verdicts, skips and leases; the desks of several processes share it.
        clock: Tells the time, by which leases end.
    """

    asked: pa.Table
    rows: list[Row]
    store: "Store"
    clock: Callable[[], datetime] = _now
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        kinds = self.asked["kind"].to_pylist()
        self._cards = {
            row["question"]: row | {"kind": kind, "facets": _facets(row)}
            for row, kind in zip(self.rows, kinds, strict=True)
        }
        self._pairs = pairs_of(self.asked)
        self._current = {stem_of(question): question for question in self._cards}
        self._live = self.store.versions()
        self._read()

    def _read(self) -> None:
        """Read from the store what was answered and skipped, here and elsewhere."""
        self._marks = self.store.asked.marks()
        self._remarks = remarks_of(self._pairs, self.store.asked.asides())
        self._docket = docket_of(self.asked, self._pairs, words_of(self.store.verdicts()), self._remarks)

    def _catch_up(self) -> None:
        if self.store.asked.marks() != self._marks:
            self._read()

    def take_questions(self, reviewer: str, count: int = 10, filters: Filters | None = None) -> list[Row]:
        """Lease the next questions to a reviewer, most useful first; those that the reviewer holds come first again."""
        with self._lock:
            self._catch_up()
            now, found, refused = self.clock(), list[str](), set[str]()
            # Another process may lease a question between the look and the lease, so that a second look is needed.
            while len(found) < count:
                held = {name for name, who in self.store.asked.leased(now).items() if who != reviewer} | refused
                wanted = self._next(count - len(found), filters or {}, held | set(found))
                granted = self.store.asked.lease(wanted, reviewer, now, now + LEASE)
                found += granted
                refused |= set(wanted) - set(granted)
                if len(granted) == len(wanted):
                    break
            return [self._card(question) for question in found]

    def _next(self, count: int, filters: Filters, without: set[str]) -> list[str]:
        found: list[str] = []
        for question in self._docket.open(checks=filters.get("kind") == "check"):
            if len(found) == count:
                break
            if question not in without and _fits(self._cards[question], filters):
                found.append(question)
        return found

    def answer(self, reviewer: str, answers: Mapping[str, str], now: datetime, note: str = "") -> list[Outcome]:
        """Take answers by question; sending one again changes nothing.

        An answer to a question whose texts have changed is not taken: it is shown with the question that is asked now.

        Args:
            reviewer: Who answers.
            answers: `same`, `different` or `skip` by question id.
            now: When.
            note: Kept with each verdict.
        """
        with self._lock:
            self._catch_up()
            known = [question for question in answers if stem_of(question) in self._current]
            outcomes = [
                Outcome(question, "not taken", "it is not a question of this run any more")
                for question in answers
                if stem_of(question) not in self._current
            ]
            rows = [self._answer(number, question, answers[question], note) for number, question in enumerate(known)]
            waiting = sum(1 for _ in self._docket.open()) if len(rows) == 1 else 0
            receipt = take(Answers(rows), self.store, reviewer, now, "page", live=self._live, current=self._current)
            done = [known[line.row] for line in receipt.lines if line.state in (TAKEN, KEPT, SKIPPED)]
            self.store.asked.release(done, self.clock())
            for line in receipt.lines:
                question, withdrawn = known[line.row], 0
                if line.state in (TAKEN, KEPT) and self._docket.is_open(question):
                    self._docket.answer(question, answers[question])
                    if len(rows) == 1:
                        withdrawn = max(waiting - 1 - sum(1 for _ in self._docket.open()), 0)
                outcomes.append(Outcome(question, line.state, line.why, withdrawn))
            self._keep_up(sum(line.state == TAKEN for line in receipt.lines))
            return outcomes

    def _keep_up(self, taken: int) -> None:
        """Go on without reading everything where nothing but this desk's own verdicts came in."""
        marks = self.store.asked.marks()
        ours = marks.verdicts.rows == self._marks.verdicts.rows + taken and marks.asides == self._marks.asides
        if ours:
            self._marks = marks
        else:
            self._read()

    def undo(self, reviewer: str, question: str) -> bool:
        """Take back the reviewer's answer or skip; the question is asked again. Whether there was one."""
        with self._lock:
            self._catch_up()
            if question not in self._cards:
                return False
            left, right = self._pairs[question]
            if question in self._docket.answers:
                done = self.store.take_back(left, right, reviewer)
            else:
                done = self.store.asked.take_back((left, right), reviewer)
            if done:
                self._read()
                self.store.asked.lease([question], reviewer, self.clock(), self.clock() + LEASE)
            return done

    def card(self, question: str) -> Row | None:
        """What a person sees of a question; None if it is not one of this run."""
        return self._card(question) if question in self._cards else None

    def sample(self, filters: Filters) -> tuple[int, list[Row]]:
        """How many open questions a filter has, and a few spread over them, to look at before a bulk answer."""
        with self._lock:
            self._catch_up()
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
        """How many questions there are, were answered, follow from answers, wait, and were skipped among those."""
        with self._lock:
            joins = [each for each, card in self._cards.items() if card["kind"] != "check"]
            answered = sum(each in self._docket.answers for each in joins)
            waiting = list(self._docket.open())
            skipped = sum(each in self._docket.skipped for each in waiting)
            total = len(joins)
            settled = total - answered - len(waiting)
            counts = {"questions": total, "answered": answered, "withdrawn": settled, "waiting": len(waiting)}
            return counts | {"skipped": skipped}

    def facets(self) -> dict[str, dict[str, int]]:
        """How many open questions each value of each filter has, the most first."""
        with self._lock:
            counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
            for question in self._docket.open():
                for name, values in self._cards[question]["facets"].items():
                    counts[name].update(values)
        return {name: dict(counter.most_common(100)) for name, counter in counts.items()}

    def labels(self) -> dict[str, dict[str, str]]:
        """What differences and reasons of `facets` are called, by language."""
        differs = {name for card in self._cards.values() for name in card["facets"]["differs"]}
        reasons = {code for card in self._cards.values() for code in card["facets"]["reason"]}
        return {
            language: {name: name_of(name, language) for name in sorted(differs)}
            | {code: reason_words(code, None, language) for code in sorted(reasons)}
            for language in LANGUAGES
        }

    def _card(self, question: str) -> Row:
        card = self._cards[question]
        if "left_marked" not in card:
            left, right = marked(card["left_title"] or "", card["right_title"] or "")
            kind, clauses = card["kind"], card["clauses"]
            card |= {"left_marked": left, "right_marked": right}
            card["words"] = {
                language: {
                    "comparison": sentence(clauses, language),
                    "reason": reason_words(card["code"], kind, language),
                }
                for language in LANGUAGES
            }
        remarks = self._remarks.get(question, [])
        shown = {name: value for name, value in card.items() if name not in ("facets", "clauses")}
        return shown | {
            "skipped": [each.reviewer for each in remarks if each.phrase == "skipped"],
            "remarks": {language: remarks_text(remarks, language) for language in LANGUAGES if remarks},
        }

    def _answer(self, number: int, question: str, answer: str, note: str) -> Answer:
        left, right = self._pairs[self._current[stem_of(question)]]
        return Answer(number, left, right, answer, note, question)


def _facets(row: Row) -> dict[str, list[str]]:
    tags = sorted((row[f"{side}_language"] or "und").split("-")[0] for side in ("left", "right"))
    categories = {(row[f"{side}_category"] or "").split(">")[0].strip() for side in ("left", "right")} - {""}
    return {
        "languages": ["-".join(tags)],
        "category": sorted(categories),
        "catalog": sorted({row[side].partition("#")[0] for side in ("left", "right")}),
        "differs": differences(row["clauses"]) or ["words"],
        "reason": [row["code"] or ""],
    }


def _fits(card: Row, filters: Filters) -> bool:
    facets = card["facets"]
    # "Only" filters leave one difference: "all 40 that differ in colour only".
    if filters.get("only") and facets["differs"] != [filters["only"]]:
        return False
    return all(filters[name] in facets[name] for name in FACETS if filters.get(name))
