"""What holds for every asset, applied in one place: owner, code version, columns, and what may be tried again."""

from collections.abc import Iterable

import dagster as dg
import pyarrow as pa

from sku_align import schema
from sku_align.folder import code_version
from sku_align.review.sheet import COLUMNS

# Only failures that may pass by themselves allow it (see `RunSetup.job`): a database away, a GPU held, a dead engine.
RETRIES = dg.RetryPolicy(max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)

_MEANING = {
    "catalog": "The feed.",
    "offer_id": "The row's id in its catalog, as text.",
    "language": "BCP 47; detected where the feed is silent.",
    "gtin": "14 digits, check digit proven.",
    "attributes": "JSON of the columns that have no name of their own here.",
    "quantities": "Sizes in base units and counts, from the title and size columns.",
    "variants": "Colour, plug, voltage, edition and the like.",
    "warnings": "Values that were left out, and why.",
    "content_hash": "Of everything but `updated_at`.",
    "reasons": "Why the row was set aside.",
    "channels": "Ways in which blocking found the pair.",
    "rank": "1: each offer is the other's best.",
    "raw_score": "As the model returned it.",
    "probability": "After calibration; thresholds read this.",
    "scorer": "Engine, model, revision and precision.",
    "decision": "auto_merge, review or reject.",
    "reason": "threshold, guard:NAME, uncalibrated:NAME or reviewer.",
    "detail": "The numbers behind the reason.",
    "sku_id": "Survives from run to run.",
    "verdict": "For the reviewer: same or different.",
}
_COLUMNS: dict[str, pa.Schema] = {
    **schema.TABLES,
    "embeddings": pa.schema([*schema.KEY, ("vector", pa.list_(pa.float32()))]),
    "review_questions": pa.schema([(name, pa.string()) for name in COLUMNS]),
    "verdicts": schema.VERDICTS,
}


def with_policy(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The spec with its owner, the version of the code that makes it, and its columns."""
    columns = _COLUMNS.get(spec.key.to_user_string())
    shown = {"dagster/column_schema": _table_schema(columns)} if columns else {}
    return spec.replace_attributes(
        owners=["team:data-engineering"], code_version=code_version(), metadata={**spec.metadata, **shown}
    )


def _table_schema(columns: Iterable[pa.Field]) -> dg.TableSchema:
    def kind(field: pa.Field) -> str:
        return str(field.type.value_type if pa.types.is_dictionary(field.type) else field.type)

    return dg.TableSchema([dg.TableColumn(field.name, kind(field), _MEANING.get(field.name)) for field in columns])
