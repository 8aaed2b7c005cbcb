"""Union of the channels' hits, with provenance, cut to a budget by fused rank."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sku_align.blocking.hits import Hits
from sku_align.pairs import MAX_ROWS, pairs_of_codes

# The constant of reciprocal rank fusion, 60 where it was published (Cormack, Clarke and Buettcher, SIGIR 2009). It only
# decides which pairs are compared: 2, its half and 60 find the same to .001 (docs/experiments/blocking_constants.md).
SMOOTHING = 2
IDENTIFIER = 1
# An identifier outweighs everything else. Letters have two channels, `lexical` and `translation`, which agree with each
# other, and meaning has one, which therefore counts half as much again. Measured in the same place.
WEIGHTS = {"identifier": 100.0, "neighbours": 1.5}


class Fused(NamedTuple):
    """Distinct pairs, left row < right row: the channels as bits, and the worse of both sides' ranks (from 1)."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    channels: NDArray[np.uint8]
    rank: NDArray[np.int32]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Fused":
        """The chosen pairs."""
        return Fused(self.left[rows], self.right[rows], self.channels[rows], self.rank[rows])

    @classmethod
    def join(cls, parts: Sequence["Fused"]) -> "Fused":
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
    """Reciprocal rank fusion: a pair scores the sum of weight / (SMOOTHING + rank) over all its hits.

    Args:
        channels: Hits between two catalogs by channel, at most eight channels; hits of `identifier`, the first, lead.
        budget: A pair stays if it is among the best `budget` of both of its offers, so no offer has more candidates.

    Returns:
        Pairs sorted by row. Rank 1 means that each offer is the other's best. Equal scores are ordered by row.
    """
    keys = np.concatenate([hits.pairs() for hits in channels.values()])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    if len(first) == 0:
        return Fused.join([])
    left, right = pairs_of_codes(keys[first], MAX_ROWS).astype(np.int32).T
    del keys
    weights = [(WEIGHTS.get(name, 1.0) / (SMOOTHING + hits.rank)).astype(np.float32) for name, hits in channels.items()]
    score = np.add.reduceat(np.concatenate(weights)[order], first)
    bits = np.repeat(1 << np.arange(len(weights)), [len(weight) for weight in weights]).astype(np.uint8)
    union = np.bitwise_or.reduceat(bits[order], first)
    del order, weights, bits
    fused = Fused(left, right, union, mutual_rank(left, right, score))
    return fused.take(fused.rank <= budget)


def mutual_rank(left: NDArray[np.int32], right: NDArray[np.int32], score: NDArray[np.float32]) -> NDArray[np.int32]:
    """The worse of a pair's places, from 1, among all pairs of its left and of its right offer.

    Within one catalog an offer is the left one of some pairs and the right one of others, and has one list of both.

    Args:
        left: Left rows, shape (m,); pairs come sorted by row, and equal scores keep that order.
        right: Right rows, shape (m,).
        score: Positive, the higher the better, shape (m,).
    """
    worse = ((score.max() - score) / score.max() * 0x7FFFFFFF).astype(np.int64)
    if left.max() < right.min():
        return np.maximum(_place(left, worse), _place(right, worse))
    place = _place(np.concatenate([left, right]), np.tile(worse, 2))
    return np.maximum(place[: len(left)], place[len(left) :])


def _place(owner: NDArray[np.int32], worse: NDArray[np.int64]) -> NDArray[np.int32]:
    """Place of each pair in its owner's list, from 1."""
    order = np.argsort(owner.astype(np.int64) << 32 | worse, kind="stable")
    start = np.flatnonzero(np.diff(owner[order], prepend=-1))
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(1, len(order) + 1) - np.repeat(start, np.diff(start, append=len(order)))
    return place
