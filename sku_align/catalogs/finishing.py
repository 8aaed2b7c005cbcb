"""One portion of a feed from cells to rows of the offers table, checked; what a worker process does."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sku_align import schema
from sku_align.attributes.extract import extract_attributes
from sku_align.catalogs.normalising import Columns, Normalised, Portion, Reading, normalise, note_error
from sku_align.catalogs.reading import Feed
from sku_align.catalogs.validation import CHECKED, ROW_RULES, Check, failing_rows
from sku_align.catalogs.vocabulary import ATTRIBUTES
from sku_align.pairs import MIN_CONFIDENCE

if TYPE_CHECKING:
    import pandas as pd

CONTENT = (
    "language", "title", "brand", "description", "category", "price", "currency", "gtin", "mpn", "url", "image_url",
)  # fmt: skip
# Lists; most offers have none, and those keep the content hash that they had before there were such columns.
FURTHER = ("further_titles", "further_gtins")
# Beside the offers' own columns until repeated ids are settled: where a row stands and how it ranks among its like.
_EXTRA = (("row", pa.int64()), ("updated", pa.float64()), ("filled", pa.int32()))
WIDE: pa.Schema = pa.schema([*schema.OFFERS, *(pa.field(name, kind) for name, kind in _EXTRA)])
_MAX_RAW = 20_000
_MAX_COLUMNS = 500
_MANY_COLUMNS = 100
_FREQUENT = 0.005


@dataclass
class Finished:
    """What came of one portion.

    Attributes:
        offers: Rows without an error, of schema `WIDE`.
        quarantine: Rows of `schema.QUARANTINE` as mappings.
        failed: Rule -> rows that fail it.
        keys: Offer ids of all rows, sound or not, for the check of repeated ids.
        skipped: Rows that are not offers: why -> how many.
        figures: Counts for the rules of the table, such as rows without a title, languages and currencies.
    """

    offers: pa.Table
    quarantine: list[dict[str, Any]]
    failed: Counter[str]
    keys: list[tuple[int, str | None]]
    skipped: Counter[str]
    figures: Counter[str] = field(default_factory=Counter)


def finish(portion: Portion, reading: Reading, check: Check = failing_rows) -> Finished:
    """Normalise, check and write a portion of a feed."""
    rows = normalise(portion, reading)
    columns = rows.columns
    columns["content_hash"] = _hashes(columns)
    failing = {name: found.tolist() for name, found in check(_frame(columns, len(rows.numbers)), ROW_RULES).items()}
    reasons: dict[int, list[str]] = {}
    for rule in ROW_RULES:
        if rule.severity == "error":
            for row in failing[rule.name]:
                reasons.setdefault(row, []).append(rule.sentence(columns, row))
    kept = [row for row in range(len(rows.numbers)) if row not in reasons]
    extracted = _extracted(rows, reading, kept, reasons)
    kept = [row for row in kept if row not in reasons]
    catalog = reading.source.name
    quarantine = [
        {
            "catalog": catalog, "row": rows.numbers[row], "offer_id": _short(columns["offer_id"][row]), "reasons": why,
            "raw": raw_json(rows.cells[row]),
        }
        for row, why in sorted(reasons.items())
    ]  # fmt: skip
    for number, problem, raw in portion.malformed:
        reason = f"{problem[0].upper()}{problem[1:]}." if problem else "The row cannot be read."
        quarantine.append({"catalog": catalog, "row": number, "offer_id": None, "reasons": [reason], "raw": raw})
    failed = Counter({name: len(found) for name, found in failing.items() if found})
    figures = _figures(rows, kept, portion)
    keys = list(zip(rows.numbers, columns["offer_id"], strict=True))
    return Finished(_offers(rows, failing, extracted, kept, catalog), quarantine, failed, keys, rows.skipped, figures)


def raw_json(cells: Mapping[str, str]) -> str:
    """A row as JSON under the feed's own column names, cut where it is longer than a person reads."""
    text = json.dumps(cells, ensure_ascii=False)
    if len(text) > _MAX_RAW:
        text = json.dumps({name: cell[:200] for name, cell in list(cells.items())[:80]}, ensure_ascii=False)
    return text


def _short(offer_id: str | None) -> str | None:
    return offer_id if offer_id is None or len(offer_id) <= 300 else f"{offer_id[:300]}..."


def _frame(columns: Columns, rows: int) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        {name: pd.Series(columns[name], dtype="float64" if name == "price" else object) for name in CHECKED},
        index=pd.RangeIndex(rows),
    )


