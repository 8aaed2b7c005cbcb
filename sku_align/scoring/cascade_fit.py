"""What a cascade learns from pairs that both its scorers read: the common scale, and where the strong one decides anew.

Both are measured on a probe, a sample of the run's pairs spread over the probability that the fast scorer gives. The
strong scorer's raw scores are quantile-matched to the fast one's, so that one calibration reads all pairs. How far a
probability moves when the strong scorer reads a pair depends on where it stood, so shifts are kept by ranges of it;
with the thresholds they say of every other pair how likely its decision is to change.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from sku_align.calibration.competing import Partners
from sku_align.calibration.features import RawScale, raw_log_odds

Rows = NDArray[np.int64]
Values = NDArray[np.float64]
Raw = NDArray[np.float32]

# Borders of the ranges of log odds in which shifts are pooled; narrow around the usual thresholds, and far beyond them,
# where most pairs lie and hardly one is decided anew (chosen by eye).
RANGES = (0.002, 0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.998)
EDGES = np.array([-14.0, -11.0, -8.5, *logit(RANGES), 8.5, 11.0, 14.0])
# Knots of the scale and shifts of a range that are kept: more than a probe of a thousand pairs can tell apart.
KNOTS = 64
# No chance is as high: nothing is read.
NEVER = 2.0


class Limits(NamedTuple):
    """From which probability a person is asked and from which a pair merges, the runner-up counted, shape (m,) each."""

    review: Values
    merge: Values

    def decided(self, probability: NDArray[np.floating[Any]]) -> NDArray[np.int8]:
        """0 for reject, 1 for review, 2 for auto_merge, shape (m,)."""
        return np.asarray((probability >= self.review).astype(np.int8) + (probability >= self.merge), dtype=np.int8)


class Bounds(NamedTuple):
    """What m pairs must reach to be decided one way or another, by numbers alone.

    Attributes:
        pairs: Row numbers of offers, shape (m, 2).
        auto_merge: From which probability on a pair merges, shape (m,).
        review: From which on a person is asked, shape (m,).
        margin: Lead over the runner-up that a merge needs, shape (m,); -inf where none is asked.
        catalog: Catalog number of each offer, shape (n,).
        one_to_one: Whether a catalog lists a product once, by catalog number.
    """

    pairs: Rows
    auto_merge: NDArray[np.float32]
    review: NDArray[np.float32]
    margin: Values
    catalog: Rows
    one_to_one: NDArray[np.bool_]

    def limits(self, probability: NDArray[np.floating[Any]]) -> Limits:
        """What each pair must reach while all of them have these probabilities, shape (m,)."""
        best = Partners.of(self.pairs, np.asarray(probability, np.float64), self.catalog, self.one_to_one).runners_up()
        merge = np.maximum(self.auto_merge.astype(np.float64), best.value + self.margin)
        return Limits(np.minimum(self.review.astype(np.float64), merge), merge)

    def decided(self, probability: NDArray[np.floating[Any]]) -> NDArray[np.int8]:
        """0 for reject, 1 for review, 2 for auto_merge, shape (m,)."""
        return self.limits(probability).decided(probability)


@dataclass(frozen=True)
class CascadeFit:
    """What the probe of a run has shown; a service that answers for the run uses the same.

    Attributes:
        scale: Knots (raw score of the strong scorer, raw score of the fast one), ascending.
        shifts: For each range of `EDGES` the shifts of log odds seen there, ascending.
        least: From which chance of another decision on the strong scorer reads a pair.
    """

    scale: tuple[tuple[float, float], ...]
    shifts: tuple[tuple[float, ...], ...]
    least: float = 0.0

    def on_fast_scale(self, strong: NDArray[np.floating[Any]]) -> Raw:
        """Raw scores of the strong scorer on the scale of the fast one, same shape."""
        knots, values = np.array(self.scale).T
        return np.asarray(np.interp(strong, knots, values), dtype=np.float32)

    def spread_on_fast_scale(self, strong: Raw, spread: Values, scale: RawScale) -> Values:
        """How far a spread of the strong scorer reaches on the scale of the fast one, shape (m,).

        Args:
            strong: Raw scores of the strong scorer, shape (m,).
            spread: Of these, in log odds, shape (m,).
            scale: Of the strong scorer's raw scores.
        """
        odds, here = raw_log_odds(strong, scale), self.on_fast_scale(strong).astype(np.float64)
        moved = [expit(odds + by) if scale == "probability" else odds + by for by in (-spread, spread)]
        return np.asarray(np.max([np.abs(self.on_fast_scale(each) - here) for each in moved], axis=0))

    def chance(self, odds: Values, limits: Limits) -> Values:
        """How likely it is that the strong scorer changes the decision on each pair, shape (m,).

        Args:
            odds: Log odds by the fast scorer, shape (m,).
            limits: What each pair must reach.
        """
        now, review, merge = limits.decided(expit(odds)), _log_odds(limits.review), _log_odds(limits.merge)
        low = np.choose(now, [np.full(len(odds), -np.inf), review, merge])
        high = np.choose(now, [review, merge, np.full(len(odds), np.inf)])
        chance = np.zeros(len(odds))
        within = np.digitize(odds, EDGES)
        for number, seen in enumerate(self.shifts):
            at = np.flatnonzero(within == number)
            if len(at) and len(seen):
                falls = np.searchsorted(seen, low[at] - odds[at], side="left")
                stays_or_falls = np.searchsorted(seen, high[at] - odds[at], side="left")
                chance[at] = (falls + len(seen) - stays_or_falls) / len(seen)
        return chance

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "CascadeFit":
        """The inverse of `to_dict`."""
        scale = tuple((float(strong), float(fast)) for strong, fast in values["scale"])
        return cls(scale, tuple(tuple(map(float, seen)) for seen in values["shifts"]), float(values["least"]))


def draw_probe(odds: Values, lots: NDArray[np.uint64], size: int) -> Rows:
    """Positions of the probe: half of it even over the ranges of log odds, half as the pairs lie; ascending.

    The even half sees what is rare, the pairs near a threshold; the other half keeps the weights of the common ranges
    small, so that one surprise among clear non-matches does not count for thousands.

    Args:
        odds: Log odds by the fast scorer, shape (m,).
        lots: A number for each pair as if drawn by chance, shape (m,).
        size: How many; all pairs if there are fewer.
    """
    if len(odds) <= size:
        return np.arange(len(odds))
    within = np.digitize(odds, EDGES)
    order = np.lexsort((lots, within))
    starts = np.flatnonzero(np.diff(within[order], prepend=-1))
    turn = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    even = order[np.lexsort((lots[order], turn))][: size // 2]
    rest = np.setdiff1d(np.arange(len(odds)), even)
    return np.sort(np.append(even, rest[np.argsort(lots[rest], kind="stable")][: size - len(even)]))


def fit_scale(strong: Raw, fast: Raw, odds: Values, probe: Rows) -> tuple[tuple[float, float], ...]:
    """Knots that match the quantiles of the strong scorer's raw scores to those of the fast one's.

    Args:
        strong: Raw scores of the probe, shape (k,).
        fast: The fast scorer's of the same pairs, shape (k,).
        odds: Log odds of all pairs by the fast scorer, shape (m,).
        probe: Positions of the probe, shape (k,).
    """
    within = np.digitize(odds, EDGES)
    total = np.bincount(within, minlength=len(EDGES) + 1)
    drawn = np.bincount(within[probe], minlength=len(EDGES) + 1)
    weight = (total / np.maximum(drawn, 1))[within[probe]]
    by_strong, by_fast = np.argsort(strong, kind="stable"), np.argsort(fast, kind="stable")
    # Share of all pairs below the middle of each pair's own weight.
    share = np.cumsum(weight[by_strong]) - weight[by_strong] / 2
    matched = np.interp(share, np.cumsum(weight[by_fast]) - weight[by_fast] / 2, fast[by_fast])
    at = np.unique(np.linspace(0, len(probe) - 1, KNOTS).round().astype(np.int64))
    knots, first = np.unique(strong[by_strong][at].astype(np.float64), return_index=True)
    return tuple(zip(knots.tolist(), matched[at][first].tolist(), strict=True))


def pooled_shifts(before: Values, after: Values) -> tuple[tuple[float, ...], ...]:
    """By how much log odds moved, for each range of those before, pooled with the ranges beside it.

    One range of a small probe holds a few dozen pairs, and what none of them did would count as impossible. Ranges with
    no pairs near them take all shifts.
    """
    moved, within = after - before, np.digitize(before, EDGES)
    pooled = []
    for number in range(len(EDGES) + 1):
        near = np.abs(within - number) <= 1
        seen = np.sort(moved[near] if near.any() else moved)
        pooled.append(tuple(seen[_spread(len(seen))].round(4).tolist()))
    return tuple(pooled)


def least_chance(chance: Values, missed: float, most: int | None) -> float:
    """From which chance on pairs are read, so that those left over miss no more than a share of the changes expected.

    Args:
        chance: Of another decision, shape (m,).
        missed: Share of the expected changes that may be missed.
        most: Most pairs that are read; no such limit if absent.
    """
    falling = np.sort(chance[chance > 0])[::-1]
    if not len(falling):
        return NEVER
    left = falling.sum() - np.cumsum(falling)
    needed = int(np.searchsorted(-left, -missed * falling.sum(), side="left")) + 1
    needed = len(falling) if needed > len(falling) else needed
    if most is None or needed <= most:
        return float(falling[needed - 1])
    # Pairs with one chance are read together or not at all, so that which of them are is not a matter of their order.
    return float(falling[:most][falling[:most] > falling[most]].min(initial=NEVER))


def _log_odds(probability: NDArray[np.floating[Any]]) -> Values:
    return np.asarray(logit(np.clip(np.asarray(probability, np.float64), 0.0, 1.0)))


def _spread(many: int) -> Rows:
    return np.unique(np.linspace(0, many - 1, min(many, 4 * KNOTS)).round().astype(np.int64))
