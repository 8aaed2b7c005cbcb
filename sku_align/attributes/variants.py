"""Attributes that tell siblings apart, read from a title and from the columns of a feed.

One pass over the text tells which families have a word in it; only those read it again. Precision comes first: a wrong
attribute on a good match costs the match.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import re2

from sku_align.attributes.families import FAMILIES
from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import options
from sku_align.attributes.text import MAX_CHARACTERS, Text, fold

# Automata over which the families are spread. One for all has far more states to build than several small ones: over
# 18,000 titles that it meets for the first time it takes 78 us a title, 4 take 45, 8 take 34, 16 take 45.
_AUTOMATA = 8


@cache
def _hints() -> list[tuple[Any, list[Family]]]:
    """Patterns of the families' hints, each with the families in its order."""
    families = list(FAMILIES.values())
    groups = [families[first::_AUTOMATA] for first in range(_AUTOMATA)]
    return [(_searching(group), group) for group in groups]


def _searching(families: Sequence[Family]) -> Any:
    hints = re2.Set.SearchSet(options())
    for family in families:
        hints.Add(family.hint)
    hints.Compile()
    return hints


@cache
def _columns() -> Mapping[str, Family]:
    return {column: family for family in FAMILIES.values() for column in (*family.columns, family.name)}


def family_of_column(name: str) -> Family | None:
    """The family that a feed's column holds, by the column's name in any of the languages; None if there is none."""
    return _columns().get(" ".join(fold(name).replace(":", " ").replace("-", " ").split()).removeprefix("g "))


def extract_variants(
    title: str, language: str | None = None, cells: Mapping[str, str | None] | None = None
) -> list[tuple[str, str]]:
    """Read the variant attributes of an offer.

    Args:
        title: Any text.
        language: BCP 47 tag; decides what short words mean that several languages share ("do", "per").
        cells: Family name -> cell of the feed's own column for it, which counts before the title.

    Returns:
        (family, value) pairs without repeats, sorted; `families.FAMILIES` names the families.

    Example:
        >>> extract_variants("Hair dryer Ventra 2000 W, UK plug (refurbished)")
        [('condition', 'refurbished'), ('plug', 'UK')]
    """
    text = Text.of(title, language)
    encoded = text.folded.encode()
    hinted = (group[at] for hints, group in _hints() for at in hints.Match(encoded) or ())
    found = {(family.name, value) for family in hinted for value in family.extract(text)}
    for name, cell in (cells or {}).items():
        if not cell:
            continue
        of_cell = cell_values(name, cell, language)
        # A condition column that names no condition says "new"; any other that is not understood says nothing.
        if of_cell or FAMILIES[name].default is not None:
            found = {entry for entry in found if entry[0] != name} | {(name, value) for value in of_cell}
    return sorted(found)


def cell_values(family: str, cell: str, language: str | None = None) -> frozenset[str]:
    """Values of a family in the cell of a column of its own; empty where the family knows none of its words."""
    return _of_cell(family, cell[:MAX_CHARACTERS], language)


# A column has few values: a shop's colours and sizes repeat on every product.
@lru_cache(maxsize=1 << 14)
def _of_cell(family: str, cell: str, language: str | None) -> frozenset[str]:
    return frozenset(FAMILIES[family].extract(Text.of(cell, language, cell=True)))
