"""Feeds in; one table of offers and one of quarantined rows out."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align import schema
from sku_align.attributes.extract import state
from sku_align.catalogs.normalising import Columns, normalise
from sku_align.catalogs.reading import Feed, read_feed
from sku_align.catalogs.sources import CatalogSource, find_sources
from sku_align.catalogs.validation import RULES, UNIQUE, failing_rows
from sku_align.config import Settings
from sku_align.pairs import sort_offers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CatalogSource", "Ingested", "find_sources", "ingest"]

_CONTENT = (
    "language",
    "title",
    "brand",
    "description",
    "category",
    "price",
    "currency",
    "gtin",
    "mpn",
    "url",
    "image_url",
)
_CHECKED = (
    "offer_id", "title", "printed_title", "price", "unread_price", "currency", "printed_language", "unread_time",
    "gtin_problem",
)  # fmt: skip
_LAYOUT = "row fits the columns"


@dataclass(frozen=True)
class Ingested:
    """What came of the feeds.

    Attributes:
        offers: Table of `schema.OFFERS`, sorted by key.
        quarantine: Table of `schema.QUARANTINE`, sorted by catalog and row.
        expectations: For each catalog and expectation its `catalog`, `name`, `severity`, `rows` checked, `failed` rows
            and `success`.
    """

    offers: pa.Table
    quarantine: pa.Table
    expectations: list[dict[str, Any]] = field(default_factory=list)


def ingest(
    sources: Sequence[CatalogSource],
    settings: Settings,
    check: "Callable[[pd.DataFrame], dict[str, NDArray[np.int64]]]" = failing_rows,
) -> Ingested:
    """Read, normalise and check feeds.

    Every feed is read before anything is returned, and the order of rows changes nothing but row numbers.

    Args:
        sources: From `find_sources`, or made by hand.
        settings: All settings of the run.
        check: Finds the rows that fail the rules; Great Expectations by default.

    Raises:
        UserError: A feed cannot be read, is empty, or lacks a required column.
    """
    feeds = [read_feed(source) for source in sources]
    normalised = [normalise(feed) for feed in feeds]
    failing = check(_frame(feeds, normalised))
    offers: list[pa.Table] = []
    quarantined: list[dict[str, Any]] = []
    expectations: list[dict[str, Any]] = []
    start = 0
    for feed, columns in zip(feeds, normalised, strict=True):
        stop = start + len(feed.numbers)
        own = {
            name: (rows[np.searchsorted(rows, start) : np.searchsorted(rows, stop)] - start).tolist()
            for name, rows in failing.items()
        }
        start = stop
        columns["attributes"] = _attributes(feed)
        columns["content_hash"] = _hashes(columns)
        reasons = _reasons(feed, columns, own)
        kept = [row for row in range(len(feed.numbers)) if row not in reasons]
        offers.append(_offers(feed, columns, own, kept))
        quarantined += _quarantine(feed, columns, reasons)
        expectations += _expectations(feed, own)
    quarantined.sort(key=lambda row: (row["catalog"], row["row"]))
    return Ingested(
        offers=sort_offers(pa.concat_tables(offers) if offers else schema.conform([], schema.OFFERS)),
        quarantine=schema.conform(quarantined, schema.QUARANTINE),
        expectations=expectations,
    )


def _frame(feeds: Iterable[Feed], normalised: Iterable[Columns]) -> "pd.DataFrame":
    import pandas as pd

    frames = [
        pd.DataFrame(
            {name: pd.Series(columns[name], dtype="float64" if name == "price" else object) for name in _CHECKED}
            | {"key": pd.Series([key and f"{feed.source.name}\n{key}" for key in columns["offer_id"]], dtype=object)}
        )
        for feed, columns in zip(feeds, normalised, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def _attributes(feed: Feed) -> list[str | None]:
    names = list(feed.attributes)
    rows = zip(*feed.attributes.values(), strict=True) if names else ([()] * len(feed.numbers))
    return [
        json.dumps(cells, ensure_ascii=False)
        if (cells := {k: v for k, v in zip(names, row, strict=True) if v})
        else None
        for row in rows
    ]


def _hashes(columns: Columns) -> list[str]:
    rows = zip(*(columns[name] for name in (*_CONTENT, "attributes")), strict=True)
    return [
        blake2b(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        for row in rows
    ]


def _reasons(feed: Feed, columns: Columns, failing: dict[str, list[int]]) -> dict[int, list[str]]:
    """Row -> why it is quarantined, in the order of the rules."""
    reasons: dict[int, list[str]] = {}
    for rule in RULES:
        if rule.severity == "error" and rule is not UNIQUE:
            for row in failing[rule.name]:
                reasons.setdefault(row, []).append(rule.reason)
    groups: dict[str, list[int]] = {}
    for row in failing[UNIQUE.name]:
        groups.setdefault(columns["offer_id"][row], []).append(row)
    repeated = []
    for offer_id, rows in groups.items():
        good = [row for row in rows if row not in reasons]
        kept = min(good, key=lambda row: _survivor(feed, columns, row), default=None)
        fate = "none of its rows is sound" if kept is None else f"row {feed.numbers[kept]} is kept"
        for row in rows:
            if row != kept:
                reasons.setdefault(row, []).append(f"The offer id {offer_id} is used more than once; {fate}.")
                repeated.append(row)
    failing[UNIQUE.name] = sorted(repeated)
    return reasons


def _survivor(feed: Feed, columns: Columns, row: int) -> tuple[float, int, str, str]:
    """Sort key of the rows of one offer id: the latest, then the fullest, then the smallest content hash."""
    updated = columns["updated_at"][row]
    filled = sum(columns[name][row] is not None for name in (*_CONTENT, "attributes"))
    return (-updated.timestamp() if updated else math.inf, -filled, columns["content_hash"][row], feed.raw(row))


def _offers(feed: Feed, columns: Columns, failing: dict[str, list[int]], kept: list[int]) -> pa.Table:
    warnings: dict[int, list[str]] = {}
    values = {
        "price is a number": "unread_price",
        "currency is of ISO 4217": "currency",
        "language is a BCP 47 tag": "printed_language",
        "updated_at is a time": "unread_time",
        "gtin is sound": "gtin_problem",
    }
    for rule in RULES:
        if rule.severity == "warning":
            for row in failing[rule.name]:
                warnings.setdefault(row, []).append(rule.reason.format(value=columns[values[rule.name]][row]))
    for row in failing["currency is of ISO 4217"]:
        columns["currency"][row] = None
    table: dict[str, Any] = {
        name: [columns[name][row] for row in kept]
        for name in ("offer_id", *_CONTENT, "updated_at", "attributes", "content_hash")
    }
    table |= state(feed, kept, table["title"], table["language"])
    table["catalog"] = [feed.source.name] * len(kept)
    table["warnings"] = [warnings.get(row, []) for row in kept]
    arrays = [pa.array(table[column.name], type=column.type) for column in schema.OFFERS]
    return pa.Table.from_arrays(arrays, schema=schema.OFFERS)


def _quarantine(feed: Feed, columns: Columns, reasons: dict[int, list[str]]) -> list[dict[str, Any]]:
    rows = [
        {
            "catalog": feed.source.name,
            "row": feed.numbers[row],
            "offer_id": columns["offer_id"][row],
            "reasons": why,
            "raw": feed.raw(row),
        }
        for row, why in reasons.items()
    ]
    for number, problem, raw in feed.malformed:
        reason = f"{problem[0].upper()}{problem[1:]}."
        rows.append({"catalog": feed.source.name, "row": number, "offer_id": None, "reasons": [reason], "raw": raw})
    return rows


def _expectations(feed: Feed, failing: dict[str, list[int]]) -> list[dict[str, Any]]:
    counts = [(_LAYOUT, "error", len(feed.malformed)), *((r.name, r.severity, len(failing[r.name])) for r in RULES)]
    rows = len(feed.numbers) + len(feed.malformed)
    return [
        {
            "catalog": feed.source.name,
            "name": name,
            "severity": severity,
            "rows": rows,
            "failed": failed,
            "success": failed == 0,
        }
        for name, severity, failed in counts
    ]
