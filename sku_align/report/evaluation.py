"""Figures against gold labels as a section."""

import math

import pyarrow as pa
import pyarrow.compute as pc

from sku_align.evaluation.clusters import OVERALL, ClusterEvaluation
from sku_align.evaluation.mistakes import MISSED, WRONG, count_by_stage
from sku_align.report.differences import mark_differences
from sku_align.report.section import Cell, Section

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
            exact = evaluation.exact
            counted = (f"{exact.true_pairs:,}", f"{exact.predicted_pairs:,}")
            rows.append(["whole products", *counted, *map(_share, (exact.precision, exact.recall, exact.f1)), ""])
    title = f"Against the gold labels: {evaluation.offers:,} offers of {evaluation.products:,} products"
    if evaluation.candidates_per_offer is not None:
        title += f", {evaluation.candidates_per_offer:.1f} candidates each"
    return Section(title, COLUMNS, rows, frozenset(range(1, len(COLUMNS))), note=_intervals(evaluation))


def categories_section(evaluation: ClusterEvaluation, shown: int = 20) -> Section | None:
    """A row for each of the largest categories; a pair counts half in the category of each of its offers."""
    heads = ("category", "true pairs", "merged", "precision", "recall", "F1")
    rows = [
        [name, f"{pairs.true_pairs:,.0f}", f"{pairs.predicted_pairs:,.0f}", *map(_share, pairs.ratios().values())]
        for name, pairs in list(evaluation.categories.items())[:shown]
    ]
    return Section("By category", heads, rows, frozenset(range(1, len(heads)))) if rows else None


def mistakes_sections(mistakes: pa.Table, shown: int) -> list[Section | None]:
    """Which stage made how many mistakes, and the worst of each kind with both texts."""
    counted = count_by_stage(mistakes)
    kinds = (WRONG, MISSED)
    rows = [[stage, *(f"{counts[kind]:,}" for kind in kinds)] for stage, counts in counted.items()]
    table = Section(
        "Mistakes by the stage that made them", ("stage", "wrong merges", "missed"), rows, frozenset({1, 2})
    )
    return [table if rows else None, *(_worst(mistakes, kind, shown) for kind in kinds)]


def _worst(mistakes: pa.Table, kind: str, shown: int) -> Section | None:
    chosen = mistakes.filter(pc.equal(mistakes["kind"], kind)).slice(0, shown).to_pylist()
    rows: list[list[str | Cell]] = []
    for each in chosen:
        probability = "" if each["probability"] is None else f"{each['probability']:.2f}"
        left, right = mark_differences(each["left_title"] or "", each["right_title"] or "")
        places = (f"{each[f'{side}_catalog']}#{each[f'{side}_offer_id']}" for side in ("left", "right"))
        sides = [cell._replace(aside=place) for cell, place in zip((left, right), places, strict=True)]
        rows.append([probability, *sides, Cell(each["cause"], each["stage"])])
    title = {WRONG: "Wrong merges, the worst first", MISSED: "Missed matches, the worst first"}[kind]
    return Section(title, ("probability", "one", "other", "cause"), rows, frozenset({0}), ruled=True) if rows else None


def _intervals(evaluation: ClusterEvaluation) -> str:
    named = {"precision": "precision", "recall": "recall", "f1": "F1", "b_cubed_f1": "B-cubed F1"}
    intervals = [
        f"{words} {each.low:.3f} to {each.high:.3f}"
        for name, words in named.items()
        if (each := evaluation.intervals.get(name)) and not math.isnan(each.low)
    ]
    return f"95 % intervals over products: {', '.join(intervals)}." if intervals else ""


def _share(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.3f}"
