"""Two scorers as one: a fast one reads every pair, a strong one those whose decision it is likely to change.

Which pairs those are follows from a probe that both read (`cascade_fit`), not from a fixed band of scores. All raw
scores are on the scale of the fast scorer, so that one calibration, one competition and one set of thresholds hold.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit

from sku_align.calibration.calibration import CASCADE, CASCADE_THEN, MIN_PROBABILITY, raw_scale_of
from sku_align.config import CascadeScoring
from sku_align.scoring.canaries import load_canaries
from sku_align.scoring.cascade_fit import (
    Bounds,
    CascadeFit,
    draw_probe,
    fit_scale,
    least_chance,
    pooled_shifts,
)
from sku_align.scoring.protocol import Reading, Scorer, close

logger = logging.getLogger(__name__)

DECISIONS = ("reject", "review", "auto_merge")

Rows = NDArray[np.int64]
Raw = NDArray[np.float32]
Probability = NDArray[np.float32]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Cascade:
    """A scorer of two.

    Attributes:
        fast: Reads every pair.
        strong: Reads the pairs whose decision it is likely to change; a list of picked pairs, which has no run around
            it, it reads whole.
        settings: Of both, and how much may be missed.
        fit: What the probe of the run has shown that this scorer answers for; without it a run makes its own.
    """

    fast: Scorer
    strong: Scorer
    settings: CascadeScoring
    fit: CascadeFit | None = None

    @property
    def fingerprint(self) -> str:
        """Those of both."""
        return f"{CASCADE}{self.fast.fingerprint}{CASCADE_THEN}{self.strong.fingerprint}"

    @property
    def parts(self) -> tuple[Scorer, Scorer]:
        """Both scorers, each of which must know the pairs whose answer is known."""
        return self.fast, self.strong

    def score(self, offers: pa.Table, pairs: Rows) -> Raw:
        """The strong scorer's raw scores on the scale of the fast one, shape (m,); see `protocol.Scorer`."""
        if not len(pairs):
            return np.zeros(0, dtype=np.float32)
        fit = self.fit or CascadeFit(self._scale_of_known_pairs, ())
        return fit.on_fast_scale(np.asarray(self.strong.score(offers, pairs), dtype=np.float32))

    def close(self) -> None:
        """Let go of engines and connections."""
        for part in self.parts:
            close(part)

    @cached_property
    def _scale_of_known_pairs(self) -> tuple[tuple[float, float], ...]:
        canaries = load_canaries()
        strong, fast = (np.asarray(part.score(canaries.offers, canaries.pairs)) for part in (self.strong, self.fast))
        return fit_scale(strong, fast, np.zeros(len(fast)), np.arange(len(fast)))


@dataclass(frozen=True)
class CascadeReport:
    """What each scorer of a cascade did.

    Attributes:
        pairs: All pairs that the fast scorer read.
        probe: Pairs that both read to learn the scale and the shifts.
        strong: Pairs that the strong scorer read, the probe included.
        expected: Changed decisions to be expected if it had read all pairs beside the probe.
        missed: Of these, changes to be expected among the pairs that it did not read.
        changed: Kind of change ("review > auto_merge") -> pairs, by probability and margin alone.
        fit: What the probe has shown.
    """

    pairs: int
    probe: int
    strong: int
    expected: float
    missed: float
    changed: dict[str, int]
    fit: CascadeFit | None

    def to_dict(self) -> dict[str, Any]:
        """As the figures of a stage."""
        return {
            "pairs": self.pairs,
            "probe": self.probe,
            "strong_pairs": self.strong,
            "expected_changes": round(self.expected, 1),
            "expected_missed": round(self.missed, 1),
            "changed": self.changed,
            "fit": self.fit and self.fit.to_dict(),
        }


class Cascaded(NamedTuple):
    """Outcome of a cascade over m pairs: their scores, who read them, shape (m,), and figures."""

    reading: Reading
    by_strong: NDArray[np.bool_]
    report: CascadeReport


