"""Feeds of any format as portions of rows, and what all rows of a feed say together."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sku_align.catalogs.cleaning import language_tag
from sku_align.catalogs.delimited import delimited_table
from sku_align.catalogs.documents import read_parquet, read_query
from sku_align.catalogs.encoding import open_text
from sku_align.catalogs.families import Families
from sku_align.catalogs.json_records import read_json
from sku_align.catalogs.language import LanguageSurvey
from sku_align.catalogs.layout import is_footer
from sku_align.catalogs.mapping import ColumnMapping, header_score, map_columns
from sku_align.catalogs.normalising import Portion, Reading, language_text, note_error
from sku_align.catalogs.opening import FeedFile, open_files
from sku_align.catalogs.prices import decimal_vote, split_price, winner
from sku_align.catalogs.records import Cell, Record, Remark, Row, Table, text_of
from sku_align.catalogs.sheets import read_html, read_sheet
from sku_align.catalogs.sources import CatalogSource
from sku_align.catalogs.xml_records import read_xml
from sku_align.errors import UserError

__all__ = ["Cell", "Feed", "FeedReader", "Reading"]

# Limits of what a feed may be, so that a broken one stays within memory; far above what shops send. Chosen by eye.
PORTION = 20_000
MAX_CELL = 100_000
_LOOKED_AT = 1_000
_MAX_NAMES = 5_000
_MAX_FOOTER = 100
_KINDS = {
    ".csv": "csv", ".txt": "csv", ".asc": "csv", ".dat": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "json",
    ".ndjson": "json", ".json": "json", ".parquet": "parquet", ".pq": "parquet", ".xml": "xml", ".rss": "xml",
    ".atom": "xml", ".xlsx": "sheet", ".xlsm": "sheet", ".xlsb": "sheet", ".xls": "sheet", ".ods": "sheet",
}  # fmt: skip
_SHEET_SUFFIX = {"xlsx": ".xlsx", "xls": ".xls", "ods": ".ods"}


@dataclass
class Feed:
    """Columns of some rows of a feed.

    Attributes:
        source: Where they come from.
        numbers: Row numbers, n of them.
        columns: Canonical column -> n cells.
        attributes: Any other column -> n cells; those of variant attributes have canonical names.
        malformed: Rows that cannot be laid out in columns: number, what is wrong, the row as it stands.
    """

    source: CatalogSource
    numbers: list[int]
    columns: dict[str, list[Cell]]
    attributes: dict[str, list[Cell]]
    malformed: list[tuple[int, str, str]] = field(default_factory=list)


class FeedReader:
    """Reads one feed portion by portion, and adds up what its rows say together.

    Attributes:
        remarks: What a person should know; complete once `portions` is exhausted.
        names: Columns that occurred, in the order in which they were met.
        rows: Rows and records met so far.
    """

    def __init__(self, source: CatalogSource) -> None:
        self.source = source
        self.remarks: list[Remark] = []
        self.names: dict[str, None] = {}
        self.rows = 0
        self.footers = 0
        self._mapping: ColumnMapping | None = None
        self._families: Families | None = None
        self._languages = LanguageSurvey()
        self._votes = {".": 0, ",": 0}
        self._defaults: dict[str, str] = {}

    def portions(self, size: int = PORTION) -> Iterator[Portion]:
        """Read the feed.

        Raises:
            UserError: The feed cannot be read, has no rows, or lacks a required column.
        """
        portion = Portion()
        for item in self._items():
            self.rows += 1
            if isinstance(item, Record):
                raw = json.dumps([cell[:MAX_CELL] for cell in item.cells[:500]], ensure_ascii=False)
                portion.malformed.append((item.line, item.problem or "", _storable(raw)))
            else:
                portion.rows.append(item)
            if len(portion.rows) + len(portion.malformed) >= size:
                self._survey(portion)
                yield portion
                portion = Portion()
        if portion.rows or portion.malformed:
            self._survey(portion)
            yield portion
        if not self.rows and not self.footers:
            raise UserError(f"The catalog {self.source.where} has a header but no rows; export it again.")

    def reading(self) -> Reading:
        """How the portions are to be read, now that all of them were seen."""
        assert self._mapping is not None
        assert self._families is not None
        decimal = self.source.settings.decimal or winner(self._votes)
        return Reading(
            self.source, self._mapping, self._families, decimal, self._languages.prior(), dict(self._defaults)
        )

    def _items(self) -> Iterator[tuple[int, dict[str, str]] | Record]:
        if self.source.settings.query:
            yield from self._rows_of(read_query(self.source), self.source.where)
            return
        with open_files(self.source) as files:
            several = len(files) > 1
            for file in files:
                yield from self._rows_of(open_table(self.source, file), file.shown)
            if several:
                self.remarks.append(Remark("files", f"{len(files)} files were read as one catalog."))

    def _rows_of(self, table: Table, shown: str) -> Iterator[tuple[int, dict[str, str]] | Record]:
        """Rows of one file as text, below its header and above its footer."""
        rows = _guarded(table.rows, shown)
        head = list(islice(rows, _LOOKED_AT))
        names = table.names if table.names is not None else column_names(head)
        if not names:
            first = next((item for item in head if isinstance(item, Record)), None)
            if first is not None:
                raise UserError(
                    f"No row of the catalog {shown} can be read: row {first.line}: {first.problem}; correct the file."
                )
            raise UserError(f"The catalog {shown} is empty; it needs a header and rows.")
        mapping = map_columns(self.source, names, table.hint)
        if self._mapping is None:
            self._mapping = mapping
            self._families = Families.of(self.source, mapping, names)
            self.remarks += mapping.remarks
            self._defaults = dict(table.defaults)
        elif mapping.columns != self._mapping.columns:
            self._check_same(mapping, shown)
        self.names.update(dict.fromkeys(table.names or ()))
        yield from self._without_footer(chain(head, rows), names)
        self.remarks += table.remarks

    def _check_same(self, mapping: ColumnMapping, shown: str) -> None:
        assert self._mapping is not None
        for canonical, owns in self._mapping.columns.items():
            if canonical in ("offer_id", "title") and not set(owns) & set(mapping.columns.get(canonical, ())):
                raise UserError(
                    f"The files of catalog {self.source.name} have different columns: {shown} lacks {owns[0]!r}; "
                    "export them alike, or make them catalogs of their own."
                )

    def _without_footer(
        self, items: Iterator[Row | Record], names: Sequence[str]
    ) -> Iterator[tuple[int, dict[str, str]] | Record]:
        """Hold rows back that look like totals and notes; only those that nothing follows are the footer."""
        assert self._mapping is not None
        ids, titles = self._mapping.columns["offer_id"], self._mapping.columns["title"]
        nested = {own for owns in self._mapping.columns.values() for own in owns if "." in own and own not in names}
        held: list[tuple[int, dict[str, str]] | Record] = []
        width = len(names)
        for item in items:
            text = item if isinstance(item, Record) else (item[0], self._text(item[1], nested))
            if isinstance(text, Record):
                looks = bool(text.problem and "columns where" in text.problem) and is_footer(
                    text.cells, width, False, False
                )
            elif not text[1]:
                continue
            else:
                cells = text[1]
                has_id, has_title = any(own in cells for own in ids), any(own in cells for own in titles)
                looks = not (has_id and has_title and len(cells) > 2) and is_footer(
                    list(cells.values()), width, has_id, has_title
                )
            if looks and len(held) < _MAX_FOOTER:
                held.append(text)
                continue
            if held:
                yield from held
                held = []
            yield text
        if held:
            self.footers += len(held)
            first = held[0]
            shown = first.cells if isinstance(first, Record) else list(first[1].values())
            sentence = f"{len(held)} rows below the table were set aside as totals and notes: {' '.join(shown)[:120]}."
            self.remarks.append(Remark("footer", sentence, len(held)))

    def _text(self, row: dict[str, Any], nested: set[str]) -> dict[str, str]:
        """Cells of a row as text without outer spaces; empty ones are left out, overlong ones cut."""
        found: dict[str, str] = {}
        for name, value in row.items():
            if value is None:
                continue
            text = value if isinstance(value, str) and value.isascii() else _cell_text(value, name, self._mapping)
            if text and (text := text[:MAX_CELL].strip()):
                found[name if name.isascii() else _storable(name)] = text
        for name in nested:
            if text := _cell_text(_at(row, name), name, self._mapping):
                found[name] = text[:MAX_CELL]
        if len(self.names) < _MAX_NAMES:
            self.names.update(dict.fromkeys(found))
        return found

    def _survey(self, portion: Portion) -> None:
        """Add up what decides how single rows are read: languages, the decimal mark, parents."""
        assert self._mapping is not None
        assert self._families is not None
        columns = self._mapping.columns
        if self._families.matters:
            for number, cells in portion.rows:
                self._families.note(number, cells)
        if not self.source.settings.decimal and "price" in columns:
            for _, cells in portion.rows:
                cell = next((cells[own] for own in columns["price"] if own in cells), None)
                if cell and (price := _try_price(cell)) and (mark := decimal_vote(price)):
                    self._votes[mark] += 1
        if not self.source.settings.language and not self._mapping.language:
            declared, described = columns.get("language", ()), columns.get("description", ())
            texts, tags = [], []
            for _, cells in portion.rows:
                tag = next((language_tag(cells[own][:40]) for own in declared if own in cells), None)
                if tag:
                    tags.append(tag)
                else:
                    title = next((cells[own][:400] for own in columns["title"] if own in cells), None)
                    texts.append(language_text(title, next((cells[own] for own in described if own in cells), None)))
            self._languages.add(texts)
            self._languages.add_declared(tags)


def _try_price(cell: str) -> Any:
    try:
        return split_price(cell)
    except Exception as error:
        note_error("the price", error)
        return None


def _guarded(rows: Iterator[Row | Record], shown: str) -> Iterator[Row | Record]:
    """Rows of a reader that may fail in their midst: rows before the failure are kept, the failure is a record."""
    number = 0
    while True:
        try:
            item = next(rows)
        except StopIteration:
            return
        except (UserError, MemoryError):
            raise
        except Exception as error:
            note_error(f"the rest of {shown}", error)
            if not number:
                raise UserError(f"The catalog {shown} cannot be read ({type(error).__name__}: {error}).") from error
            yield Record(number + 1, [], f"from row {number + 1} on the file is damaged ({type(error).__name__})")
            return
        number = item.line if isinstance(item, Record) else item[0]
        yield item


def column_names(head: Sequence[Row | Record]) -> list[str]:
    """Columns of the first rows of a format without a header; those of nested objects by their path too."""
    names: dict[str, None] = {}
    nested: dict[str, None] = {}
    for item in head:
        if isinstance(item, Record):
            continue
        for name, value in item[1].items():
            names[_storable(str(name))] = None
            if isinstance(value, dict) and len(nested) < _MAX_NAMES:
                nested.update({f"{name}.{inner}": None for inner in list(value)[:50]})
        if len(names) > _MAX_NAMES:
            break
    return list(names | nested)


def _at(row: dict[str, Any], path: str) -> Any:
    """A value by its path through nested objects."""
    value: Any = row
    for part in path.split("."):
        if isinstance(value, list):
            value = value[0] if value else None
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _cell_text(value: Any, name: str, mapping: ColumnMapping | None) -> str | None:
    """A cell as text; a mapped list or an object of languages as its first useful part, all else nested as JSON."""
    if isinstance(value, list | dict) and mapping is not None and name in mapping.used:
        flat = value if isinstance(value, list) else list(value.values())
        if flat and all(isinstance(one, str | int | float) and not isinstance(one, bool) for one in flat):
            gtins = name in mapping.columns.get("gtin", ()) or name in mapping.further_gtins
            return " | ".join(str(one) for one in flat) if gtins else text_of(flat[0])
        if flat and isinstance(flat[0], dict):
            inner = [text_of(one.get(key)) for one in flat for key in ("name", "value", "url", "src") if one.get(key)]
            return inner[0] if inner else text_of(value)
    return text_of(value)


def _storable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def open_table(source: CatalogSource, file: FeedFile) -> Table:
    """The table of one plain file, by its set format, else its name, else its content."""
    settings = source.settings
    known: Callable[[Sequence[str]], int] = lambda cells: header_score(source, cells)  # noqa: E731
    kind, suffix = _kind(source, file)
    if kind == "parquet":
        return read_parquet(file.path, file.shown)
    if kind == "xml":
        return read_xml(file.path, file.shown, settings.record_path)
    if kind == "sheet":
        return read_sheet(file.path, file.shown, suffix, settings.sheet, known, settings.header_row)
    if kind == "html":
        return read_html(file.path, file.shown, known, settings.header_row)
    stream = open_text(file.path, file.shown, settings.encoding)
    if kind == "json":
        return _closing(read_json(stream, settings.record_path, file.path.stat().st_size, file.shown), stream)
    table = delimited_table(stream, settings.delimiter, known, settings.header_row, file.shown)
    return _closing(table, stream)


def _closing(table: Table, stream: Any) -> Table:
    def rows() -> Iterator[Row | Record]:
        with stream:
            yield from table.rows

    return Table(rows(), table.names, table.remarks, table.defaults, table.hint)


def _kind(source: CatalogSource, file: FeedFile) -> tuple[str, str]:
    """What a file is: kind, and the suffix that its reader goes by."""
    if source.settings.format:
        suffix = _SHEET_SUFFIX.get(source.settings.format, f".{source.settings.format}")
        return _KINDS[suffix], suffix
    kind = _KINDS.get(file.suffix)
    content = _sniff(file.path)
    # A name is a promise that exports break: XLS that is a web page or text, CSV that is a workbook.
    if content in {"sheet", "parquet"} and kind != content:
        return content, ".xlsx" if _starts(file.path, b"PK") else ".xls"
    if kind == "sheet" and content in {"xml", "html", "text"} and file.suffix == ".xls":
        return ("csv" if content == "text" else content), file.suffix
    if kind is None and file.suffix in {"", ".feed", ".php", ".aspx", ".export"} and content != "binary":
        kind = {"text": "csv"}.get(content, content)
    if kind is None and content in {"xml", "json"}:
        kind = content
    if kind is None:
        known = ", ".join(sorted(_KINDS))
        raise UserError(
            f"The catalog {file.shown} has an unknown format; the file must end in one of {known} (or those with .gz, "
            ".zst, .bz2, .xz or .zip), or the settings name its `format`."
        )
    return ("html" if kind == "xml" and content == "html" else kind), file.suffix


def _starts(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _sniff(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        return "sheet"
    if head.startswith(b"PAR1"):
        return "parquet"
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if text[:200].lower().startswith((b"<!doctype html", b"<html", b"<table", b"<meta")) or b"<table" in text.lower():
        return "html"
    if text.startswith(b"<"):
        return "xml"
    if text.startswith((b"{", b"[")):
        return "json"
    return "binary" if head.startswith((b"%PDF", b"\x7fELF", b"\x89PNG", b"\xff\xd8")) else "text"
