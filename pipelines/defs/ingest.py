"""Catalogs in, checked offers out.

Bad rows never stop a run: they lie in `quarantine.parquet` with their reasons, and the check says how many there are.
"""

from collections.abc import Iterator

import dagster as dg

from pipelines.resources import RunSetup, metadata


@dg.asset(
    group_name="align",
    kinds={"pandas", "parquet"},
    check_specs=[dg.AssetCheckSpec("expectations", asset="offers", description="Great Expectations on every row.")],
)
def offers(setup: RunSetup) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Offers of all catalogs in one shape; bad rows quarantined with their reasons."""
    with setup.job() as job:
        result = job.ingest()
    yield dg.MaterializeResult(metadata=metadata(result))
    expectations = result.facts["expectations"]
    yield dg.AssetCheckResult(
        check_name="expectations",
        passed=all(expectation["success"] for expectation in expectations),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"expectations": expectations, "quarantined": result.facts["quarantined"]},
    )
