"""Thresholds, guards and reviewers' verdicts; a reviewer's word stands above all."""

import dagster as dg

from pipelines.defs.ingest import offers
from pipelines.defs.score import scores
from pipelines.resources import RunSetup, metadata


@dg.asset(group_name="align", kinds={"pandas", "parquet"}, deps=[offers, scores])
def decisions(setup: RunSetup) -> dg.MaterializeResult:
    """Every scored pair: auto_merge, review or reject, with its reason."""
    with setup.job() as job:
        return dg.MaterializeResult(metadata=metadata(job.decide()))
