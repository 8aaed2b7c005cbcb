"""Decisions become SKUs whose ids survive runs."""

import dagster as dg

from pipelines.defs.decide import decisions
from pipelines.defs.ingest import offers
from pipelines.resources import RunSetup, metadata


@dg.asset(group_name="align", kinds={"scipy", "parquet"}, deps=[offers, decisions])
def clusters(setup: RunSetup) -> dg.MaterializeResult:
    """The SKU of every offer."""
    with setup.job() as job:
        return dg.MaterializeResult(metadata=metadata(job.cluster()))
