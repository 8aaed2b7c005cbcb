"""Channel `neighbours`: the nearest embeddings of each offer in one target catalog."""

import numpy as np
from numpy.typing import NDArray

from sku_align.blocking.hits import Hits


def neighbours(vectors: NDArray[np.float32], queries: range, targets: range, k: int) -> Hits:
    """The k nearest targets of every query by cosine.

    Args:
        vectors: Unit vectors of all offers, shape (n, dimension); a zero vector is nobody's neighbour.
        queries: Rows of the searching catalog.
        targets: Rows of the searched catalog.
        k: Hits per query.

    Returns:
        Hits of rank 1 to k.
    """
    import faiss

    rows = np.arange(targets.start, targets.stop, dtype=np.int32)
    base = np.ascontiguousarray(vectors[targets.start : targets.stop])
    filled = base.any(axis=1)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(base[filled])
    rows = rows[filled]
    k = min(k, len(rows))
    if k == 0 or len(queries) == 0:
        return Hits.none()
    similarity, position = index.search(np.ascontiguousarray(vectors[queries.start : queries.stop]), k)
    kept = similarity > 0
    query = np.repeat(np.arange(queries.start, queries.stop, dtype=np.int32), k).reshape(-1, k)
    rank = np.broadcast_to(np.arange(1, k + 1, dtype=np.int32), position.shape)
    return Hits(query[kept], rows[position[kept]], rank[kept])
