"""What every scorer offers."""

from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Scorer(Protocol):
    """Judges candidate pairs. Backends: `bundled`, `vllm`, `http`; `cascade` of two."""

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
