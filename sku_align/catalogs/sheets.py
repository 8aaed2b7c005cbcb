"""XLSX, XLS and ODS workbooks, and web pages that call themselves XLS, as rows."""

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sku_align.catalogs.layout import HEAD_ROWS, find_header
from sku_align.catalogs.records import MAX_COLUMNS, Cell, Record, Remark, Row, Table, text_of
from sku_align.errors import UserError

Grid = Iterator[tuple[int, list[Cell]]]
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)")
_ZEROS = re.compile(r"0{2,}")
_MAX_EMPTY = 1_100_000


def read_sheet(
    path: Path,
    shown: str,
    suffix: str,
    sheet: str | None,
    known: Callable[[Sequence[str]], int],
    header_row: int | None,
) -> Table:
    """Rows of a worksheet below its header, with the sheet's own row numbers.

    Args:
        path: The workbook.
        shown: Named in errors.
        suffix: `.xlsx`, `.xlsm`, `.xlsb`, `.xls` or `.ods`.
        sheet: Its sheet; None takes the first with a header that means something, else the first that has rows.
        known: How many of a row's cells are names of columns.
        header_row: Row of the header; None finds it.

    Raises:
        UserError: The workbook cannot be read, or has no such sheet or row.
    """
    names, open_grid = _workbook(path, shown, suffix)
    if sheet is not None and sheet not in names:
        raise UserError(f"The workbook {shown} has no sheet {sheet!r} but {', '.join(names)}; correct `sheet`.")
    remarks: list[Remark] = []
    chosen, head = (
        (sheet, _head(open_grid(sheet), header_row)) if sheet else _choose(names, open_grid, known, header_row)
    )
    if chosen is None:
        return Table(iter(()), [])
    if chosen != names[0] and sheet is None:
        remarks.append(
            Remark("sheet", f"The sheet {chosen!r} was read, because it holds the table; set `sheet` to fix it.")
        )
    header = find_header(head, known, header_row)
    if header is None:
        if head and header_row is not None:
            raise UserError(
                f"The sheet {chosen!r} of {shown} has no row {header_row} with a header; correct `header_row`."
            )
        return Table(iter(()), [])
    if len(header.names) > MAX_COLUMNS:
        raise UserError(f"The header of {shown} has {len(header.names):,} columns where {MAX_COLUMNS:,} are allowed.")
    remarks += header.remarks
    start = head[header.at][0]
    table = Table(iter(()), list(header.names), remarks)
    table.rows = _rows(open_grid(chosen), start, header.names, remarks)
    return table


def sheet_rows(path: Path, sheet: str | None) -> Iterator[Row]:
    """Rows of a worksheet of any workbook, such as a reviewed sheet.

    Raises:
        UserError: The workbook cannot be read, or has no such sheet.
    """
    table = read_sheet(path, str(path), path.suffix.lower(), sheet, lambda cells: 0, None)
    for row in table.rows:
        if not isinstance(row, Record):
            yield row


def _rows(grid: Grid, start: int, names: list[str], remarks: list[Remark]) -> Iterator[Row | Record]:
    """Rows below the header; cells to the right of it are kept under their position and named once."""
    width, beyond, first = len(names), 0, 0
    for number, cells in grid:
        if number <= start or not any(cells):
            continue
        row: dict[str, Any] = dict.fromkeys(names) | dict(zip(names, cells, strict=False))
        extra = {f"column {at}": cell for at, cell in enumerate(cells[width:], start=width + 1) if cell}
        if extra:
            beyond, first = beyond + 1, first or number
            row |= extra
        yield number, row
    if beyond:
        sentence = (
            f"{beyond} rows have cells to the right of the header, first row {first}; they are kept as `column N`."
        )
        remarks.append(Remark("cells beyond the header", sentence))


def _head(grid: Grid, header_row: int | None) -> list[tuple[int, list[Cell]]]:
    filled = ((number, cells) for number, cells in grid if any(cells))
    return list(islice(filled, HEAD_ROWS + (header_row or 0)))


