"""How much blocking lost, estimated without labels by capture and recapture.

The embedding and the lexical channel search for the same unknown matches independently. Pairs that are each other's
best in one channel are mostly matches, and the share of them that the other channel found too estimates the other
channel's recall; what both miss is the product of what each misses. Hard matches are hard for both, so the estimate
is too high rather than too low, and it is called an estimate everywhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sku_align.blocking.hits import Hits
from sku_align.pairs import MAX_ROWS, pairs_of_codes

# With fewer best pairs of a channel the estimate of capture and recapture is noise, and none is given. Chosen by eye.
MIN_BEST_PAIRS = 20


class Recapture(NamedTuple):
    """Counts of pairs that are each other's best in one channel, and of those that the other channel found too."""

    meaning: int
    meaning_by_letters: int
    letters: int
    letters_by_meaning: int


def recapture(meaning: Hits, letters: Hits, group: NDArray[np.int64]) -> dict[tuple[int, int], Recapture]:
    """Count what one channel finds of the other's best pairs, for each pair of groups of offers by itself.

    Args:
        meaning: Hits of the embedding, both ways.
        letters: Hits of the lexical channel, both ways.
        group: Group of each row, such as a number of its language, shape (n,).

    Returns:
        Both groups, the smaller first -> counts.
    """
    first, second = meaning.pairs(), letters.pairs()
    best, other_best = _mutual(meaning.rank, first), _mutual(letters.rank, second)
    groups = int(group.max(initial=0)) + 1
    counts: dict[tuple[int, int], NDArray[np.int64]] = defaultdict(lambda: np.zeros(4, dtype=np.int64))
    for at, (keys, found) in enumerate(((best, _in(best, second)), (other_best, _in(other_best, first)))):
        low, high = np.sort(group[pairs_of_codes(keys, MAX_ROWS)], axis=1).T
        codes, place = np.unique(low * groups + high, return_inverse=True)
        totals = np.stack([np.bincount(place, minlength=len(codes)), np.bincount(place, found, len(codes))])
        for code, both in zip(codes.tolist(), totals.T.astype(np.int64), strict=True):
            counts[divmod(code, groups)][2 * at : 2 * at + 2] = both
    return {pair: Recapture(*four.tolist()) for pair, four in counts.items()}


def estimate_completeness(counts: Iterable[Recapture]) -> float | None:
    """Estimated share of the true pairs that at least one of the two channels found.

    Args:
        counts: Counts of every pair of catalogs.

    Returns:
        The estimate; None if a channel has fewer than MIN_BEST_PAIRS best pairs.
    """
    total = np.array([*counts, Recapture(0, 0, 0, 0)]).sum(axis=0)
    if min(total[0], total[2]) < MIN_BEST_PAIRS:
        return None
    return float(1.0 - (1.0 - total[1] / total[0]) * (1.0 - total[3] / total[2]))


def estimate_groups(counts: Mapping[str, Iterable[Recapture]]) -> dict[str, float]:
    """The estimate of each group that has enough best pairs, by name."""
    found = {name: estimate_completeness(of) for name, of in sorted(counts.items())}
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def _in(some: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    ordered = np.append(np.sort(keys), -1)
    return np.asarray(ordered[np.searchsorted(ordered[:-1], some)] == some, dtype=np.bool_)


def _mutual(rank: NDArray[np.int32], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    first = np.sort(keys[rank == 1])
    return np.asarray(first[:-1][first[1:] == first[:-1]], dtype=np.int64)
