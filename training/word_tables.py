"""Reads the tables of words that lie beside the modules of this package, tab-separated."""

import csv
from pathlib import Path


def rows_of(name: str) -> list[dict[str, str]]:
    """Rows of the table `NAME.tsv`, by the names of its columns."""
    with (Path(__file__).parent / f"{name}.tsv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))
