"""The best other partner that each offer of a pair has in its partner's catalog."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
NOBODY = -1


class Rivals(NamedTuple):
    """Per pair, the strongest pair that competes with it.

    Attributes:
        probability: Of the rival pair, shape (m,); 0 where nobody competes.
        offer: Row of the offer that would take a side's place; -1 where nobody competes.
    """

    probability: NDArray[np.float32]
    offer: Rows


def strongest_rivals(
    pairs: Rows, probability: NDArray[np.float32], catalog: NDArray[np.int64], exclusive: NDArray[np.bool_]
) -> Rivals:
    """Find, for each pair, the better of the two best pairs it excludes.

    A pair (a, b) excludes every other pair of `a` with an offer of b's catalog and of `b` with an offer of a's
    catalog, unless the catalog may list one product more than once.

    Args:
        pairs: Row numbers of offers, shape (m, 2), each pair once.
        probability: Of each pair, shape (m,).
        catalog: Catalog number of each offer, shape (n,).
        exclusive: Whether a catalog lists each product once, by catalog number.
    """
    count = len(pairs)
    offer, partner = pairs.T.reshape(-1), pairs[:, ::-1].T.reshape(-1)
    chance, pair = np.concatenate([probability, probability]), np.tile(np.arange(count), 2)
    within = catalog[partner]
    keep = np.flatnonzero(exclusive[within] & (catalog[offer] != within))
    order = keep[np.lexsort((partner[keep], -chance[keep], within[keep], offer[keep]))]
    offer, partner, chance, pair, within = (column[order] for column in (offer, partner, chance, pair, within))
    size = len(order)
    opens = np.ones(size, dtype=bool)
    opens[1:] = (offer[1:] != offer[:-1]) | (within[1:] != within[:-1])
    first = np.maximum.accumulate(np.where(opens, np.arange(size), 0))
    second = np.minimum(np.arange(size) + 1, max(size - 1, 0))
    rival = np.where(opens, second, first)
    alone = opens & (np.append(opens[1:], True))
    result = Rivals(np.zeros(count, dtype=np.float32), np.full(count, NOBODY, dtype=np.int64))
    for side in (0, 1):
        at = np.flatnonzero(~alone & (order // count == side)) if count else np.zeros(0, dtype=np.int64)
        stronger = at[chance[rival[at]] > result.probability[pair[at]]]
        result.probability[pair[stronger]] = chance[rival[stronger]]
        result.offer[pair[stronger]] = partner[rival[stronger]]
    return result
