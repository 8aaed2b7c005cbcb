"""The decisions as a graph: must-links, cannot-links, and the edges to unite along, strongest first."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.deciding import AUTO_MERGE, REVIEWER
from sku_align.pairs import pair_codes, pair_rows

Rows = NDArray[np.int64]
# Up to this many counters (0.5 GB) edges are counted in an array, above it by sorting.
_COUNTERS = 1 << 26


class Edges(NamedTuple):
    """Positions among the decisions, and what they join.

    Attributes:
        pairs: Row numbers of offers of every decision, shape (m, 2), sorted.
        probability: Of every decision, shape (m,); NaN where a pair was never scored.
        must: Positions of the pairs that a reviewer called the same (must-links).
        cannot: Positions of the pairs that a reviewer called different (cannot-links).
        merge: Positions of the pairs that merge by themselves, strongest first.
    """

    pairs: Rows
    probability: NDArray[np.float32]
    must: Rows
    cannot: Rows
    merge: Rows


def read_edges(offers: pa.Table, decisions: pa.Table, catalog: Rows, one_to_one: NDArray[np.bool_]) -> Edges:
    """Sort decisions into must-links, cannot-links and edges.

    Among edges of one probability, the one with fewer competing edges comes first: of two equally likely partners, an
    offer takes the one that no other offer could take. Then the smaller key.

    Args:
        offers: Table of `schema.OFFERS`, sorted by key.
        decisions: Table of `schema.DECISIONS` in any order.
        catalog: Catalog number of each offer, shape (n,).
        one_to_one: Whether a catalog lists each product once, by catalog number.

    Raises:
        ValueError: A decision names an offer that is not in `offers`.
    """
    pairs = pair_rows(offers, decisions)
    if (pairs < 0).any():
        raise ValueError("decisions name an offer that is not among the offers")
    keys = pair_codes(pairs, len(offers))
    order = slice(None) if (keys[1:] > keys[:-1]).all() else np.argsort(keys)
    pairs = pairs[order]
    probability = pc.fill_null(decisions["probability"], np.nan).to_numpy().astype(np.float32)[order]
    merges = _is(decisions["decision"], AUTO_MERGE)[order]
    judged = _is(decisions["reason"], REVIEWER)[order]
    merge = np.flatnonzero(merges & ~judged)
    strongest_first = np.lexsort((_competing(pairs[merge], catalog, one_to_one), -probability[merge]))
    return Edges(
        pairs,
        probability,
        np.flatnonzero(merges & judged),
        np.flatnonzero(~merges & judged),
        merge[strongest_first],
    )


def _competing(pairs: Rows, catalog: Rows, one_to_one: NDArray[np.bool_]) -> Rows:
    """How many edges compete with each: those of either offer with the other's catalog, if it lists products once."""
    competing = np.zeros(len(pairs), dtype=np.int64)
    for offer, partner in ((0, 1), (1, 0)):
        within = catalog[pairs[:, partner]]
        groups = pairs[:, offer] * len(one_to_one) + within
        if len(catalog) * len(one_to_one) <= _COUNTERS:
            edges = np.bincount(groups)[groups]
        else:
            _, group, count = np.unique(groups, return_inverse=True, return_counts=True)
            edges = count[group]
        competing += np.where(one_to_one[within], edges, 0)
    return competing


def _is(column: pa.ChunkedArray, word: str) -> NDArray[np.bool_]:
    # Compared once per distinct word: reasons and decisions are dictionary-encoded, and a run has millions of them.
    parts = [
        pc.equal(chunk.dictionary, word).to_numpy(zero_copy_only=False)[chunk.indices.to_numpy()]
        for chunk in column.chunks
        if isinstance(chunk, pa.DictionaryArray)
    ]
    return np.concatenate([*parts, np.zeros(0, dtype=bool)]).astype(bool)
