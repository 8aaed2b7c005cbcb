"""How far probabilities can be trusted, on all labels and on each pair of languages that has enough of them.

Labels are drawn evenly over probabilities, not as a run has them, so each stands for a number of pairs of the run (its
weight). An interval over weighted labels counts as many labels as carry the information: (sum w)^2 / sum w^2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from sku_align.evaluation.pairs import BINS, calibration_error

ALL = "all"
CONFIDENCE = 0.95
# A third of a sample lies at 0.9 or above, and 29 labels, all of them matches, are the fewest whose 95 % lower bound is
# 0.9: 0.05 ** (1 / 29) = 0.902.
MIN_LABELS = 100
# A group of pairs has a figure of its own from this many matches and as many others on. Chosen by eye.
MIN_OF_A_KIND = 20

Values = NDArray[np.floating[Any]]


class Point(NamedTuple):
    """Pairs of about one probability: the mean, the share of matches, its 95 % interval, and the run's pairs."""

    probability: float
    share: float
    low: float
    high: float
    pairs: float


@dataclass(frozen=True)
class Judged:
    """How probabilities compare with the truth on one set of labelled pairs; all but the counts weighted to the run.

    Attributes:
        labels: How many there are.
        matches: How many of them are matches.
        calibration_error: Expected calibration error over tenths of probability.
        threshold: The auto-merge threshold that precision, bound, recall and wrong merges speak of.
        precision: Share of matches at or above it; nan if no label reaches it.
        lower_bound: 95 % lower bound of the precision.
        recall: Share of all matches at or above it.
        expected_wrong_merges: Sum of 1 - probability over pairs at or above it.
        lowest_threshold: As returned by `lowest_safe_threshold`.
        points: The reliability plot, by tenths of probability.
    """

    labels: int
    matches: int
    calibration_error: float
    threshold: float
    precision: float
    lower_bound: float
    recall: float
    expected_wrong_merges: float
    lowest_threshold: float | None
    points: tuple[Point, ...]


def judge_reliability(
    labels: NDArray[np.bool_],
    probability: Values,
    weights: Values,
    languages: NDArray[np.str_],
    threshold: float,
    target: float,
) -> Mapping[str, Judged]:
    """Compare probabilities with labels.

    Args:
        labels: Whether each pair is one product, shape (m,).
        probability: Match probabilities that were not fitted on the same labels, shape (m,).
        weights: How many pairs of the run each label stands for, shape (m,).
        languages: Languages of each pair, such as "en-zh", shape (m,).
        threshold: The auto-merge threshold.
        target: Precision that the 95 % lower bound must reach at the lowest threshold.

    Returns:
        Figures under "all", then of each pair of languages with at least 100 labels, 20 of them matches and 20 others.
    """
    p, w = np.asarray(probability, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    chosen = {ALL: np.ones(len(labels), dtype=bool)}
    for name in sorted(set(languages.tolist())):
        mask = languages == name
        matches = int(labels[mask].sum())
        if mask.sum() >= MIN_LABELS and MIN_OF_A_KIND <= matches <= mask.sum() - MIN_OF_A_KIND:
            chosen[name] = mask
    return {name: _judge(labels[mask], p[mask], w[mask], threshold, target) for name, mask in chosen.items()}


def lowest_safe_threshold(
    labels: NDArray[np.bool_], probability: Values, weights: Values, target: float
) -> float | None:
    """Lowest probability from which on the lower 95 % confidence bound of precision is at least `target`.

    Args:
        labels: Whether each pair is one product, shape (m,).
        probability: Match probabilities, shape (m,).
        weights: How many pairs of the run each label stands for, shape (m,).
        target: The precision to be sure of.

    Returns:
        The threshold; None if there is none.
    """
    order = np.argsort(-np.asarray(probability), kind="stable")
    ordered, w = np.asarray(probability)[order], np.asarray(weights, dtype=np.float64)[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) if len(order) else order
    total, squares, hits = (np.cumsum(values)[ends] for values in (w, w**2, w * labels[order]))
    good = np.flatnonzero(_lower(hits / total, total**2 / squares) >= target)
    return float(ordered[ends[good[-1]]]) if len(good) else None


def _judge(labels: NDArray[np.bool_], p: Values, w: Values, threshold: float, target: float) -> Judged:
    bins = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    points = []
    for number in np.unique(bins):
        here = bins == number
        mass = w[here].sum()
        share, count = (w * labels)[here].sum() / mass, mass**2 / (w[here] ** 2).sum()
        tail = (1 - CONFIDENCE) / 2
        low, high = _lower(share, count, tail), 1 - _lower(1 - share, count, tail)
        points.append(Point(*map(float, ((w * p)[here].sum() / mass, share, low, high, mass))))
    above = p >= threshold
    mass, hits = w[above].sum(), (w * labels)[above].sum()
    precision, count = (hits / mass, mass**2 / (w[above] ** 2).sum()) if above.any() else (np.nan, np.nan)
    return Judged(
        labels=len(labels),
        matches=int(labels.sum()),
        calibration_error=calibration_error(labels, p, w),
        threshold=threshold,
        precision=float(precision),
        lower_bound=float(_lower(precision, count)),
        recall=float(hits / (w * labels).sum()),
        expected_wrong_merges=float((w * (1 - p))[above].sum()),
        lowest_threshold=lowest_safe_threshold(labels, p, w, target),
        points=tuple(points),
    )


def _lower(share: Any, count: Any, tail: float = 1 - CONFIDENCE) -> Any:
    """Lower bound of a share of `count` labels (Clopper-Pearson)."""
    hits = np.maximum(share * count, 1e-9)
    return beta.ppf(tail, hits, np.maximum(count - share * count, 0) + 1)
