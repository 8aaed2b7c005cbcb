"""Offer texts become vectors; texts seen before come from the cache."""

from collections.abc import Iterator

import dagster as dg

from ..policy import stage_assets
from ..resources import RunSetup, materialized


@stage_assets("embed", kinds={"numpy", "parquet"}, pool="gpu")
def embed(setup: RunSetup) -> Iterator[dg.MaterializeResult]:
    """One unit vector for each offer."""
    with setup.run() as run:
        yield from materialized(run.do("embed"))
