"""How a pair stands among the other candidates of its two offers.

Mutual best is the strongest evidence next to the text itself: a catalog lists a product once, so the offer that fits
best leaves no room for the second. It counts only where the candidates are many enough to speak of a choice; a lone
pair, or a list of picked examples, says nothing about who else there is.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

RIVALS = ("among_rivals", "raw_among_rivals", "ahead", "beaten")
LEAST_RIVALS = 5
LEAD_LIMIT = 6.0

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
        Columns as in `RIVALS`, shape (m, 4): 1 where each side could choose among at least five others (or its whole
        catalog), the log odds there, by how much the pair leads its best rival, and by how much it trails; else 0.
    """
    result = np.zeros((len(pairs), len(RIVALS)))
    if len(pairs) == 0:
        return result
    encoded = pc.dictionary_encode(offers["catalog"].combine_chunks())
    catalog = encoded.indices.to_numpy().astype(np.int64)
    size = np.bincount(catalog)
    repeats = np.array([name in repeating for name in encoded.dictionary.to_pylist()])
    lead, known = np.full(len(pairs), np.inf), np.ones(len(pairs), dtype=bool)
    for side in (0, 1):
        other = catalog[pairs[:, 1 - side]]
        rival, count = _best_rival(pairs[:, side] * len(size) + other, odds)
        lead = np.where(repeats[other], lead, np.minimum(lead, odds - rival))
        known &= repeats[other] | (count >= np.minimum(LEAST_RIVALS, size[other] - 1))
    known &= (catalog[pairs[:, 0]] != catalog[pairs[:, 1]]) & np.isfinite(lead)
    result[known, 0] = 1.0
    result[known, 1] = odds[known]
    result[known, 2] = np.clip(lead[known], 0.0, LEAD_LIMIT)
    result[known, 3] = np.clip(-lead[known], 0.0, LEAD_LIMIT)
    return result


def _best_rival(keys: NDArray[np.int64], odds: Values) -> tuple[Values, NDArray[np.int64]]:
    """The best odds of the others that share a pair's key (-inf without any), and how many others there are."""
    order = np.lexsort((-odds, keys))
    ordered, values = keys[order], odds[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))
    counts = np.diff(np.append(starts, len(ordered)))
    group = np.repeat(np.arange(len(starts)), counts)
    second = np.where(counts > 1, values[np.minimum(starts + 1, len(values) - 1)], -np.inf)
    rival, others = np.empty(len(keys)), np.empty(len(keys), dtype=np.int64)
    rival[order] = values[starts][group]
    rival[order[starts]] = second
    others[order] = counts[group] - 1
    return rival, others
