"""Candidate pairs: what blocking drops can never be merged, so what it loses is estimated in every run."""

from collections.abc import Iterator

import dagster as dg

from sku_align.blocking.report import LossError
from sku_align.report import Section, findings

from ..policy import stage_assets
from ..resources import RunSetup, materialized, tables


@stage_assets(
    "block",
    kinds={"duckdb", "parquet"},
    checks=[
        dg.AssetCheckSpec(
            "pair_completeness",
            asset="candidates",
            description="Estimated share of the true pairs, by capture and recapture, against the settings' limit.",
        )
    ],
)
def block(setup: RunSetup) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Pairs worth scoring, each with the channels that found it."""
    with setup.run() as run:
        limit = run.settings.blocking.min_pair_completeness
        try:
            result = run.do("block")
        except LossError as error:
            yield _check(False, error.estimate, limit, findings.completeness(run.folder.facts("block")))
            raise
        by_domain = findings.completeness(result.facts)
        yield from materialized(result, [_check(True, result.facts["estimated_pair_completeness"], limit, by_domain)])


def _check(passed: bool, estimate: float | None, limit: float | None, by_domain: Section | None) -> dg.AssetCheckResult:
    shown = {"estimate": "too few pairs to go by" if estimate is None else estimate, "limit": limit or "none"}
    return dg.AssetCheckResult(
        check_name="pair_completeness", passed=passed, metadata={**shown, **tables(by_domain=by_domain)}
    )
