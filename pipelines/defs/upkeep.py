"""What keeps a deployment in order beside the flow: a blind sample for the certificate, and room on the disks."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from sku_align.folder import RunFolder
from sku_align.review.audit import draw_sample

from ..policy import OWNERS, RETRIES
from ..resources import RunSetup
from ..retention import forget_runs, forget_unused


class SampleConfig(dg.Config):
    """How much a team of reviewers can answer in a month."""

    size: int = 100


class RetentionConfig(dg.Config):
    """How long history is kept."""

    days: int = 90


@dg.asset(deps=["decisions", "clusters"], group_name="upkeep", kinds={"csv"}, owners=OWNERS, retry_policy=RETRIES)
def audit_sample(config: SampleConfig, setup: RunSetup) -> dg.MaterializeResult:
    """`audit.csv`: a blind sample of SKUs and near pairs; answered and applied it gives the certificate."""
    with setup.run() as run:
        # Every month another sample, and the same one where the run is tried again.
        today = run.now()
        drawn = draw_sample(run.folder, config.size, today.year * 12 + today.month, run.store)
    return dg.MaterializeResult(
        metadata={
            "sheet": dg.MetadataValue.path(str(drawn.sheet)),
            "questions": drawn.questions,
            "skus": drawn.skus,
            "near_pairs": drawn.near,
            "known_from_earlier_answers": drawn.known,
        }
    )


@dg.asset(group_name="upkeep", kinds={"parquet"}, owners=OWNERS, retry_policy=RETRIES)
def retention(context: dg.AssetExecutionContext, config: RetentionConfig, setup: RunSetup) -> dg.MaterializeResult:
    """Forgets old runs of Dagster, and caches of models that nobody used for as long. SKUs and verdicts stay."""
    before = datetime.now(UTC) - timedelta(days=config.days)
    return dg.MaterializeResult(
        metadata={
            "runs_forgotten": forget_runs(context.instance, before),
            "mb_freed": forget_unused(RunFolder(Path(setup.out)).work, before),
        }
    )
