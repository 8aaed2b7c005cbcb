"""Open questions while answers arrive: what follows from an answer is withdrawn at once.

SKUs called the same are one from then on, so two questions that now ask about the same two SKUs become one, and a
question between SKUs whose answer follows (same and same, or same and different) is not asked.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from sku_align.deciding.consistency import Pair, Word
from sku_align.review.remarks import Remark

SAME, DIFFERENT, SKIP = "same", "different", "skip"
Pairs = Mapping[str, Pair]


@dataclass(frozen=True)
class Implied:
    """An answer that follows from others: `answer`, and the id of a question whose answer it follows from."""

    answer: str
    question: str


class Docket:
    """The state of a list of questions.

    Args:
        questions: Table of `review.questions.QUESTIONS`, in the order to ask.
    """

    def __init__(self, questions: pa.Table) -> None:
        names = ("question", "kind", "left_sku", "right_sku")
        columns = [questions[name].to_pylist() for name in names]
        self.order: list[str] = columns[0]
        self._skus = {each: (left, right) for each, _, left, right in zip(*columns, strict=True)}
        self._kind = dict(zip(columns[0], columns[1], strict=True))
        self.answers: dict[str, str] = {}
        self.skipped: dict[str, None] = {}
        self._parent: dict[str, str] = {}
        self._apart: dict[str, dict[str, str]] = {}
        self._joined_by: dict[str, str] = {}
        self._start = 0

    def __contains__(self, question: str) -> bool:
        return question in self._skus

    def answer(self, question: str, answer: str) -> None:
        """Take an answer: `same` or `different`, or `skip`, which puts the question last.

        Raises:
            KeyError: The question is not on the list.
            ValueError: The opposite follows from earlier answers; the message names the question that says so.
        """
        self.skipped.pop(question, None)
        if answer == SKIP:
            self.skipped[question] = None
            return
        implied = self.implied(question)
        if implied and implied.answer != answer and self._kind[question] != "check":
            raise ValueError(f"{implied.answer!r} follows from the answer to {implied.question}")
        self.answers[question] = answer
        self._apply(question, answer)

    def undo(self, question: str) -> None:
        """Take an answer back; what followed from it is open again."""
        self.answers.pop(question, None)
        self.skipped.pop(question, None)
        self._parent, self._apart, self._joined_by, self._start = {}, {}, {}, 0
        for earlier, answer in self.answers.items():
            self._apply(earlier, answer)

    def implied(self, question: str) -> Implied | None:
        """The answer that follows from those to other questions, if any."""
        one, other = (self._root(sku) for sku in self._skus[question])
        if self._kind[question] == "check":
            return None
        if one == other:
            return Implied(SAME, self._joined_by[one])
        because = self._apart.get(one, {}).get(other)
        return Implied(DIFFERENT, because) if because else None

    def is_open(self, question: str) -> bool:
        """Whether the question still waits for a person."""
        return question not in self.answers and self.implied(question) is None

    def open(self, checks: bool = False) -> Iterator[str]:
        """Questions that wait, in the order to ask them, skipped ones last; spot checks only if wanted.

        Two questions between the same two (joined) SKUs give one: the earlier.
        """
        while self._start < len(self.order) and not self.is_open(self.order[self._start]):
            self._start += 1
        seen = set()
        fresh = (question for question in self.order[self._start :] if question not in self.skipped)
        for question in itertools.chain(fresh, list(self.skipped)):
            if (self._kind[question] == "check") != checks or not self.is_open(question):
                continue
            between = frozenset(self._root(sku) for sku in self._skus[question])
            if checks or between not in seen:
                seen.add(between)
                yield question

    def _apply(self, question: str, answer: str) -> None:
        one, other = (self._root(sku) for sku in self._skus[question])
        if one == other:
            return
        if answer == DIFFERENT:
            self._apart.setdefault(one, {})[other] = question
            self._apart.setdefault(other, {})[one] = question
        elif answer == SAME:
            kept, gone = min(one, other), max(one, other)
            self._parent[gone] = kept
            self._joined_by[kept] = question
            # What was apart from either SKU is apart from both now.
            for third, because in self._apart.pop(gone, {}).items():
                self._apart.setdefault(kept, {})[third] = because
                self._apart[third].pop(gone, None)
                self._apart[third][kept] = because

    def _root(self, sku: str) -> str:
        while (parent := self._parent.get(sku)) is not None:
            sku = parent
        return sku


def docket_of(
    questions: pa.Table, pairs: Pairs, kept: Mapping[Pair, Word], remarks: Mapping[str, list[Remark]]
) -> Docket:
    """The questions with what was answered since the run that asked them, in whatever process or sheet.

    Args:
        questions: Table of `review.questions.QUESTIONS`.
        pairs: The offers of each question.
        kept: The last word on each pair.
        remarks: Of each question, as by `remarks.remarks_of`.
    """
    docket = Docket(questions)
    for question in docket.order:
        word = kept.get(pairs[question])
        if word and docket.is_open(question):
            docket.answer(question, word.verdict)
    for question, earlier in remarks.items():
        if any(each.phrase == "skipped" for each in earlier) and question in docket and docket.is_open(question):
            docket.answer(question, SKIP)
    return docket
