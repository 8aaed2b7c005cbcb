"""What the candidates of a run say of each other: an offer has one place in a catalog that lists a product once.

Of an offer's candidates in one catalog, one at most is a match, so they share what is likely. And how likely a match is
to begin with differs from one pair of catalogs to the next: what their candidates promise together says how many offers
have a partner at all, and that counts for each of them in turn.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit, logit

from sku_align.pairs import numbered

ODDS_LIMIT = 30.0
# An overlap outside is not told from one at the border: of few offers it may be chance, of many it decides enough.
LEAST_OVERLAP, MOST_OVERLAP = 0.02, 0.9

Values = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """Who competes with whom, worked out once for the candidates of a run.

    Attributes:
        place: For the offer of the first and of the second catalog its place in the other one, shape (2, m).
        competes: Whether that place is for one offer only, shape (2, m).
        meeting: Number of the pair of catalogs that meet in each pair, shape (m,).
        met: For the places of either side, the meeting that they belong to.
        smaller: Offers of the smaller catalog, by meeting; 0 where a catalog meets itself.
    """

    place: tuple[Rows, Rows]
    competes: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    meeting: Rows
    met: tuple[Rows, Rows]
    smaller: Rows

    @staticmethod
    def of(offers: pa.Table, pairs: Rows, repeating: frozenset[str] = frozenset()) -> "Places":
        """Work out the places of all candidates.

        Args:
            offers: Table of `schema.OFFERS` with every offer of the run, n rows.
            pairs: Row numbers of all candidates, shape (m, 2), each pair once.
            repeating: Catalogs that may list a product more than once; nobody competes for a place there.
        """
        catalog, names = numbered(offers["catalog"])
        repeats = np.array([name in repeating for name in names.to_pylist()], dtype=bool)
        turned = catalog[pairs[:, 0]] > catalog[pairs[:, 1]]
        pairs = np.where(turned[:, np.newaxis], pairs[:, ::-1], pairs)
        sides, sizes = catalog[pairs], np.bincount(catalog, minlength=len(names))
        same = sides[:, 0] == sides[:, 1]
        codes, meeting = np.unique(sides[:, 0] * len(names) + sides[:, 1], return_inverse=True)
        one, other = np.divmod(codes, max(len(names), 1))
        smaller = np.where(one == other, 0, np.minimum(sizes[one], sizes[other]))
        place, met = [], []
        for side in (0, 1):
            found, at = np.unique(pairs[:, side] * len(names) + sides[:, 1 - side], return_inverse=True)
            place.append(at)
            belongs = np.empty(len(found), dtype=np.int64)
            belongs[at] = meeting
            met.append(belongs)
        competes = tuple(~same & ~repeats[sides[:, 1 - side]] for side in (0, 1))
        return Places((place[0], place[1]), (competes[0], competes[1]), meeting, (met[0], met[1]), smaller)

    def contested(self, odds: Values) -> Values:
        """What rivals leave of the log odds of each pair by itself, shape (m,).

        With odds o, and sums a and b of its rivals' odds on either side, o / ((1 + a) (1 + b)) is left; nan is nothing.
        """
        share = np.exp(np.clip(np.nan_to_num(odds, nan=-np.inf), -ODDS_LIMIT, ODDS_LIMIT))
        left = np.array(odds, dtype=np.float64)
        for place, competes in zip(self.place, self.competes, strict=True):
            rivals = np.maximum(np.bincount(place, share)[place] - share, 0.0) if len(place) else share
            left -= np.where(competes, np.log1p(rivals), 0.0)
        return left

    def overlap(self, odds: Values) -> Values:
        """Log odds that an offer of the smaller catalog has a partner in the other, for the meeting of each pair; (m,).

        Args:
            odds: Log odds of each pair among its rivals, shape (m,).
        """
        chance = np.nan_to_num(expit(odds))
        found = np.full(len(self.smaller), np.inf)
        for place, met in zip(self.place, self.met, strict=True):
            partnered = np.minimum(np.bincount(place, chance, minlength=len(met)), 1.0)
            found = np.minimum(found, np.bincount(met, partnered, minlength=len(found)))
        share = np.clip((found + 0.5) / (self.smaller + 1.0), LEAST_OVERLAP, MOST_OVERLAP)
        return np.where(self.smaller == 0, 0.0, logit(share))[self.meeting]

    def settled(self, odds: Values, overlap: float) -> Values:
        """Log odds of each pair among its rivals, the catalogs' overlap counting with the given weight, shape (m,)."""
        return self.contested(odds + overlap * self.overlap(self.contested(odds)))
