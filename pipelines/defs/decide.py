"""Thresholds, guards and reviewers' verdicts; a reviewer's word stands above all."""

from collections.abc import Iterator

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from sku_align.report import figures, findings

from ..policy import stage_assets
from ..resources import RunSetup, materialized


class DecideConfig(dg.Config):
    """How much a team of reviewers can take."""

    max_share_in_review: float = 0.5


@stage_assets(
    "decide",
    kinds={"pandas", "parquet"},
    checks=[
        dg.AssetCheckSpec(
            "share_in_review", asset="decisions", description="Offers with an open question, at most half."
        )
    ],
)
def decide(config: DecideConfig, setup: RunSetup) -> Iterator[dg.MaterializeResult]:
    """Every scored pair: auto_merge, review or reject, with its reason."""
    with setup.run() as run:
        result = run.do("decide")
        offers, table = run.folder.read("offers"), run.folder.read("decisions")
        check = _share_in_review(table, len(offers), config.max_share_in_review)
        by_languages = figures.decisions_by_languages(offers, table)
        histogram = figures.probabilities(table, run.settings.deciding)
        yield from materialized(
            result,
            [check],
            most_doubtful_pairs=findings.doubts(offers, table, 5),
            decisions_by_languages=by_languages.table if by_languages else None,
            score_histogram=histogram.table if histogram else None,
        )


def _share_in_review(decisions: pa.Table, offers: int, limit: float) -> dg.AssetCheckResult:
    open_pairs = decisions.filter(pc.equal(decisions["decision"].cast(pa.string()), "review"))
    sides = [
        open_pairs.select([f"{side}_catalog", f"{side}_offer_id"]).rename_columns(["catalog", "offer_id"])
        for side in ("left", "right")
    ]
    waiting = len(pa.concat_tables(sides).group_by(["catalog", "offer_id"]).aggregate([]))
    share = waiting / offers if offers else 0.0
    return dg.AssetCheckResult(
        check_name="share_in_review",
        passed=share <= limit,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{waiting:,} of {offers:,} offers ({share:.0%}) wait for a person.",
        metadata={"share": share, "limit": limit, "questions": len(open_pairs)},
    )
