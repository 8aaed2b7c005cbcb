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
TITLE = pa.struct([("language", pa.string()), ("title", pa.string())])


def _field(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    """A column and what it means; Dagster, the docs and the report show the meaning from here."""
    return pa.field(name, kind, metadata={"description": meaning})


def _table(meaning: str, *fields: pa.Field) -> pa.Schema:
    return pa.schema(fields, metadata={"description": meaning})


def description(of: pa.Schema | pa.Field) -> str:
    """What a table or a column means; empty where nothing is said."""
    return str((of.metadata or {}).get(b"description", b"").decode())


KEY = (
    _field("catalog", pa.string(), "The feed that lists the offer."),
    _field("offer_id", pa.string(), "The row's id in its catalog, as text."),
)
PAIR = (
    _field("left_catalog", NAME, "Catalog of the offer with the smaller key."),
    _field("left_offer_id", NAME, "Id of that offer in its catalog."),
    _field("right_catalog", NAME, "Catalog of the offer with the larger key."),
    _field("right_offer_id", NAME, "Id of that offer in its catalog."),
)
PAIR_NAMES = tuple(field.name for field in PAIR)
_PROBABILITY = _field("probability", pa.float32(), "Match probability after calibration; thresholds read this.")

OFFERS = _table(
    "Every good row of every catalog in one shape.",
    *KEY,
    _field("language", pa.string(), "BCP 47 tag; detected where the feed does not say it."),
    _field("language_confidence", pa.float32(), "How sure the language is; 1 where the feed or the settings say it."),
    _field("title", pa.string(), "Name of the product as the catalog gives it."),
    _field("further_titles", pa.list_(TITLE), "Names in other languages, such as those of other store views."),
    _field("brand", pa.string(), "Brand or manufacturer."),
    _field("description", pa.string(), "Text about the product, without markup."),
    _field("category", pa.string(), "Path in the catalog's own tree of categories."),
    _field("price", pa.float64(), "Amount in `currency`."),
    _field("currency", pa.string(), "ISO 4217 code of the price."),
    _field("gtin", pa.string(), "Global trade item number, 14 digits with a valid check digit."),
    _field("further_gtins", pa.list_(pa.string()), "Further GTINs, such as those of earlier packagings."),
    _field("mpn", pa.string(), "Manufacturer's part number."),
    _field("url", pa.string(), "Page of the offer."),
    _field("image_url", pa.string(), "Picture of the offer."),
    _field("updated_at", pa.timestamp("us", tz="UTC"), "When the catalog last changed the row."),
    _field("attributes", pa.string(), "JSON of the columns that have no name of their own here."),
    _field("quantities", pa.list_(QUANTITY), "Sizes in base units and counts, from the title and the size columns."),
    _field("variants", pa.list_(VARIANT), "Colour, plug, voltage, edition, kind and other variant attributes."),
    _field("warnings", pa.list_(pa.string()), "Values that were left out, and why."),
    _field("content_hash", pa.string(), "Hash of everything but `updated_at`."),
)
QUARANTINE = _table(
    "Every bad row of every catalog with its reasons.",
    KEY[0],
    _field("row", pa.int64(), "Where the row stands in the feed, from 1; the header counts."),
    KEY[1],
    _field("reasons", pa.list_(pa.string()), "Why the row was set aside."),
    _field("raw", pa.string(), "JSON of the row as it stands in the feed."),
)
CANDIDATES = _table(
    "Candidate pairs: pairs of offers worth scoring.",
    *PAIR,
    _field("channels", pa.list_(NAME), "Ways in which blocking found the pair."),
    _field("rank", pa.int32(), "How near the search found the pair, from 1: each offer is the other's best."),
)
FORBIDDEN = _table(
    "Pairs that blocking found and a guard forbids: they are not scored.",
    *PAIR,
    _field("reason", NAME, "guard:NAME."),
    _field("detail", pa.string(), "What conflicts, such as volume 330 against 500."),
)
SCORES = _table(
    "Raw score and match probability of every candidate pair.",
    *PAIR,
    _field("raw_score", pa.float32(), "As the model returned it."),
    _PROBABILITY,
    _field("probability_low", pa.float32(), "The lowest that another run of the same scorer may give."),
    _field("probability_high", pa.float32(), "The highest that another run of the same scorer may give."),
    _field("scorer", NAME, "Fingerprint of the scorer: engine, model, revision and precision."),
)
DECISIONS = _table(
    "What becomes of every scored pair, and why.",
    *PAIR,
    _PROBABILITY,
    _field("decision", NAME, "auto_merge, review or reject."),
    _field("reason", NAME, "threshold, within_spread, guard:NAME, uncalibrated:NAME or reviewer."),
    _field("detail", pa.string(), "The numbers behind the reason."),
)
CLUSTERS = _table(
    "The SKU of every offer.", *KEY, _field("sku_id", pa.string(), "Id of the product; it survives from run to run.")
)
REFUSED = _table(
    "Edges of the clustering that a constraint refused.",
    *PAIR,
    _PROBABILITY,
    _field("reason", NAME, "Name of the constraint."),
    _field("detail", pa.string(), "The offending pair and what it violates."),
)
VERDICTS = _table(
    "Reviewers' latest verdict on each pair.",
    *PAIR,
    _field("verdict", pa.string(), "same or different."),
    _field("reviewer", pa.string(), "Who decided."),
    _field("note", pa.string(), "Why, in the reviewer's words."),
    _field("reviewed_at", pa.string(), "When, ISO 8601 in UTC."),
)
PREVIOUS = _table(
    "What is live: the SKU of every published offer.",
    *KEY,
    _field("sku_id", pa.string(), "Id of the product."),
    _field("since", pa.int64(), "Publication that first put the offer into this SKU."),
    _field("content_hash", pa.string(), "Hash of the offer as it was published."),
)
EVENTS = _table(
    "What happened to SKU ids against the live publication.",
    _field("event", pa.string(), "created, restored, joined, left, split, merged or retired."),
    _field("sku_id", pa.string(), "The SKU that it happened to."),
    _field("other_sku_id", pa.string(), "The SKU on the other side of a move, a split or a merge."),
    *KEY,
    _field("cause", pa.string(), "What brought it about."),
)
_VECTOR = "Embedding of the offer's text, unit length; zero where there is no text."

TABLES: Mapping[str, pa.Schema] = {
    "offers": OFFERS,
    "quarantine": QUARANTINE,
    "candidates": CANDIDATES,
    "forbidden": FORBIDDEN,
    "scores": SCORES,
    "decisions": DECISIONS,
    "clusters": CLUSTERS,
    "refused_edges": REFUSED,
    "events": EVENTS,
}


def embeddings_schema(dimension: int) -> pa.Schema:
    """Schema of the embeddings table for vectors of `dimension` half precision values, unit length."""
    vector = _field("vector", pa.list_(pa.float16(), dimension), _VECTOR)
    return _table("One unit vector for each offer.", *KEY, vector)


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
