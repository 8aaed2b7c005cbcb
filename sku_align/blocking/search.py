"""All channels between two catalogs."""

from collections.abc import Callable

import numpy as np

from sku_align.blocking.catalog import Catalog
from sku_align.blocking.estimate import Recapture, recapture
from sku_align.blocking.fuse import Fused, fuse
from sku_align.blocking.hits import Hits
from sku_align.blocking.lexical import similar
from sku_align.blocking.translation import learn_translations, translate
from sku_align.config import BlockingSettings

CHANNELS = ("identifier", "neighbours", "lexical", "translation")
LEARNT_FROM = 3
Searcher = Callable[[Catalog, Catalog, int], Hits]


def search(left: Catalog, right: Catalog, identifier: Hits, settings: BlockingSettings) -> tuple[Fused, Recapture]:
    """Candidate pairs between two catalogs, or within one if both are the same.

    Args:
        left: The catalog of smaller rows.
        right: The other catalog.
        identifier: Hits of shared identifiers between the two.
        settings: Hits per channel and the budget.

    Returns:
        Pairs within the budget, bit i of `channels` standing for CHANNELS[i]; and what the estimate of losses needs.
    """
    lexical = settings.lexical
    found = {
        "identifier": identifier,
        "neighbours": _both_ways(left, right, settings.neighbours, lambda a, b, k: b.nearest.search(a.vectors, k)),
        "lexical": _both_ways(left, right, lexical, lambda a, b, k: similar(a.features, b.features, k)),
    }
    best = fuse({name: hits.take(hits.rank <= LEARNT_FROM) for name, hits in found.items()}, 1)
    there, back = learn_translations(left.words[best.left - left.start], right.words[best.right - right.start])

    def translated(one: Catalog, other: Catalog, k: int) -> Hits:
        return similar(translate(one.words, there if one is left else back), other.words, k)

    found["translation"] = _both_ways(left, right, lexical, translated)
    counts = recapture(found["neighbours"], found["lexical"])
    return fuse(found, settings.max_candidates_per_offer), counts


def _both_ways(left: Catalog, right: Catalog, k: int, searcher: Searcher) -> Hits:
    if left is right:
        hits = searcher(left, left, k + 1 if k else 0).shifted(left.start, left.start)
        return hits.take(np.not_equal(hits.query, hits.found))
    there = searcher(left, right, k).shifted(left.start, right.start)
    back = searcher(right, left, k).shifted(right.start, left.start)
    return Hits.join([there, back])
