"""What every scorer offers."""

from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.config import ScoringSettings


class Reading(NamedTuple):
    """What was read of m pairs.

    Attributes:
        raw: Raw scores, shape (m,).
        ceiling: How high the probability may be at most, shape (m,).
        spread: How far another run's raw scores may be from these, in log odds, shape (m,).
    """

    raw: NDArray[np.float32]
    ceiling: NDArray[np.float32]
    spread: NDArray[np.float64]


class Scorer(Protocol):
    """Judges candidate pairs. Backends: `bundled`, `vllm`, `http`; `cascade` of two, `mean` of several.

    One whose scores differ from run to run has an attribute `spread`, which `spread_of` reads.
    """

    @property
    def fingerprint(self) -> str:
        """Engine, model, revision, prompt and dtype in one line; scores of two fingerprints never mix."""

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Raw scores of pairs.

        Args:
            offers: Table of `schema.OFFERS`, n rows.
            pairs: Row numbers into `offers`, shape (m, 2).

        Returns:
            Raw scores, shape (m,), higher is more alike; their range depends on the scorer.
        """


def spread_of(scorer: Scorer, settings: ScoringSettings) -> float:
    """Largest difference of a raw score between two runs in log odds: by the settings, else as the scorer states it."""
    return getattr(scorer, "spread", 0.0) if settings.spread is None else settings.spread


def close(scorer: Scorer) -> None:
    """Let go of a scorer's engines and connections, if it has any."""
    getattr(scorer, "close", lambda: None)()
