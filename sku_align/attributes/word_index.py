"""Where the words of many lexicons stand in a text, found in one pass.

A pattern for each lexicon, or one for all of them, builds states for every text that it has not met; they took two
thirds of the time of extraction (docs/experiments/feeds.md). Here every word is filed under the first run of letters
and digits that it can begin with, so a text costs one look-up for each of its runs, however many words there are.
Words of scripts without spaces are filed under their first two characters.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, NamedTuple

from sku_align.attributes.text import LETTERS, is_spaced

_ASCII_RUN = re.compile(r"[a-z0-9]+")
_RUN = re.compile(rf"[a-z0-9{LETTERS}]+")
_LETTERS = re.compile(rf"[a-z{LETTERS}]*")
_OPEN_END = rf"[a-z{LETTERS}]*"
# Runs whose words are remembered; titles repeat most of them. Chosen by eye: some 20 MB.
_MAX_RUNS = 100_000

Place = tuple[int, int]


class Word(NamedTuple):
    """One word of a lexicon.

    Attributes:
        stem: The word, folded, with a NUL where a space or hyphen may stand.
        open: The end at which letters may follow or precede.
    """

    stem: str
    open: Literal["", "behind", "before"] = ""

    @property
    def spaced(self) -> bool:
        """Whether it is of a script with spaces, so that it begins where a run does."""
        return is_spaced(self.stem[0])

    @property
    def pattern(self) -> str:
        """The word as a pattern over folded text."""
        stem = "[ -]?".join(re.escape(part) for part in self.stem.split("\0"))
        if not self.spaced:
            return stem
        stem = {"": stem, "behind": f"{stem}{_OPEN_END}", "before": f"{_OPEN_END}{stem}"}[self.open]
        return f"{_edge(self.stem[0], '(?<!')}{stem}{_edge(self.stem[-1], '(?!')}"


def _edge(letter: str, look: str) -> str:
    """The boundary of a word that begins or ends with a letter: none is known behind "pc版"."""
    if letter.isascii():
        return r"\b"
    return f"{look}[a-z0-9{LETTERS}])" if is_spaced(letter) else ""


class _Filed:
    """A word of the lexicon with this number, its pattern compiled when it is first needed."""

    __slots__ = ("_compiled", "lexicon", "word")

    def __init__(self, lexicon: int, word: Word) -> None:
        self.lexicon, self.word = lexicon, word
        self._compiled: re.Pattern[str] | None = None

    def end(self, text: str, start: int) -> int:
        """Where the word ends if it stands at this position, else -1."""
        if self._compiled is None:
            self._compiled = re.compile(self.word.pattern, re.ASCII)
        match = self._compiled.match(text, start)
        return match.end() if match else -1


@dataclass(slots=True)
class _Begun:
    """What one run of letters and digits can be, or begin.

    Attributes:
        whole: Lexicons of which it is a word by itself.
        second: Words of several runs by their second one.
        more: Words that go on otherwise, by the character behind the run: with an open second run, or with no other.
    """

    whole: set[int] = field(default_factory=set)
    second: dict[str, list[_Filed]] = field(default_factory=dict)
    more: dict[str, list[_Filed]] = field(default_factory=dict)

    def take(self, other: "_Begun") -> None:
        """Add what another run begins as well."""
        self.whole |= other.whole
        for own, others in ((self.second, other.second), (self.more, other.more)):
            for key, words in others.items():
                own[key] = own.get(key, []) + words


class WordIndex:
    """All words of some lexicons.

    Args:
        lexicons: The words of each lexicon.
    """

    def __init__(self, lexicons: Sequence[Sequence[Word]]) -> None:
        self._runs: tuple[dict[str, _Begun], dict[str, _Begun], dict[str, _Begun]] = ({}, {}, {})
        self._known: dict[str, _Begun | None] = {}
        self._characters: dict[str, tuple[list[_Filed], dict[str, list[_Filed]]]] = {}
        for number, words in enumerate(lexicons):
            for word in words:
                self._file(_Filed(number, word))
        self._first = re.compile(f"[{re.escape(''.join(self._characters))}]" if self._characters else "(?!)")

    def places(self, text: str) -> dict[int, list[Place]]:
        """Find the words of all lexicons.

        Args:
            text: Folded text.

        Returns:
            Number of the lexicon -> start and end of its words, from left to right without overlaps; of two words that
            begin at one place the longer counts.
        """
        found: dict[int, list[Place]] = {}
        run_of = _ASCII_RUN if text.isascii() else _RUN
        known, runs = self._known, run_of.findall(text)
        spans: list[Place] = []
        for at, run in enumerate(runs):
            begun = known[run] if run in known else self._begun(run)
            if begun is None:
                continue
            spans = spans or [match.span() for match in run_of.finditer(text)]
            start, end = spans[at]
            for lexicon in begun.whole:
                found.setdefault(lexicon, []).append((start, end))
            words = begun.more.get(text[end : end + 1], []) if begun.more else []
            if begun.second and at + 1 < len(runs):
                words = words + begun.second.get(runs[at + 1], [])
            for word in words:
                if (end := word.end(text, start)) >= 0:
                    found.setdefault(word.lexicon, []).append((start, end))
        if not text.isascii():
            self._unspaced(text, found)
        return {lexicon: places if len(places) == 1 else _apart(places) for lexicon, places in found.items()}

    def _unspaced(self, text: str, found: dict[int, list[Place]]) -> None:
        """Add the words that begin with a character of a script without spaces."""
        for match in self._first.finditer(text):
            start = match.start()
            alone, pairs = self._characters[match[0]]
            for word in alone:
                found.setdefault(word.lexicon, []).append((start, start + 1))
            for word in pairs.get(text[start + 1 : start + 2], ()):
                if (end := word.end(text, start)) >= 0:
                    found.setdefault(word.lexicon, []).append((start, end))

    def _begun(self, run: str) -> _Begun | None:
        """What a run can be or begin: as it stands, or as a stem and letters at its open end."""
        exact, behind, before = self._runs
        begun = _Begun()
        if run in exact:
            begun.take(exact[run])
        for cut in range(len(run) + 1):
            if run[:cut] in behind and _LETTERS.fullmatch(run, cut):
                begun.take(behind[run[:cut]])
            if run[cut:] in before and _LETTERS.fullmatch(run, 0, cut):
                begun.take(before[run[cut:]])
        known = begun if begun.whole or begun.second or begun.more else None
        if len(self._known) >= _MAX_RUNS:
            self._known.clear()
        self._known[run] = known
        return known

    def _file(self, filed: _Filed) -> None:
        word = filed.word
        if not word.spaced:
            self._file_unspaced(filed)
            return
        if not _RUN.match(word.stem):
            raise ValueError(f"The word {word.stem!r} must begin with a letter or a digit.")
        for form in _forms(word.stem):
            runs = _RUN.findall(form)
            whole = len(runs[0]) == len(form)
            filing = self._runs[1 if whole and word.open == "behind" else 2 if word.open == "before" else 0]
            begun = filing.setdefault(runs[0], _Begun())
            if whole:
                begun.whole.add(filed.lexicon)
            elif len(runs) == 1 or (len(runs) == 2 and word.open == "behind"):
                _add(begun.more, form[len(runs[0])], filed)
            else:
                _add(begun.second, runs[1], filed)

    def _file_unspaced(self, filed: _Filed) -> None:
        for form in _forms(filed.word.stem):
            alone, pairs = self._characters.setdefault(form[0], ([], {}))
            if len(form) == 1:
                alone.append(filed)
            else:
                _add(pairs, form[1], filed)


def _add(filed: dict[str, list[_Filed]], key: str, word: _Filed) -> None:
    words = filed.setdefault(key, [])
    if word not in words:
        words.append(word)


def _forms(stem: str) -> Iterator[str]:
    """A word with a space, with a hyphen, and with neither wherever one may stand in it."""
    if "\0" not in stem:
        yield stem
        return
    first, *rest = stem.split("\0")
    for marks in product(("", " ", "-"), repeat=len(rest)):
        yield first + "".join(mark + part for mark, part in zip(marks, rest, strict=True))


def _apart(places: list[Place]) -> list[Place]:
    """The longest at each start, from left to right without overlaps."""
    kept: list[Place] = []
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept
