"""Attributes extracted from offers: sizes and variants from the title and from the feed's own columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from sku_align.attributes.option_columns import options
from sku_align.attributes.quantities import extract_quantities
from sku_align.attributes.size_columns import SizeColumns
from sku_align.attributes.variants import extract_variants, family_of_column

Cell = str | None


def extract_attributes(
    attributes: Mapping[str, Sequence[Cell]],
    rows: Sequence[int],
    titles: Sequence[str],
    languages: Sequence[str],
    net_content: Sequence[str] = (),
) -> dict[str, list[Any]]:
    """Read sizes and variants of offers.

    Args:
        attributes: Columns of a feed that are not canonical, such as "net weight" or "容量": name -> cells.
        rows: Positions of n offers in the feed.
        titles: Their n titles.
        languages: Their n language tags.
        net_content: Names of columns that hold the content of the product though they are named like the parcel's.

    Returns:
        `quantities` and `variants`, n lists of structs each. Columns count before the title.
    """
    columns = SizeColumns(attributes, net_content)
    named = _variant_columns(attributes)
    quantities, variants = [], []
    for row, title, language in zip(rows, titles, languages, strict=True):
        found = extract_quantities(title, language)
        if columns:
            found = columns.sizes(row, found, language)
        quantities.append([{"dimension": name, "value": value} for name, value in found])
        cells = {family: cell for family, cells in named for cell in [cells[row]] if cell}
        options_of = ((family_of_column(name), value) for name, value in options(attributes, row))
        cells |= {family.name: value for family, value in options_of if family}
        found_variants = extract_variants(title, language, cells)
        variants.append([{"attribute": name, "value": value} for name, value in found_variants])
    return {"quantities": quantities, "variants": variants}


def _variant_columns(attributes: Mapping[str, Sequence[Cell]]) -> list[tuple[str, Sequence[Cell]]]:
    """Columns that hold one family each, by the family's name; the first of two columns of one family counts last."""
    found = [(family_of_column(name), cells) for name, cells in sorted(attributes.items(), reverse=True)]
    return [(family.name, cells) for family, cells in found if family]
