"""Doubtful pairs go to a person as a CSV."""

import dagster as dg

from pipelines.defs.decide import decisions
from pipelines.defs.ingest import offers
from pipelines.resources import RunSetup, materialized


@dg.asset(group_name="align", kinds={"csv"}, deps=[offers, decisions])
def review_questions(setup: RunSetup) -> dg.MaterializeResult:
    """`review.csv`: one row a question; a filled-in copy goes into the folder `returned` beside it."""
    with setup.job() as job:
        return materialized(job.export_review())
