"""The scorer that works everywhere: a small cross-encoder, offline, no account, on a CPU or packed on a GPU."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.scoring.scorers.encoder_text import offer_texts

if TYPE_CHECKING:
    from sku_align.scoring.scorers.cross_encoder import CrossEncoder

# Largest difference of a raw score over sizes and orders of batches and numbers of threads, in log odds; measured in
# docs/experiments/cascade.md.
CPU_SPREAD = 7e-7
# Twice the largest gap of float16 to the CPU's scores (docs/experiments/gpu-encoder.md): two runs that are as far from
# the CPU on either side of it. Runs on a GPU have not been compared with each other.
GPU_SPREAD = 0.0116


class BundledScorer:
    """Log odds, as a cross-encoder reads the texts of two offers, that both are one product.

    Args:
        folder: Folder of another cross-encoder; the shipped one without it.
        threads: CPU threads; what the machine has without it.
        device: "cpu", or a torch device such as "cuda", which needs PyTorch.

    Example:
        >>> import numpy as np
        >>> from sku_align import schema
        >>> from sku_align.scoring.scorers.bundled import BundledScorer
        >>> titles = ["Steel kettle 1.7 L", "Wasserkocher Edelstahl 1,7 l", "Garden hose 20 m"]
        >>> rows = [{"catalog": "a", "offer_id": str(row), "title": title} for row, title in enumerate(titles)]
        >>> kettles, other = BundledScorer().score(schema.conform(rows, schema.OFFERS), np.array([[0, 1], [0, 2]]))
        >>> bool(kettles > other)
        True
    """

    # Log odds of a match among the pairs of training, of which 22 in 100 are: above it a text speaks for a match.
    boundary = -1.27

    @property
    def spread(self) -> float:
        """Largest known difference of a raw score between two runs, in log odds."""
        return CPU_SPREAD if self._device == "cpu" else GPU_SPREAD

    def __init__(self, folder: Path | None = None, threads: int | None = None, device: str = "cpu") -> None:
        self._folder = folder
        self._threads = threads
        self._device = device

    @cached_property
    def _encoder(self) -> "CrossEncoder":
        if self._device != "cpu":
            from sku_align.scoring.scorers.gpu_encoder import GpuEncoder

            return GpuEncoder(self._folder, self._device)
        from sku_align.scoring.scorers.cross_encoder import CrossEncoder

        return CrossEncoder(self._folder, self._threads)

    @property
    def fingerprint(self) -> str:
        """Engine and model, with the hash of its weights."""
        return f"bundled {self._encoder.fingerprint}"

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Log odds of pairs, shape (m,); see `protocol.Scorer`."""
        if len(pairs) == 0:
            return np.zeros(0, dtype=np.float32)
        used, positions = np.unique(pairs, return_inverse=True)
        texts = offer_texts(offers.take(pa.array(used)))
        return np.asarray(self._encoder.predict(texts, positions.reshape(-1, 2)), dtype=np.float32)

    def tokenise(self, offers: pa.Table) -> list[list[int]]:
        """Token ids of offers, which is what `score` reads of each once."""
        return self._encoder.tokenise(offer_texts(offers))
