"""CSV and TSV, as exports really are: a line that does not fit is set aside, and never takes its neighbours with it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

_DELIMITERS = ",;\t|"
_FIELD_LIMIT = 1_000_000
_SHOWN = 500


@dataclass(frozen=True)
class Record:
    """One record: the line it starts on, its cells, and what is wrong with it if it does not fit the header."""

    line: int
    cells: list[str]
    problem: str | None = None


def read_delimited(text: str, delimiter: str | None) -> tuple[list[str], Iterator[Record]]:
    """Parse delimited text with quoting.

    An unclosed quote swallows the lines after it; such a record is cut back to the first line that stands on its own.

    Args:
        text: The decoded file; its first line that is not blank is the header.
        delimiter: One character; None picks the one that cuts the header into most columns.

    Returns:
        The header and the records after it, with physical line numbers (first line 1).
    """
    csv.field_size_limit(_FIELD_LIMIT)
    lines = list(io.StringIO(text, newline=""))
    first = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    if first == len(lines):
        return [], iter(())
    delimiter = delimiter or max(_DELIMITERS, key=lambda mark: len(_parse(lines[first], mark)))
    reader = csv.reader((lines[at] for at in range(first, len(lines))), delimiter=delimiter)
    header = next(reader)
    while header and not header[-1].strip():
        header.pop()
    return header, _checked(lines, first + reader.line_num, delimiter, len(header))


def _parse(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _checked(lines: list[str], start: int, delimiter: str, width: int) -> Iterator[Record]:
    """Records from line `start` on; where parsing derails, it starts anew at the next sound line."""
    at: int | None = start
    while at is not None:
        resume: int | None = None
        after = at
        reader = csv.reader((lines[number] for number in range(at, len(lines))), delimiter=delimiter, strict=True)
        while resume is None:
            here = after
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "field limit" in str(error):
                    yield Record(here + 1, [lines[here][:_SHOWN]], f"a cell has more than {_FIELD_LIMIT:,} characters")
                else:
                    yield _repaired(lines[here], here, delimiter, width)
                resume = here + 1
                break
            after = at + reader.line_num
            cells = _trimmed(cells, width)
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) == width:
                yield Record(here + 1, cells)
                continue
            stop = next((line for line in range(here + 1, after) if _stands(lines[line], delimiter, width)), None)
            problem = f"the row has {len(cells)} columns where the header has {width}"
            if stop is None:
                yield Record(here + 1, cells, problem)
            else:
                yield Record(here + 1, ["".join(lines[here:stop]).strip()], "a quote is opened and never closed")
                resume = stop
        at = resume


def _trimmed(cells: list[str], width: int) -> list[str]:
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _stands(line: str, delimiter: str, width: int) -> bool:
    return line.count('"') % 2 == 0 and len(_trimmed(_parse(line, delimiter), width)) == width


def _repaired(line: str, at: int, delimiter: str, width: int) -> Record:
    """A line with a stray quote, kept if it has the right number of columns all the same."""
    cells = _trimmed(_parse(line, delimiter), width)
    if len(cells) == width:
        return Record(at + 1, cells)
    return Record(at + 1, [line.strip()], "a quote is opened and never closed")
