"""Intervals by the bootstrap over products: pairs of one product are not independent, so products are drawn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 300  # chosen by eye: bounds of two runs with other seeds differ by less than a hundredth
TAIL = 0.025


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % bootstrap interval over product groups."""

    value: float
    low: float
    high: float


def product_weights(
    groups: NDArray[np.int64], resamples: int = RESAMPLES, seed: int = 0
) -> Iterator[NDArray[np.int64]]:
    """How often each row counts in each of the resamples.

    Args:
        groups: Product of each row, numbered from 0, shape (m,).
        resamples: How many to draw.
        seed: Of the draws.

    Yields:
        Weights, shape (m,): how often the row's product was drawn.
    """
    random = np.random.default_rng(seed)
    count = int(groups.max()) + 1 if len(groups) else 0
    for _ in range(resamples):
        yield np.bincount(random.integers(0, count, count), minlength=count)[groups]


def intervals(
    figures: Callable[[NDArray[np.float64]], dict[str, float]],
    groups: NDArray[np.int64],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Interval]:
    """Each figure with its interval; a resample where it is not a number does not count.

    Args:
        figures: Gives the figures by name when rows count as often as their weights say, shape (m,).
        groups: Product of each row, numbered from 0, shape (m,).
        resamples: How many to draw.
        seed: Of the draws.
    """
    whole = figures(np.ones(len(groups)))
    drawn = [figures(weights.astype(np.float64)) for weights in product_weights(groups, resamples, seed)]
    found = {}
    for name, value in whole.items():
        values = np.array([each[name] for each in drawn])
        values = values[~np.isnan(values)]
        low, high = np.quantile(values, [TAIL, 1 - TAIL]) if len(values) else (np.nan, np.nan)
        found[name] = Interval(value, float(low), float(high))
    return found
