"""When the job runs."""

import dagster as dg

align = dg.define_asset_job("align", selection=dg.AssetSelection.all(), description="Catalogs in, SKUs published.")
nightly = dg.ScheduleDefinition(name="nightly", job=align, cron_schedule="0 2 * * *", execution_timezone="UTC")
