"""Every table that crosses a stage border, declared once.

Stages take and return `pyarrow.Table`s of these schemas. Pair tables name both offers by (catalog, offer_id) with
left < right, so that a pair stands once; their id columns are dictionary-encoded, because a run may hold tens of
millions of pairs over one million offers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

NAME = pa.dictionary(pa.int32(), pa.string())
QUANTITY = pa.struct([("dimension", pa.string()), ("value", pa.float64())])
VARIANT = pa.struct([("attribute", pa.string()), ("value", pa.string())])
PAIR = [("left_catalog", NAME), ("left_offer_id", NAME), ("right_catalog", NAME), ("right_offer_id", NAME)]
KEY = [("catalog", pa.string()), ("offer_id", pa.string())]
_TABLE = 1 << 26

OFFERS = pa.schema(
    [
        *KEY,
        ("language", pa.string()),
        ("title", pa.string()),
        ("brand", pa.string()),
        ("description", pa.string()),
        ("category", pa.string()),
        ("price", pa.float64()),
        ("currency", pa.string()),
        ("gtin", pa.string()),
        ("mpn", pa.string()),
        ("url", pa.string()),
        ("image_url", pa.string()),
        ("updated_at", pa.timestamp("us", tz="UTC")),
        ("attributes", pa.string()),
        ("quantities", pa.list_(QUANTITY)),
        ("variants", pa.list_(VARIANT)),
        ("warnings", pa.list_(pa.string())),
        ("content_hash", pa.string()),
    ]
)
QUARANTINE = pa.schema(
    [
        ("catalog", pa.string()),
        ("row", pa.int64()),
        ("offer_id", pa.string()),
        ("reasons", pa.list_(pa.string())),
        ("raw", pa.string()),
    ]
)
CANDIDATES = pa.schema([*PAIR, ("channels", pa.list_(NAME)), ("rank", pa.int32())])
SCORES = pa.schema([*PAIR, ("raw_score", pa.float32()), ("probability", pa.float32()), ("scorer", NAME)])
DECISIONS = pa.schema(
    [*PAIR, ("probability", pa.float32()), ("decision", NAME), ("reason", NAME), ("detail", pa.string())]
)
CLUSTERS = pa.schema([*KEY, ("sku_id", pa.string())])
REFUSED = pa.schema([*PAIR, ("probability", pa.float32()), ("reason", NAME), ("detail", pa.string())])
VERDICTS = pa.schema(
    [*PAIR, ("verdict", pa.string()), ("reviewer", pa.string()), ("note", pa.string()), ("reviewed_at", pa.string())]
)
PREVIOUS = pa.schema([*KEY, ("sku_id", pa.string()), ("since", pa.int64()), ("content_hash", pa.string())])
EVENTS = pa.schema(
    [
        ("event", pa.string()),
        ("sku_id", pa.string()),
        ("other_sku_id", pa.string()),
        ("catalog", pa.string()),
        ("offer_id", pa.string()),
        ("cause", pa.string()),
    ]
)

TABLES: Mapping[str, pa.Schema] = {
    "offers": OFFERS,
    "quarantine": QUARANTINE,
    "candidates": CANDIDATES,
    "scores": SCORES,
    "decisions": DECISIONS,
    "clusters": CLUSTERS,
    "refused_edges": REFUSED,
    "events": EVENTS,
}


def embeddings_schema(dimension: int) -> pa.Schema:
    """Schema of the embeddings table for vectors of `dimension` half precision values, unit length."""
    return pa.schema([*KEY, ("vector", pa.list_(pa.float16(), dimension))])


def conform(columns: pa.Table | Mapping[str, Any] | Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Cast columns to a schema: right order, right types, nulls where a column is absent.

    Args:
        columns: A table, a mapping of column name to values, or a list of row mappings.
        schema: One of this module's schemas.

    Returns:
        A table of exactly `schema`.

    Raises:
        ValueError: A column is not in the schema, which is a programming error.
    """
    if not isinstance(columns, pa.Table):
        if not isinstance(columns, Mapping):
            return pa.Table.from_pylist(list(columns), schema=schema)
        columns = pa.table(dict(columns))
    if extra := set(columns.column_names) - set(schema.names):
        raise ValueError(f"columns {sorted(extra)} are not in the schema")
    arrays = [
        columns[field.name].cast(field.type)
        if field.name in columns.column_names
        else pa.nulls(len(columns), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def sort_offers(offers: pa.Table) -> pa.Table:
    """Sort offers by key, so that a smaller row number means a smaller key."""
    return offers.sort_by([("catalog", "ascending"), ("offer_id", "ascending")])


def pair_columns(offers: pa.Table, left: NDArray[np.integer[Any]], right: NDArray[np.integer[Any]]) -> dict[str, Any]:
    """The four id columns of a pair table, from row numbers.

    Args:
        offers: Offers sorted by key, length n.
        left: Row numbers into `offers`, shape (m,).
        right: Row numbers into `offers`, shape (m,); in every pair the smaller number becomes the left side.

    Returns:
        `left_catalog`, `left_offer_id`, `right_catalog` and `right_offer_id` as dictionary arrays of length m.
    """
    low, high = np.minimum(left, right), np.maximum(left, right)
    catalogs = pc.dictionary_encode(offers["catalog"].combine_chunks())
    ids = pc.dictionary_encode(offers["offer_id"].combine_chunks())
    columns = {}
    for side, rows in (("left", low), ("right", high)):
        for name, encoded in (("catalog", catalogs), ("offer_id", ids)):
            codes = encoded.indices.to_numpy()[rows].astype(np.int32)
            columns[f"{side}_{name}"] = pa.DictionaryArray.from_arrays(codes, encoded.dictionary)
    return columns


def pair_rows(offers: pa.Table, pairs: pa.Table) -> NDArray[np.int64]:
    """Row numbers of both sides of each pair, the inverse of `pair_columns`.

    Args:
        offers: Offers with unique keys, length n.
        pairs: Any pair table, length m.

    Returns:
        Row numbers into `offers`, shape (m, 2); -1 where an offer is not in `offers`.
    """
    catalog, offer_id = numbered(offers["catalog"]), numbered(offers["offer_id"])
    width = len(offer_id[1])
    row = _by_number(catalog[0] * width + offer_id[0], len(catalog[1]) * width)
    sides = []
    for side in ("left", "right"):
        wanted_catalog = _recode(pairs[f"{side}_catalog"], catalog[1])
        wanted_id = _recode(pairs[f"{side}_offer_id"], offer_id[1])
        known = (wanted_catalog >= 0) & (wanted_id >= 0)
        sides.append(row(np.where(known, wanted_catalog * width + wanted_id, -1)))
    return np.stack(sides, axis=1).astype(np.int64)


def pair_codes(rows: NDArray[np.integer[Any]], offers: int) -> NDArray[np.int64]:
    """One number for each pair of row numbers below `offers`, whichever side is which, in the order of the pairs."""
    return np.asarray(rows.min(axis=1).astype(np.int64) * max(offers, 1) + rows.max(axis=1))


def pair_positions(rows: NDArray[np.integer[Any]], wanted: NDArray[np.integer[Any]], offers: int) -> NDArray[np.int64]:
    """Where each wanted pair first stands among `rows`, shape (m,); -1 where it does not, or an offer is unknown (-1).

    Args:
        rows: Row numbers below `offers`, shape (k, 2).
        wanted: Row numbers, shape (m, 2).
        offers: How many offers there are.
    """
    keys, sought = pair_codes(rows, offers), pair_codes(wanted, offers)
    order = np.argsort(keys, kind="stable")
    ordered, place = np.append(keys[order], -1), np.append(order, -1)
    at = np.searchsorted(ordered[:-1], sought)
    return np.where((wanted >= 0).all(axis=1) & (ordered[at] == sought), place[at], -1)


def _by_number(numbers: NDArray[np.int64], limit: int) -> Callable[[NDArray[np.int64]], NDArray[Any]]:
    """Look-up of the position of a number among unique `numbers` below `limit`; -1 where there is none, as for -1."""
    if limit <= _TABLE:
        table = np.full(limit + 1, -1, dtype=np.int32)
        table[numbers] = np.arange(len(numbers))
        return lambda wanted: table[wanted]
    order = np.argsort(numbers)
    ordered = np.append(numbers[order], limit)

    def find(wanted: NDArray[np.int64]) -> NDArray[Any]:
        at = np.searchsorted(ordered, wanted)
        return np.where(ordered[at] == wanted, np.append(order, -1)[at], -1)

    return find


def numbered(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.Array]:
    """Number the values of a column in the order they appear, and give the values by number."""
    encoded = pc.dictionary_encode(column.combine_chunks())
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary


def _recode(column: pa.ChunkedArray, dictionary: pa.Array) -> NDArray[np.int64]:
    parts = [np.zeros(0, dtype=np.int64)]
    for chunk in column.chunks:
        encoded = chunk if isinstance(chunk, pa.DictionaryArray) else pc.dictionary_encode(chunk)
        position = pc.fill_null(pc.index_in(encoded.dictionary, dictionary), -1).to_numpy().astype(np.int64)
        parts.append(position[encoded.indices.to_numpy(zero_copy_only=False)] if len(encoded) else parts[0])
    return np.concatenate(parts)
