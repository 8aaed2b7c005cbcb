"""Channel `lexical`: offers that share rare character sequences, after romanisation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sku_align.blocking.hits import Hits

FEATURES = 2**20


def romanise(offers: pa.Table) -> list[str]:
    """Title and brand of each offer in lower-case Latin letters, whatever the script."""
    from anyascii import anyascii

    columns = [pc.fill_null(offers[name].combine_chunks(), "") for name in ("title", "brand")]
    return [anyascii(text).lower() for text in pc.binary_join_element_wise(*columns, " ").to_pylist()]


def weigh(texts: Sequence[str]) -> Any:
    """TF-IDF of character 3-grams, a sparse matrix (len(texts), FEATURES) with rows of unit length."""
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    counts = HashingVectorizer(
        analyzer="char_wb", ngram_range=(3, 3), n_features=FEATURES, alternate_sign=False, norm=None, dtype=np.float32
    ).transform(texts)
    return TfidfTransformer(sublinear_tf=True).fit_transform(counts).astype(np.float32)


def lexical(weights: Any, queries: range, targets: range, k: int) -> Hits:
    """The k most similar targets of every query by TF-IDF cosine.

    Args:
        weights: Result of `weigh` for all offers.
        queries: Rows of the searching catalog.
        targets: Rows of the searched catalog.
        k: Hits per query.

    Returns:
        Hits of rank 1 to k.
    """
    from sparse_dot_topn import sp_matmul_topn

    if k == 0 or len(queries) == 0 or len(targets) == 0:
        return Hits.none()
    base = weights[targets.start : targets.stop].T.tocsr()
    top = sp_matmul_topn(weights[queries.start : queries.stop], base, top_n=k, threshold=0.0, sort=True)
    sizes = np.diff(top.indptr)
    query = np.repeat(np.arange(queries.start, queries.stop, dtype=np.int32), sizes)
    rank = np.arange(top.nnz, dtype=np.int64) - np.repeat(top.indptr[:-1].astype(np.int64), sizes) + 1
    return Hits(query, (top.indices + targets.start).astype(np.int32), rank.astype(np.int32))
