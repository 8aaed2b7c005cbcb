"""Recall: the published offers that a query may mean, by vectors and by words, in any language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.blocking.hits import Hits
from sku_align.retrieval.index import PublishedIndex, Rows
from sku_align.retrieval.ranking import fuse_ranks, ranked, texts_as_offers

CHANNELS = ("vectors", "words")
# Up to this many offers pass a filter, their vectors are compared one by one (10 ms for 512 values each).
EXACT = 20_000
# With a filter that more pass, so many times the wanted hits are looked at; chosen by eye.
DEEPER = 10


@dataclass(frozen=True)
class Filters:
    """What an offer must be to be found; an absent value asks nothing.

    Attributes:
        catalogs: Its catalog is one of these.
        languages: Its language is one of these, or one of their regions (`zh` finds `zh-Hant`).
        category: Its category starts with this, in any case.
        min_price: Its price is at least this, in `currency` if that is named.
        max_price: Its price is at most this.
        currency: Its currency.
    """

    catalogs: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    category: str = ""
    min_price: float | None = None
    max_price: float | None = None
    currency: str | None = None

    def mask(self, offers: pa.Table) -> NDArray[np.bool_] | None:
        """Which offers pass, shape (n,); None if nothing is asked."""
        if self == Filters():
            return None
        asked = []
        if self.catalogs:
            asked.append(pc.is_in(offers["catalog"], pa.array(self.catalogs)))
        if self.languages:
            tags = offers["language"]
            primary = pc.list_element(pc.split_pattern(pc.fill_null(tags, "und"), "-", max_splits=1), 0)
            wanted = pa.array(self.languages)
            asked.append(pc.or_(pc.fill_null(pc.is_in(tags, wanted), False), pc.is_in(primary, wanted)))
        if self.category:
            asked.append(pc.starts_with(pc.utf8_lower(offers["category"]), self.category.lower()))
        if self.min_price is not None:
            asked.append(pc.greater_equal(offers["price"], self.min_price))
        if self.max_price is not None:
            asked.append(pc.less_equal(offers["price"], self.max_price))
        if self.currency:
            asked.append(pc.equal(offers["currency"], self.currency))
        passes = np.ones(len(offers), dtype=bool)
        for answer in asked:
            passes &= pc.fill_null(answer, False).to_numpy(zero_copy_only=False)
        return passes


def recall(
    index: PublishedIndex, texts: Sequence[str], vectors: NDArray[np.float16], k: int, filters: Filters | None = None
) -> Hits:
    """Rank published offers for queries by reciprocal rank fusion of vectors and words.

    Args:
        index: What was published.
        texts: Queries.
        vectors: Their unit vectors, shape (q, dimension).
        k: Hits per query.
        filters: What a found offer must be.

    Returns:
        Hits of rank 1 to k; `found` are rows of `index.offers`.
    """
    passes = (filters or Filters()).mask(index.offers)
    deep = k if passes is None else k * DEEPER
    weights = index.lexicon.weights(index.lexicon.count(texts_as_offers(texts)))
    by_words = _best(index, lambda catalog: catalog.postings.scored(weights, deep), deep)
    if passes is None or (allowed := np.flatnonzero(passes)).size > EXACT:
        by_vectors = _best(index, lambda catalog: catalog.nearest.scored(vectors, deep), deep)
    else:
        by_vectors = _exact(index, vectors, allowed, k)
    if passes is not None:
        by_words, by_vectors = (_again(hits.take(passes[hits.found]), k) for hits in (by_words, by_vectors))
    return fuse_ranks([by_vectors, by_words], k)


def _best(index: PublishedIndex, search: Any, k: int) -> Hits:
    """The best of all catalogs."""
    found, scores = [], [np.zeros(0, dtype=np.float32)]
    for catalog in index.catalogs:
        hits, values = search(catalog)
        found.append(hits.shifted(0, catalog.start))
        scores.append(values)
    hits = Hits.join(found)
    return ranked(hits.query, hits.found, np.concatenate(scores), k)


def _exact(index: PublishedIndex, vectors: NDArray[np.float16], allowed: Rows, k: int) -> Hits:
    cosines = vectors.astype(np.float32) @ np.asarray(index.vectors[allowed], dtype=np.float32).T
    query, at = np.nonzero(cosines > 0)
    return ranked(query.astype(np.int32), allowed[at].astype(np.int32), cosines[query, at], k)


def _again(hits: Hits, k: int) -> Hits:
    """Ranks without gaps, the best k."""
    return ranked(hits.query, hits.found, -hits.rank, k)
