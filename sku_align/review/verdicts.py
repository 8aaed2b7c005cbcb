"""Reviewed sheets back in, as any spreadsheet saves them: verdicts become must-links and cannot-links."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from sku_align import schema
from sku_align.catalogs.delimited import read_delimited
from sku_align.catalogs.documents import sheet_rows
from sku_align.catalogs.encoding import decode
from sku_align.errors import UserError

_SAME = "same yes y 1 true match identical gleich ja identique oui igual sí si uguale sì 是 相同 同 はい 同じ 예"
_DIFFERENT = (
    "different no n 0 false verschieden nein différent non distinto diferente diverso 否 不同 いいえ 違う 아니요"
)
WORDS = dict.fromkeys(_SAME.split(), "same") | dict.fromkeys(_DIFFERENT.split(), "different")
_SKIPPED = {"", "?", "skip", "unsure"}
_NEEDED = ("verdict", "left", "right")
_WORKBOOKS = {".xlsx", ".xlsm"}

Answers = Mapping[str, str | None]


class Verdicts(NamedTuple):
    """What a reviewed sheet says: `table` is of `schema.VERDICTS`, `rejected` names each bad row and why."""

    table: pa.Table
    rejected: list[str]


def read_verdicts(path: Path, reviewer: str, reviewed_at: str) -> Verdicts:
    """Read a reviewed sheet: CSV (comma, semicolon or tab, in any encoding that can be told) or XLSX.

    Rows without a verdict are open questions and skipped; rows that cannot be understood are rejected with a reason
    and never stop the good ones. The last row about a pair counts. Columns may stand in any order.

    Args:
        path: The sheet that `review export` wrote, with `verdict` filled in.
        reviewer: Who decided; kept with each verdict.
        reviewed_at: ISO 8601 time, kept with each verdict.

    Raises:
        UserError: The file is missing, is no sheet, or lacks the columns `verdict`, `left` and `right`.
    """
    found: dict[tuple[tuple[str, str], tuple[str, str]], dict[str, str]] = {}
    rejected = []
    for number, row in _rows(path):
        if isinstance(row, str):
            rejected.append(f"row {number}: {row}")
            continue
        said = (row["verdict"] or "").strip()
        word = said.casefold().rstrip(".!")
        left, right = _key(row["left"]), _key(row["right"])
        if word in _SKIPPED:
            continue
        if word not in WORDS:
            rejected.append(f"row {number}: the verdict {said!r} is neither 'same' nor 'different'")
        elif left is None or right is None or left == right:
            rejected.append(f"row {number}: 'left' and 'right' must name two offers as catalog#offer_id")
        else:
            pair = (min(left, right), max(left, right))
            found[pair] = {"verdict": WORDS[word], "note": (row.get("note") or "").strip()}
    rows = [
        {
            "left_catalog": low[0],
            "left_offer_id": low[1],
            "right_catalog": high[0],
            "right_offer_id": high[1],
            "reviewer": reviewer,
            "reviewed_at": reviewed_at,
            **answer,
        }
        for (low, high), answer in sorted(found.items())
    ]
    return Verdicts(schema.conform(rows, schema.VERDICTS), rejected)


def _rows(path: Path) -> Iterator[tuple[int, Answers | str]]:
    """Row number and cells by column name in small letters, or what is wrong with the row."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"The reviewed sheet {path} cannot be read: {error.strerror}.") from error
    if path.suffix.lower() in _WORKBOOKS:
        yield from _workbook(path)
        return
    try:
        text = decode(data, path, None)
    except UserError as error:
        raise UserError(f"{path} is no text: save the sheet as 'CSV UTF-8' or as XLSX and apply it again.") from error
    header, records = read_delimited(text, None)
    names = [name.strip().lower() for name in header]
    _check(names, path)
    for record in records:
        yield record.line, record.problem or dict(zip(names, record.cells, strict=True))


def _workbook(path: Path) -> Iterator[tuple[int, Answers | str]]:
    try:
        rows = [
            (number, {name.strip().lower(): cell for name, cell in row.items()})
            for number, row in sheet_rows(path, None)
        ]
    except UserError as error:
        raise UserError(f"{path} is no readable workbook: save the sheet as XLSX or 'CSV UTF-8' again.") from error
    _check(list(rows[0][1]) if rows else [], path)
    yield from rows


def _check(names: list[str], path: Path) -> None:
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise UserError(f"{path} lacks the column {missing[0]!r}: keep the header row that `review export` wrote.")


def _key(cell: str | None) -> tuple[str, str] | None:
    catalog, separator, offer_id = (cell or "").strip().removeprefix("'").partition("#")
    return (catalog, offer_id) if separator and catalog and offer_id else None
