"""Write, audit, publish: storefronts see the last run or this one, never a mixture, and never a failed audit."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from pipelines.defs.cluster import clusters
from pipelines.resources import RunSetup
from sku_align.store.audits import Audit, AuditError


class PublishConfig(dg.Config):
    """What the person who starts the run may allow."""

    accept_churn: bool = False


@dg.asset(
    group_name="align",
    kinds={"sqlalchemy"},
    deps=[clusters],
    pool="publication",
    check_specs=[dg.AssetCheckSpec("audits", asset="publication", description="What was asked before it went live.")],
)
def publication(
    context: dg.AssetExecutionContext, config: PublishConfig, setup: RunSetup
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What the storefront views show."""
    with setup.job() as job:
        try:
            published = job.publish(datetime.now(UTC), config.accept_churn, context.run_id)
        except AuditError as error:
            yield _check(error.audits)
            raise
    yield _check(published.audits)
    figures = {"publication_id": published.publication_id, "offers": published.offers, "skus": published.skus}
    yield dg.MaterializeResult(metadata=figures)


def _check(audits: tuple[Audit, ...]) -> dg.AssetCheckResult:
    asked = [{"audit": audit.name, "passed": audit.passed, "found": audit.detail} for audit in audits]
    return dg.AssetCheckResult(
        check_name="audits", passed=all(audit.passed for audit in audits), metadata={"audits": asked}
    )
