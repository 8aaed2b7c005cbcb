"""The sentences beside the decisions, kept columnar: most pairs share one of a few."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.deciding.thresholds import Thresholds

_BANDS = 3


class Details:
    """One sentence per pair.

    Args:
        limits: Thresholds of m pairs.
        band: 0 below review, 1 from review on, 2 from auto_merge on; shape (m,).
    """

    def __init__(self, limits: Thresholds, band: NDArray[np.int8]) -> None:
        review, auto_merge = (pc.dictionary_encode(pa.array(limit)) for limit in (limits.review, limits.auto_merge))
        sentences = [
            _words(low, high, level)
            for low in review.dictionary.to_pylist()
            for high in auto_merge.dictionary.to_pylist()
            for level in range(_BANDS)
        ]
        kind = review.indices.to_numpy() * len(auto_merge.dictionary) + auto_merge.indices.to_numpy()
        self.column = pa.array(sentences, pa.string()).take(pa.array(kind * _BANDS + band))

    def append(self, rows: NDArray[np.int64], texts: pa.Array) -> None:
        """Add to the sentences of some pairs; `rows` ascend."""
        self.replace(rows, pc.binary_join_element_wise(self.column.take(pa.array(rows)), texts, "; "))

    def replace(self, rows: NDArray[np.int64], texts: pa.Array) -> None:
        """Put other sentences in the place of some; `rows` ascend."""
        mask = np.zeros(len(self.column), dtype=bool)
        mask[rows] = True
        self.column = pc.replace_with_mask(self.column, pa.array(mask), texts)


def _words(review: float, auto_merge: float, band: int) -> str:
    return (f"below {review:g}", f"from {review:g} to {auto_merge:g}", f"at least {auto_merge:g}")[band]
