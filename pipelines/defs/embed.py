"""Offer texts become vectors; texts seen before come from the cache."""

import dagster as dg

from pipelines.defs.ingest import offers
from pipelines.policy import RETRIES
from pipelines.resources import RunSetup, materialized


@dg.asset(group_name="align", kinds={"numpy", "parquet"}, deps=[offers], pool="gpu", retry_policy=RETRIES)
def embeddings(setup: RunSetup) -> dg.MaterializeResult:
    """One unit vector an offer."""
    with setup.job() as job:
        return materialized(job.embed())
