"""Which scored pairs are worth a person's labels: spread over probability and language pairs, drawn by hash."""

import hashlib

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.evaluation.pairs import language_pairs

EDGES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)


def strata(offers: pa.Table, rows: NDArray[np.int64], probability: NDArray[np.floating]) -> NDArray[np.int64]:
    """Number the cell of probability range and language pair that each pair is in, shape (m,)."""
    names, code = np.unique(language_pairs(offers, rows), return_inverse=True)
    return np.asarray(np.digitize(probability, EDGES) * len(names) + code, dtype=np.int64)


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
    lot = _lots(offers, rows)
    cell = strata(offers, rows, probability)
    order = np.lexsort((lot, cell))
    starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
    turn = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    chosen = order[np.lexsort((lot[order], turn))][:size]
    return np.sort(chosen)


def sample_weights(cell: NDArray[np.int64], labelled: NDArray[np.int64]) -> NDArray[np.float64]:
    """How many pairs of the run each labelled pair stands for.

    Args:
        cell: Cell of every scored pair, as of `strata`.
        labelled: Positions of the labelled ones.
    """
    width = int(cell.max()) + 1
    total, drawn = np.bincount(cell, minlength=width), np.bincount(cell[labelled], minlength=width)
    return np.asarray(total[cell[labelled]] / drawn[cell[labelled]], dtype=np.float64)


def _lots(offers: pa.Table, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    keys = zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True)
    digests = b"".join(hashlib.blake2b("\x1f".join(key).encode(), digest_size=8).digest() for key in keys)
    lots = np.frombuffer(digests, dtype=np.uint64)[rows]
    mixed = (np.minimum(lots[:, 0], lots[:, 1]) * np.uint64(0x9E3779B97F4A7C15)) ^ np.maximum(lots[:, 0], lots[:, 1])
    return np.asarray((mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9))
