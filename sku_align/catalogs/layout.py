"""Where the table lies in a file that people made: below a preamble, under merged group headers, above a footer.

Suppliers' price lists start with a letterhead and end with totals and notes; Amazon's files have three header lines.
The header is the row with the most names that mean something, else the first row as wide as the rows below it.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sku_align.catalogs.records import Cell, Remark, unique_names

HEAD_ROWS = 60
_MIN_KNOWN = 2
_NUMBER = re.compile(r"[-+]?[\d.,\s]+[%€$£]?")
_TOTALS = re.compile(
    r"(?i)^\W*(?:grand\s+|sub|zwischen)?-?(?:total(?:e|s|en|t)?|summen?|gesamt\w*|somme|suma|soma|sum|razem"
    r"|yhteensä|totaal|итого|всего|toplam|anzahl|nombre|number of|count|end of (?:file|report)"
    r"|note|notes|hinweis|remarque|nota|stand|printed|gedruckt|alle preise|all prices|tous les prix|preise|prices|seite"
    r"|page)\b"
    r"|^\W*(?:合計|小計|総計|总计|合计|小计|總計|합계|총계|소계|備考|备注|注)",
)


@dataclass(frozen=True)
class Header:
    """The header that was found.

    Attributes:
        names: Column names, no two alike.
        at: Its position among the rows looked at.
        remarks: What a person should know about it.
    """

    names: list[str]
    at: int
    remarks: list[Remark]


def find_header(
    rows: Sequence[tuple[int, list[Cell]]], known: Callable[[Sequence[str]], int], header_row: int | None = None
) -> Header | None:
    """Find the header among the first rows of a file.

    Args:
        rows: The first rows that are not empty, with their numbers.
        known: How many cells of a row are names that mean something; very many for a header that the settings name.
        header_row: The row as set; None finds it.

    Returns:
        The header, None where there are no rows or `header_row` is not among them.
    """
    if not rows:
        return None
    if header_row is not None:
        at = next((at for at, (number, _) in enumerate(rows) if number == header_row), None)
    else:
        scores = [known([cell or "" for cell in cells]) for _, cells in rows[:HEAD_ROWS]]
        best = max(scores)
        at = scores.index(best) if best >= _MIN_KNOWN else _by_shape(rows)
    if at is None:
        return None
    cells = _trimmed(rows[at][1])
    groups = _groups(rows, at, len(cells)) if at else None
    names = unique_names(cells, groups)
    return Header(names, at, _remarks(rows, at, cells, names))


def is_footer(cells: Sequence[Cell], width: int, has_id: bool, has_title: bool) -> bool:
    """Whether a row below a table can be a total or a note instead of an offer."""
    filled = [cell for cell in cells if cell]
    if not filled or width < 2:
        return False
    total = any(_TOTALS.search(cell) for cell in filled[:2])
    if total and not (has_id and has_title and len(filled) > 2):
        return True
    return width >= 3 and not (has_id and has_title) and len(filled) <= max(1, width // 4)


def _by_shape(rows: Sequence[tuple[int, list[Cell]]]) -> int:
    """The first row of text that is nearly as wide as most rows."""
    widths = [sum(bool(cell) for cell in cells) for _, cells in rows]
    usual = Counter(widths[1:] or widths).most_common(1)[0][0]
    for at, (_, cells) in enumerate(rows):
        filled = [cell for cell in cells if cell]
        if len(filled) >= max(0.8 * usual, 1) and not any(_NUMBER.fullmatch(cell) for cell in filled):
            return at
    return 0


def _trimmed(cells: Sequence[Cell]) -> list[Cell]:
    cells = list(cells)
    while cells and not (cells[-1] or "").strip():
        cells.pop()
    return cells


def _groups(rows: Sequence[tuple[int, list[Cell]]], at: int, width: int) -> list[Cell] | None:
    """The row of group headers above a header, each name spread over the empty cells to its right."""
    above = list(rows[at - 1][1])[:width]
    if rows[at][0] - rows[at - 1][0] != 1 or sum(bool(cell) for cell in above) < 2:
        return None
    spread: list[Cell] = []
    for cell in [*above, *[None] * (width - len(above))]:
        spread.append(cell or (spread[-1] if spread else None))
    return spread


def _remarks(rows: Sequence[tuple[int, list[Cell]]], at: int, cells: list[Cell], names: list[str]) -> list[Remark]:
    remarks = []
    if at:
        before = " / ".join(" ".join(cell for cell in row if cell)[:60] for _, row in rows[:at])[:300]
        remarks.append(
            Remark("preamble", f"{at} rows above the header in row {rows[at][0]} were skipped: {before}.", at)
        )
    counts = Counter(cell.strip() for cell in cells if cell and cell.strip())
    for name in sorted(name for name, count in counts.items() if count > 1):
        others = [given for given in names if given != name and name in given]
        remarks.append(
            Remark(
                "repeated column",
                f"The header names {name!r} {counts[name]} times; the first keeps the name, the others are "
                f"{', '.join(map(repr, others)) or 'kept by their position'}.",
            )
        )
    return remarks
