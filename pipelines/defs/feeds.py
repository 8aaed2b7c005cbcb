"""One catalog at a time: a partition for each, so that one feed is read again or found bad alone."""

import dagster as dg

from ..policy import OWNERS, RETRIES
from ..resources import RunSetup

catalogs = dg.DynamicPartitionsDefinition(name="catalogs")


@dg.asset(
    partitions_def=catalogs,
    group_name="feeds",
    kinds={"pandas", "parquet"},
    owners=OWNERS,
    retry_policy=RETRIES,
    check_specs=[
        dg.AssetCheckSpec("readable", asset="feeds", description="The feed could be read and keeps its contract.")
    ],
)
def feeds(context: dg.AssetExecutionContext, setup: RunSetup) -> dg.MaterializeResult:
    """Reads one catalog anew into `offers.parquet`; the others keep their rows. Then run the job `from_offers`."""
    name = context.partition_key
    with setup.run(only=[name]) as run:
        result = run.do("ingest")
        quarantine = run.folder.read("quarantine")
    why = result.facts["held_back"].get(name)
    figures = {
        "dagster/partition_row_count": result.facts["per_catalog"].get(name, 0),
        "quarantined": quarantine["catalog"].to_pylist().count(name),
    }
    check = dg.AssetCheckResult(
        check_name="readable", passed=why is None, description=why or "Read.", metadata={"catalog": name}
    )
    return dg.MaterializeResult(metadata=figures, check_results=[check])
