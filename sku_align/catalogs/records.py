"""What readers of every format give: rows under the feed's own column names, and records that are not rows."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

Row = tuple[int, dict[str, Any]]
Cell = str | None
MAX_COLUMNS = 20_000
MAX_SHOWN = 500
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_DEEP = 40


@dataclass(frozen=True)
class Record:
    """One record that does not fit: the line it starts on, its cells, and what is wrong with it."""

    line: int
    cells: list[str]
    problem: str | None = None


@dataclass(frozen=True)
class Remark:
    """Something about a whole feed that a person should know; `rows` of it are neither offers nor quarantined."""

    kind: str
    sentence: str
    rows: int = 0


@dataclass
class Table:
    """What a reader gives.

    Attributes:
        rows: Rows and records in the order of the feed; numbers are lines, sheet rows or positions, from 1.
        names: The header, where the format has one.
        remarks: What the reader noticed so far; it may add to them until `rows` is exhausted.
        defaults: Values that the feed states once for all rows, under canonical names.
        hint: Name of the preset that the format itself gives away.
    """

    rows: Iterator[Row | Record]
    names: list[str] | None = None
    remarks: list[Remark] = field(default_factory=list)
    defaults: dict[str, str] = field(default_factory=dict)
    hint: str | None = None


def text_of(value: Any) -> str | None:
    """A cell as text: whole floats without the fraction, no exponents, ISO dates, JSON for anything nested.

    Half a surrogate pair cannot be stored anywhere and becomes U+FFFD, wherever it stands.
    """
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, str):
        return value if value.isascii() else _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e17 else _decimal(Decimal(repr(value)))
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, dict | list | tuple):
        if _depth(value) > _DEEP:
            return "nested too deeply"
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
        return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)
    text = str(value)
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def _decimal(value: Decimal) -> str:
    # Written out, 1e999999 would be a million digits; such a number is not a price, size or id.
    exponent = value.as_tuple().exponent
    return format(value, "f") if isinstance(exponent, int) and abs(exponent) < 40 else str(value)


def _depth(value: Any) -> int:
    """How deep lists and mappings are nested, up to one more than allowed."""
    level, depth = [value], 0
    while level and depth <= _DEEP:
        depth += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list | tuple)
        ]
    return depth


def unique_names(header: list[Cell], groups: list[Cell] | None = None) -> list[str]:
    """Column names of a header: empty ones by position, repeated ones told apart by the group above or by position.

    Args:
        header: Cells of the header row.
        groups: Cells of the row of group headers above it, each filled to the right over its merged cells.
    """
    names: list[str] = []
    seen: set[str] = set()
    for at, cell in enumerate(header):
        group = (groups[at] if groups and at < len(groups) else None) or ""
        name = (cell or "").strip("\ufeff \t\r\n\u00a0") or group.strip() or f"column {at + 1}"
        if name in seen and group.strip() and f"{group.strip()} {name}" not in seen:
            name = f"{group.strip()} {name}"
        while name in seen:
            name = f"{name} ({at + 1})"
        seen.add(name)
        names.append(name)
    return names
