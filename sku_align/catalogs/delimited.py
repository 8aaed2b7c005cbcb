"""CSV and TSV, as exports really are: a line that does not fit is set aside, and never takes its neighbours with it.

The text is read as a stream; only the lines of one record and the few looked ahead at are in memory.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from sku_align.catalogs.layout import HEAD_ROWS, Header, find_header
from sku_align.catalogs.records import MAX_COLUMNS, Record, Remark, Row, Table
from sku_align.errors import UserError

DELIMITERS = ",;\t|^~\x01"
_FIELD_LIMIT = 1_000_000
_MAX_LINE = 4_000_000
# A quoted cell may span lines; an unclosed quote would take the rest of the file, which is read again line by line.
_MAX_RECORD_LINES = 2_000
_SAMPLE_LINES = 400
_SAMPLE_CHARACTERS = 2_000_000
_MAX_SHOWN = 500
_ENTITY = re.compile(r"(&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8}));")
_SEPARATOR_LINE = re.compile(r"^\ufeff?\"?sep=(.)\"?\s*$", re.IGNORECASE)


class _Lines:
    """Lines of a stream by number, from 0; those before the one in work are forgotten."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self.stream = stream
        self.first = 0
        self.held: list[str] = []
        self.cut: set[int] = set()
        self.ended = False

    def __getitem__(self, at: int) -> str:
        while at - self.first >= len(self.held):
            if not self._read():
                raise IndexError(at)
        return self.held[at - self.first]

    def has(self, at: int) -> bool:
        """Whether there is such a line."""
        while at - self.first >= len(self.held):
            if not self._read():
                return False
        return True

    def forget(self, before: int) -> None:
        """Let go of the lines before a number, now and then."""
        if before - self.first > 1000:
            del self.held[: before - self.first]
            self.first = before

    def after(self, at: int) -> Iterator[str]:
        """Lines from a number on, one record's worth."""
        while self.has(at):
            yield self[at]
            at += 1

    def _read(self) -> bool:
        line = "" if self.ended else self.stream.readline(_MAX_LINE)
        if not line:
            self.ended = True
            return False
        if len(line) == _MAX_LINE and line[-1] not in "\r\n":
            self.cut.add(self.first + len(self.held))
            while (more := self.stream.readline(_MAX_LINE)) and more[-1] not in "\r\n":
                pass
        self.held.append(line)
        return True


def delimited_table(
    stream: io.TextIOBase,
    delimiter: str | None,
    known: Callable[[Sequence[str]], int] = lambda cells: 0,
    header_row: int | None = None,
    shown: str = "the text",
) -> Table:
    """Parse delimited text with quoting.

    An unclosed quote swallows the lines after it; such a record is cut back to the first line that stands on its own.

    Args:
        stream: The decoded file, opened with `newline=""`.
        delimiter: One character; None picks the one that cuts the whole sample most evenly.
        known: How many of a row's cells are names of columns; see `layout.find_header`.
        header_row: Line of the header, from 1; None finds it.
        shown: Named in errors.

    Raises:
        UserError: The line that `header_row` names does not exist.
    """
    csv.field_size_limit(_FIELD_LIMIT)
    lines = _Lines(stream)
    start = 0
    if lines.has(0) and (separator := _SEPARATOR_LINE.match(lines[0][:20])):
        delimiter, start = delimiter or separator[1], 1
    sample = _sample(lines, start, header_row)
    delimiter = delimiter or _find_delimiter(sample)
    head = _head(sample, start, delimiter)
    header = find_header([(number, [c.strip() or None for c in cells]) for number, cells, _ in head], known, header_row)
    if header is None:
        if header_row is not None and lines.has(0):
            raise UserError(f"There is no line {header_row} with a header in {shown}; correct `header_row`.")
        return Table(iter(()), [])
    width = len(header.names)
    if width > MAX_COLUMNS:
        raise UserError(
            f"The header of {shown} has {width:,} columns where {MAX_COLUMNS:,} are allowed; set the `delimiter`."
        )
    remarks = [*header.remarks, *([Remark("separator", f"The line sep={delimiter} was followed.")] if start else [])]
    return Table(_rows(lines, header, head[header.at][2], delimiter), header.names, remarks)


def read_delimited(text: str, delimiter: str | None) -> tuple[list[str], Iterator[Record]]:
    """Header and records of a short text whose first line that is not blank is the header, such as a reviewed sheet."""
    lines = io.StringIO(text, newline="")
    first = next((number for number, line in enumerate(lines, start=1) if line.strip()), None)
    table = delimited_table(io.StringIO(text, newline=""), delimiter, header_row=first)
    names = table.names or []

    def records() -> Iterator[Record]:
        for row in table.rows:
            yield row if isinstance(row, Record) else Record(row[0], [row[1][name] for name in names])

    return names, records()


