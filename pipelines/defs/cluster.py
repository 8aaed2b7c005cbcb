"""Decisions become SKUs whose ids survive runs."""

from collections import Counter

import dagster as dg
import pyarrow as pa

from pipelines.defs.decide import decisions
from pipelines.defs.ingest import offers
from pipelines.policy import RETRIES
from pipelines.resources import RunSetup, materialized
from sku_align.report import findings


@dg.asset(
    group_name="align",
    kinds={"scipy", "parquet"},
    deps=[offers, decisions],
    retry_policy=RETRIES,
    check_specs=[
        dg.AssetCheckSpec("no_sku_is_too_large", asset="clusters", description="Strangers chained together look so.")
    ],
)
def clusters(setup: RunSetup) -> dg.MaterializeResult:
    """The SKU of every offer."""
    with setup.job() as job:
        result = job.cluster()
        offers, table = job.folder.read("offers"), job.folder.read("clusters")
        return materialized(
            result,
            [_no_sku_is_too_large(table, job.settings.publishing.max_sku_size)],
            merged_examples=findings.merges(offers, table, 5),
            refused_merges=findings.refused(job.folder.read("refused_edges")),
        )


def _no_sku_is_too_large(clusters: pa.Table, limit: int) -> dg.AssetCheckResult:
    sku, size = max(Counter(clusters["sku_id"].to_pylist()).items(), key=lambda entry: entry[1], default=("none", 0))
    return dg.AssetCheckResult(
        check_name="no_sku_is_too_large",
        passed=size <= limit,
        description=f"The largest, {sku}, holds {size:,} offers; the limit is {limit:,} (publishing.max_sku_size).",
        metadata={"largest": size, "limit": limit},
    )
