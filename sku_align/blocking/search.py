"""All channels between two catalogs."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sku_align.blocking.catalog import Catalog
from sku_align.blocking.estimate import Recapture, recapture
from sku_align.blocking.fuse import Fused, fuse
from sku_align.blocking.hits import Hits
from sku_align.blocking.lexical import similar
from sku_align.blocking.rerank import Rows, Similarity, Values, cosine, overlap, rerank
from sku_align.blocking.translation import MIN_TOGETHER, learn_translations, translate
from sku_align.config import BlockingSettings

CHANNELS = ("identifier", "neighbours", "lexical", "part_number", "translation")
# Words are learnt from pairs that two channels together rank first, of each channel's best 3. Chosen by eye.
LEARNT_FROM = 3
# The pool that is compared in every way: twice as many pairs per offer as are kept, and at least 20. Chosen by eye.
MIN_POOL, POOL_PER_CANDIDATE = 20, 2
Searcher = Callable[[Catalog, Catalog, int], Hits]


def search(
    left: Catalog,
    right: Catalog,
    identifier: Hits,
    settings: BlockingSettings,
    languages: NDArray[np.int64] | None = None,
) -> tuple[Fused, dict[tuple[int, int], Recapture]]:
    """Candidate pairs between two catalogs, or within one if both are the same.

    Args:
        left: The catalog of smaller rows.
        right: The other catalog.
        identifier: Hits of shared identifiers between the two.
        settings: Hits per channel and the budget.
        languages: Number of the language of every row of the offers, shape (n,); without it losses are not estimated.

    Returns:
        Pairs within the budget, bit i of `channels` standing for CHANNELS[i]; and what the estimate of losses needs,
        by pair of languages.
    """
    lexical = settings.lexical
    found = {
        "identifier": identifier,
        "neighbours": _both_ways(left, right, settings.neighbours, lambda a, b, k: b.nearest.search(a.vectors, k)),
        "lexical": _both_ways(left, right, lexical, lambda a, b, k: similar(a.features, b.features, k)),
        "part_number": _both_ways(left, right, lexical, lambda a, b, k: similar(a.titled, b.numbers, k)),
    }
    best = fuse({name: hits.take(hits.rank <= LEARNT_FROM) for name, hits in found.items()}, 1)
    translated = _translated(left, right, best)
    if translated:
        ours, theirs = translated
        found["translation"] = _both_ways(
            left, right, lexical, lambda a, b, k: similar(ours if a is left else theirs, b.words, k)
        )
    counts = {} if languages is None else recapture(found["neighbours"], found["lexical"], languages)
    budget = settings.max_candidates_per_offer
    pool = fuse(found, max(MIN_POOL, POOL_PER_CANDIDATE * budget))
    del found
    return rerank(pool, _similarities(left, right, translated), budget), counts


def _translated(left: Catalog, right: Catalog, best: Fused) -> tuple[Any, Any] | None:
    """Words of both sides carried over to the other one, CSR; None where the best pairs teach nothing."""
    if len(best.rank) < MIN_TOGETHER:
        return None
    there, back = learn_translations(left.words[best.left - left.start], right.words[best.right - right.start])
    return (translate(left.words, there), translate(right.words, back)) if there.nnz else None


def _similarities(left: Catalog, right: Catalog, translated: tuple[Any, Any] | None) -> dict[str, Similarity]:
    def meaning(one: Rows, other: Rows) -> Values:
        return cosine(left.vectors, right.vectors, one - left.start, other - right.start)

    def letters(one: Rows, other: Rows) -> Values:
        return overlap(left.features, right.features, one - left.start, other - right.start)

    def part_numbers(one: Rows, other: Rows) -> Values:
        one, other = one - left.start, other - right.start
        return overlap(left.titled, right.numbers, one, other) + overlap(left.numbers, right.titled, one, other)

    similarities: dict[str, Similarity] = {"neighbours": meaning, "lexical": letters, "part_number": part_numbers}
    if translated is None:
        return similarities
    ours, theirs = translated

    def translations(one: Rows, other: Rows) -> Values:
        one, other = one - left.start, other - right.start
        return overlap(ours, right.words, one, other) + overlap(left.words, theirs, one, other)

    return similarities | {"translation": translations}


def _both_ways(left: Catalog, right: Catalog, k: int, searcher: Searcher) -> Hits:
    if left is right:
        hits = searcher(left, left, k + 1 if k else 0).shifted(left.start, left.start)
        return hits.take(np.not_equal(hits.query, hits.found))
    there = searcher(left, right, k).shifted(left.start, right.start)
    back = searcher(right, left, k).shifted(right.start, left.start)
    return Hits.join([there, back])
