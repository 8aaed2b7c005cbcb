"""How a pair stands among the other candidates of its two offers.

Mutual best is the strongest evidence next to the text itself: a catalog lists a product once, so the offer that fits
best leaves no room for the second. The search has a choice of its own, made by other means than the scorer's, which
knows no trade better than another. A third catalog is a witness: where both offers have the same best partner there,
they are more likely one product, and where their best partners differ, less; the search has a say in who is best. All
this counts among the candidates of a run only, because blocking searched whole catalogs for them, however few it kept;
a list of picked examples says nothing about who else there is.
"""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.special import expit

from sku_align.errors import UserError
from sku_align.pairs import numbered, pair_positions, pair_rows

RIVALS = (
    "among_rivals",
    "unrivalled",
    "ahead",
    "beaten",
    "nearest",
    "third_catalog",
    "third_agrees",
    "third_disagrees",
)
LEAD_LIMIT = 2.0
NEAREST = 1
# What a partner in a third catalog gains in log odds where the search found it nearest; 4 and 6 do as well.
CHOSEN = 5.0
CHUNK = 1 << 20

Values = NDArray[np.float64]
Rows = NDArray[np.int64]


def rivalry(
    offers: pa.Table,
    pairs: Rows,
    odds: Values,
    rank: NDArray[np.integer[Any]] | None,
    repeating: frozenset[str] = frozenset(),
) -> Values:
    """Compare each pair with the best other pair of either of its offers in the other's catalog, and with third ones.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers of all candidates, shape (m, 2), each pair once.
        odds: Raw scores as log odds, shape (m,).
        rank: How near the search found each pair, shape (m,); 1 if each offer is the nearest to the other. `None` for
            picked pairs, of which nothing of all this is known.
        repeating: Catalogs that may list a product more than once; nobody competes for a place there.

    Returns:
        Columns as in `RIVALS`, shape (m, 8): 1 where offers of two catalogs compete, 1 where neither offer has another
        pair, by how much the pair leads its best rival, and by how much it trails; 1 where the search found each the
        nearest to the other; 1 where there is a third catalog, and how sure the witnesses are,
        from 0 to 1, that agree and that disagree; else 0.
    """
    result = np.zeros((len(pairs), len(RIVALS)))
    if rank is None or len(pairs) == 0:
        return result
    catalog, names = numbered(offers["catalog"])
    repeats = np.array([name in repeating for name in names.to_pylist()])
    lead = np.full(len(pairs), np.inf)
    sides = catalog[pairs]
    for side in (0, 1):
        other = sides[:, 1 - side]
        rival = _best_rival(pairs[:, side] * len(repeats) + other, odds)
        lead = np.where(repeats[other], lead, np.minimum(lead, odds - rival))
    alone = np.isinf(lead)
    result[:, 0], result[:, 1] = 1.0, alone
    result[:, 2] = np.where(alone, 0.0, np.clip(lead, 0.0, LEAD_LIMIT))
    result[:, 3] = np.clip(-lead, 0.0, LEAD_LIMIT)
    result[:, 4] = _nearest(pairs, sides, rank, repeats)
    if np.count_nonzero(np.bincount(sides.ravel())) > 2:
        result[:, 5] = 1.0
        best = _best_partners(pairs, odds + CHOSEN * result[:, 4], catalog, repeats)
        for start in range(0, len(pairs), CHUNK):
            part = slice(start, start + CHUNK)
            result[part, 6:] = _witnesses(pairs[part], len(repeats), best)
    result[sides[:, 0] == sides[:, 1]] = 0.0
    return result


