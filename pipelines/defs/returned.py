"""Reviewed sheets that people put into `returned` become verdicts, before anything is decided."""

from datetime import UTC, datetime
from typing import Any

import dagster as dg

from pipelines.policy import RETRIES
from pipelines.resources import RunSetup, tables
from sku_align.report import Section
from sku_align.review import Receipt


@dg.asset(
    group_name="align",
    kinds={"csv", "sqlalchemy"},
    retry_policy=RETRIES,
    check_specs=[
        dg.AssetCheckSpec("every_row_was_taken", asset="verdicts", description="Returned sheets were understood.")
    ],
)
def verdicts(setup: RunSetup) -> dg.MaterializeResult:
    """What reviewers said: every sheet in `returned` is taken and moved aside with a receipt."""
    with setup.job() as job:
        receipts = job.take_reviews(datetime.now(UTC))
        kept = len(job.store.verdicts()) if job.store else 0
    figures: dict[str, Any] = {
        "dagster/row_count": kept,
        "sheets": len(receipts),
        "folder": dg.MetadataValue.path(job.folder.returned),
    }
    return dg.MaterializeResult(metadata=figures | tables(receipts=_table(receipts)), check_results=[_check(receipts)])


def _table(receipts: list[Receipt]) -> Section | None:
    rows = [
        [each.sheet, f"{each.same:,}", f"{each.different:,}", each.refused or "; ".join(each.rejected)]
        for each in receipts
    ]
    heads = ("sheet", "same", "different", "not taken")
    return Section("Returned sheets", heads, rows, frozenset({1, 2})) if rows else None


def _check(receipts: list[Receipt]) -> dg.AssetCheckResult:
    refused, rows = sum(1 for each in receipts if each.refused), sum(len(each.rejected) for each in receipts)
    return dg.AssetCheckResult(
        check_name="every_row_was_taken",
        passed=not refused and not rows,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(receipts)} sheets: {refused} refused, {rows} rows of the others not taken.",
    )
