"""Reviewed CSVs back in: verdicts become must-links and cannot-links."""

import csv
import io
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from sku_align import schema
from sku_align.errors import UserError

WORDS = {"same": "same", "yes": "same", "y": "same", "1": "same", "true": "same"} | {
    "different": "different",
    "no": "different",
    "n": "different",
    "0": "different",
    "false": "different",
}
_SKIPPED = {"", "?", "skip", "unsure"}


class Verdicts(NamedTuple):
    """What a reviewed sheet says: `table` is of `schema.VERDICTS`, `rejected` names each bad row and why."""

    table: pa.Table
    rejected: list[str]


def read_verdicts(path: Path, reviewer: str, reviewed_at: str) -> Verdicts:
    """Read a reviewed sheet as any spreadsheet saves it (comma, semicolon or tab; UTF-8 or UTF-16).

    Rows without a verdict are open questions and skipped; rows that cannot be understood are rejected with a reason
    and never stop the good ones. The last row about a pair counts.

    Args:
        path: The CSV that `review export` wrote, with `verdict` filled in.
        reviewer: Who decided; kept with each verdict.
        reviewed_at: ISO 8601 time, kept with each verdict.

    Raises:
        UserError: The file is missing, is not text, or lacks the columns `verdict`, `left` and `right`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"The reviewed sheet {path} cannot be read: {error.strerror}.") from error
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text: save the sheet as 'CSV UTF-8' and apply it again.") from error
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    missing = [name for name in ("verdict", "left", "right") if name not in (reader.fieldnames or [])]
    if missing:
        raise UserError(f"{path} lacks the column {missing[0]!r}: keep the header row that `review export` wrote.")
    found: dict[tuple[tuple[str, str], tuple[str, str]], dict[str, str]] = {}
    rejected = []
    for number, row in enumerate(reader, start=2):
        word = (row["verdict"] or "").strip().lower()
        left, right = _key(row["left"]), _key(row["right"])
        if word in _SKIPPED:
            continue
        if word not in WORDS:
            rejected.append(f"row {number}: the verdict {row['verdict']!r} is neither 'same' nor 'different'")
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


def _key(cell: str | None) -> tuple[str, str] | None:
    catalog, separator, offer_id = (cell or "").strip().removeprefix("'").partition("#")
    return (catalog, offer_id) if separator and catalog and offer_id else None
