"""Features of a pair from its run: how it stands among the other candidates of its two offers.

Mutual best is the strongest evidence next to the text itself: a catalog lists a product once, so the offer that fits
best leaves no room for the second. The search has a choice of its own, made by other means than the scorer's and
equally good in every domain. Third-catalog agreement is transitive evidence: where both offers have the same best
partner in a third catalog they are more likely one product, and where their best partners there differ, less. All this
counts among the candidates of a run only, because blocking searched whole catalogs for them, however few it kept; a
list of picked pairs says nothing about which other candidates there are.
"""

from collections.abc import Collection
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.special import expit

from sku_align.calibration.competing import Partners
from sku_align.errors import UserError
from sku_align.pairs import numbered, pair_positions, pair_rows, ranges

RUN_FEATURES = (
    "is_candidate",
    "no_competitor",
    "margin_ahead",
    "margin_behind",
    "mutual_nearest",
    "has_third_catalog",
    "third_catalog_agrees",
    "third_catalog_disagrees",
)
# A margin counts up to this many log odds: up to 6, recall at 0.9 falls by 2 to 7 points (docs/adr/0004).
MAX_MARGIN = 2.0
NEAREST = 1
# Log odds that a partner in a third catalog gains where the search found it nearest. With 4 or 6 F1 moves by .01 at
# most; without it F1 on a domain that the model has not seen falls from .93 to .84 (hk_supermarket, docs/adr/0008).
NEAREST_BONUS = 5.0
CHUNK = 1 << 20

Values = NDArray[np.float64]
Rows = NDArray[np.int64]


def run_features(
    offers: pa.Table,
    pairs: Rows,
    odds: Values,
    rank: NDArray[np.integer[Any]] | None,
    has_duplicates: Collection[str] = (),
    beside: Values | None = None,
) -> Values:
    """Compare each pair with its runner-up, and with what third catalogs say.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers of all candidates, shape (m, 2), each pair once.
        odds: Raw scores as log odds, shape (m,).
        rank: How near the search found each pair, shape (m,); 1 if each offer is the nearest to the other. `None` for
            picked pairs, of which nothing of all this is known.
        has_duplicates: Catalogs that may list a product more than once; candidates there do not compete.
        beside: Log odds that the offers' own fields add, shape (m,): a partner of another colour in a third catalog is
            no partner, however well the words of the titles fit.

    Returns:
        Columns as in `RUN_FEATURES`, shape (m, 8), all 0 for picked pairs and pairs within one catalog:

        - `is_candidate`: 1 for a pair of two catalogs that a search found;
        - `no_competitor`: 1 where neither offer has another candidate in the other's catalog;
        - `margin_ahead`, `margin_behind`: log odds to the runner-up, from 0 to 2;
        - `mutual_nearest`: 1 where the search found each offer the nearest to the other;
        - `has_third_catalog`: 1 where the run has more than two catalogs;
        - `third_catalog_agrees`, `third_catalog_disagrees`: from 0 to 1, the probability of the surest third catalog
          in which the best partners of both offers are one offer, and of the surest in which they are two.
    """
    result = np.zeros((len(pairs), len(RUN_FEATURES)))
    if rank is None or len(pairs) == 0:
        return result
    catalog, names = numbered(offers["catalog"])
    one_to_one = np.array([name not in has_duplicates for name in names.to_pylist()], dtype=bool)
    sides = catalog[pairs]
    margin = odds - Partners.of(pairs, odds, catalog, one_to_one).runners_up().value
    no_competitor = np.isinf(margin)
    result[:, 0], result[:, 1] = 1.0, no_competitor
    result[:, 2] = np.where(no_competitor, 0.0, np.clip(margin, 0.0, MAX_MARGIN))
    result[:, 3] = np.clip(-margin, 0.0, MAX_MARGIN)
    result[:, 4] = _mutual_nearest(pairs, sides, rank, one_to_one)
    if np.count_nonzero(np.bincount(sides.ravel())) > 2:
        result[:, 5] = 1.0
        value = odds + NEAREST_BONUS * result[:, 4] + (0.0 if beside is None else beside)
        best = Partners.of(pairs, value, catalog, one_to_one).best()
        for start in range(0, len(pairs), CHUNK):
            part = slice(start, start + CHUNK)
            result[part, 6:] = _third_catalogs(pairs[part], len(one_to_one), best)
    result[sides[:, 0] == sides[:, 1]] = 0.0
    return result