def _nearest(pairs: Rows, sides: Rows, rank: NDArray[np.integer[Any]], repeats: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each offer of a pair is the nearest to the other, shape (m,).

    Of two listings of one product only one is the nearest, so where a catalog may repeat each one's own choice counts.

    Args:
        sides: Catalog numbers of both offers, shape (m, 2).
    """
    nearest = np.asarray(rank == NEAREST)
    for side in (0, 1):
        listed = np.flatnonzero(repeats[sides[:, side]])
        own = rank[listed]
        place, at = np.unique(pairs[listed, side] * len(repeats) + sides[listed, 1 - side], return_inverse=True)
        first = np.full(len(place), np.iinfo(own.dtype).max, dtype=own.dtype)
        np.minimum.at(first, at, own)
        nearest[listed] |= (own > 0) & (own == first[at])
    return nearest


def ranks(offers: pa.Table, candidates: pa.Table, pairs: Rows) -> NDArray[np.int32]:
    """How near the search found each pair, shape (m,).

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        candidates: Table of `schema.CANDIDATES`; of a pair that stands twice the better rank counts, none is 0.
        pairs: Row numbers into `offers`, shape (m, 2).

    Raises:
        UserError: A pair is no candidate.
    """
    rank = known_ranks(candidates)
    best_first = np.argsort(rank, kind="stable")
    at = pair_positions(pair_rows(offers, candidates)[best_first], pairs, len(offers))
    if (at < 0).any():
        raise UserError("Pairs were scored that are no candidates any more: run `sku-align score` again.")
    return rank[best_first][at]


def known_ranks(candidates: pa.Table) -> NDArray[np.int32]:
    """Ranks of a table of `schema.CANDIDATES`, 0 where there is none."""
    return np.asarray(pc.fill_null(candidates["rank"], 0).to_numpy())


def _best_rival(keys: Rows, odds: Values) -> Values:
    """The best odds of the others that share a pair's key, -inf without any, shape (m,)."""
    order = np.lexsort((-odds, keys))
    ordered, values = keys[order], odds[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))
    counts = np.diff(np.append(starts, len(ordered)))
    group = np.repeat(np.arange(len(starts)), counts)
    second = np.where(counts > 1, values[np.minimum(starts + 1, len(values) - 1)], -np.inf)
    rival = np.empty(len(keys))
    rival[order] = values[starts][group]
    rival[order[starts]] = second
    return rival


class _Best(NamedTuple):
    """The best partner of an offer in a catalog, one entry for each of both that meet, sorted by `key`."""

    key: Rows
    partner: Rows
    odds: Values


def _best_partners(pairs: Rows, odds: Values, catalog: Rows, repeats: NDArray[np.bool_]) -> _Best:
    offer, partner = pairs.T.reshape(-1), pairs[:, ::-1].T.reshape(-1)
    known = ~repeats[catalog[partner]] & (catalog[offer] != catalog[partner])
    offer, partner, both = offer[known], partner[known], np.tile(odds, 2)[known]
    key = offer * len(repeats) + catalog[partner]
    order = np.lexsort((partner, -both, key))
    first = order[np.flatnonzero(np.diff(key[order], prepend=-1))]
    return _Best(key[first], partner[first], both[first])


def _witnesses(pairs: Rows, catalogs: int, best: _Best) -> Values:
    """How sure the surest third catalog is where both sides' best partners are one offer, and where not; (m, 2)."""
    starts = np.searchsorted(best.key, pairs[:, 0] * catalogs)
    counts = np.searchsorted(best.key, (pairs[:, 0] + 1) * catalogs) - starts
    pair = np.repeat(np.arange(len(pairs)), counts)
    ours = np.arange(len(pair)) + np.repeat(starts - np.cumsum(counts) + counts, counts)
    wanted = pairs[pair, 1] * catalogs + best.key[ours] % catalogs
    theirs = np.minimum(np.searchsorted(best.key, wanted), len(best.key) - 1)
    # The catalogs of the pair itself fall out: an offer has no partner in its own.
    met = best.key[theirs] == wanted
    pair, ours, theirs = pair[met], ours[met], theirs[met]
    sure = expit(np.minimum(best.odds[ours], best.odds[theirs]))
    agrees = best.partner[ours] == best.partner[theirs]
    result = np.zeros((len(pairs), 2))
    for column, chosen in enumerate((agrees, ~agrees)):
        np.maximum.at(result[:, column], pair[chosen], sure[chosen])
    return result
