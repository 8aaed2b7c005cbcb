"""Scores of pairs without a model that reads both texts: words (BM25) and embeddings, to set a scorer beside."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.blocking.tokens import text, words
from sku_align.retrieval.ranking import bm25_weights

if TYPE_CHECKING:
    from sku_align.embedding.protocol import Embedder


def score_by_words(offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Okapi BM25 of each pair, the mean of both sides as the query; all offers together are the collection.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).

    Returns:
        Scores from 0 on, shape (m,); they are not probabilities.
    """
    counts, _ = words(text(offers))
    weights, asked = bm25_weights(counts.tocsr()), counts.tocsr().copy()
    asked.data[:] = 1.0
    sides = ((pairs[:, 0], pairs[:, 1]), (pairs[:, 1], pairs[:, 0]))
    both = [np.asarray(asked[query].multiply(weights[document]).sum(axis=1)).ravel() for query, document in sides]
    return np.asarray((both[0] + both[1]) / 2, dtype=np.float64)


def score_by_vectors(offers: pa.Table, pairs: NDArray[np.int64], embedder: "Embedder") -> NDArray[np.float64]:
    """Cosine of the embeddings of each pair, shape (m,).

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).
        embedder: Backend of `load_embedder`.
    """
    from sku_align.embedding.embed import embed
    from sku_align.embedding.vectors import vectors_of

    vectors = vectors_of(embed(offers, embedder)).astype(np.float64)
    return np.asarray((vectors[pairs[:, 0]] * vectors[pairs[:, 1]]).sum(axis=1))
