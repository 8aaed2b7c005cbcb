"""What the Dagster UI shows: a list, nothing more."""

import dagster as dg

from pipelines.defs import block as block_stage
from pipelines.defs import cluster, decide, embed, ingest, publish, review, score
from pipelines.resources import RunSetup
from pipelines.schedules import align, nightly

defs = dg.Definitions(
    assets=[
        ingest.offers,
        embed.embeddings,
        block_stage.candidates,
        score.scores,
        decide.decisions,
        cluster.clusters,
        review.review_questions,
        publish.publication,
    ],
    jobs=[align],
    schedules=[nightly],
    resources={"setup": RunSetup.from_environment(), "pipes": dg.PipesSubprocessClient()},
)
