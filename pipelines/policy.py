"""What holds for every asset, in one place: keys, deps, owner, code version, columns, and what may be tried again.

All of it comes from the declared stages, so that the asset graph is the data flow.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import dagster as dg
import pyarrow as pa

from sku_align import schema
from sku_align.review.sheet import COLUMNS
from sku_align.stages import BY_NAME

# Only failures that may pass by themselves allow it (see `RunSetup.run`): a database away, a GPU held, a dead engine.
RETRIES = dg.RetryPolicy(max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)

OWNERS = ["team:data-engineering"]
_COLUMNS: dict[str, pa.Schema] = {
    **schema.TABLES,
    "embeddings": schema.embeddings_schema(512),
    "review_questions": pa.schema([(name, pa.string()) for name in COLUMNS]),
    "verdicts": schema.VERDICTS,
}


def stage_assets(
    stage: str, kinds: Iterable[str], checks: Sequence[dg.AssetCheckSpec] = (), pool: str | None = None, **more: Any
) -> Callable[..., dg.AssetsDefinition]:
    """Decorator of the function that runs a declared stage: one asset for each table that the stage writes.

    Args:
        stage: Name of the stage; it gives keys, deps, descriptions, columns and the version of the code.
        kinds: What runs in it, shown as tags in the UI.
        checks: Checks of its assets.
        pool: Pool that its step takes a place in.
        more: Attributes of each asset, such as a freshness policy.
    """
    declared = BY_NAME[stage]
    specs = [
        dg.AssetSpec(
            name,
            deps=list(declared.reads),
            description=_describe(name) or declared.does,
            group_name="align",
            kinds={*kinds},
            owners=OWNERS,
            code_version=declared.code_version,
            metadata=_columns(name),
            **more,
        )
        for name in declared.writes
    ]
    return dg.multi_asset(name=stage, specs=specs, check_specs=checks, pool=pool, retry_policy=RETRIES)


def _describe(table: str) -> str:
    return schema.description(_COLUMNS[table]) if table in _COLUMNS else ""


def _columns(table: str) -> dict[str, Any]:
    def kind(field: pa.Field) -> str:
        return str(field.type.value_type if pa.types.is_dictionary(field.type) else field.type)

    if table not in _COLUMNS:
        return {}
    columns = [dg.TableColumn(each.name, kind(each), schema.description(each) or None) for each in _COLUMNS[table]]
    return {"dagster/column_schema": dg.TableSchema(columns)}
