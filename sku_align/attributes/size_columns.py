"""Sizes from the feed's own columns: which columns state the content, which the parcel, and which count packages."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sku_align.attributes.quantities import extract_quantities

Size = tuple[str, float]
Cell = str | None

_CONTENT = re.compile(
    r"(?:net[ _-]?(?:weight|volume|content|contents|quantity|wt)|size|contents?|capacity|quantity"
    r"|(?:pack|unit|item|package)[ _-]?size|unit[ _-]pricing[ _-]measure|product[ _-]quantity"
    r"|quantity[ _-]?per[ _-]?pack"
    r"|规格|容量|净含量|淨含量|净重|淨重|規格|サイズ|内容量|正味量|용량|규격|내용량"
    r"|inhalt|füllmenge|nettofüllmenge|größe|nettogewicht|contenance|poids net|quantité|taille|capacité"
    r"|tamaño|contenido|contenido neto|peso neto|capacidad|contenuto|contenuto netto|formato|capacità"
    r"|conteúdo|peso líquido|capacidade|tamanho|inhoud|netto gewicht|pojemność|zawartość|masa netto|gramatura"
    r"|sisältö|nettopaino|koko)",
    re.IGNORECASE,
)
# Shop systems fill these with what the parcel weighs: WooCommerce "Weight (kg)", Magento `weight`, Google
# `shipping_weight`. They count only where the settings name them in `net_content`.
_PACKS = re.compile(
    r"multi[ _-]?pack(?:[ _-]?quantity)?|(?:units|items|pieces)[ _-]per[ _-](?:pack|case|package)"
    r"|pack[ _-]?(?:quantity|count)|number[ _-]of[ _-](?:items|packs|units)|入数|入り数|件数|件數|stückzahl"
    r"|packungsanzahl|nombre de pièces|unidades por pack",
    re.IGNORECASE,
)
_UNIT_IN_NAME = re.compile(
    r"(?P<name>.+?)[ _]*(?:[(\[（]\s?|[ _](?:in[ _])?)"
    r"(?P<unit>ml|cl|dl|l|g|kg|mg|oz|fl oz|lb|lbs|mm|cm|m|克|毫升)\s?[)\]）]?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
# What is longer describes the product rather than states its size.
_MAX_LETTERS = 40
_ROUNDED = 0.02


def is_content(column: str) -> bool:
    """Whether a column's name says that it states the content of the product, as "net weight" and "容量" do."""
    return bool(_CONTENT.fullmatch(_split(column)[0]) or _CONTENT.fullmatch(column.strip()))


def sized(column: str, cell: str) -> str:
    """A cell with the unit that its column's name holds: "500" of "net weight (g)" is "500 g"."""
    _, unit = _split(column)
    return f"{cell} {unit}" if unit and _NUMBER.fullmatch(cell.strip()) else cell


def _split(column: str) -> tuple[str, str]:
    """The plain name of a column and the unit in it."""
    split = _UNIT_IN_NAME.fullmatch(column.strip())
    name, unit = (split["name"].strip(), split["unit"]) if split else (column.strip(), "")
    return name.removeprefix("g:").replace("_", " "), unit


class SizeColumns:
    """The size columns of one feed.

    Args:
        attributes: Columns without a canonical name -> n cells.
        net_content: Names of columns that hold the content of the product though they are named like the parcel's.
    """

    def __init__(self, attributes: Mapping[str, Sequence[Cell]], net_content: Sequence[str] = ()) -> None:
        named = {name.strip().lower() for name in net_content}
        self._contents: list[tuple[str, Sequence[Cell]]] = []  # name of the column, cells
        self._packs: list[Sequence[Cell]] = []
        for column, cells in sorted(attributes.items()):
            plain, _ = _split(column)
            if column.strip().lower() in named or is_content(column):
                self._contents.append((column, cells))
            elif _PACKS.fullmatch(plain):
                self._packs.append(cells)

    def __bool__(self) -> bool:
        return bool(self._contents or self._packs)

    def sizes(self, row: int, of_title: list[Size], language: str) -> list[Size]:
        """Sizes of one offer: its columns count before its title.

        Args:
            row: Position of the offer in the feed.
            of_title: Sizes of the title, as returned by `extract_quantities`.
            language: BCP 47 tag of the offer.

        Returns:
            (dimension, value) pairs, sorted. A dimension that a column states has the column's values alone, unless
            they are what the title's packages hold together ("6 x 330 ml" beside 1980 ml: both count).
        """
        found: Counter[Size] = Counter()
        for column, cells in self._contents:
            if (cell := cells[row]) and len(cell) <= _MAX_LETTERS:
                found |= Counter(_quantities(sized(column, cell), language))
        for cells in self._packs:
            if (cell := (cells[row] or "").strip()).isdecimal() and 1 < int(cell) <= 1000:
                found["pack", float(cell)] = 1
        if not found:
            return of_title
        columns = {dimension for dimension, _ in found}
        packs = math.prod(value for dimension, value in of_title if dimension in ("pack", "count"))
        kept = Counter(
            (dimension, value)
            for dimension, value in of_title
            if dimension not in columns
            or any(name == dimension and math.isclose(total, value * packs, rel_tol=_ROUNDED) for name, total in found)
        )
        return sorted((found | kept).elements())


@lru_cache(maxsize=1 << 14)
def _quantities(cell: str, language: str) -> tuple[Size, ...]:
    """Sizes of a cell, which is one of few that a column holds."""
    return tuple(extract_quantities(cell, language))
