"""Reviewed sheets as any spreadsheet saves them: the answers row by row, and what is wrong with the others.

A sheet comes from a stranger's machine: it may be cut, huge, no file at all, or a workbook that unpacks to gigabytes.
It is read within bounds, and whatever a reader fails with becomes one sentence.
"""

import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sku_align.catalogs.delimited import read_delimited
from sku_align.catalogs.encoding import decode
from sku_align.errors import UserError
from sku_align.review.keys import Key, key_of
from sku_align.review.words import answer_of

WORKBOOKS = {".xlsx", ".xlsm"}
_NUMBERED = re.compile(r" \(\d+\)$")
_NEEDED = ("verdict", "left", "right")
# Bounds chosen by eye: the sheet of 20,000 questions has 20 MB as CSV and unpacks to 60 MB as a workbook.
_MAX_BYTES = 100_000_000
_MAX_UNPACKED = 500_000_000
_MAX_RATIO = 200
_MAX_ROWS = 500_000
_MAX_COLUMNS = 1_000

Cells = Sequence[str | None]


@dataclass(frozen=True)
class Answer:
    """One answered row: `answer` is `same`, `different` or `skip`; `question` is the id it answers, if it names one."""

    row: int
    left: Key
    right: Key
    answer: str
    note: str = ""
    question: str = ""


@dataclass(frozen=True)
class Answers:
    """What a sheet holds.

    Attributes:
        answers: Its answered rows.
        rejected: Row number and what is wrong, for each row that cannot be understood.
        unanswered: How many rows are empty of an answer.
    """

    answers: list[Answer] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    unanswered: int = 0


def read_answers(path: Path) -> Answers:
    """Read a reviewed sheet: CSV (comma, semicolon or tab, in any encoding that can be detected) or XLSX.

    Columns may stand in any order; rows that cannot be understood never stop the others.

    Raises:
        UserError: The file is missing, is not a sheet, has a column twice, or lacks `verdict`, `left` or `right`.
    """
    read, unanswered = Answers(), 0
    for number, row in _rows(path):
        if isinstance(row, str):
            read.rejected.append((number, row))
            continue
        cell, word = row["verdict"], answer_of(row["verdict"])
        left, right = key_of(row["left"]), key_of(row["right"])
        if word == "":
            unanswered += 1
        elif word is None:
            shown = (cell or "").strip()[:60]
            read.rejected.append((number, f"the verdict {shown!r} is neither 'same' nor 'different' nor 'skip'"))
        elif left is None or right is None or left == right:
            read.rejected.append((number, "'left' and 'right' must name two offers as catalog#offer_id"))
        else:
            note = (row.get("note") or "").strip().removeprefix("'")[:2000]
            question = (row.get("question") or "").strip()
            read.answers.append(Answer(number, min(left, right), max(left, right), word, note, question))
    return Answers(read.answers, read.rejected, unanswered)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str | None] | str]]:
    """Row number and cells by column name in small letters, or what is wrong with the row."""
    shown = str(path).encode("utf-8", "replace").decode()
    _check_file(path, shown)
    names: list[str] | None = None
    for number, cells in _workbook(path, shown) if path.suffix.lower() in WORKBOOKS else _text(path, shown):
        if names is None:
            names = [(cell or "").strip().lower() for cell in cells if not isinstance(cell, int)]
            _check_header(names, shown)
        elif isinstance(cells, str):
            yield number, cells
        else:
            row = dict(zip(names, cells, strict=False))
            yield number, {name: row.get(name) for name in names}
        if number > _MAX_ROWS:
            raise UserError(f"{shown} has more than {_MAX_ROWS:,} rows: split it and apply the parts.")
    if names is None:
        _check_header([], shown)


def _check_file(path: Path, shown: str) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UserError(f"The reviewed sheet {shown} cannot be read: {why}.") from error
    # A pipe or a device may never end.
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"The reviewed sheet {shown} cannot be read: it is not a regular file.")
    if status.st_size > _MAX_BYTES:
        raise UserError(f"{shown} has more than {_MAX_BYTES // 1_000_000} MB: split it and apply the parts.")


def _text(path: Path, shown: str) -> Iterator[tuple[int, Cells | str]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"The reviewed sheet {shown} cannot be read: {error.strerror}.") from error
    try:
        if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
            text = data.decode("utf-32", errors="replace")
        else:
            text = decode(data, path, None)
    except (UserError, UnicodeDecodeError) as error:
        raise UserError(f"{shown} is not text: save the sheet as 'CSV UTF-8' or as XLSX and apply it again.") from error
    # Excel writes its list separator into a first line of its own.
    first, _, rest = text.lstrip("\ufeff").partition("\n")
    separator = first.strip()[4:5] if first.strip().lower().startswith("sep=") else None
    skipped = 1 if separator else 0
    header, records = read_delimited(rest if separator else text, separator)
    yield 1 + skipped, header
    for record in records:
        yield record.line + skipped, record.problem or record.cells


def _workbook(path: Path, shown: str) -> Iterator[tuple[int, Cells]]:
    """Rows of the first worksheet that has the columns of a reviewed sheet, else of the first."""
    unreadable = f"{shown} is not a readable workbook: save the sheet as XLSX or 'CSV UTF-8' again."
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > _MAX_UNPACKED or unpacked > _MAX_RATIO * max(path.stat().st_size, 10_000):
                raise UserError(f"{shown} unpacks to {unpacked // 1_000_000} MB, which is not read: save it again.")
        from python_calamine import CalamineWorkbook

        with CalamineWorkbook.from_path(str(path)) as book:
            found: list[tuple[int, Cells]] | None = None
            for name in book.sheet_names:
                sheet = book.get_sheet_by_name(name)
                if sheet.height > _MAX_ROWS or sheet.width > _MAX_COLUMNS:
                    raise UserError(f"{shown} has {sheet.height:,} rows and {sheet.width:,} columns: remove some.")
                rows = [
                    (number, [_cell(value) for value in row])
                    for number, row in enumerate(sheet.to_python(skip_empty_area=False), start=1)
                    if any(value not in ("", None) for value in row)
                ]
                head = {(cell or "").strip().lower() for cell in (rows[0][1] if rows else ())}
                if rows and (found is None or head.issuperset(_NEEDED)):
                    found = list(rows)
                if head.issuperset(_NEEDED):
                    break
    except UserError:
        raise
    # The reader is another's and the file a stranger's: whatever it fails with, the sheet is not readable.
    except Exception as error:
        raise UserError(unreadable) from error
    yield from found or []


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _check_header(names: Sequence[str], shown: str) -> None:
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise UserError(f"{shown} lacks the column {missing[0]!r}: keep the header row that `review export` wrote.")
    # The reader of delimited text calls a repeated column "verdict (4)", after its place.
    plain = [_NUMBERED.sub("", name) for name in names]
    twice = sorted({name for name in plain if name and plain.count(name) > 1})
    if twice:
        raise UserError(f"{shown} has two columns {twice[0]!r}: keep the one with the answers, and apply it again.")
