"""Decisions become SKUs whose ids survive runs."""

from collections import Counter
from collections.abc import Iterator

import dagster as dg
import pyarrow as pa

from sku_align.report import findings

from ..policy import stage_assets
from ..resources import RunSetup, materialized


@stage_assets(
    "cluster",
    kinds={"scipy", "parquet"},
    checks=[
        dg.AssetCheckSpec("no_sku_is_too_large", asset="clusters", description="Strangers chained together look so.")
    ],
)
def cluster(setup: RunSetup) -> Iterator[dg.MaterializeResult]:
    """The SKU of every offer, the edges that a constraint refused, and what happened to SKU ids."""
    with setup.run() as run:
        result = run.do("cluster")
        offers, table = run.folder.read("offers"), run.folder.read("clusters")
        yield from materialized(
            result,
            [_no_sku_is_too_large(table, run.settings.publishing.max_sku_size)],
            merged_examples=findings.merges(offers, table, 5),
            refused_edges__refused_merges=findings.refused(run.folder.read("refused_edges")),
        )


def _no_sku_is_too_large(clusters: pa.Table, limit: int) -> dg.AssetCheckResult:
    sku, size = max(Counter(clusters["sku_id"].to_pylist()).items(), key=lambda entry: entry[1], default=("none", 0))
    return dg.AssetCheckResult(
        check_name="no_sku_is_too_large",
        passed=size <= limit,
        description=f"The largest, {sku}, holds {size:,} offers; the limit is {limit:,} (publishing.max_sku_size).",
        metadata={"largest": size, "limit": limit},
    )
