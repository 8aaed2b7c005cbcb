"""Offer texts become vectors; texts seen before come from the cache."""

import dagster as dg

from pipelines.defs.ingest import offers
from pipelines.resources import RunSetup, metadata


@dg.asset(group_name="align", kinds={"numpy", "parquet"}, deps=[offers], pool="gpu")
def embeddings(setup: RunSetup) -> dg.MaterializeResult:
    """One unit vector an offer."""
    with setup.job() as job:
        return dg.MaterializeResult(metadata=metadata(job.embed()))
