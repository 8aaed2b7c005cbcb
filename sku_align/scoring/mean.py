"""Several scorers as one: all read every pair, and the mean of their log odds counts.

Models that learnt apart err apart: on pairs of most kinds the mean is better than either (docs/experiments/mean.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.calibration.calibration import MEAN, MEAN_AND, raw_scale_of
from sku_align.calibration.features import raw_log_odds
from sku_align.config import MeanScoring
from sku_align.scoring.protocol import Reading, Scorer, close, spread_of


@dataclass(frozen=True)
class Mean:
    """A scorer of several.

    Attributes:
        parts: The scorers, each of which must know the pairs whose answer is known.
        settings: Of all, in the same order.
    """

    parts: tuple[Scorer, ...]
    settings: MeanScoring

    @property
    def fingerprint(self) -> str:
        """Those of all."""
        return MEAN + MEAN_AND.join(part.fingerprint for part in self.parts)

    @property
    def spread(self) -> float:
        """Largest difference of a raw score between two runs: the mean of the scorers' own, as if all erred one way."""
        return float(np.mean([spread_of(*each) for each in zip(self.parts, self.settings.scorers, strict=True)]))

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Mean of the log odds, shape (m,); see `protocol.Scorer`."""
        return self._mean([part.score(offers, pairs) for part in self.parts])

    def of(self, readings: Sequence[Reading]) -> Reading:
        """What all scorers read of m pairs as one; a pair that one of them holds down is held down."""
        ceiling = np.min([reading.ceiling for reading in readings], axis=0)
        spread = np.mean([reading.spread for reading in readings], axis=0)
        return Reading(self._mean([reading.raw for reading in readings]), ceiling, spread)

    def close(self) -> None:
        """Let go of engines and connections."""
        for part in self.parts:
            close(part)

    def _mean(self, raw: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        scales = [raw_scale_of(part.fingerprint) for part in self.parts]
        odds = [raw_log_odds(each, scale) for each, scale in zip(raw, scales, strict=True)]
        return np.asarray(np.mean(odds, axis=0), dtype=np.float32)