def _hashes(columns: Columns) -> list[str]:
    rows = zip(*(columns[name] for name in (*CONTENT, "attributes")), strict=True)
    further = zip(*(columns[name] for name in FURTHER), strict=True)
    texts = (
        json.dumps((*row, *more) if any(more) else row, ensure_ascii=False)
        for row, more in zip(rows, further, strict=True)
    )
    return [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest() for text in texts]


def _extracted(
    rows: Normalised, reading: Reading, kept: Sequence[int], reasons: dict[int, list[str]]
) -> dict[int, tuple[list[Any], list[Any]]]:
    """Sizes and variants of each kept row; where reading them fails, row by row to find the one at fault."""
    feed = _feed(rows, reading)
    titles, languages = rows.columns["title"], rows.columns["language"]
    net = feed.source.settings.net_content
    try:
        found = extract_attributes(
            feed.attributes, kept, [titles[row] for row in kept], [languages[row] for row in kept], net
        )
        return {row: (found["quantities"][at], found["variants"][at]) for at, row in enumerate(kept)}
    except Exception as error:
        note_error("the attributes", error)
    single: dict[int, tuple[list[Any], list[Any]]] = {}
    for row in kept:
        try:
            one = extract_attributes(feed.attributes, [row], [titles[row]], [languages[row]], net)
            single[row] = (one["quantities"][0], one["variants"][0])
        except Exception as error:
            reasons.setdefault(row, []).append(note_error("the attributes", error))
    return single


def _feed(rows: Normalised, reading: Reading) -> Feed:
    """The rows as columns; of a feed whose rows have keys of their own, the most frequent ones."""
    counts = Counter(name for cells in rows.attributes for name in cells)
    fewest = len(rows.numbers) * _FREQUENT if len(counts) > _MANY_COLUMNS else 0
    names = sorted(name for name, count in counts.most_common(_MAX_COLUMNS) if count >= fewest or name in ATTRIBUTES)
    attributes = {name: [cells.get(name) for cells in rows.attributes] for name in names}
    columns = {name: rows.columns[name] for name in CONTENT if name not in {"price"}}
    return Feed(reading.source, rows.numbers, columns, attributes)


def _offers(
    rows: Normalised,
    failing: dict[str, list[int]],
    extracted: dict[int, tuple[list[Any], list[Any]]],
    kept: Sequence[int],
    catalog: str,
) -> pa.Table:
    columns = rows.columns
    warnings: dict[int, list[str]] = {}
    for rule in ROW_RULES:
        if rule.severity == "warning":
            for row in failing[rule.name]:
                warnings.setdefault(row, []).append(rule.sentence(columns, row))
    for row in failing["currency is of ISO 4217"]:
        columns["currency"][row] = None
    table: dict[str, Any] = {
        name: [columns[name][row] for row in kept]
        for name in ("offer_id", *CONTENT, *FURTHER, "language_confidence", "updated_at", "attributes", "content_hash")
    }
    table["quantities"] = [_finite(extracted[row][0]) for row in kept]
    table["variants"] = [extracted[row][1] for row in kept]
    table["catalog"] = [catalog] * len(kept)
    table["warnings"] = [warnings.get(row, []) for row in kept]
    table["row"] = [rows.numbers[row] for row in kept]
    table["updated"] = [moment.timestamp() if (moment := columns["updated_at"][row]) else -math.inf for row in kept]
    table["filled"] = [sum(columns[name][row] is not None for name in (*CONTENT, "attributes")) for row in kept]
    arrays = [pa.array(table[column.name], type=column.type) for column in WIDE]
    return pa.Table.from_arrays(arrays, schema=WIDE)


def _finite(quantities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # A number of 308 digits before a unit becomes infinite, which no JSON column holds.
    return [one for one in quantities if math.isfinite(one["value"]) and abs(one["value"]) < 1e15]


def _figures(rows: Normalised, kept: Sequence[int], portion: Portion) -> Counter[str]:
    columns = rows.columns
    figures: Counter[str] = Counter()
    figures["rows"] = len(rows.numbers) + len(portion.malformed)
    figures["missing titles"] = columns["title"].count(None)
    figures["placeholder gtins"] = rows.placeholders
    figures["doubtful languages"] = sum(columns["language_confidence"][row] < MIN_CONFIDENCE for row in kept)
    for row in kept:
        figures[f"language {columns['language'][row]}"] += 1
        if columns["currency"][row]:
            figures[f"currency {columns['currency'][row]}"] += 1
    return figures
