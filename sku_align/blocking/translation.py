"""Channel `translation`: words of one catalog looked up in the other through a dictionary learnt from the run itself.

Offers that are each other's best match by the other channels are mostly the same product, so words that keep turning
up together in such pairs are translations, transliterations or brand aliases of each other. Nobody provides a
dictionary, and the table is forgotten after the run.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sku_align.blocking.tokens import unit_rows

# What halving and doubling them changes: docs/experiments/blocking_constants.md.
MIN_TOGETHER = 2
MIN_LIFT = 2.0


def learn_translations(left: Any, right: Any) -> tuple[Any, Any]:
    """How strongly words of two catalogs belong together, from pairs of offers believed to match.

    Args:
        left: Word weights of the left offers of the pairs, CSR, shape (pairs, vocabulary).
        right: Word weights of the right offers, in the same order.

    Returns:
        Dice coefficients from left to right and from right to left, CSR float32, shape (vocabulary, vocabulary): rows
        are words to look up, each with its best translation. Words seen together once, or hardly more often than by
        chance, are left out.
    """
    ours, theirs = (left > 0).astype(np.float32), (right > 0).astype(np.float32)
    together = (ours.T @ theirs).tocoo()
    our_count, their_count = np.asarray(ours.sum(axis=0)).ravel(), np.asarray(theirs.sum(axis=0)).ravel()
    one, other = our_count[together.row], their_count[together.col]
    expected = one * other / max(1, left.shape[0])
    kept = (together.data >= MIN_TOGETHER) & (together.data > MIN_LIFT * expected)
    rows, columns = together.row[kept], together.col[kept]
    dice = (2 * together.data[kept] / (one[kept] + other[kept])).astype(np.float32)
    return _table(rows, columns, dice, left.shape[1]), _table(columns, rows, dice, left.shape[1])


def translate(weights: Any, table: Any) -> Any:
    """Word weights carried over to the other catalog's words, rows of unit length."""
    return unit_rows((weights @ table).tocsr())


def _table(words: NDArray[np.int32], found: NDArray[np.int32], values: NDArray[np.float32], size: int) -> Any:
    from scipy.sparse import csr_matrix

    order = np.lexsort((found, -values, words))
    best = order[np.flatnonzero(np.diff(words[order], prepend=-1))]
    return csr_matrix((values[best], (words[best], found[best])), shape=(size, size))
