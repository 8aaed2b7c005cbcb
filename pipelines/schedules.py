"""What runs, and when: by hand, every night, week and month; sensors add what changed files and answers call for.

All of it is off until somebody turns it on in the UI, or SKU_ALIGN_AUTOMATION=on does so for a whole deployment.
"""

import os
from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

ON = os.environ.get("SKU_ALIGN_AUTOMATION", "off").lower() == "on"
# Schedules and sensors have a kind of their own each; both say STOPPED and RUNNING.
STATUS = dg.DefaultSensorStatus.RUNNING if ON else dg.DefaultSensorStatus.STOPPED
SCHEDULE_STATUS = dg.DefaultScheduleStatus.RUNNING if ON else dg.DefaultScheduleStatus.STOPPED
# A run is tried again as a whole only where its process was lost; a sentence for a person is not.
_LOST = {"dagster/max_retries": "1", "dagster/retry_on_asset_or_op_failure": "false"}

_FLOW = dg.AssetSelection.groups("align")


def _job(
    name: str, selection: dg.AssetSelection, description: str, config: Mapping[str, Any] | None = None
) -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(name, selection, description=description, config=config, tags=_LOST)


align = _job("align", _FLOW, "Catalogs in, SKUs published.")
reviewed = _job(
    "reviewed",
    # A sample that reviewers are filling in must not be drawn anew for each batch of answers.
    dg.AssetSelection.assets("verdicts").downstream() & _FLOW,
    "Returned sheets in; decided, clustered and published anew. Nothing is scored.",
)
from_offers = _job(
    "from_offers",
    _FLOW - dg.AssetSelection.assets("offers", "quarantine"),
    "All but reading catalogs: after one catalog was read anew as a partition of `feeds`.",
)
rescore = _job(
    "rescore",
    _FLOW,
    "As `align`, but every candidate pair is scored, so that no score outlives what made it by a week.",
    {"ops": {"score": {"config": {"anew": True}}}},
)
audit = _job(
    "audit",
    dg.AssetSelection.assets("audit_sample"),
    "Draws a blind sample for the certificate; reviewers fill it in.",
)
tidy = _job(
    "tidy",
    dg.AssetSelection.assets("retention"),
    "Forgets old runs of Dagster, and caches of models that nobody uses any more.",
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
