"""What runs, and when: by hand, every night, week and month; sensors add what changed files and answers call for.

All of it is off until somebody turns it on in the UI, or SKU_ALIGN_AUTOMATION=on does so for a whole deployment.
"""

import os

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

ON = os.environ.get("SKU_ALIGN_AUTOMATION", "off").lower() == "on"
# Schedules and sensors have a kind of their own each; both say STOPPED and RUNNING.
STATUS = dg.DefaultSensorStatus.RUNNING if ON else dg.DefaultSensorStatus.STOPPED
SCHEDULE_STATUS = dg.DefaultScheduleStatus.RUNNING if ON else dg.DefaultScheduleStatus.STOPPED
# A run is tried again as a whole only where its process was lost; a sentence for a person is not.
_LOST = {"dagster/max_retries": "1", "dagster/retry_on_asset_or_op_failure": "false"}

align = dg.define_asset_job(
    "align", selection=dg.AssetSelection.groups("align"), description="Catalogs in, SKUs published.", tags=_LOST
)
reviewed = dg.define_asset_job(
    "reviewed",
    # A sample that reviewers are filling in must not be drawn anew for each batch of answers.
    selection=dg.AssetSelection.assets("verdicts").downstream() & dg.AssetSelection.groups("align"),
    description="Returned sheets in; decided, clustered and published anew. Nothing is scored.",
    tags=_LOST,
)
from_offers = dg.define_asset_job(
    "from_offers",
    selection=dg.AssetSelection.groups("align") - dg.AssetSelection.assets("offers", "quarantine"),
    description="All but reading catalogs: after one catalog was read anew as a partition of `feeds`.",
    tags=_LOST,
)
rescore = dg.define_asset_job(
    "rescore",
    selection=dg.AssetSelection.groups("align"),
    description="As `align`, but every candidate pair is scored, so that no score outlives what made it by a week.",
    config={"ops": {"score": {"config": {"anew": True}}}},
    tags=_LOST,
)
audit = dg.define_asset_job(
    "audit",
    selection=dg.AssetSelection.assets("audit_sample"),
    description="Draws a blind sample for the certificate; reviewers fill it in.",
    tags=_LOST,
)
tidy = dg.define_asset_job(
    "tidy",
    selection=dg.AssetSelection.assets("retention"),
    description="Forgets old runs of Dagster, and caches of models that nobody uses any more.",
    tags=_LOST,
)
JOBS = [align, audit, from_offers, rescore, reviewed, tidy]


def _at(name: str, job: UnresolvedAssetJobDefinition, cron: str, description: str) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        name=name,
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=SCHEDULE_STATUS,
        description=description,
    )


# Answers need no schedule: the sensors `page_answers` and `returned_reviews` start `reviewed` for them.
SCHEDULES = [
    _at("nightly", align, "0 2 * * 1-6", "The whole job at 02:00 UTC; on Sundays `weekly` runs instead."),
    _at("weekly", rescore, "0 2 * * 0", "The whole job, every pair scored, on Sundays at 02:00 UTC."),
    _at("monthly", audit, "0 6 1 * *", "A blind sample on the first of the month at 06:00 UTC."),
    _at("tidying", tidy, "0 5 * * 6", "Forgets what is old on Saturdays at 05:00 UTC."),
]
