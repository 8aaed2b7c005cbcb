"""Every table that crosses a stage border, declared once.

Stages take and return `pyarrow.Table`s of these schemas. Pair tables name both offers by (catalog, offer_id) with
left < right, so that a pair stands once; their id columns are dictionary-encoded, because a run may hold tens of
millions of pairs over one million offers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

NAME = pa.dictionary(pa.int32(), pa.string())
QUANTITY = pa.struct([("dimension", pa.string()), ("value", pa.float64())])
VARIANT = pa.struct([("attribute", pa.string()), ("value", pa.string())])
PAIR = [("left_catalog", NAME), ("left_offer_id", NAME), ("right_catalog", NAME), ("right_offer_id", NAME)]
KEY = [("catalog", pa.string()), ("offer_id", pa.string())]

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
