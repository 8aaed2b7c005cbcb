"""Reviewed sheets that people put into `returned` become verdicts, before anything is decided."""

from collections.abc import Iterator

import dagster as dg

from sku_align import schema
from sku_align.report import Section
from sku_align.review import Receipt
from sku_align.review.agreement import Answered, languages_of
from sku_align.running import Run

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
        yield from materialized(
            result, [_check(result.value)], receipts=_table(result.value), agreement=_agreement(run)
        )


def _table(receipts: list[Receipt]) -> Section | None:
    rows = [
        [each.sheet, f"{each.same:,}", f"{each.different:,}", each.refused or "; ".join(each.rejected)]
        for each in receipts
    ]
    heads = ("sheet", "same", "different", "not taken")
    return Section("Returned sheets", heads, rows, frozenset({1, 2})) if rows else None


def _agreement(run: Run) -> Section | None:
    """How far reviewers agree: each two, each with all others, and on each pair of languages."""
    store = run.needed_store()
    answered = Answered(store.all_verdicts(), store.asked.asides())
    # Without a pair that two people answered there is nothing to say, and the offers need not be read.
    if not (found := answered.by_two()):
        return None
    known = run.folder.read("offers") if run.folder.table("offers").exists() else schema.OFFERS.empty_table()
    found = [*found, *answered.by_reviewer(), *answered.by_languages(languages_of(known))]
    rows = [[e.one, e.other, e.languages, f"{e.pairs:,}", f"{e.agreed:.0%}", f"{e.kappa:.2f}"] for e in found]
    heads = ("reviewer", "and", "languages", "pairs", "agree on", "kappa")
    return Section("How far reviewers agree", heads, rows, frozenset({3, 4, 5}))


def _check(receipts: list[Receipt]) -> dg.AssetCheckResult:
    refused, rows = sum(1 for each in receipts if each.refused), sum(len(each.rejected) for each in receipts)
    return dg.AssetCheckResult(
        check_name="every_row_was_taken",
        passed=not refused and not rows,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(receipts)} sheets: {refused} refused, {rows} rows of the others not taken.",
    )
