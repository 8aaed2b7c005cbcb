"""How a pair stands among the other candidates of its two offers.

Mutual best is the strongest evidence next to the text itself: a catalog lists a product once, so the offer that fits
best leaves no room for the second. It counts among the candidates of a run only, because blocking searched whole
catalogs for them, however few it kept; a list of picked examples says nothing about who else there is.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

RIVALS = ("among_rivals", "raw_among_rivals", "unrivalled", "ahead", "beaten")
LEAD_LIMIT = 2.0

Values = NDArray[np.float64]


def rivalry(
    offers: pa.Table, pairs: NDArray[np.int64], odds: Values, repeating: frozenset[str] = frozenset()
) -> Values:
    """Compare each pair with the best other pair of either of its offers in the other's catalog.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers of all candidates, shape (m, 2), each pair once.
        odds: Raw scores as log odds, shape (m,).
        repeating: Catalogs that may list a product more than once; nobody competes for a place there.

    Returns:
        Columns as in `RIVALS`, shape (m, 5): 1 where offers of two catalogs compete, the log odds there, 1 where
        neither offer has another pair, by how much the pair leads its best rival, and by how much it trails; else 0.
    """
    result = np.zeros((len(pairs), len(RIVALS)))
    if len(pairs) == 0:
        return result
    encoded = pc.dictionary_encode(offers["catalog"].combine_chunks())
    catalog = encoded.indices.to_numpy().astype(np.int64)
    repeats = np.array([name in repeating for name in encoded.dictionary.to_pylist()])
    lead = np.full(len(pairs), np.inf)
    for side in (0, 1):
        other = catalog[pairs[:, 1 - side]]
        rival = _best_rival(pairs[:, side] * len(repeats) + other, odds)
        lead = np.where(repeats[other], lead, np.minimum(lead, odds - rival))
    alone = np.isinf(lead)
    result[:, 0], result[:, 1], result[:, 2] = 1.0, odds, alone
    result[:, 3] = np.where(alone, 0.0, np.clip(lead, 0.0, LEAD_LIMIT))
    result[:, 4] = np.clip(-lead, 0.0, LEAD_LIMIT)
    result[catalog[pairs[:, 0]] == catalog[pairs[:, 1]]] = 0.0
    return result


def _best_rival(keys: NDArray[np.int64], odds: Values) -> Values:
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
