"""Advertising: what shops add to titles in every language and no product is told by ("free shipping", "bestseller")."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sku_align.attributes import word_table
from sku_align.attributes.lexicon import Lexicon
from sku_align.attributes.text import Text

PATH = Path(__file__).with_suffix(".tsv")


def rows() -> Iterator[dict[str, str]]:
    """Rows of the table: language -> a phrase that says the same as the others of the row."""
    return word_table.rows(PATH)


def advertising(text: Text) -> list[tuple[int, int]]:
    """Where a folded title advertises, in its own language: the start and end of each phrase.

    Example:
        >>> advertising(Text.of("Kettle Ondara 1.7 L bestseller", "en"))
        [(20, 30)]
    """
    return [(found.start, found.end) for found in _lexicon().find(text)]


@cache
def _lexicon() -> Lexicon:
    # A word of one language is another's variant ("stil", "leicht"), so that each counts in its own alone.
    languages: dict[str, list[str]] = {}
    for row in rows():
        for column, phrase in row.items():
            words = phrase.strip("[]【】").replace(" ", "_") + "!"
            languages.setdefault(column.partition("-")[0], []).append(words)
    return Lexicon({"advertising": {language: " ".join(words) for language, words in languages.items()}})