def _choose(
    names: list[str],
    open_grid: Callable[[str], Grid],
    known: Callable[[Sequence[str]], int],
    header_row: int | None,
) -> tuple[str | None, list[tuple[int, list[Cell]]]]:
    heads = [(name, head) for name in names if len(head := _head(open_grid(name), header_row)) > 0]
    if not heads:
        return None, []

    def score(entry: tuple[str, list[tuple[int, list[Cell]]]]) -> tuple[int, bool]:
        best = max(known([cell or "" for cell in cells]) for _, cells in entry[1])
        return (best if best >= 2 else 0, len(entry[1]) > 1)

    return max(heads, key=score)


def _workbook(path: Path, shown: str, suffix: str) -> tuple[list[str], Callable[[str], Grid]]:
    """Names of the sheets, and a function that reads one of them from its first row on."""
    if suffix in {".xlsx", ".xlsm"}:
        try:
            return _openpyxl(path, shown)
        except UserError:
            if not _is_zip(path):
                raise
    return _calamine(path, shown, suffix)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _openpyxl(path: Path, shown: str) -> tuple[list[str], Callable[[str], Grid]]:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(path, read_only=True, data_only=True)
            names = [page.title for page in book.worksheets]
        except Exception as error:
            raise UserError(f"The catalog {shown} is not a readable XLSX workbook; save it again as .xlsx.") from error

    def grid(name: str) -> Grid:
        page, last = book[name], 0
        try:
            page.reset_dimensions()
            for number, cells in enumerate(page.iter_rows(), start=1):
                yield number, [_cell_text(cell) for cell in cells]
                last = number
        except Exception:
            # One cell that is not what it claims to be stops this library; the other one reads over it.
            for number, values in _calamine(path, shown, ".xlsx")[1](name):
                if number > last:
                    yield number, values

    return names, grid


def _cell_text(cell: Any) -> Cell:
    value = cell.value
    if isinstance(value, str) and _ERROR.fullmatch(value):
        return None
    text = text_of(value)
    if isinstance(value, int | float) and text and _ZEROS.fullmatch(str(cell.number_format or "")):
        return text.zfill(len(cell.number_format))
    return text.strip() or None if text else None


def _calamine(path: Path, shown: str, suffix: str) -> tuple[list[str], Callable[[str], Grid]]:
    kind = suffix.lstrip(".").upper()
    message = f"The catalog {shown} is not a readable {kind} workbook; save it again as .xlsx."
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
    except BaseException as error:
        # Its panics are no Exceptions.
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise UserError(message) from error

    def grid(name: str) -> Grid:
        try:
            page = book.get_sheet_by_name(name)
            first = page.start[0] if page.start else 0
            rows = page.to_python(skip_empty_area=True)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            raise UserError(f"The sheet {name!r} of {shown} is damaged; save the workbook again.") from error
        for number, values in enumerate(rows, start=first + 1):
            texts = (text_of(value) for value in values)
            yield number, [text.strip() or None if text and not _ERROR.fullmatch(text) else None for text in texts]

    return names, grid


def read_html(path: Path, shown: str, known: Callable[[Sequence[str]], int], header_row: int | None) -> Table:
    """Rows of the largest table of a web page, which many shops' "Excel" exports are.

    Raises:
        UserError: The page has no table.
    """
    from lxml import etree, html

    try:
        parser = html.HTMLParser(no_network=True, huge_tree=False)
        page = html.parse(str(path), parser=parser).getroot()
        tables = page.findall(".//table") if page is not None else []
    except (etree.LxmlError, OSError, ValueError, AssertionError) as error:
        raise UserError(f"The catalog {shown} is a web page that cannot be read; save it as .xlsx or .csv.") from error
    if not tables:
        raise UserError(f"The catalog {shown} is a web page without a table; fetch the feed itself.")
    largest = max(tables, key=lambda table: len(table.findall(".//tr")))
    rows = [
        (at, [(" ".join(cell.text_content().split()) or None) for cell in row.iterchildren("td", "th")])
        for at, row in enumerate(largest.iter("tr"), start=1)
    ]
    header = find_header([row for row in rows if any(row[1])], known, header_row)
    if header is None:
        return Table(iter(()), [])
    start = [row for row in rows if any(row[1])][header.at][0]
    remarks = [*header.remarks]
    return Table(_rows(chain(rows), start, header.names, remarks), header.names, remarks)
