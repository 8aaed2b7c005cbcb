"""Write, audit, publish: storefronts see the last run or this one, never a mixture, and never a failed audit."""

from datetime import UTC, datetime

import dagster as dg

from pipelines.defs.cluster import clusters
from pipelines.resources import RunSetup


class PublishConfig(dg.Config):
    """What the person who starts the run may allow."""

    accept_churn: bool = False


@dg.asset(group_name="align", kinds={"sqlalchemy"}, deps=[clusters], pool="publication")
def publication(config: PublishConfig, setup: RunSetup) -> dg.MaterializeResult:
    """What the storefront views show."""
    with setup.job() as job:
        published = job.publish(datetime.now(UTC), config.accept_churn)
    return dg.MaterializeResult(metadata={"publication_id": published.publication_id})
