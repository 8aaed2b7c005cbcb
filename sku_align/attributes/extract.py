"""What offers state about themselves: sizes and variants from the title, and sizes from the feed's own size columns."""

import re
from collections.abc import Sequence
from typing import Any

from sku_align.attributes.quantities import extract_quantities
from sku_align.attributes.variants import extract_variants
from sku_align.catalogs.reading import Cell, Feed

_SIZE_COLUMN = re.compile(
    r"(?:net[ _]?)?(?:size|volume|weight|content|contents|capacity|quantity_?per_?pack|pack_?size|unit_?size)"
    r"|规格|容量|净含量|淨含量|重量|規格|サイズ|内容量|용량|중량|규격|inhalt|füllmenge|größe|gewicht|volumen"
    r"|contenance|poids|volume|taille|capacité|tamaño|contenido|peso|capacidad|contenuto|formato|capacità|conteúdo"
    r"|inhoud|gewicht|pojemność|waga|tilavuus|paino",
    re.IGNORECASE,
)


def state(feed: Feed, rows: Sequence[int], titles: Sequence[str], languages: Sequence[str]) -> dict[str, list[Any]]:
    """Read sizes and variants of offers.

    Args:
        feed: The feed, whose attributes may include columns such as "net weight" or "容量".
        rows: Positions of n offers in the feed.
        titles: Their n titles.
        languages: Their n language tags.

    Returns:
        `quantities` and `variants`, n lists of structs each. A size column counts for the dimensions that the title
        does not state.
    """
    columns = [cells for name, cells in sorted(feed.attributes.items()) if _SIZE_COLUMN.fullmatch(name.strip())]
    quantities, variants = [], []
    for row, title, language in zip(rows, titles, languages, strict=True):
        found = extract_quantities(title, language)
        if columns:
            found = _with_fields(found, [cells[row] for cells in columns], language)
        quantities.append([{"dimension": name, "value": value} for name, value in found])
        variants.append([{"attribute": name, "value": value} for name, value in extract_variants(title, language)])
    return {"quantities": quantities, "variants": variants}


def _with_fields(found: list[tuple[str, float]], cells: list[Cell], language: str) -> list[tuple[str, float]]:
    stated = {dimension for dimension, _ in found}
    more = {size for cell in cells if cell for size in extract_quantities(cell, language) if size[0] not in stated}
    return sorted({*found, *more})
