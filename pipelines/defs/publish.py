"""Write, audit, publish: storefronts see the last run or this one, never a mixture, and never a failed audit."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines.defs.cluster import clusters
from pipelines.policy import RETRIES
from pipelines.resources import RunSetup, tables
from sku_align.report import findings
from sku_align.store.audits import Audit, AuditError


class PublishConfig(dg.Config):
    """What the person who starts the run may allow."""

    accept_churn: bool = False


@dg.asset(
    group_name="align",
    kinds={"sqlalchemy"},
    deps=[clusters],
    pool="publication",
    retry_policy=RETRIES,
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26)),
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
    figures = {
        "publication_id": published.publication_id,
        "skus": published.skus,
        "dagster/row_count": published.offers,
    }
    yield dg.MaterializeResult(metadata=figures, check_results=[_check(published.audits)])


def _check(audits: tuple[Audit, ...]) -> dg.AssetCheckResult:
    failed = [audit.detail for audit in audits if not audit.passed]
    return dg.AssetCheckResult(
        check_name="audits",
        passed=not failed,
        description="; ".join(failed) or f"All {len(audits)} passed.",
        metadata=tables(audits=findings.audits(audits)),
    )
