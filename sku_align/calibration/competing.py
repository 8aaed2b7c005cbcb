"""Competing candidates: which other pairs cannot be true if a pair is, and which of them comes closest.

Where a catalog lists a product once, an offer has at most one partner there. So all candidates of one offer in one
catalog compete, and a pair's runner-up is the best of those that either of its two offers has besides it. Calibration
measures the margin to the runner-up in log odds, deciding in probability; both search here.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Values = NDArray[np.floating[Any]]
NO_OFFER = -1


class RunnersUp(NamedTuple):
    """For each of m pairs the best pair that competes with it.

    Attributes:
        value: Of the competing pair, shape (m,); -inf where no pair competes.
        pair: Position of the competing pair, shape (m,); -1 where no pair competes.
        offer: Row of the offer that would take the place of one side, shape (m,); -1 where no pair competes.
    """

    value: Values
    pair: Rows
    offer: Rows


class Partners(NamedTuple):
    """The partners of each offer in each other catalog, the best first; one entry for each side of each pair.

    Attributes:
        key: Offer and catalog of the partner as one number, `offer * catalogs + catalog`, ascending; shape (k,).
        partner: Row of the partner, shape (k,).
        value: Of the pair, shape (k,).
        entry: Which side of which pair it is: `side * pairs + pair`, shape (k,).
        first: Whether the partner is the best of its key, shape (k,).
        pairs: How many pairs were searched.
    """

    key: Rows
    partner: Rows
    value: Values
    entry: Rows
    first: NDArray[np.bool_]
    pairs: int

    @staticmethod
    def of(pairs: Rows, value: Values, catalog: Rows, one_to_one: NDArray[np.bool_]) -> "Partners":
        """Sort the partners of every offer.

        A pair without a value (nan) was not scored and competes with no other, and neither does a pair within one
        catalog. Of equal values the partner with the smaller row comes first, so that row order changes nothing.

        Args:
            pairs: Row numbers of offers, shape (m, 2), each pair once.
            value: What makes one pair better than another, shape (m,).
            catalog: Catalog number of each offer, shape (n,).
            one_to_one: Whether a catalog lists each product once, by catalog number; partners elsewhere are left out.
        """
        # Each pair is seen from both of its offers: entry i of the first half is pair i from its first offer, entry
        # i of the second half the same pair from its second.
        offer, partner = pairs.T.reshape(-1), pairs[:, ::-1].T.reshape(-1)
        within, both = catalog[partner], np.tile(value, 2)
        kept = np.flatnonzero(one_to_one[within] & (catalog[offer] != within) & ~np.isnan(both))
        key = offer[kept] * len(one_to_one) + within[kept]
        order = np.lexsort((partner[kept], -both[kept], key))
        entry, key = kept[order], key[order]
        first = np.ones(len(key), dtype=bool)
        first[1:] = key[1:] != key[:-1]
        return Partners(key, partner[entry], both[entry], entry, first, len(pairs))

    def best(self) -> "Partners":
        """Only the best partner of each offer in each catalog."""
        first = self.first
        return Partners(
            self.key[first], self.partner[first], self.value[first], self.entry[first], first[first], self.pairs
        )

    def runners_up(self) -> RunnersUp:
        """The best competing pair of each pair, the better one of its two sides; at equal values that of the first."""
        size, count = len(self.key), self.pairs
        found = RunnersUp(
            np.full(count, -np.inf, dtype=self.value.dtype),
            np.full(count, NO_OFFER, dtype=np.int64),
            np.full(count, NO_OFFER, dtype=np.int64),
        )
        if not size:
            return found
        # The best entry of a key competes with the second one, all others with the best.
        place = np.arange(size)
        competitor = np.where(self.first, place + 1, np.maximum.accumulate(np.where(self.first, place, 0)))
        single = self.first & np.append(self.first[1:], True)
        for side in (0, 1):
            at = np.flatnonzero(~single & (self.entry // count == side))
            pair = self.entry[at] % count
            better = self.value[competitor[at]] > found.value[pair]
            at, pair = at[better], pair[better]
            found.value[pair] = self.value[competitor[at]]
            found.pair[pair] = self.entry[competitor[at]] % count
            found.offer[pair] = self.partner[competitor[at]]
        return found
