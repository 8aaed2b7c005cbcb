"""Doubtful pairs go to a person as a CSV."""

from collections.abc import Iterator

import dagster as dg

from ..policy import stage_assets
from ..resources import RunSetup, materialized


@stage_assets("review", kinds={"csv"})
def review(setup: RunSetup) -> Iterator[dg.MaterializeResult]:
    """`review.csv`: one row per question; a filled-in copy goes into the folder `returned` beside it."""
    with setup.run() as run:
        yield from materialized(run.do("review"))
