"""Rank documents for queries: by words, by meaning, by both, and by a scorer that reads both texts.

Search and its evaluation both call these functions, so that what is measured is what is served.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align import schema
from sku_align.blocking.hits import Hits
from sku_align.blocking.lexical import Postings
from sku_align.blocking.neighbours import Nearest
from sku_align.blocking.tokens import text, words
from sku_align.embedding.vectors import vectors_of
from sku_align.scoring.protocol import Scorer

# Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), the usual values.
K1, B = 1.2, 0.75
# Cormack, Clarke and Büttcher, Reciprocal Rank Fusion (2009).
RRF = 60


def texts_as_offers(texts: Sequence[str]) -> pa.Table:
    """Texts as offers that have a title and nothing else, as scorers and embedders read them."""
    return schema.conform({"title": pa.array(list(texts), pa.string())}, schema.OFFERS)


def rank_by_words(queries: pa.Table, documents: pa.Table, k: int) -> Hits:
    """Okapi BM25 over the words of titles and brands; scripts without spaces count letters and pairs of letters.

    Args:
        queries: Table of `schema.OFFERS`, q rows.
        documents: Table of `schema.OFFERS`, d rows.
        k: Hits per query.

    Returns:
        Hits of rank 1 to k; row numbers count from 0 within queries and documents.
    """
    texts = pa.concat_arrays([text(queries), text(documents)])
    counts, _ = words(texts)
    asked, matrix = counts[: len(queries)], counts[len(queries) :].tocsr()
    asked.data[:] = 1.0
    return Postings.of(bm25_weights(matrix)).search(asked, k)


def bm25_weights(counts: Any) -> Any:
    """Weights of the words of documents (CSR counts): idf * tf (k1 + 1) / (tf + k1 (1 - b + b length / mean))."""
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log1p((counts.shape[0] - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    length = np.asarray(counts.sum(axis=1)).ravel()
    norm = K1 * (1 - B + B * length / max(float(length.mean()), 1e-9))
    tf = counts.data
    weighted = counts.copy()
    weighted.data = (idf[counts.indices] * tf * (K1 + 1) / (tf + np.repeat(norm, np.diff(counts.indptr)))).astype(
        np.float32
    )
    return weighted


def rank_by_vectors(queries: NDArray[np.float16], documents: NDArray[np.float16], k: int) -> Hits:
    """The nearest embeddings by cosine, both unit vectors of shape (rows, dimension)."""
    return Nearest(documents).search(queries, k)


def fuse_ranks(rankings: Sequence[Hits], k: int) -> Hits:
    """Reciprocal rank fusion: a document scores the sum of 1 / (60 + rank) over all rankings.

    Args:
        rankings: Hits of the same queries over the same documents.
        k: Hits per query; equal scores are ordered by row.
    """
    hits = Hits.join(rankings)
    if not len(hits.rank):
        return hits
    keys = hits.query.astype(np.int64) << 32 | hits.found
    found, at = np.unique(keys, return_inverse=True)
    score = np.bincount(at, 1.0 / (RRF + hits.rank))
    return ranked((found >> 32).astype(np.int32), (found & 0xFFFFFFFF).astype(np.int32), score, k)


def ranked(query: NDArray[np.int32], found: NDArray[np.int32], score: NDArray[Any], k: int) -> Hits:
    """Order each query's documents by score, the best k of them; equal scores are ordered by row."""
    order = np.lexsort((found, -score, query))
    query, found = query[order], found[order]
    starts = np.flatnonzero(np.diff(query, prepend=-1))
    rank = np.arange(1, len(query) + 1) - np.repeat(starts, np.diff(starts, append=len(query)))
    return Hits(query, found, rank.astype(np.int32)).take(rank <= k)


def rerank(scorer: Scorer, queries: pa.Table, documents: pa.Table, hits: Hits, top: int) -> Hits:
    """Order each query's first `top` hits by a scorer; the others follow in the order that they had.

    Args:
        scorer: Reads a query and a document as two offers.
        queries: Table of `schema.OFFERS`.
        documents: Table of `schema.OFFERS`.
        hits: A ranking of rows of both.
        top: Hits per query that the scorer reads.
    """
    read = hits.rank <= top
    both = pa.concat_tables([queries, documents])
    pairs = np.stack([hits.query[read], hits.found[read] + len(queries)], axis=1).astype(np.int64)
    score = -hits.rank.astype(np.float64) - 1e6
    score[read] = np.nan_to_num(scorer.score(both, pairs), nan=-1e5)
    return ranked(hits.query, hits.found, score, len(documents))


def rankers(
    offers: pa.Table, embeddings: pa.Table, scorers: Mapping[str, Scorer], top: int, k: int = 100
) -> dict[str, Callable[[NDArray[np.int64], NDArray[np.int64]], Hits]]:
    """The rankings that search is made of, by name, over rows of offers.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        embeddings: The offers' embeddings, in their order.
        scorers: Name -> scorer that reads the nearest vectors again.
        top: Hits per query that a scorer reads.
        k: Hits per query.

    Returns:
        Name -> function of the rows that ask and the rows that are asked for.
    """
    vectors = vectors_of(embeddings)

    def by_words(asked: NDArray[np.int64], documents: NDArray[np.int64]) -> Hits:
        return rank_by_words(offers.take(pa.array(asked)), offers.take(pa.array(documents)), k)

    def by_vectors(asked: NDArray[np.int64], documents: NDArray[np.int64]) -> Hits:
        return rank_by_vectors(vectors[asked], vectors[documents], k)

    def fused(asked: NDArray[np.int64], documents: NDArray[np.int64]) -> Hits:
        return fuse_ranks([by_words(asked, documents), by_vectors(asked, documents)], k)

    def read_again(scorer: Scorer) -> Callable[[NDArray[np.int64], NDArray[np.int64]], Hits]:
        def ranking(asked: NDArray[np.int64], documents: NDArray[np.int64]) -> Hits:
            queries, read = offers.take(pa.array(asked)), offers.take(pa.array(documents))
            return rerank(scorer, queries, read, by_vectors(asked, documents), top)

        return ranking

    again = {f"vectors, {name} reads {top}": read_again(scorer) for name, scorer in scorers.items()}
    return {"BM25": by_words, "vectors": by_vectors, "BM25 and vectors": fused, **again}
