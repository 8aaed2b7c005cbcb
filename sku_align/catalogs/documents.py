"""JSON Lines, Parquet, XLSX and SQL queries as rows of strings."""

import json
import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sku_align.catalogs.delimited import Record
from sku_align.catalogs.sources import CatalogSource
from sku_align.errors import TransientError, UserError

Row = tuple[int, dict[str, Any]]
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def text_of(value: Any) -> str | None:
    """A cell as text: whole floats without the fraction, no exponents, ISO dates, JSON for anything nested."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    text = str(value)
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def json_rows(text: str) -> Iterator[Row | Record]:
    """Objects of JSON Lines by line, or of one JSON array by position; numbers stay as they are written."""
    if text.lstrip().startswith("["):
        yield from _array_rows(text)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = _JSON.decode(line.strip())
        except json.JSONDecodeError as error:
            problem = f"the line is not valid JSON: {error.msg} at character {error.pos + 1}"
            yield Record(number, [line.strip()[:_SHOWN]], problem)
            continue
        except RecursionError:
            yield Record(number, [line.strip()[:_SHOWN]], "the line is nested too deeply")
            continue
        yield (number, entry) if isinstance(entry, dict) else Record(number, [line.strip()], "not a JSON object")


def _array_rows(text: str) -> Iterator[Row | Record]:
    """Objects of an array one after the other, so that a break costs only what stands after it."""
    at, number = text.index("[") + 1, 0
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        if text.startswith("]", at):
            return
        number += 1
        try:
            entry, at = _JSON.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            line = text.count("\n", 0, at) + 1
            what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            yield Record(number, [text[at : at + _SHOWN]], f"from line {line} on the file is not valid JSON: {what}")
            return
        yield (number, entry) if isinstance(entry, dict) else Record(number, [str(entry)], "not a JSON object")


def _number(digits: str) -> str:
    """A JSON number as it is written, without an exponent unless it is astronomic."""
    mantissa, _, exponent = digits.lower().partition("e")
    return format(Decimal(digits), "f") if exponent and len(mantissa) + abs(int(exponent[:9])) < 40 else digits


_JSON = json.JSONDecoder(parse_float=_number, parse_int=str)
_BETWEEN = re.compile(r"[\s,]*")
_SHOWN = 500


def parquet_rows(path: Path) -> Iterator[Row]:
    """Rows of a Parquet file, numbered from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(f"The catalog {path} is not a readable Parquet file; write it again.") from error
    number = 0
    for batch in table.to_batches():
        for row in batch.to_pylist():
            number += 1
            yield number, row


def sheet_rows(path: Path, sheet: str | None) -> Iterator[Row]:
    """Rows of a worksheet below its first row that is not empty, with the sheet's own row numbers."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(path, read_only=True, data_only=True)
        except Exception as error:
            raise UserError(f"The catalog {path} is not a readable XLSX workbook; save it again as .xlsx.") from error
        if sheet is not None and sheet not in book.sheetnames:
            names = ", ".join(book.sheetnames)
            raise UserError(f"The workbook {path} has no sheet {sheet!r} but {names}; correct `sheet`.")
        page = book[sheet] if sheet else book.worksheets[0]
        page.reset_dimensions()
        header: list[str] | None = None
        for number, cells in enumerate(page.iter_rows(), start=1):
            values = [_sheet_text(cell) for cell in cells]
            if not any(values):
                continue
            if header is None:
                header = [name or f"column {at}" for at, name in enumerate(values, start=1)]
            else:
                yield number, dict.fromkeys(header) | dict(zip(header, values, strict=False))
        book.close()


def _sheet_text(cell: Any) -> str | None:
    value = cell.value
    if isinstance(value, str) and re.fullmatch(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)", value):
        return None
    text = text_of(value)
    if isinstance(value, int | float) and text and re.fullmatch(r"0{2,}", str(cell.number_format or "")):
        return text.zfill(len(cell.number_format))
    return text.strip() if text else None


def query_rows(source: CatalogSource) -> Iterator[Row]:
    """Rows of a SQL query, numbered from 1."""
    from sqlalchemy import create_engine, make_url, text
    from sqlalchemy.exc import OperationalError, SQLAlchemyError

    shown = source.settings.url or ""
    try:
        url = make_url(shown)
        shown = url.render_as_string(hide_password=True)
        with create_engine(url).connect() as connection:
            rows = connection.execute(text(source.settings.query or "")).mappings().all()
    except (SQLAlchemyError, ImportError) as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0].rstrip(".")
        kind = TransientError if isinstance(error, OperationalError) else UserError
        raise kind(f"The query of catalog {source.name} on {shown} fails: {cause}.") from error
    for number, row in enumerate(rows, start=1):
        yield number, dict(row)
