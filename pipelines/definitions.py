"""What the Dagster UI shows: a list, nothing more."""

import dagster as dg

from .defs import block, cluster, decide, embed, feeds, ingest, publish, report, review, score, upkeep, verdicts
from .incidents import incidents
from .lineage import SENSORS as LINEAGE
from .resources import RunSetup
from .schedules import JOBS, SCHEDULES
from .sensors import catalog_changes, catalog_partitions, page_answers, returned_reviews

defs = dg.Definitions(
    assets=[
        feeds.feeds,
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
        upkeep.audit_sample,
        upkeep.retention,
    ],
    jobs=JOBS,
    schedules=SCHEDULES,
    sensors=[catalog_changes, catalog_partitions, incidents, page_answers, returned_reviews, *LINEAGE],
    resources={"setup": RunSetup(), "pipes": dg.PipesSubprocessClient()},
    # The flow is a line and scoring has a process of its own: a process a step would only import everything again.
    executor=dg.in_process_executor,
)
