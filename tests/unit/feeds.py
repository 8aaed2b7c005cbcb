"""A feed as read, before its values are normalised, for tests of readers."""

import json
from dataclasses import dataclass
from pathlib import Path

from sku_align.catalogs.reading import FeedReader
from sku_align.catalogs.sources import CatalogSource
from sku_align.catalogs.vocabulary import CANONICAL
from sku_align.config import CatalogSettings


@dataclass
class Read:
    numbers: list
    columns: dict
    attributes: dict
    malformed: list
    remarks: list
    reader: FeedReader
    cells: list

    def raw(self, at):
        return json.dumps(self.cells[at], ensure_ascii=False)


def read_source(source: CatalogSource) -> Read:
    reader = FeedReader(source)
    portions = list(reader.portions())
    mapping = reader.reading().mapping
    rows = [row for portion in portions for row in portion.rows]
    columns = {
        name: [next((cells[own] for own in owns if own in cells), None) for _, cells in rows]
        for name, owns in mapping.columns.items()
        if name in CANONICAL
    }
    used = {own for name, owns in mapping.columns.items() if name in CANONICAL for own in owns}
    names = [name for name in reader.names if name not in used]
    attributes = {name: [cells.get(name) for _, cells in rows] for name in names}
    malformed = [entry for portion in portions for entry in portion.malformed]
    return Read([n for n, _ in rows], columns, attributes, malformed, reader.remarks, reader, [c for _, c in rows])


def feed(path: Path, **settings) -> Read:
    return read_source(CatalogSource("shop", path, CatalogSettings(**settings)))
