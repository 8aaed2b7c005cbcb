"""Further titles of offers: the names that a shop gives its products in other languages.

Only few offers have any, so that everything here costs nothing without them.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def further_titles(offers: pa.Table) -> tuple[NDArray[np.int64], pa.Array, pa.Array]:
    """The further titles of n offers: row of each (g,), its language and its title; rows ascend."""
    if "further_titles" not in offers.column_names:
        nothing = pa.array([], pa.string())
        return np.zeros(0, dtype=np.int64), nothing, nothing
    lists = offers["further_titles"].combine_chunks()
    structs, rows = pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy().astype(np.int64)
    return rows, pc.struct_field(structs, "language"), pc.struct_field(structs, "title")


def in_one_language(offers: pa.Table, pairs: NDArray[np.int64]) -> tuple[pa.Table, NDArray[np.int64]]:
    """Put a further title in place of the title wherever it brings a pair into one language.

    A pair keeps its titles if they are in one language already or no further title is in the language of the other
    side. The title of an offer comes before its further ones, and those in the order of their languages.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers, shape (m, 2).

    Returns:
        The offers, followed by those with another title in place, which have content hashes of their own; and the
        pairs, with row numbers of the longer table.
    """
    rows, languages, titles = further_titles(offers)
    if not len(rows) or not len(pairs):
        return offers, pairs
    # Every way to name an offer, best first: language -> row of `offers`, or n and more for a further title.
    ways: dict[int, dict[str, int]] = {}
    own = [_primary(tag) for tag in offers["language"].to_pylist()]
    for at, (row, tag) in enumerate(zip(rows.tolist(), languages.to_pylist(), strict=True)):
        if tag:
            ways.setdefault(row, {own[row]: row}).setdefault(_primary(tag), len(offers) + at)
    has_ways = np.zeros(len(offers), dtype=bool)
    has_ways[list(ways)] = True
    chosen = pairs.copy()
    for pair in np.flatnonzero(has_ways[pairs].any(axis=1)).tolist():
        left, right = pairs[pair].tolist()
        if own[left] != own[right]:
            ours, theirs = ways.get(left, {own[left]: left}), ways.get(right, {own[right]: right})
            common = next(
                (tag for tag in [own[right], own[left], *ours] if tag and tag in ours and tag in theirs), None
            )
            if common:
                chosen[pair] = ours[common], theirs[common]
    used = np.unique(chosen[chosen >= len(offers)]) - len(offers)
    if not len(used):
        return offers, pairs
    further = chosen >= len(offers)
    chosen[further] = len(offers) + np.searchsorted(used, chosen[further] - len(offers))
    other = offers.take(pa.array(rows[used]))
    named = languages.take(used), titles.take(used)
    hashes = pc.binary_join_element_wise(other["content_hash"].combine_chunks(), named[0], " in ")
    for name, column in (("title", named[1]), ("language", named[0]), ("content_hash", hashes)):
        if name in other.column_names:
            other = other.set_column(other.schema.get_field_index(name), offers.schema.field(name), column)
    return pa.concat_tables([offers, other]), chosen


def _primary(tag: str | None) -> str:
    return (tag or "").partition("-")[0]
