"""Reads tables of words that lie beside modules, tab-separated, without quotes."""

from collections.abc import Iterator
from pathlib import Path


def cells(path: Path) -> Iterator[list[str]]:
    """The cells of each line of a table, the header first."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield line.rstrip("\n").split("\t")


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a table by the names of its columns."""
    lines = cells(path)
    header = next(lines)
    for row in lines:
        yield dict(zip(header, row, strict=True))
