"""The final rank: how similar two offers are, compared with the best candidate that either has in the other catalog.

A rank in a channel's list says little about a pair that the list is too short for, and nothing about how far apart two
ranks are. So the pairs that all channels together put first are compared in every way, and each similarity counts as a
share of the best one on either side: a pair of similar offers comes late where one of them has a more similar partner.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sku_align.blocking.fuse import IDENTIFIER, WEIGHTS, Fused, mutual_rank

CHUNK = 1 << 16
# Shares of the best similarity are squared, so that being the best counts more than being nearly as good. Halved, a
# share counts as it is: docs/experiments/blocking_constants.md.
SHARE_POWER = 2

Rows = NDArray[np.int32]
Values = NDArray[np.float32]
Similarity = Callable[[Rows, Rows], Values]


def rerank(pool: Fused, similarities: Mapping[str, Similarity], budget: int) -> Fused:
    """Rank the pairs of a pool anew.

    Args:
        pool: Pairs sorted by row, m of them; `channels` with bit IDENTIFIER go first.
        similarities: What tells how alike pairs are, of left and right rows, both of shape (m,), by channel.
        budget: A pair stays if it is among the best `budget` of both of its offers, so no offer has more candidates.

    Returns:
        The pairs that stay, in their order, with their new ranks.
    """
    if len(pool.rank) == 0:
        return pool
    score = np.where(pool.channels & IDENTIFIER, WEIGHTS["identifier"], 0.0).astype(np.float32)
    for name, similarity in similarities.items():
        chunks = [slice(start, start + CHUNK) for start in range(0, len(score), CHUNK)]
        values = np.concatenate([similarity(pool.left[chunk], pool.right[chunk]) for chunk in chunks])
        for share in _shares_of_best(pool, np.maximum(values, 0)):
            score += np.float32(WEIGHTS.get(name, 1.0)) * share**SHARE_POWER
    ranked = pool._replace(rank=mutual_rank(pool.left, pool.right, score))
    return ranked.take(ranked.rank <= budget)


def cosine(left: NDArray[np.float16], right: NDArray[np.float16], one: Rows, other: Rows) -> Values:
    """Inner products of rows of two dense matrices; of `one`, which ascends, each row is read once, shape (m,)."""
    start = one[0]
    ours = left[start : one[-1] + 1].astype(np.float32)[one - start]
    product: Values = np.einsum("ij,ij->i", ours, right[other].astype(np.float32))
    return product


def overlap(left: Any, right: Any, one: Rows, other: Rows) -> Values:
    """Inner products of rows of two CSR matrices, shape (m,)."""
    return np.asarray(left[one].multiply(right[other]).sum(axis=1), dtype=np.float32).ravel()


def _shares_of_best(pool: Fused, values: Values) -> list[Values]:
    start = pool.left.min()
    best = np.full(int(pool.right.max() - start) + 1, 1e-6, dtype=np.float32)
    for owner in (pool.left, pool.right):
        np.maximum.at(best, owner - start, values)
    return [values / best[owner - start] for owner in (pool.left, pool.right)]
