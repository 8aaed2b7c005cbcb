"""How a pair stands among the other candidates of its two offers.

Mutual best is the strongest evidence next to the text itself: a catalog lists a product once, so the offer that fits
best leaves no room for the second. How much it says depends on how much the two catalogs have in common: where few
offers have a partner, the best of many wrong ones leads as well. A third catalog is a witness: where both offers have
the same best partner there, they are more likely one product, and where their best partners differ, less. All this
counts among the candidates of a run only, because blocking searched whole catalogs for them, however few it kept; a
list of picked examples says nothing about who else there is.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.special import expit

RIVALS = (
    "among_rivals",
    "unrivalled",
    "ahead",
    "beaten",
    "overlap",
    "third_catalog",
    "third_agrees",
    "third_disagrees",
)
LEAD_LIMIT = 2.0
NO_MATCH = -4.0
ODDS_LIMIT = 30.0
CHUNK = 1 << 20

Values = NDArray[np.float64]
Rows = NDArray[np.int64]


def rivalry(offers: pa.Table, pairs: Rows, odds: Values, repeating: frozenset[str] = frozenset()) -> Values:
    """Compare each pair with the best other pair of either of its offers in the other's catalog, and with third ones.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers of all candidates, shape (m, 2), each pair once.
        odds: Raw scores as log odds, shape (m,).
        repeating: Catalogs that may list a product more than once; nobody competes for a place there.

    Returns:
        Columns as in `RIVALS`, shape (m, 8): 1 where offers of two catalogs compete, 1 where neither offer has another
        pair, by how much the pair leads its best rival, and by how much it trails; log odds that an offer of the
        smaller catalog has a partner in the other; 1 where there is a third catalog, and how sure the witnesses are,
        from 0 to 1, that agree and that disagree; else 0.
    """
    result = np.zeros((len(pairs), len(RIVALS)))
    if len(pairs) == 0:
        return result
    catalog, repeats = _catalogs(offers, repeating)
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
    result[:, 4] = _overlap(pairs, sides, len(catalog), len(repeats), (lead > 0) & (odds > NO_MATCH))
    if np.count_nonzero(np.bincount(sides.ravel())) > 2:
        result[:, 5] = 1.0
        best = _best_partners(pairs, odds, catalog, repeats)
        for start in range(0, len(pairs), CHUNK):
            part = slice(start, start + CHUNK)
            result[part, 6:] = _witnesses(pairs[part], len(repeats), best)
    result[sides[:, 0] == sides[:, 1]] = 0.0
    return result


def contested(offers: pa.Table, pairs: Rows, odds: Values, repeating: frozenset[str] = frozenset()) -> Values:
    """What rivals leave of each pair's log odds: of the pairs of an offer with one catalog, one at most is a match.

    A pair with odds o is left o / ((1 + a) (1 + b)), where a and b are the sums of its rivals' odds on either side.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers of all candidates, shape (m, 2), each pair once.
        odds: Log odds of each pair by itself, shape (m,); nan counts nothing.
        repeating: Catalogs that may list a product more than once; nobody competes for a place there.

    Returns:
        Log odds, shape (m,).
    """
    catalog, repeats = _catalogs(offers, repeating)
    sides, share = catalog[pairs], np.exp(np.clip(np.nan_to_num(odds, nan=-np.inf), -ODDS_LIMIT, ODDS_LIMIT))
    left = np.array(odds, dtype=np.float64)
    for side in (0, 1):
        other = sides[:, 1 - side]
        place = np.unique(pairs[:, side] * len(repeats) + other, return_inverse=True)[1]
        rivals = np.maximum(np.bincount(place, share)[place] - share, 0.0)
        left -= np.where(repeats[other] | (sides[:, 0] == sides[:, 1]), 0.0, np.log1p(rivals))
    return left


def _catalogs(offers: pa.Table, repeating: frozenset[str]) -> tuple[Rows, NDArray[np.bool_]]:
    """The number of each offer's catalog, and of each catalog whether it may list a product more than once."""
    encoded = pc.dictionary_encode(offers["catalog"].combine_chunks())
    repeats = np.array([name in repeating for name in encoded.dictionary.to_pylist()], dtype=bool)
    return encoded.indices.to_numpy().astype(np.int64), repeats


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


def _overlap(pairs: Rows, sides: Rows, offers: int, catalogs: int, chosen: NDArray[np.bool_]) -> Values:
    """Log odds that an offer of the smaller catalog has a partner in the other, by the two catalogs of a pair; (m,).

    Args:
        sides: Catalog numbers of both offers, shape (m, 2).
        chosen: Whether each pair is mutual best and no clear reject, shape (m,).
    """
    low, high = sides.min(axis=1), sides.max(axis=1)
    both, first = low * catalogs + high, sides[:, 0] == low
    size = found = np.full(catalogs**2, offers)
    for ours in (np.where(first, *pairs.T), np.where(first, *pairs[:, ::-1].T)):
        keys = both * offers + ours
        met, partnered = (np.unique(part) // offers for part in (keys, keys[chosen]))
        size = np.minimum(size, np.bincount(met, minlength=catalogs**2))
        found = np.minimum(found, np.bincount(partnered, minlength=catalogs**2))
    return np.asarray(np.log((found + 1.0) / (size - found + 1.0))[both])


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
