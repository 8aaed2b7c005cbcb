"""The one-to-one constraint between two catalogs, as probabilities.

Of an offer's candidates in a catalog that lists a product once, one at most is a match, so their odds are normalised
among each other. And how likely a match is to begin with differs from one catalog pair to the next: the share of offers
that seem to have a partner at all is the match prior of the catalog pair, and it counts for each of its candidates in
turn.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit, logit

from sku_align.pairs import numbered

# exp(30) is far beyond what any probability shows and far below what overflows.
MAX_LOG_ODDS = 30.0
# Bounds of a match prior, chosen by eye: beyond them the share of few offers is chance, and that of many would outweigh
# all other evidence. Half the lower bound lowers the log odds of catalogs that share nothing by up to 0.7 times weight.
MIN_MATCH_PRIOR, MAX_MATCH_PRIOR = 0.02, 0.9
# Rounds of estimating the match prior: the sixth moved it by .001 at most in sixteen runs. Where fewer than a third of
# the offers seem to have a partner, nearest candidates mostly are siblings, and the prior counts three times more: with
# every product alone nothing merges then, and with nine in ten alone more is found (docs/experiments/siblings.md).
ROUNDS = 6
FEW, FEW_WEIGHT = 1 / 3, 3.0
# One offer with a partner and one without count beside those of the catalogs (Laplace's rule of succession), because
# nothing is known of two shops beforehand: one partner in catalogs of four offers is no sign of few yet. Merges and log
# loss in runs of one to twenty offers: docs/experiments/siblings.md.
PARTNERED, ALONE = 1.0, 1.0

Values = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class OneToOne:
    """Which candidates compete, worked out once for the candidates of a run.

    A group holds the candidates of one offer in one catalog. Every candidate is in two groups: that of its offer of
    the first catalog, and that of its offer of the second.

    Attributes:
        group: Number of the group on either side, shape (m,) each.
        one_to_one: Whether one candidate at most of that group is a match, shape (m,) each.
        catalog_pair: Number of the catalog pair, shape (m,).
        group_catalog_pair: The catalog pair of each group, for either side.
        smaller: Offers of the smaller catalog, by catalog pair; 0 for a catalog with itself.
    """

    group: tuple[Rows, Rows]
    one_to_one: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    catalog_pair: Rows
    group_catalog_pair: tuple[Rows, Rows]
    smaller: Rows

    @staticmethod
    def of(offers: pa.Table, pairs: Rows, has_duplicates: Collection[str] = ()) -> "OneToOne":
        """Group all candidates.

        Args:
            offers: Table of `schema.OFFERS` with every offer of the run, n rows.
            pairs: Row numbers of all candidates, shape (m, 2), each pair once.
            has_duplicates: Catalogs that may list a product more than once; candidates there do not compete.
        """
        catalog, names = numbered(offers["catalog"])
        duplicates = np.array([name in has_duplicates for name in names.to_pylist()], dtype=bool)
        # Pairs are turned so that the first side is always of the catalog with the smaller number; else a catalog pair
        # would have two numbers and each half of its candidates.
        turned = catalog[pairs[:, 0]] > catalog[pairs[:, 1]]
        pairs = np.where(turned[:, np.newaxis], pairs[:, ::-1], pairs)
        sides, sizes = catalog[pairs], np.bincount(catalog, minlength=len(names))
        same = sides[:, 0] == sides[:, 1]
        codes, catalog_pair = np.unique(sides[:, 0] * len(names) + sides[:, 1], return_inverse=True)
        one, other = np.divmod(codes, max(len(names), 1))
        smaller = np.where(one == other, 0, np.minimum(sizes[one], sizes[other]))
        groups, owners = [], []
        for side in (0, 1):
            found, at = np.unique(pairs[:, side] * len(names) + sides[:, 1 - side], return_inverse=True)
            groups.append(at)
            # All candidates of a group have one catalog pair, so it does not matter which of them writes last.
            owner = np.empty(len(found), dtype=np.int64)
            owner[at] = catalog_pair
            owners.append(owner)
        one_to_one = tuple(~same & ~duplicates[sides[:, 1 - side]] for side in (0, 1))
        return OneToOne(
            (groups[0], groups[1]), (one_to_one[0], one_to_one[1]), catalog_pair, (owners[0], owners[1]), smaller
        )

    def normalised(self, odds: Values) -> Values:
        """Log odds of each pair among its competing candidates, shape (m,).

        A pair with odds o, whose competitors on either side have odds that sum to a and b, keeps
        o / ((1 + a) (1 + b)): the odds of "this one" against "another or none" on each side, as if the two sides were
        independent. A pair without a score (nan) takes nothing from the others.

        Args:
            odds: Log odds of each pair by itself, shape (m,).
        """
        share = np.exp(np.clip(np.nan_to_num(odds, nan=-np.inf), -MAX_LOG_ODDS, MAX_LOG_ODDS))
        left = np.array(odds, dtype=np.float64)
        for group, one_to_one in zip(self.group, self.one_to_one, strict=True):
            # The sum of the others is the sum of the group less the pair itself; rounding may leave it below 0.
            others = np.maximum(np.bincount(group, share)[group] - share, 0.0) if len(group) else share
            left -= np.where(one_to_one, np.log1p(others), 0.0)
        return left

    def match_prior(self, odds: Values) -> Values:
        """Log odds that an offer of the smaller catalog has a partner in the other one, by pair, shape (m,).

        Args:
            odds: Normalised log odds of each pair, shape (m,).
        """
        chance = np.nan_to_num(expit(odds))
        found = np.full(len(self.smaller), np.inf)
        # An offer has at most one partner, so its chances add up to one at most. The number of offers with a partner is
        # counted from either side, and the lower count is kept: the other one counts some partners twice.
        for group, owner in zip(self.group, self.group_catalog_pair, strict=True):
            partnered = np.minimum(np.bincount(group, chance, minlength=len(owner)), 1.0)
            found = np.minimum(found, np.bincount(owner, partnered, minlength=len(found)))
        # The mean of a beta distribution: the fewer offers, the nearer is their share to a half.
        share = (found + PARTNERED) / (self.smaller + PARTNERED + ALONE)
        share = np.clip(share, MIN_MATCH_PRIOR, MAX_MATCH_PRIOR)
        return np.where(self.smaller == 0, 0.0, logit(share))[self.catalog_pair]

    def with_match_prior(self, odds: Values, weight: float) -> Values:
        """Normalised log odds to which the match prior of the catalog pair is added with a weight, shape (m,).

        The prior is the share of offers that have a partner, which follows from the odds, which follow from the prior:
        as in expectation maximisation both are worked out in turn.

        Args:
            odds: Log odds of each pair by itself, shape (m,).
            weight: Of the match prior; 0 leaves it out.
        """
        found = self.normalised(odds)
        if not weight:
            return found
        for _ in range(ROUNDS):
            prior = self.match_prior(found)
            found = self.normalised(odds + weight * prior)
        few = np.minimum(prior - logit(FEW), 0.0)
        return self.normalised(odds + weight * (prior + FEW_WEIGHT * few))