def _mutual_nearest(
    pairs: Rows, sides: Rows, rank: NDArray[np.integer[Any]], one_to_one: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Whether each offer of a pair is the nearest to the other, shape (m,).

    Of two listings of one product only one is the nearest to the other catalog's offer. So where a catalog has
    duplicates it is enough that the other side's offer is the nearest to the listing.

    Args:
        sides: Catalog numbers of both offers, shape (m, 2).
    """
    nearest = np.asarray(rank == NEAREST)
    for side in (0, 1):
        duplicates = np.flatnonzero(~one_to_one[sides[:, side]])
        own = rank[duplicates]
        # The best rank of each listing among its candidates in one catalog; ranks of 0 are unknown.
        key, at = np.unique(
            pairs[duplicates, side] * len(one_to_one) + sides[duplicates, 1 - side], return_inverse=True
        )
        first = np.full(len(key), np.iinfo(own.dtype).max, dtype=own.dtype)
        np.minimum.at(first, at, own)
        nearest[duplicates] |= (own > 0) & (own == first[at])
    return nearest


def _third_catalogs(pairs: Rows, catalogs: int, best: Partners) -> Values:
    """Probability of the surest third catalog that agrees, and of the surest that disagrees, shape (m, 2).

    Args:
        pairs: Row numbers of offers, shape (m, 2).
        catalogs: How many catalogs there are.
        best: The best partner of each offer in each other catalog.
    """
    # The best partners of an offer stand side by side, because a key starts with the offer. So each pair is expanded
    # into one row per catalog in which its first offer has a partner: `pair` says whose row it is, `ours` where the
    # partner stands in `best`.
    starts = np.searchsorted(best.key, pairs[:, 0] * catalogs)
    counts = np.searchsorted(best.key, (pairs[:, 0] + 1) * catalogs) - starts
    pair = np.repeat(np.arange(len(pairs)), counts)
    ours = ranges(starts, counts)
    # A key modulo the number of catalogs is the partner's catalog, and so the key of the second offer's best partner
    # in the same catalog is known. Rows without such a partner fall out; so do the two catalogs of the pair itself,
    # because an offer has no partner in its own.
    wanted = pairs[pair, 1] * catalogs + best.key[ours] % catalogs
    theirs = np.minimum(np.searchsorted(best.key, wanted), len(best.key) - 1)
    both = best.key[theirs] == wanted
    pair, ours, theirs = pair[both], ours[both], theirs[both]
    # Evidence through a catalog is as strong as the weaker of the two links, and the strongest catalog counts.
    probability = expit(np.minimum(best.value[ours], best.value[theirs]))
    agrees = best.partner[ours] == best.partner[theirs]
    result = np.zeros((len(pairs), 2))
    for column, chosen in enumerate((agrees, ~agrees)):
        np.maximum.at(result[:, column], pair[chosen], probability[chosen])
    return result


def ranks(offers: pa.Table, candidates: pa.Table, pairs: Rows) -> NDArray[np.int32]:
    """How near the search found each pair, shape (m,).

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        candidates: Table of `schema.CANDIDATES`; of a pair that stands twice the better rank counts, none is 0.
        pairs: Row numbers into `offers`, shape (m, 2).

    Raises:
        UserError: A pair is not a candidate.
    """
    rank = known_ranks(candidates)
    best_first = np.argsort(rank, kind="stable")
    at = pair_positions(pair_rows(offers, candidates)[best_first], pairs, len(offers))
    if (at < 0).any():
        raise UserError("Pairs were scored that are not candidates any more: run `sku-align score` again.")
    return rank[best_first][at]


def known_ranks(candidates: pa.Table) -> NDArray[np.int32]:
    """Ranks of a table of `schema.CANDIDATES`, 0 where there is none."""
    return np.asarray(pc.fill_null(candidates["rank"], 0).to_numpy())
