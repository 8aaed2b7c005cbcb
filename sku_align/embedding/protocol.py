"""What every embedder offers."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns texts into vectors. Backends: `bundled`, `sentence-transformers`, `vllm`."""

    @property
    def fingerprint(self) -> str:
        """Engine, model and revision in one line; the key of the embedding cache."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts as unit vectors, shape (len(texts), dimension)."""
