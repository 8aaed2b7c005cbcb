"""One table of a summary, before anything knows whether it is printed, put on a page or shown in Dagster."""

from collections.abc import Sequence
from typing import NamedTuple


class Cell(NamedTuple):
    """A cell.

    Attributes:
        text: Its text.
        aside: A second line in small.
        language: Of the text; it picks the right Han glyphs.
        marked: Parts of the text to mark, (start, end) each, in order.
    """

    text: str
    aside: str = ""
    language: str = ""
    marked: tuple[tuple[int, int], ...] = ()


class Section(NamedTuple):
    """A titled table.

    Attributes:
        title: What the table shows.
        columns: Column heads, c of them; heads that are all empty are not shown.
        rows: Rows of c cells.
        numbers: Positions of the columns that hold numbers.
        ruled: A line between rows: before every row whose first cell is not empty.
        note: A sentence under the title.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    numbers: frozenset[int] = frozenset()
    ruled: bool = False
    note: str = ""

    def starts_group(self, row: int) -> bool:
        """Whether a line belongs above the row."""
        return self.ruled and row > 0 and cell(self.rows[row][0]).text != ""


def cell(value: str | Cell) -> Cell:
    """A cell of what may be a plain text."""
    return value if isinstance(value, Cell) else Cell(value)
