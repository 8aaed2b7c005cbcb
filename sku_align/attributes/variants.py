"""Attributes that tell siblings apart, read from a title and from the columns of a feed.

One pass over the words of a text tells which families have one in it, and where; a set of patterns does so for those
that read more than words. Only families so called read the text. Precision comes first: a wrong attribute on a good
match costs the match.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import re2

from sku_align.attributes.families import FAMILIES
from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import Lexicon, Lexicons, options
from sku_align.attributes.text import MAX_CHARACTERS, Text, fold


@cache
def _hints() -> tuple[Any, list[Family]]:
    """Patterns of the families' hints, and the families in their order."""
    families = [family for family in FAMILIES.values() if family.hint]
    hints = re2.Set.SearchSet(options())
    for family in families:
        hints.Add(family.hint)
    hints.Compile()
    return hints, families


@cache
def _lexicons() -> tuple[Lexicons, list[list[Family]]]:
    """The words of all families, and the families that each lexicon calls."""
    called: dict[Lexicon, list[Family]] = {}
    for family in FAMILIES.values():
        for lexicon in family.lexicons:
            called.setdefault(lexicon, []).append(family)
    return Lexicons(called), list(called.values())


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
    (lexicons, by_lexicon), (hints, by_hint) = _lexicons(), _hints()
    text, numbers = lexicons.look_up(Text.of(title, language))
    called = {family.name: family for number in numbers for family in by_lexicon[number]}
    called |= {by_hint[at].name: by_hint[at] for at in hints.Match(text.folded.encode()) or ()}
    found = {(name, value) for name, family in called.items() for value in family.extract(text)}
    for name, cell in (cells or {}).items():
        if not cell:
            continue
        of_cell = cell_values(name, cell, language)
        # A condition column that names no condition says "new"; any other that is not understood says nothing.
        if of_cell or FAMILIES[name].default is not None:
            found = {entry for entry in found if entry[0] != name} | {(name, value) for value in of_cell}
    return sorted(found)


def known_words(text: Text) -> list[tuple[int, int, frozenset[str]]]:
    """Where words stand that families of attributes know: first and last character, and the names of the families."""
    lexicons, families = _lexicons()
    places = lexicons.look_up(text)[0].places
    if places is None:
        return []
    names = {number: frozenset(family.name for family in families[number]) for number in places.found}
    return [(start, end, names[number]) for number, spans in places.found.items() for start, end in spans]


def cell_values(family: str, cell: str, language: str | None = None) -> frozenset[str]:
    """Values of a family in the cell of a column of its own; empty where the family knows none of its words."""
    return _of_cell(family, cell[:MAX_CHARACTERS], language)


# A column has few values: a shop's colours and sizes repeat on every product.
@lru_cache(maxsize=1 << 14)
def _of_cell(family: str, cell: str, language: str | None) -> frozenset[str]:
    text, _ = _lexicons()[0].look_up(Text.of(cell, language, cell=True))
    return frozenset(FAMILIES[family].extract(text))
