"""Kind: which of several things that stand on one shelf a title names ("day cream", "night cream", "eye cream").

`kind.tsv` holds contrasts of kinds that exclude each other. Rows of one contrast are siblings; a cell holds wordings of
one kind in one language, separated by `|`. A wording stands in a title where all its words do, in any order and near
each other; where one wording holds another one of its contrast ("nasal spray", "spray"), the longer counts. A value is
"contrast#=kind", so that two offers agree on a kind of one contrast, whatever their languages, and conflict where they
name different ones.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from sku_align.attributes.family import Family
from sku_align.attributes.text import Text, fold

PATH = Path(__file__).with_suffix(".tsv")
# Words of other things may stand between those of a wording: "Tagescreme mit Ceramiden für trockene Haut". Chosen by
# eye: two more than it has.
_BETWEEN = 2
_UNSPACED = ("zh-Hans", "zh-Hant", "ja", "ko")
# Languages that write two words as one, and shops either way.
_COMPOUNDING = ("de", "nl", "sv", "da", "no", "fi")
_COLUMNS = {"zh": ("zh-Hans", "zh-Hant"), "nb": ("no",), "nn": ("no",)}
_WORD = re.compile(r"[^\W_]+")
# Endings of number, gender and case that shops use as they like, of words of five letters or more.
_ENDING = re.compile(r"(?<=....)(?:e?s|e?n|e)$", re.ASCII)
_ROMANCE_ENDING = re.compile(r"(?<=....)[aeio]?s?$", re.ASCII)
_ROMANCE = ("es", "it", "pt")


class _Kind(NamedTuple):
    contrast: str
    name: str


class _Wording(NamedTuple):
    """What names a kind: words, or one stretch of characters where a language has no spaces."""

    kind: _Kind
    words: tuple[str, ...] | str


class _Spaced:
    """The wordings of a language that parts its words, filed under the rarest word of each.

    Args:
        column: The language, as the table calls it.
        native: Whether titles are of this language too; in those of others its words count as they stand, because an
            ending of one language makes a word of another ("douchi", "douche").
    """

    def __init__(self, column: str, native: bool) -> None:
        self._stem = _exactly if not native else _romance_stem if column in _ROMANCE else _stem
        found = [_Wording(kind, words) for text, kind in _wordings(column) for words in self._spellings(text, column)]
        self._used = Counter(word for wording in found for word in wording.words)
        self._filed: dict[str, list[_Wording]] = defaultdict(list)
        for wording in found:
            self._filed[min(wording.words, key=lambda word: (self._used[word], word))].append(wording)

    def find(self, folded: str) -> Iterator[_Wording]:
        """Wordings that stand in a folded title."""
        places = self._places(folded)
        for word in places.keys() & self._filed.keys():
            for wording in self._filed[word]:
                words = wording.words
                if len(words) == 1 or (all(each in places for each in words) and _near(words, places)):
                    yield wording

    def _spellings(self, text: str, column: str) -> Iterator[tuple[str, ...]]:
        """The words of a wording, and the compound of two of them."""
        words = _WORD.findall(fold(text))
        if words:
            yield tuple(dict.fromkeys(map(self._stem, words)))
        if len(words) == 2 and column in _COMPOUNDING:
            yield (self._stem("".join(words)),)

    def _places(self, folded: str) -> dict[str, list[int]]:
        """Where each word of a title stands, and the compound of each two neighbours."""
        places: dict[str, list[int]] = defaultdict(list)
        at, before = 0, ""
        for word in _WORD.findall(folded):
            # What stands behind a number is another statement: "laptop 16 GB RAM" is no laptop RAM.
            at += 1 + _BETWEEN * word[0].isdigit()
            for spelling in (word, before + word) if before else (word,):
                if (stem := self._stem(spelling)) in self._used:
                    places[stem].append(at)
            before = word
        return places


class _Unspaced:
    """The wordings of a language without spaces, each one word, filed under its first two characters.

    Args:
        column: The language, as the table calls it.
    """

    def __init__(self, column: str) -> None:
        self._filed: dict[str, list[_Wording]] = defaultdict(list)
        for text, kind in _wordings(column):
            stretch = _together(fold(text))
            if len(stretch) > 1:
                self._filed[stretch[:2]].append(_Wording(kind, stretch))

    def find(self, folded: str) -> Iterator[_Wording]:
        """Wordings that stand in a folded title."""
        text = _together(folded)
        for start in range(len(text) - 1):
            for wording in self._filed.get(text[start : start + 2], ()):
                if text.startswith(wording.words, start):
                    yield wording


def extract(text: Text) -> set[str]:
    """Kinds that a title names, in its own language and in English."""
    columns = _COLUMNS.get(text.language, (text.language,))
    found: dict[str, list[_Wording]] = defaultdict(list)
    for column in dict.fromkeys((*columns, "en")):
        if column in _languages():
            for wording in _language(column, column in columns).find(text.folded):
                found[wording.kind.contrast].append(wording)
    return {
        f"{contrast}#={wording.kind.name}"
        for contrast, named in found.items()
        for wording in named
        if not any(_within(wording.words, other.words) for other in named)
    }


def rows() -> Iterator[dict[str, str]]:
    """Rows of the table, by the names of its columns: `contrast` and a language each."""
    with PATH.open(encoding="utf-8") as lines:
        header = next(lines).rstrip("\n").split("\t")
        for line in lines:
            yield dict(zip(header, line.rstrip("\n").split("\t"), strict=True))


@cache
def _languages() -> frozenset[str]:
    return frozenset(next(rows())) - {"contrast"}


@cache
def _language(column: str, native: bool) -> _Spaced | _Unspaced:
    return _Unspaced(column) if column in _UNSPACED else _Spaced(column, native)


def _wordings(column: str) -> Iterator[tuple[str, _Kind]]:
    for row in rows():
        kind = _Kind(row["contrast"], row["en"].partition("|")[0])
        for text in row[column].split("|"):
            yield text, kind


def _near(words: Sequence[str], places: Mapping[str, Sequence[int]]) -> bool:
    """Whether all words stand within a stretch of a few words more than they are."""
    room = len(words) + _BETWEEN
    for start in {place for word in words for place in places[word]}:
        if all(any(start <= place < start + room for place in places[word]) for word in words):
            return True
    return False


def _within(words: tuple[str, ...] | str, others: tuple[str, ...] | str) -> bool:
    """Whether a wording is a smaller part of another one."""
    if isinstance(words, str):
        return isinstance(others, str) and words != others and words in others
    return isinstance(others, tuple) and set(words) < set(others)


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    return _ENDING.sub("", word)


@lru_cache(maxsize=1 << 16)
def _romance_stem(word: str) -> str:
    return _ROMANCE_ENDING.sub("", word)


def _exactly(word: str) -> str:
    return word


def _together(folded: str) -> str:
    return "".join(folded.split())


# A dictionary is evidence, not proof: shops call one lamp a ceiling and a pendant lamp. The calibration weighs it.
FAMILIES = (Family("kind", "kind", ".", extract, agreement="keyed", conflict="off"),)
