"""Reviewed sheets that people put into `returned` become verdicts, before anything is decided."""

from collections.abc import Iterator

import dagster as dg

from sku_align.report import Section
from sku_align.review import Receipt

from ..policy import stage_assets
from ..resources import RunSetup, materialized


@stage_assets(
    "verdicts",
    kinds={"csv", "sqlalchemy"},
    checks=[dg.AssetCheckSpec("every_row_was_taken", asset="verdicts", description="Returned sheets were understood.")],
)
def verdicts(setup: RunSetup) -> Iterator[dg.MaterializeResult]:
    """What reviewers said: every sheet in `returned` is taken and moved aside with a receipt."""
    with setup.run() as run:
        result = run.do("verdicts")
        yield from materialized(result, [_check(result.value)], receipts=_table(result.value))


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
