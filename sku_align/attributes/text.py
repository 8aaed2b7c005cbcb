"""A title as the families read it: bounded, in NFKC form, and folded to lower-case letters without accents.

Feeds drop accents and change case at will, so words are looked up in the folded form. Latin and Greek letters are
folded, the ё of Russian and the alef of Arabic, but no й, ї or kana with its voice mark, which are letters by
themselves.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MAX_CHARACTERS = 2000
"""Longest part of a cell that patterns see; the longest titles that marketplaces allow have 500 (chosen by eye)."""


def _fold_table() -> dict[int, str]:
    table = {ord("ß"): "ss", ord("ẞ"): "ss", ord("ø"): "o", ord("Ø"): "o", ord("ł"): "l", ord("Ł"): "l", ord("_"): " "}
    table |= {ord("œ"): "oe", ord("Œ"): "oe", ord("æ"): "ae", ord("Æ"): "ae"}
    table |= {ord("’"): "'", ord("‐"): "-", ord("‑"): "-", ord("–"): "-", ord("—"): "-", ord("−"): "-"}
    table |= str.maketrans("ıđĐЁёΣς", "iddееσσ") | str.maketrans("أإآ", "ااا", "ـ")  # type: ignore[arg-type]
    table |= str.maketrans("׳״", "'\"")  # type: ignore[arg-type]
    for code in range(0x386, 0x3CF):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base != chr(code):
            table[code] = base
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base.isalpha():
            table.setdefault(code, base)
    return table


_FOLD = _fold_table()

LETTERS = "\u0370-\u03ff\u0400-\u04ff\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3\u0900-\u0963\u0970-\u097f"
"""Letters, beside the Latin ones, of scripts that part words by spaces: Greek, Cyrillic, Hebrew, Arabic, Devanagari."""
LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
"""Latin letters of texts that are not folded, those of Vietnamese among them."""
_SPACED = re.compile(f"[a-z0-9{LETTERS}]")


def _digit_table() -> dict[int, str]:
    """Digits of Arabic, Persian, Devanagari, Bengali and Thai, and the marks that part them in Arabic."""
    zeros = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50)
    marks = {ord("٫"): ".", ord("٬"): ",", ord("٪"): "%"}
    return {zero + digit: str(digit) for zero in zeros for digit in range(10)} | marks


_DIGITS = _digit_table()


def with_ascii_digits(text: str) -> str:
    """The text with digits of other scripts as 0 to 9."""
    return text if text.isascii() else text.translate(_DIGITS)


def is_spaced(character: str) -> bool:
    """Whether a character of a folded text is of a script that parts words by spaces."""
    return character.isascii() or _SPACED.match(character) is not None


def fold(text: str) -> str:
    """Lower case without accents of Latin and Greek; dashes of every kind become "-"."""
    return text.replace("_", " ").lower() if text.isascii() else text.translate(_FOLD).lower()


class Places(NamedTuple):
    """Where the words of several lexicons stand in one text.

    Attributes:
        numbers: Lexicon -> its number.
        found: Number of a lexicon -> start and end of each of its words, from left to right.
    """

    numbers: Mapping[Any, int]
    found: Mapping[int, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Text:
    """One title or cell, prepared once for all families.

    Attributes:
        nfkc: The text in NFKC form, at most `MAX_CHARACTERS` long; case and accents as they stand.
        folded: The same in lower case without accents.
        language: Primary subtag such as "de"; empty where unknown.
        cell: Whether it is the cell of a column of its own instead of a title, so that every word is meant.
        places: Where words of lexicons stand, of those that were looked up together.
    """

    nfkc: str
    folded: str
    language: str = ""
    cell: bool = False
    places: Places | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, text: str, language: str | None = None, cell: bool = False) -> "Text":
        """Prepare a text; `language` is a BCP 47 tag."""
        cut = text[:MAX_CHARACTERS]
        nfkc = cut if cut.isascii() else with_ascii_digits(unicodedata.normalize("NFKC", cut))
        return cls(nfkc, fold(nfkc), (language or "").partition("-")[0].lower(), cell)
