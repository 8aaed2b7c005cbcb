"""What the Dagster UI shows: a list, nothing more."""

import dagster as dg

from pipelines.defs import block as block_stage
from pipelines.defs import cluster, decide, embed, ingest, publish, returned, review, score
from pipelines.policy import with_policy
from pipelines.resources import RunSetup
from pipelines.schedules import align, nightly, reviewed
from pipelines.sensors import catalog_changes, returned_reviews

ASSETS = [
    ingest.offers,
    embed.embeddings,
    block_stage.candidates,
    score.scores,
    returned.verdicts,
    decide.decisions,
    cluster.clusters,
    review.review_questions,
    publish.publication,
]

defs = dg.Definitions(
    assets=dg.map_asset_specs(with_policy, ASSETS),
    jobs=[align, reviewed],
    schedules=[nightly],
    sensors=[catalog_changes, returned_reviews],
    resources={"setup": RunSetup(), "pipes": dg.PipesSubprocessClient()},
    # The flow is a line and scoring has a process of its own: a process a step would only import everything again.
    executor=dg.in_process_executor,
)
