"""What the Dagster UI shows: a list, nothing more."""

import dagster as dg

from .defs import block, cluster, decide, embed, ingest, publish, report, review, score, verdicts
from .resources import RunSetup
from .schedules import align, nightly, reviewed
from .sensors import catalog_changes, returned_reviews

defs = dg.Definitions(
    assets=[
        ingest.ingest,
        embed.embed,
        block.block,
        score.score,
        verdicts.verdicts,
        decide.decide,
        cluster.cluster,
        review.review,
        publish.publish,
        report.report,
    ],
    jobs=[align, reviewed],
    schedules=[nightly],
    sensors=[catalog_changes, returned_reviews],
    resources={"setup": RunSetup(), "pipes": dg.PipesSubprocessClient()},
    # The flow is a line and scoring has a process of its own: a process a step would only import everything again.
    executor=dg.in_process_executor,
)
