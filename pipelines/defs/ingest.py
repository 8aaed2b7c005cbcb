"""Catalogs in, checked offers out.

Bad rows never stop a run: they lie in `quarantine.parquet` with their reasons, and the checks say how many there are.
"""

from collections.abc import Iterator

import dagster as dg

from sku_align.report import Section, findings
from sku_align.running import StageResult

from ..policy import stage_assets
from ..resources import RunSetup, materialized, tables


@stage_assets(
    "ingest",
    kinds={"pandas", "parquet"},
    checks=[
        dg.AssetCheckSpec("expectations", asset="offers", description="Great Expectations on every row of every feed."),
        dg.AssetCheckSpec("no_catalog_is_lost", asset="offers", description="Every catalog has a good row."),
    ],
)
def ingest(setup: RunSetup) -> Iterator[dg.MaterializeResult]:
    """Offers of all catalogs in one shape; bad rows quarantined with their reasons."""
    with setup.run() as run:
        result = run.do("ingest")
        offers, quarantine = run.folder.read("offers"), run.folder.read("quarantine")
        yield from materialized(
            result,
            [_expectations(result), _no_catalog_is_lost(result)],
            catalogs=findings.catalogs(offers, quarantine),
            remarks=findings.remarks(result.facts),
            values_left_out=findings.dropped_values(offers),
            quarantine__quarantined_rows=findings.quarantine(quarantine),
        )


def _expectations(result: StageResult) -> dg.AssetCheckResult:
    asked = result.facts["expectations"]
    failed = [
        [e["catalog"], e["name"], e["severity"], f"{e['failed']:,}", f"{e['rows']:,}"] for e in asked if e["failed"]
    ]
    heads = ("catalog", "expectation", "severity", "failed rows", "of")
    table = Section("Expectations that rows fail", heads, failed, frozenset({3, 4}))
    return dg.AssetCheckResult(
        check_name="expectations",
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(asked) - len(failed)} of {len(asked)} hold; rows that fail an error are in quarantine.",
        metadata=tables(failed=table) if failed else {},
    )


def _no_catalog_is_lost(result: StageResult) -> dg.AssetCheckResult:
    read = {expectation["catalog"] for expectation in result.facts["expectations"]}
    lost = sorted(read - set(result.facts["per_catalog"]))
    return dg.AssetCheckResult(
        check_name="no_catalog_is_lost",
        passed=not lost,
        description=f"Every row of {', '.join(lost)} is in quarantine." if lost else f"All {len(read)} have offers.",
    )
