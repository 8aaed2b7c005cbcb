"""What runs, and when: by hand, every night, when a catalog changed, when a reviewer returned a sheet.

All of it is off until somebody turns it on in the UI.
"""

import dagster as dg

align = dg.define_asset_job("align", selection=dg.AssetSelection.all(), description="Catalogs in, SKUs published.")
reviewed = dg.define_asset_job(
    "reviewed",
    selection=dg.AssetSelection.assets("verdicts").downstream(),
    description="Returned sheets in; decided, clustered and published anew. Nothing is scored.",
)
nightly = dg.ScheduleDefinition(name="nightly", job=align, cron_schedule="0 2 * * *", execution_timezone="UTC")