def read_in_cascade(
    cascade: Cascade,
    fast: Reading,
    fresh: Rows,
    lots: NDArray[np.uint64],
    bounds: Bounds,
    read: Callable[[Rows], Reading],
    odds: Callable[[Raw], Values],
) -> Cascaded:
    """Let the strong scorer read the pairs whose decision it is likely to change.

    Args:
        cascade: Both scorers, and the fit of an earlier run if there is one.
        fast: Of all pairs by the fast scorer, shape (m,).
        fresh: Positions of the pairs that the strong scorer may read; the others' scores are known and stand.
        lots: A number for each pair as if drawn by chance, shape (m,).
        bounds: What pairs must reach to be decided one way or another.
        read: Gives the strong scorer's readings of the pairs at some positions.
        odds: Gives the log odds of all pairs from their raw scores.
    """
    raw, ceiling, spread = fast.raw.copy(), fast.ceiling.copy(), fast.spread.copy()
    scale = raw_scale_of(cascade.strong.fingerprint)
    by_strong, settings, fit = np.zeros(len(raw), dtype=bool), cascade.settings, cascade.fit
    before = odds(raw)
    shown = _shown(before)
    limits = bounds.limits(shown)

    def take(at: Rows, reading: Reading, fit: CascadeFit) -> None:
        raw[at], ceiling[at], by_strong[at] = fit.on_fast_scale(reading.raw), reading.ceiling, True
        spread[at] = fit.spread_on_fast_scale(reading.raw, reading.spread, scale)

    probe, expected, missed = np.zeros(0, dtype=np.int64), 0.0, 0.0
    if len(fresh):
        most = settings.max_pairs
        if fit is None:
            size = settings.probe_pairs if most is None else min(settings.probe_pairs, most)
            probe = fresh[draw_probe(before[fresh], lots[fresh], size)]
            seen = read(probe)
            fit = CascadeFit(fit_scale(seen.raw, raw[probe], before[fresh], np.searchsorted(fresh, probe)), ())
            take(probe, seen, fit)
            fit = CascadeFit(fit.scale, pooled_shifts(before[probe], odds(raw)[probe]))
        rest = np.setdiff1d(fresh, probe)
        chance = fit.chance(before, limits)[rest]
        if cascade.fit is None:
            left = None if most is None else max(most - len(probe), 0)
            fit = CascadeFit(fit.scale, fit.shifts, least_chance(chance, settings.missed_changes, left))
        chosen = chance >= fit.least
        expected, missed = float(chance.sum()), float(chance[~chosen].sum())
        if chosen.any():
            take(rest[chosen], read(rest[chosen]), fit)
    changed: dict[str, int] = {}
    if by_strong.any():
        changed = _changes(limits.decided(shown)[fresh], bounds.decided(_shown(odds(raw)))[fresh])
    report = CascadeReport(len(raw), len(probe), int(by_strong.sum()), expected, missed, changed, fit)
    logger.info("The strong scorer read %d of %d pairs and changed %s.", report.strong, len(raw), changed or "none")
    return Cascaded(Reading(raw, ceiling, spread), by_strong, report)


def _shown(odds: Values) -> Probability:
    """Probabilities as a run shows them, shape (m,): a lead over a runner-up ends where all are alike."""
    return np.asarray(expit(odds).clip(MIN_PROBABILITY, 1 - MIN_PROBABILITY), dtype=np.float32)


def _changes(before: NDArray[np.int8], after: NDArray[np.int8]) -> dict[str, int]:
    many = len(DECISIONS)
    counts = np.bincount(many * before.astype(np.int64) + after, minlength=many * many).reshape(many, many)
    return {
        f"{DECISIONS[was]} > {DECISIONS[now]}": int(counts[was, now])
        for was, now in np.argwhere(counts > 0).tolist()
        if was != now
    }