def _rows(lines: _Lines, header: Header, start: int, delimiter: str) -> Iterator[Row | Record]:
    names = header.names
    for record in _checked(lines, start, delimiter, len(names)):
        yield record if record.problem else (record.line, dict(zip(names, record.cells, strict=True)))


def _sample(lines: _Lines, start: int, header_row: int | None) -> list[str]:
    sample: list[str] = []
    size = 0
    wanted = max(_SAMPLE_LINES, (header_row or 0) + HEAD_ROWS)
    while len(sample) < wanted and size < _SAMPLE_CHARACTERS and lines.has(start + len(sample)):
        line = lines[start + len(sample)]
        sample.append(line)
        size += len(line)
    return sample


def _head(sample: list[str], start: int, delimiter: str) -> list[tuple[int, list[str], int]]:
    """The first records that are not empty: line number, cells, and the line after them (from 0)."""
    found: list[tuple[int, list[str], int]] = []
    reader = csv.reader(iter(sample), delimiter=delimiter)
    before = 0
    while len(found) < max(HEAD_ROWS, 1) or before < len(sample):
        try:
            cells = next(reader, None)
        except csv.Error:
            break
        if cells is None:
            break
        if any(cell.strip() for cell in cells):
            found.append((start + before + 1, cells, start + reader.line_num))
        before = reader.line_num
    return found


def _find_delimiter(sample: Sequence[str]) -> str:
    """The mark that cuts most rows of the sample into one and the same number of columns, more than one."""

    def evenness(mark: str) -> float:
        try:
            widths = [len(_trimmed(cells, 1)) for cells in csv.reader(iter(sample), delimiter=mark) if any(cells)]
        except csv.Error:
            widths = [len(_parse(line, mark)) for line in sample if line.strip()]
        if not widths:
            return 0.0
        # One letterhead line is not a vote against a mark that cuts all the rest.
        counts = Counter(width for width in widths if width > 1)
        if not counts:
            return 0.0
        width, rows = max(counts.items(), key=lambda entry: (entry[1], entry[0]))
        share = rows / len(widths)
        first = widths[0] == width
        return share**2 * (1 + min(width, 30) / 10) * (1.5 if first else 1.0)

    return max(DELIMITERS, key=evenness)


def _parse(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return [line]


def _checked(lines: _Lines, start: int, delimiter: str, width: int) -> Iterator[Record]:
    """Records from line `start` on; where parsing derails, it starts anew at the next sound line."""
    at: int | None = start
    while at is not None:
        resume: int | None = None
        after = at
        reader = csv.reader(lines.after(at), delimiter=delimiter, strict=True)
        while resume is None:
            here = after
            lines.forget(here)
            if here in lines.cut:
                yield Record(here + 1, [lines[here][:_MAX_SHOWN]], f"a line has more than {_MAX_LINE:,} characters")
                resume = here + 1
                break
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "field limit" in str(error):
                    yield Record(
                        here + 1, [lines[here][:_MAX_SHOWN]], f"a cell has more than {_FIELD_LIMIT:,} characters"
                    )
                else:
                    yield _repaired(lines[here], here, delimiter, width)
                resume = here + 1
                break
            after = at + reader.line_num
            cells = _trimmed(cells, width)
            if len(cells) > width and delimiter == ";" and after == here + 1 and "&" in lines[here]:
                cells = _around_entities(lines[here], width)
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) == width:
                yield Record(here + 1, cells)
                continue
            last = min(after, here + _MAX_RECORD_LINES)
            stop = next((line for line in range(here + 1, last) if _stands(lines[line], delimiter, width)), None)
            problem = f"the row has {len(cells)} columns where the header has {width}"
            if stop is None:
                yield Record(here + 1, cells, problem)
            else:
                whole = "".join(lines[line] for line in range(here, stop))
                yield Record(here + 1, [whole.strip()[:_MAX_SHOWN]], "a quote is opened and never closed")
                resume = stop
        at = resume


def _trimmed(cells: list[str], width: int) -> list[str]:
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _around_entities(line: str, width: int) -> list[str]:
    """Cells of a line whose HTML entities (`&amp;`) end in the delimiter."""
    cells = _parse(_ENTITY.sub(r"\1\0", line), ";")
    return _trimmed([cell.replace("\0", ";") for cell in cells], width)


def _stands(line: str, delimiter: str, width: int) -> bool:
    return line.count('"') % 2 == 0 and len(_trimmed(_parse(line, delimiter), width)) == width


def _repaired(line: str, at: int, delimiter: str, width: int) -> Record:
    """A line with a stray quote, kept if it has the right number of columns all the same."""
    cells = _trimmed(_parse(line, delimiter), width)
    if len(cells) == width:
        return Record(at + 1, cells)
    return Record(at + 1, [line.strip()[:_MAX_SHOWN]], "a quote is opened and never closed")
