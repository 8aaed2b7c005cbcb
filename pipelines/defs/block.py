"""Candidate pairs: what blocking drops can never be merged, so what it loses is estimated in every run."""

import dagster as dg

from pipelines.defs.embed import embeddings
from pipelines.defs.ingest import offers
from pipelines.resources import RunSetup, metadata


@dg.asset(group_name="align", kinds={"duckdb", "parquet"}, deps=[offers, embeddings])
def candidates(setup: RunSetup) -> dg.MaterializeResult:
    """Pairs worth scoring, each with the channels that found it."""
    with setup.job() as job:
        return dg.MaterializeResult(metadata=metadata(job.block()))
