"""Answers become verdicts: from a sheet or from the page, by the same rules.

An answer is taken unless the offers changed since it was asked, another person said the opposite, or it contradicts
what earlier answers imply. Nothing is taken by silence: every row gets a line of the receipt.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sku_align.deciding.consistency import Word, clashes, words_of
from sku_align.review.keys import Key
from sku_align.review.questions import question_id
from sku_align.review.reading import Answer, Answers
from sku_align.review.verdicts import by_pair, verdict_table
from sku_align.review.words import SKIP

if TYPE_CHECKING:
    from sku_align.store import Store

TAKEN, KEPT, SKIPPED, STALE, REFUSED = "taken", "already kept", "skipped", "asked again", "not taken"
_STATES = (TAKEN, KEPT, SKIPPED, STALE, REFUSED)


@dataclass(frozen=True)
class Line:
    """What became of one row: one of `taken`, `already kept`, `skipped`, `asked again`, `not taken`, and why."""

    row: int
    state: str
    why: str = ""

    def __str__(self) -> str:
        return f"row {self.row}: {self.state}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True)
class Receipt:
    """What became of answers.

    Attributes:
        sheet: Name of the file, or "page".
        same: Answers "same" that are kept, new ones and those that were kept already.
        different: The same of "different".
        unknown: Answers among them about an offer that no publication shows now.
        lines: One for each row with an answer.
        unanswered: Rows without an answer; they stay open questions.
        refused: Why nothing could be taken from the file, if so.
    """

    sheet: str
    same: int = 0
    different: int = 0
    unknown: int = 0
    lines: tuple[Line, ...] = ()
    unanswered: int = 0
    refused: str | None = None

    @property
    def rejected(self) -> tuple[str, ...]:
        """A sentence for each row that was not taken."""
        return tuple(f"row {line.row}: {line.why}" for line in self.lines if line.state in (STALE, REFUSED))

    def __str__(self) -> str:
        if self.refused:
            return f"Nothing was taken: {self.refused}"
        counts = Counter(line.state for line in self.lines)
        lines = [f"{self.same} must-links and {self.different} cannot-links are kept; the next run obeys them."]
        if self.unknown:
            lines.append(f"{self.unknown} of them name an offer that is not published; they count once it is.")
        states = [f"{counts[state]} {state}" for state in _STATES if counts[state]]
        lines.append(f"Rows: {', '.join([*states, f'{self.unanswered} without an answer'])}.")
        return "\n".join([*lines, *(str(line) for line in self.lines)])


def take(
    read: Answers,
    store: "Store",
    reviewer: str,
    now: datetime,
    sheet: str = "page",
    versions: Mapping[Key, frozenset[str]] | None = None,
    overrule: bool = False,
    live: Mapping[Key, str] | None = None,
    current: Mapping[str, str] | None = None,
) -> Receipt:
    """Keep the verdicts of answers, in one transaction; taking the same answers again changes nothing.

    Args:
        read: The answers.
        store: Keeps the verdicts.
        reviewer: Who decided.
        now: When.
        sheet: Name for the receipt.
        versions: What each offer says today, as `review.questions.versions`, of the run and of the store; an answer
            about another text is asked again. Absent: as the store's live offers say.
        overrule: Take answers although another person said the opposite.
        live: `Store.versions()`, if it was read before.
        current: The questions that are asked now, by `stem_of` of their ids; an answer to one of them is about today's
            texts, and one to another question about the same offers is not.
    """
    from sku_align.store.asked import SetAside

    live = store.versions() if live is None else live
    known = {key: frozenset({text}) | (versions or {}).get(key, frozenset()) for key, text in live.items()}
    known |= {key: texts for key, texts in (versions or {}).items() if key not in known}
    kept = words_of(store.verdicts())
    lines = {number: Line(number, REFUSED, why) for number, why in read.rejected}
    answers, clashing = by_pair(read.answers)
    lines |= {number: Line(number, REFUSED, why) for number, why in clashing.items()}
    first = {answer.row for answer in answers.values()}
    for answer in read.answers:
        if answer.answer == SKIP:
            lines[answer.row] = Line(answer.row, SKIPPED)
        elif answer.row not in first and answer.row not in lines:
            same_as = answers[answer.left, answer.right].row
            lines[answer.row] = Line(answer.row, KEPT, f"it says the same as row {same_as}")
    open_answers: list[Answer] = []
    opposed: list[Answer] = []
    for pair, answer in sorted(answers.items(), key=lambda item: item[1].row):
        earlier = kept.get(pair)
        if earlier and earlier.verdict == answer.answer and earlier.reviewer == reviewer:
            lines[answer.row] = Line(answer.row, KEPT)
        elif _is_stale(answer, known, current or {}):
            why = f"the offers changed since the sheet was written; you said {answer.answer!r} of the earlier texts"
            lines[answer.row] = Line(answer.row, STALE, why)
        elif earlier and earlier.verdict != answer.answer and earlier.reviewer != reviewer and not overrule:
            lines[answer.row] = Line(answer.row, REFUSED, f"it says {answer.answer!r}, but {earlier}")
            opposed.append(answer)
        else:
            open_answers.append(answer)
    new = [Word((each.left, each.right), each.answer, f"row {each.row}", reviewer) for each in open_answers]
    against = clashes(new, kept)
    for at, words in against.items():
        why = f"it says {new[at].verdict!r}, which contradicts {' and '.join(map(str, words))}"
        lines[open_answers[at].row] = Line(open_answers[at].row, REFUSED, why)
    taken = [answer for at, answer in enumerate(open_answers) if at not in against]
    if taken:
        store.add_verdicts(verdict_table(taken, reviewer, now.isoformat(timespec="seconds")))
    lines |= {answer.row: Line(answer.row, TAKEN) for answer in taken}
    # What does not count is remembered: a skip is asked last, an answer about earlier texts is shown with the question,
    # and one against another person's counts for how far reviewers agree.
    without = [answer for answer in read.answers if lines[answer.row].state in (SKIPPED, STALE)] + opposed
    when = now.isoformat(timespec="seconds")
    store.asked.set_aside(
        [
            SetAside((each.left, each.right), reviewer, each.question, each.answer, lines[each.row].state, when)
            for each in {(each.left, each.right): each for each in without}.values()
        ],
        [(answer.left, answer.right) for answer in taken],
    )
    standing = [answer for answer in read.answers if lines[answer.row].state in (TAKEN, KEPT)]
    pairs = {(answer.left, answer.right): answer for answer in standing}
    return Receipt(
        sheet,
        sum(answer.answer == "same" for answer in pairs.values()),
        sum(answer.answer == "different" for answer in pairs.values()),
        sum(not {answer.left, answer.right} <= live.keys() for answer in pairs.values()),
        tuple(lines[number] for number in sorted(lines)),
        read.unanswered,
    )


def stem_of(question: str) -> str:
    """The part of a question's id that names its two offers, without what they say."""
    return question.rpartition("-")[0]


def _is_stale(answer: Answer, known: Mapping[Key, frozenset[str]], current: Mapping[str, str]) -> bool:
    """Whether the id of the question fits no text that the two offers have today; ids of another form are passed."""
    if (asked := current.get(stem_of(answer.question))) is not None:
        return asked != answer.question
    ours, theirs = known.get(answer.left), known.get(answer.right)
    if not answer.question.startswith("Q-") or not ours or not theirs:
        return False
    now = {question_id(answer.left, answer.right, one, other) for one in ours for other in theirs}
    same_pair = any(stem_of(each) == stem_of(answer.question) for each in now)
    return same_pair and answer.question not in now
