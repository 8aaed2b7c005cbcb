"""Figures against gold labels as a section."""

import math

from sku_align.evaluation.clusters import OVERALL, ClusterEvaluation
from sku_align.report.section import Section

COLUMNS = ("languages", "true pairs", "merged", "precision", "recall", "F1", "found by blocking")


def evaluation_section(evaluation: ClusterEvaluation, by_language: bool = True) -> Section:
    """A row for all offers, one counted by offer (B-cubed), and one for each pair of languages."""
    rows = []
    for scope, pairs in evaluation.pairs.items():
        if scope != OVERALL and not by_language:
            continue
        figures = (pairs.precision, pairs.recall, pairs.f1, evaluation.completeness.get(scope))
        rows.append([scope, f"{pairs.true_pairs:,}", f"{pairs.predicted_pairs:,}", *map(_share, figures)])
        if scope == OVERALL:
            cubed = (evaluation.b_cubed.precision, evaluation.b_cubed.recall, evaluation.b_cubed.f1)
            rows.append(["all, B-cubed", "", "", *map(_share, cubed), ""])
    title = f"Against the gold labels: {evaluation.offers:,} offers of {evaluation.products:,} products"
    if evaluation.candidates_per_offer is not None:
        title += f", {evaluation.candidates_per_offer:.1f} candidates each"
    return Section(title, COLUMNS, rows, frozenset(range(1, len(COLUMNS))))


def _share(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.3f}"
