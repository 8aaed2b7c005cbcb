"""The decisions as a graph: links that must be, links that must not be, and edges to follow, strongest first."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.deciding import AUTO_MERGE, REVIEWER
from sku_align.pairs import pair_rows

Rows = NDArray[np.int64]
_SEATS = 1 << 26


class Edges(NamedTuple):
    """Positions among the decisions, and what they join.

    Attributes:
        pairs: Row numbers of offers of every decision, shape (m, 2), sorted.
        probability: Of every decision, shape (m,); NaN where a pair was never scored.
        must: Positions of the pairs that a reviewer called the same.
        cannot: Positions of the pairs that a reviewer called different.
        follow: Positions of the pairs that merge by themselves, strongest first.
    """

    pairs: Rows
    probability: NDArray[np.float32]
    must: Rows
    cannot: Rows
    follow: Rows


def read_edges(offers: pa.Table, decisions: pa.Table, catalog: Rows, exclusive: NDArray[np.bool_]) -> Edges:
    """Sort decisions into links.

    Among edges of one probability, the less contested comes first: of two equally likely partners, an offer takes the
    one that nobody else wants. Then the smaller key.

    Args:
        offers: Table of `schema.OFFERS`, sorted by key.
        decisions: Table of `schema.DECISIONS` in any order.
        catalog: Catalog number of each offer, shape (n,).
        exclusive: Whether a catalog lists each product once, by catalog number.

    Raises:
        ValueError: A decision names an offer that is not in `offers`.
    """
    pairs = pair_rows(offers, decisions)
    if (pairs < 0).any():
        raise ValueError("decisions name an offer that is not among the offers")
    keys = pairs[:, 0] * len(offers) + pairs[:, 1]
    order = slice(None) if (keys[1:] > keys[:-1]).all() else np.argsort(keys)
    pairs = pairs[order]
    probability = pc.fill_null(decisions["probability"], np.nan).to_numpy().astype(np.float32)[order]
    merges = _is(decisions["decision"], AUTO_MERGE)[order]
    judged = _is(decisions["reason"], REVIEWER)[order]
    follow = np.flatnonzero(merges & ~judged)
    strongest_first = np.lexsort((_contested(pairs[follow], catalog, exclusive), -probability[follow]))
    return Edges(
        pairs,
        probability,
        np.flatnonzero(merges & judged),
        np.flatnonzero(~merges & judged),
        follow[strongest_first],
    )


def _contested(pairs: Rows, catalog: Rows, exclusive: NDArray[np.bool_]) -> Rows:
    """How many edges compete with each: those of either offer with the other's catalog, if it lists products once."""
    contested = np.zeros(len(pairs), dtype=np.int64)
    for offer, partner in ((0, 1), (1, 0)):
        within = catalog[pairs[:, partner]]
        seats = pairs[:, offer] * len(exclusive) + within
        if len(catalog) * len(exclusive) <= _SEATS:
            taken = np.bincount(seats)[seats]
        else:
            _, seat, count = np.unique(seats, return_inverse=True, return_counts=True)
            taken = count[seat]
        contested += np.where(exclusive[within], taken, 0)
    return contested


def _is(column: pa.ChunkedArray, word: str) -> NDArray[np.bool_]:
    parts = [pc.equal(chunk.dictionary, word).to_numpy(zero_copy_only=False)[chunk.indices] for chunk in column.chunks]
    return np.concatenate([*parts, np.zeros(0, dtype=bool)]).astype(bool)
