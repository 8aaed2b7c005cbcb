"""What a feed's columns say that its title does not, as words that a title would use.

One shop writes "Trail jacket, red, M", the other keeps colour and size in columns of their own. A scorer that reads
titles only sees two equal jackets in every colour.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from sku_align.attributes.option_columns import options
from sku_align.attributes.quantities import extract_quantities
from sku_align.attributes.size_columns import is_content, sized
from sku_align.attributes.spelling import canonical_sizes
from sku_align.attributes.text import fold
from sku_align.attributes.variants import cell_values, family_of_column

# Families whose words shops put into titles; materials, seasons and years mostly stay in the columns, and a word that
# the other title does not have reads as another product. Chosen by eye.
_TITLED = (
    "condition", "gender", "age", "form", "size", "strength", "storage", "ram", "colour", "flavour", "voltage", "plug",
)  # fmt: skip
# Merchant feeds must say whom clothes are for; these two are what they say when it is nobody in particular.
_FOR_EVERYBODY = frozenset({"unisex", "adults"})
_MAX_LETTERS = 40
_NOT_WORDS = re.compile(r"[\W_]+")


def full_title(title: str, attributes: str | None = None, language: str | None = None) -> str:
    """Write a title, and what only the columns say behind it, with sizes in one form.

    Args:
        title: The offer's title.
        attributes: JSON of the columns without a canonical name, as in `schema.OFFERS`.
        language: BCP 47 tag of the offer.

    Example:
        >>> full_title("Cola Brunnquell", '{"quantity": "6 x 33 cl"}', "en")
        'Cola Brunnquell, 6 x 330 ml'
    """
    cells = beside_title(title, json.loads(attributes), language) if attributes else []
    return ", ".join(canonical_sizes(part, language) for part in (title, *cells))


def beside_title(title: str, attributes: Mapping[str, object], language: str | None = None) -> list[str]:
    """Cells of size and variant columns whose words the title does not have.

    Args:
        title: The offer's title.
        attributes: Column -> cell, as in the `attributes` of `schema.OFFERS`.
        language: BCP 47 tag of the offer.

    Returns:
        Cells as they stand, each once, contents before variants.

    Example:
        >>> beside_title("Trail jacket Alpina", {"color": "Red", "size": "M", "condition": "new", "brand page": "x"})
        ['M', 'Red']
    """
    spaced = _spaced(canonical_sizes(title, language))
    cells: dict[str, str] = {}
    for family, cell in _named(attributes):
        if len(cell) <= _MAX_LETTERS:
            words = _spaced(canonical_sizes(cell, language))
            if words.strip() and words not in spaced and _says(family, cell, language):
                cells.setdefault(words, cell)
    return list(cells.values())


def _named(attributes: Mapping[str, object]) -> list[tuple[str, str]]:
    """Cells with the family that their column holds ("" for the content), in the order in which titles name them."""
    cells = [(name, str(cell).strip()) for name, cell in sorted(attributes.items()) if cell]
    cells += options({name: [cell] for name, cell in cells}, 0)
    found = []
    for name, cell in cells:
        content, family = _column(name)
        if content:
            found.append((-1, "", sized(name, cell)))
        if family:
            found.append((_TITLED.index(family), family, cell))
    return [(family, cell) for _, family, cell in sorted(found)]


@lru_cache(1 << 12)
def _column(name: str) -> tuple[bool, str]:
    """Whether a column states the content of the product, and the titled family that it holds."""
    family = family_of_column(name)
    return is_content(name), family.name if family and family.name in _TITLED else ""


def _says(family: str, cell: str, language: str | None) -> bool:
    if not family:
        return bool(extract_quantities(cell, language or ""))
    return bool(cell_values(family, cell, language) - _FOR_EVERYBODY)


def _spaced(text: str) -> str:
    return f" {_NOT_WORDS.sub(' ', fold(text)).strip()} "
