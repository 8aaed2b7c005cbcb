"""From raw scores to probabilities: what "0.9" means.

A calibration is a logistic regression over the raw score and the features that a text model is blind to, then a
monotone curve. It belongs to one scorer fingerprint. Shipped ones lie beside this module and cover no catalog: they
were fitted on other shops' products. `sku-align calibrate` fits one on a user's own labels, starting from the shipped
weights, and that one covers the catalogs it saw. `prior.FEATURES` says what each weight stands for.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import logit

from sku_align.calibration.features import (
    CHUNK,
    FEATURE_NAMES,
    RAW_FEATURES,
    Evidence,
    RawScale,
    raw_features,
    raw_log_odds,
)
from sku_align.calibration.old_names import with_new_names
from sku_align.calibration.one_to_one import OneToOne
from sku_align.calibration.rejected import ceilings
from sku_align.calibration.run_features import RUN_FEATURES, run_features
from sku_align.calibration.sampling import lots
from sku_align.errors import UserError
from sku_align.files import write_text

CALIBRATIONS = "calibrations"
SHIPPED = Path(__file__).parent / CALIBRATIONS
# No probability is nearer to 0 or 1 than a set of a few thousand labels can show; chosen by eye.
MIN_PROBABILITY = 0.001
# A float32 just below 1 has steps of 6e-8; a difference of one in a million would only move ties.
MIN_SPREAD = 1e-6
# Runs drawn to find what changes by leaps. Of 4,847 pairs 0.60 % leave the bounds of the night before without them,
# 0.42 % with four and 0.25 % with sixteen (docs/experiments/spread.md).
DRAWN_RUNS = 4
_OF_THE_RUN = "has_duplicates"
# How the fingerprint of a scorer of several is put together from theirs.
CASCADE, CASCADE_THEN = "cascade of ", " then "
MEAN, MEAN_AND = "mean of ", " and "
# How the fingerprint of vLLM's batch-invariant mode ends. Its scores are as far from those without it as these from
# each other, so that both share a calibration.
INVARIANT = " batch-invariant"


class Bounded(NamedTuple):
    """Match probabilities of m pairs and the lowest and highest that another run may give, shape (m,) each."""

    probability: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]


@dataclass(frozen=True)
class Calibration:
    """Maps raw scores of one scorer to match probabilities.

    Attributes:
        scorer: Fingerprint of the scorer.
        raw_scale: "log_odds" or "probability", whichever the raw scores are.
        intercept: Log odds added to every pair.
        weights: Weight by name in `FEATURE_NAMES`; what has no weight counts nothing.
        curve: Knots (log odds, probability) of a monotone curve; the logistic function if empty.
        catalogs: Catalogs whose own labels it was fitted on.
        fitted_on: What it was fitted on, and its cross-validated figures.
        one_to_one: Whether odds are normalised among competing candidates, as by `one_to_one.OneToOne`.
        match_prior_weight: Weight of the match prior of a catalog pair, where `one_to_one`.
        has_duplicates: Catalogs at hand that may list a product more than once; a matter of the run, not stored.
    """

    scorer: str
    raw_scale: RawScale = "log_odds"
    intercept: float = 0.0
    weights: Mapping[str, float] = field(default_factory=lambda: {"raw": 1.0})
    curve: tuple[tuple[float, float], ...] = ()
    catalogs: tuple[str, ...] = ()
    fitted_on: Mapping[str, Any] = field(default_factory=dict)
    one_to_one: bool = False
    match_prior_weight: float = 0.0
    has_duplicates: tuple[str, ...] = ()

    def probability(
        self,
        offers: pa.Table,
        pairs: NDArray[np.int64],
        raw: NDArray[np.floating[Any]],
        rank: NDArray[np.integer[Any]] | None = None,
    ) -> NDArray[np.float32]:
        """Match probabilities of pairs.

        Args:
            offers: Table of `schema.OFFERS`, n rows.
            pairs: Row numbers into `offers`, shape (m, 2).
            raw: Raw scores of the pairs, shape (m,). All candidates of a run belong into one call, because a pair is
                also judged by how it stands among them.
            rank: How near the search of whole catalogs found the pairs, shape (m,), from 1; without it they are picked
                pairs, of which no competing candidate is known.

        Returns:
            Probabilities, shape (m,), kept 0.001 away from 0 and 1; nan where the raw score is nan.
        """
        evidence = self._evidence(offers, pairs, raw, rank)
        found = self._settled(self._by_itself(evidence), self._competing(offers, pairs, rank))
        return np.minimum(found, ceilings(evidence, found)).astype(np.float32)

    def odds(
        self,
        offers: pa.Table,
        pairs: NDArray[np.int64],
        raw: NDArray[np.floating[Any]],
        rank: NDArray[np.integer[Any]] | None = None,
    ) -> NDArray[np.float64]:
        """Log odds of the probabilities, shape (m,), also beyond 0.001 and 0.999, where all probabilities are alike.

        Args:
            offers: As for `probability`, and the next three likewise.
        """
        evidence = self._evidence(offers, pairs, raw, rank)
        odds = self._among_competing(self._by_itself(evidence), self._competing(offers, pairs, rank))
        found = self.curved(odds)
        if self.curve:
            knots = np.array(self.curve)[:, 0]
            beyond = odds - odds.clip(knots[0], knots[-1])
            odds = logit(found) + np.where(abs(found - 0.5) >= 0.5 - MIN_PROBABILITY, beyond, 0.0)
        return np.asarray(np.minimum(odds, logit(ceilings(evidence, found))))

    def bounded(
        self,
        offers: pa.Table,
        pairs: NDArray[np.int64],
        raw: NDArray[np.floating[Any]],
        rank: NDArray[np.integer[Any]] | None,
        spread: NDArray[np.float64],
    ) -> Bounded:
        """Match probabilities of pairs, and what another run may give whose raw scores differ a little.

        A pair's own raw score and its runner-up's move it evenly. Where a third catalog has two partners that are as
        good as each other, the better one may change, and with it all that it says: other runs are drawn to find these.
        Words of titles count as in this run.

        Args:
            offers: As for `probability`, and the next three likewise.
            spread: How far raw scores may be from those of another run, in log odds, shape (m,).
        """
        evidence, competing = self._evidence(offers, pairs, raw, rank), self._competing(offers, pairs, rank)
        odds = self._by_itself(evidence)
        found = self._settled(odds, competing)
        ceiling = ceilings(evidence, found)
        found = np.minimum(found, ceiling)
        # A probability moves by a quarter of what its log odds do at most.
        if self._gain * spread.max(initial=0.0) / 4 < MIN_SPREAD:
            return Bounded(*[found.astype(np.float32)] * 3)
        fewest, most = self._odds_of(found)
        low, high = self.curved(fewest - self._gain * spread), self.curved(most + self._gain * spread)
        beside, lot = evidence.beside, lots(offers, pairs)
        context = self._of_run(offers, pairs, evidence.odds, rank, beside)
        for number in range(0 if rank is None else DRAWN_RUNS):
            # Every other run is the opposite of the one before, so that two scores part in one of them or in neither.
            up = ((lot >> np.uint64(number // 2)) ^ np.uint64(number)) & np.uint64(1)
            sign = np.where(up, 1.0, -1.0)
            moved = raw_log_odds(raw, self.raw_scale) + sign * spread
            again = self._settled(odds + self._of_run(offers, pairs, moved, rank, beside) - context, competing)
            low, high = np.minimum(low, again), np.maximum(high, again)
        low, high = np.minimum(low, ceiling), np.minimum(high, ceiling)
        # What float32 cannot show is no difference, and how far odds are beyond a bound is not known.
        small = (np.maximum(found - low, high - found) < MIN_SPREAD) | (found <= MIN_PROBABILITY)
        small |= found >= 1 - MIN_PROBABILITY
        ends = (np.where(small, found, end).astype(np.float32) for end in (low, high))
        return Bounded(found.astype(np.float32), *ends)

    def _evidence(
        self,
        offers: pa.Table,
        pairs: NDArray[np.int64],
        raw: NDArray[np.floating[Any]],
        rank: NDArray[np.integer[Any]] | None,
    ) -> Evidence:
        return Evidence.of(offers, pairs, raw_log_odds(raw, self.raw_scale), rank, self.has_duplicates)

    def _by_itself(self, evidence: Evidence) -> NDArray[np.float64]:
        """Log odds of each pair before those of its competing candidates count, shape (m,)."""
        odds = np.empty(len(evidence.odds))
        for start in range(0, len(odds), CHUNK):
            part = slice(start, start + CHUNK)
            odds[part] = self.log_odds(evidence.matrix(part))
        return odds

    def _of_run(
        self,
        offers: pa.Table,
        pairs: NDArray[np.int64],
        odds: NDArray[np.float64],
        rank: NDArray[np.integer[Any]] | None,
        beside: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """What of a pair's log odds follows from raw scores, its own and those of other candidates, shape (m,)."""
        context = run_features(offers, pairs, odds, rank, self.has_duplicates, beside)
        weights = np.array([self.weights.get(name, 0.0) for name in (*RAW_FEATURES, *RUN_FEATURES)])
        return np.asarray(np.hstack([raw_features(odds, context), context]) @ weights)

    def _competing(
        self, offers: pa.Table, pairs: NDArray[np.int64], rank: NDArray[np.integer[Any]] | None
    ) -> OneToOne | None:
        """Which of the pairs compete; `None` for picked pairs, or where their odds are not normalised."""
        return OneToOne.of(offers, pairs, self.has_duplicates) if rank is not None and self.one_to_one else None

    def _settled(self, odds: NDArray[np.float64], competing: OneToOne | None) -> NDArray[np.float64]:
        """Probabilities of log odds, those of competing candidates counted, shape (m,)."""
        return self.curved(self._among_competing(odds, competing))

    def _among_competing(self, odds: NDArray[np.float64], competing: OneToOne | None) -> NDArray[np.float64]:
        """Log odds before the curve, those of competing candidates counted, shape (m,)."""
        return competing.with_match_prior(odds, self.match_prior_weight) if competing else odds

    def log_odds(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log odds from a matrix as returned by `Evidence.matrix`, shape (m,)."""
        return np.asarray(self.intercept + matrix @ np.array([self.weights.get(name, 0.0) for name in FEATURE_NAMES]))

    def curved(self, odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of log odds, same shape."""
        if self.curve:
            knots, values = np.array(self.curve).T
            probability = np.interp(odds, knots, values)
        else:
            probability = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        return np.asarray(np.clip(probability, MIN_PROBABILITY, 1 - MIN_PROBABILITY))

    def _odds_of(self, probability: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The fewest and the most log odds that a curve maps to a probability; they differ where it is flat."""
        if not self.curve:
            return logit(probability), logit(probability)
        knots, values = np.array(self.curve).T
        # Of knots with equal values `interp` takes the last one; mirrored, that is the first.
        fewest = -np.interp(-probability, -values[::-1], -knots[::-1])
        return fewest, np.interp(probability, values, knots)

    @property
    def _gain(self) -> float:
        """By how much log odds move at most if raw scores move by one: a pair's own, and its runner-up's against it."""
        weight = {name: self.weights.get(name, 0.0) for name in FEATURE_NAMES}
        slopes = [weight["raw"] + weight[hinge] for hinge in ("raw_hinge_low", "raw_hinge_high")]
        own = max(abs(slope) for slope in (weight["raw"], *slopes)) + abs(weight["raw_picked"])
        return own + 2 * max(abs(weight["margin_ahead"]), abs(weight["margin_behind"]))

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides probabilities; the catalogs of a run and figures of the fit are not part of it."""
        decides = (self.scorer, self.raw_scale, self.intercept, sorted(self.weights.items()), self.curve)
        named = repr((*decides, self.one_to_one, self.match_prior_weight))
        return hashlib.blake2b(named.encode(), digest_size=8).hexdigest()

    def covers(self, offers: pa.Table) -> dict[str, bool]:
        """Say for each catalog in `offers` whether the calibration was fitted on labels of its own."""
        return {name: name in self.catalogs for name in sorted(set(offers["catalog"].unique().to_pylist()))}

    def save(self, folder: Path) -> Path:
        """Write the calibration into a folder, replacing that of the same scorer, and return the file."""
        path = folder / file_name(self.scorer)
        values = {name: value for name, value in asdict(self).items() if name != _OF_THE_RUN}
        text = json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        write_text(path, text)
        return path

    @classmethod
    def read(cls, path: Path) -> "Calibration":
        """Read a calibration file; names of the last release are read with a warning.

        Raises:
            UserError: The file is damaged, or weighs what this version does not know.
        """
        try:
            calibration = cls(**with_new_names(json.loads(path.read_text(encoding="utf-8")), path))
            if unknown := sorted(set(calibration.weights) - set(FEATURE_NAMES)):
                raise ValueError(f"it weighs {', '.join(unknown)}, which this version does not know")
            return replace(
                calibration,
                curve=tuple((float(odds), float(probability)) for odds, probability in calibration.curve),
                catalogs=tuple(calibration.catalogs),
            )
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise UserError(f"The calibration {path} cannot be read ({error}); fit it again or delete it.") from error


def load_calibration(fingerprint: str, *folders: Path | None) -> Calibration:
    """Find the calibration of a scorer: the first in `folders`, else the shipped one, else the raw score itself.

    A scorer of several takes that of its first while it has none of its own. The last case holds only for scorers whose
    raw score is a probability already; it covers no catalog.
    """
    scale, first = raw_scale_of(fingerprint), first_of(fingerprint)
    for place in (*folders, SHIPPED):
        for name in dict.fromkeys((fingerprint, first, on_cpu(first), first.removesuffix(INVARIANT))):
            if place is not None and (path := place / file_name(name)).exists():
                return replace(Calibration.read(path), scorer=fingerprint, raw_scale=scale)
    return Calibration(fingerprint, raw_scale=scale)


def on_cpu(fingerprint: str) -> str:
    """Fingerprint of the same weights run by ONNX Runtime on a CPU; of other scorers the fingerprint itself.

    A GPU's logits are within some thousandths of a CPU's, far below what a calibration tells apart, so both share one.
    """
    return re.sub(r"^bundled torch:(.*):\w+$", r"bundled onnx:\1:int8", fingerprint)


def first_of(fingerprint: str) -> str:
    """Fingerprint of the first of several scorers (the fast one of a cascade); of one scorer its own."""
    for begins, divides in ((CASCADE, CASCADE_THEN), (MEAN, MEAN_AND)):
        if fingerprint.startswith(begins):
            return fingerprint.removeprefix(begins).partition(divides)[0]
    return fingerprint


def file_name(fingerprint: str) -> str:
    """Name of the file that holds the calibration of a scorer."""
    return f"{hashlib.blake2b(fingerprint.encode(), digest_size=8).hexdigest()}.json"


def raw_scale_of(fingerprint: str) -> RawScale:
    """Scale of raw scores: log odds of `bundled` and of a mean, of a cascade its fast one's, else probabilities."""
    return "log_odds" if first_of(fingerprint).startswith("bundled") or fingerprint.startswith(MEAN) else "probability"
