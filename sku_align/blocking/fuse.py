"""Union of the channels' hits, with provenance, cut to a budget by fused rank."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sku_align.blocking.hits import Hits

SMOOTHING = 10


class Fused(NamedTuple):
    """Distinct pairs of two catalogs: rows, the channels as bits, and the better of both sides' ranks."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    channels: NDArray[np.uint8]
    rank: NDArray[np.int32]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Fused":
        """The chosen pairs."""
        return Fused(self.left[rows], self.right[rows], self.channels[rows], self.rank[rows])

    @classmethod
    def join(cls, parts: list["Fused"]) -> "Fused":
        """All pairs of several parts."""
        empty = np.zeros(0, dtype=np.int32)
        parts = [cls(empty, empty, empty.astype(np.uint8), empty), *parts]
        return cls(
            np.concatenate([part.left for part in parts]),
            np.concatenate([part.right for part in parts]),
            np.concatenate([part.channels for part in parts]),
            np.concatenate([part.rank for part in parts]),
        )


def fuse(channels: Mapping[str, Hits], budget: int) -> Fused:
    """Reciprocal rank fusion: a pair scores the sum of 1 / (SMOOTHING + rank) over all its hits.

    Args:
        channels: Hits between two catalogs by channel; at most eight channels.
        budget: A pair stays if it is among the best `budget` of either of its offers.

    Returns:
        Pairs by row, without repetition. Equal scores are ordered by row.
    """
    hits = Hits.join(list(channels.values()))
    left, right = np.minimum(hits.query, hits.found), np.maximum(hits.query, hits.found)
    bits = np.repeat(
        np.array([1 << i for i in range(len(channels))], dtype=np.uint8),
        [len(found.rank) for found in channels.values()],
    )
    keys = left.astype(np.int64) << 32 | right
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    if len(first) == 0:
        return Fused(left, right, bits, left)
    score = np.add.reduceat(1.0 / (SMOOTHING + hits.rank[order].astype(np.float64)), first)
    channel = np.bitwise_or.reduceat(bits[order], first)
    left, right = left[order][first], right[order][first]
    rank = np.minimum(_place(left, right, score), _place(right, left, score))
    return Fused(left, right, channel, rank).take(rank <= budget)


def _place(owner: NDArray[np.int32], other: NDArray[np.int32], score: NDArray[np.float64]) -> NDArray[np.int32]:
    order = np.lexsort((other, -score, owner))
    ordered = owner[order]
    start = np.flatnonzero(np.diff(ordered, prepend=-1))
    position = np.arange(len(order)) - np.repeat(start, np.diff(start, append=len(order)))
    place = np.empty(len(order), dtype=np.int32)
    place[order] = position + 1
    return place
