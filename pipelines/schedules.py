"""What runs, and when: by hand, every night, every hour if answers came, when a file changed.

All of it is off until somebody turns it on in the UI, or SKU_ALIGN_AUTOMATION=on does so for a whole deployment.
"""

import os

import dagster as dg

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
    selection=dg.AssetSelection.assets("verdicts").downstream(),
    description="Returned sheets in; decided, clustered and published anew. Nothing is scored.",
    tags=_LOST,
)
from_offers = dg.define_asset_job(
    "from_offers",
    selection=dg.AssetSelection.groups("align") - dg.AssetSelection.assets("offers", "quarantine"),
    description="All but reading catalogs: after one catalog was read anew as a partition of `feeds`.",
    tags=_LOST,
)
nightly = dg.ScheduleDefinition(
    name="nightly",
    job=align,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=SCHEDULE_STATUS,
    description="The whole job at 02:00 UTC.",
)
SCHEDULES = [nightly]
