"""Feeds of any format as columns of strings under canonical names."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sku_align.catalogs.delimited import Record, read_delimited
from sku_align.catalogs.documents import Row, json_rows, parquet_rows, query_rows, sheet_rows, text_of
from sku_align.catalogs.encoding import decode
from sku_align.catalogs.sources import CatalogSource
from sku_align.errors import UserError

CANONICAL = (
    "offer_id",
    "title",
    "language",
    "brand",
    "description",
    "category",
    "price",
    "currency",
    "gtin",
    "mpn",
    "url",
    "image_url",
    "updated_at",
)
REQUIRED = ("offer_id", "title")
_DELIMITED = {".csv": None, ".txt": None, ".tsv": "\t", ".tab": "\t"}
_JSON = {".jsonl", ".ndjson", ".json"}
_PARQUET = {".parquet", ".pq"}
_SHEET = {".xlsx", ".xlsm"}

Cell = str | None


@dataclass
class Feed:
    """What a feed holds, before anything is checked.

    Attributes:
        source: Where it comes from.
        numbers: Row numbers, n of them: line of the file, row of the sheet, or position in the query.
        columns: Canonical column -> n cells; absent where the feed has no such column.
        attributes: Any other column of the feed -> n cells.
        own_names: Canonical column -> the feed's own name for it.
        malformed: Rows that cannot be laid out in columns: number, what is wrong, the row as it stands.
    """

    source: CatalogSource
    numbers: list[int]
    columns: dict[str, list[Cell]]
    attributes: dict[str, list[Cell]]
    own_names: dict[str, str]
    malformed: list[tuple[int, str, str]] = field(default_factory=list)

    def raw(self, row: int) -> str:
        """The row as JSON under the feed's own column names, empty cells left out."""
        cells = {self.own_names[name]: values[row] for name, values in self.columns.items()}
        cells |= {name: values[row] for name, values in self.attributes.items()}
        return json.dumps({name: cell for name, cell in cells.items() if cell is not None}, ensure_ascii=False)


def read_feed(source: CatalogSource) -> Feed:
    """Read one feed.

    Raises:
        UserError: The file cannot be read, has no rows, or lacks a required column.
    """
    malformed: list[tuple[int, str, str]] = []
    names, numbers, columns = _columns(source, malformed)
    if not names and malformed:
        number, problem, _ = malformed[0]
        raise UserError(f"No row of the catalog {source.where} can be read: row {number}: {problem}; correct the file.")
    if not names:
        raise UserError(f"The catalog {source.where} is empty; it needs a header and rows.")
    mapping = _mapping(source, names)
    if not numbers and not malformed:
        raise UserError(f"The catalog {source.where} has a header but no rows; export it again.")
    own_to_canonical = {own: canonical for canonical, own in mapping.items()}
    return Feed(
        source=source,
        numbers=numbers,
        columns={own_to_canonical[name]: cells for name, cells in columns.items() if name in own_to_canonical},
        attributes={name: columns[name] for name in sorted(columns) if name not in own_to_canonical},
        own_names=mapping,
        malformed=malformed,
    )


def _columns(
    source: CatalogSource, malformed: list[tuple[int, str, str]]
) -> tuple[list[str], list[int], dict[str, list[Cell]]]:
    path, settings = source.path, source.settings
    if path is None:
        return _from_rows(query_rows(source), malformed)
    suffix = path.suffix.lower()
    if suffix in _DELIMITED:
        text = decode(_bytes(path), path, settings.encoding)
        header, records = read_delimited(text, settings.delimiter or _DELIMITED[suffix])
        return _from_records(_unique(header), records, malformed)
    if suffix in _JSON:
        return _from_rows(json_rows(decode(_bytes(path), path, settings.encoding)), malformed)
    if suffix in _PARQUET:
        return _from_rows(parquet_rows(path), malformed)
    if suffix in _SHEET:
        return _from_rows(sheet_rows(path, settings.sheet), malformed)
    known = ", ".join(sorted([*_DELIMITED, *_JSON, *_PARQUET, *_SHEET]))
    raise UserError(f"The catalog {path} has an unknown format; the file must end in one of {known}.")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"The catalog {path} cannot be read: {error.strerror}.") from error


def _unique(header: list[str]) -> list[str]:
    names: list[str] = []
    for at, cell in enumerate(header, start=1):
        name = cell.strip() or f"column {at}"
        names.append(name if name not in names else f"{name} ({at})")
    return names


def _from_records(
    names: list[str], records: Iterable[Record], malformed: list[tuple[int, str, str]]
) -> tuple[list[str], list[int], dict[str, list[Cell]]]:
    numbers: list[int] = []
    columns: dict[str, list[Cell]] = {name: [] for name in names}
    appends = [column.append for column in columns.values()]
    for record in records:
        if record.problem:
            malformed.append((record.line, record.problem, json.dumps(record.cells, ensure_ascii=False)))
            continue
        numbers.append(record.line)
        for append, cell in zip(appends, record.cells, strict=True):
            append(cell.strip() or None)
    return names, numbers, columns


def _from_rows(
    rows: Iterator[Row | Record] | Iterator[Row], malformed: list[tuple[int, str, str]]
) -> tuple[list[str], list[int], dict[str, list[Cell]]]:
    numbers: list[int] = []
    columns: dict[str, list[Cell]] = {}
    for row in rows:
        if isinstance(row, Record):
            malformed.append((row.line, row.problem or "", json.dumps(row.cells, ensure_ascii=False)))
            continue
        for name, value in row[1].items():
            column = columns.setdefault(name, [])
            column.extend([None] * (len(numbers) - len(column)))
            text = text_of(value)
            column.append(text.strip() or None if text else None)
        numbers.append(row[0])
    for column in columns.values():
        column.extend([None] * (len(numbers) - len(column)))
    return list(columns), numbers, columns


def _mapping(source: CatalogSource, names: list[str]) -> dict[str, str]:
    """Canonical column -> the feed's own, by the settings, else by the name in any case."""
    wanted = source.settings.columns
    if unknown := sorted(set(wanted) - set(CANONICAL)):
        raise UserError(
            f"The settings of catalog {source.name} map {unknown[0]!r}, which is no canonical column; those are "
            f"{', '.join(CANONICAL)}."
        )
    found = ", ".join(names) or "none"
    mapping: dict[str, str] = {}
    for canonical, own in wanted.items():
        if own not in names:
            raise UserError(
                f"The catalog {source.where} has no column {own!r}, which its settings name as {canonical}; it has "
                f"{found}."
            )
        mapping[canonical] = own
    taken = set(mapping.values())
    for name in names:
        canonical = name.strip().lower().replace(" ", "_")
        if canonical in CANONICAL and canonical not in mapping and name not in taken:
            mapping[canonical] = name
    missing = [name for name in REQUIRED if name not in mapping]
    if missing:
        columns = ", ".join(f"{name}: <its column>" for name in missing)
        raise UserError(
            f"The catalog {source.where} has no column {' and no column '.join(missing)}, only {found}; write "
            f"`catalogs: {{{source.name}: {{columns: {{{columns}}}}}}}` in the settings."
        )
    return mapping
