"""Which scored pairs are worth a person's labels: spread over probability and language pairs, drawn by hash."""

import hashlib

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.pairs import language_pairs

EDGES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)


def sample_pairs(
    offers: pa.Table, rows: NDArray[np.int64], probability: NDArray[np.floating], size: int
) -> NDArray[np.int64]:
    """Choose pairs to label.

    Every cell of probability range and language pair gives one pair in turn until there are enough, so that rare
    languages and rare scores are seen too. The same offers and scores give the same pairs, whatever their order.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        rows: Row numbers of scored pairs, shape (m, 2).
        probability: Their probabilities, shape (m,).
        size: How many pairs to choose.

    Returns:
        Positions of the chosen pairs, ascending, at most `size`.
    """
    lot = lots(offers, rows)
    _, cell = _cells(offers, rows, probability)
    order = np.lexsort((lot, cell))
    starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
    turn = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    chosen = order[np.lexsort((lot[order], turn))][:size]
    return np.sort(chosen)


def sample_weights(
    offers: pa.Table, rows: NDArray[np.int64], probability: NDArray[np.floating], labelled: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How many pairs of the run each labelled pair stands for.

    They follow from the run and from which of its pairs came back labelled, so that a sheet need not carry them: rows
    that a spreadsheet lost or sorted, and verdicts from elsewhere, get the weights that are right for what came back.
    For language pairs without a label in a range of probability stand the labels of the others there.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        rows: Row numbers of scored pairs, shape (m, 2).
        probability: Their probabilities, shape (m,).
        labelled: Positions of the labelled ones, shape (k,).

    Returns:
        Weights, shape (k,); their sum is m if every range of probability has a label.
    """
    weights = np.ones(len(labelled))
    for group in reversed(_cells(offers, rows, probability)):
        mine = group[labelled]
        total, held = np.bincount(group), np.bincount(mine, weights=weights, minlength=int(group.max(initial=0)) + 1)
        weights = weights * (total[mine] / held[mine])
    return weights


def _cells(
    offers: pa.Table, rows: NDArray[np.int64], probability: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the range of probability of each pair, shape (m,), and its cell of range and language pair, shape (m,)."""
    names, code = np.unique(language_pairs(offers, rows), return_inverse=True)
    ranges = np.asarray(np.digitize(probability, EDGES), dtype=np.int64)
    return ranges, ranges * len(names) + code


def lots(offers: pa.Table, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A number for each pair as if drawn by chance, shape (m,), that follows from the keys of its offers alone."""
    keys = zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True)
    digests = b"".join(hashlib.blake2b("\x1f".join(key).encode(), digest_size=8).digest() for key in keys)
    lots = np.frombuffer(digests, dtype=np.uint64)[rows]
    mixed = (np.minimum(lots[:, 0], lots[:, 1]) * np.uint64(0x9E3779B97F4A7C15)) ^ np.maximum(lots[:, 0], lots[:, 1])
    return np.asarray((mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9))
