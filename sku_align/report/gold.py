"""Precision-recall and reliability of a run's probabilities against gold labels, drawn."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.evaluation.clusters import OVERALL, ClusterEvaluation
from sku_align.pairs import pair_rows
from sku_align.report.charts import Chart, curve

_BINS = 10
_MIN_PAIRS = 20  # of a bin whose share is drawn (chosen by eye)


def gold_curves(
    gold: pa.Table, offers: pa.Table, decisions: pa.Table, evaluation: ClusterEvaluation, auto_merge: float
) -> list[Chart | None]:
    """The two curves of the scored pairs whose offers both have a label.

    Args:
        gold: Table with `catalog`, `offer_id` and `gold_product_id`.
        offers: Table of `schema.OFFERS`.
        decisions: Table of `schema.DECISIONS`.
        evaluation: Of the run, for the number of true pairs: recall counts those that blocking lost.
        auto_merge: Threshold to mark.
    """
    labels, probability = _labelled(gold, offers, decisions)
    if not labels.any():
        return []
    return [
        _precision_recall(labels, probability, evaluation.pairs[OVERALL].true_pairs, auto_merge),
        _reliability(labels, probability),
    ]


def _labelled(gold: pa.Table, offers: pa.Table, decisions: pa.Table) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    products = {(row["catalog"], row["offer_id"]): row["gold_product_id"] for row in gold.to_pylist()}
    keys = offers.select(["catalog", "offer_id"]).to_pylist()
    number: dict[str, int] = {}
    named = [products.get((row["catalog"], row["offer_id"])) for row in keys]
    code = np.array([-1 if name is None else number.setdefault(name, len(number)) for name in named], dtype=np.int64)
    sides = code[pair_rows(offers, decisions)]
    probability = np.array([np.nan if p is None else p for p in decisions["probability"].to_pylist()], dtype=np.float64)
    kept = (sides >= 0).all(axis=1) & ~np.isnan(probability)
    return sides[kept, 0] == sides[kept, 1], probability[kept]


def _precision_recall(
    labels: NDArray[np.bool_], probability: NDArray[np.float64], true_pairs: float, auto_merge: float
) -> Chart:
    order = np.argsort(-probability, kind="stable")
    right, ranked = np.cumsum(labels[order]), probability[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    recall, precision = right[last] / max(true_pairs, 1), right[last] / (last + 1)
    # A few hundred points draw the same line as a million.
    shown = np.unique(np.linspace(0, len(last) - 1, 300).astype(int))
    points = list(zip(recall[shown].tolist(), precision[shown].tolist(), strict=True))
    above = probability >= auto_merge
    dots = []
    if above.any():
        at = (float(labels[above].sum() / max(true_pairs, 1)), float(labels[above].mean()))
        dots = [(*at, f"{auto_merge:g}: precision {at[1]:.3f}, recall {at[0]:.3f}")]
    note = "Of scored pairs by probability alone, before guards and clusters; recall counts what blocking lost."
    lines = {"auto_merge": points}
    return curve("Precision and recall", ("recall", "precision"), lines, {}, note, dots)


def _reliability(labels: NDArray[np.bool_], probability: NDArray[np.float64]) -> Chart:
    at = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    count = np.bincount(at, minlength=_BINS)
    predicted = np.bincount(at, weights=probability, minlength=_BINS) / np.maximum(count, 1)
    observed = np.bincount(at, weights=labels, minlength=_BINS) / np.maximum(count, 1)
    enough = count >= _MIN_PAIRS
    points = list(zip(predicted[enough].tolist(), observed[enough].tolist(), strict=True))
    key = {"auto_merge": "this run", "reject": "as promised"}
    axes = ("probability", "share of true matches")
    lines = {"reject": [(0.0, 0.0), (1.0, 1.0)], "auto_merge": points}
    return curve("Reliability of the probabilities", axes, lines, key, f"Tenths with {_MIN_PAIRS} pairs or more.")
