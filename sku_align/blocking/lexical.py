"""Channel `lexical`: offers that share rare words, numbers or letter sequences."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sku_align.blocking.hits import Hits

# Entries of the inverted index that a query may read: bounds the time that frequent words cost. Chosen by eye.
POSTINGS = 10_000
CHUNK = 1 << 15
# Chosen by eye: a thread costs about as much as the search of tens of queries.
PARALLEL_FROM = 256


class Postings:
    """Offers of one catalog by the features they have, ready to be searched.

    Args:
        lookup: Feature weights of the targets, transposed: CSR float32, shape (features, targets).
    """

    def __init__(self, lookup: Any) -> None:
        self.lookup = lookup

    @classmethod
    def of(cls, targets: Any) -> "Postings":
        """From feature weights of the targets, CSR float32, shape (t, features)."""
        return cls(targets.T.tocsr())

    def search(self, queries: Any, k: int) -> Hits:
        """The k most similar targets of every query by the dot product of their features.

        A query uses its rarest features, as many as occur at most POSTINGS times together in the targets: a word in
        every title neither costs time nor tells offers apart.

        Args:
            queries: Feature weights, CSR float32, shape (q, features).
            k: Hits per query.

        Returns:
            Hits of rank 1 to k; row numbers count from 0 within queries and targets.
        """
        return Hits.join([hits for hits, _ in self._chunks(queries, k)])

    def scored(self, queries: Any, k: int) -> tuple[Hits, NDArray[np.float32]]:
        """As `search`, with the dot product of each hit."""
        chunks = self._chunks(queries, k)
        scores = [np.zeros(0, dtype=np.float32), *(values for _, values in chunks)]
        return Hits.join([hits for hits, _ in chunks]), np.concatenate(scores)

    def _chunks(self, queries: Any, k: int) -> list[tuple[Hits, NDArray[np.float32]]]:
        if k == 0 or queries.nnz == 0 or self.lookup.nnz == 0:
            return []
        found = []
        for start in range(0, queries.shape[0], CHUNK):
            hits, values = _search(queries[start : start + CHUNK], self.lookup, k)
            found.append((hits.shifted(start, 0), values))
        return found


def similar(queries: Any, targets: Any, k: int) -> Hits:
    """The k most similar targets of every query, both CSR float32 over the same features; see `Postings.search`."""
    return Postings.of(targets).search(queries, k) if k and queries.nnz else Hits.none()


def _search(queries: Any, lookup: Any, k: int) -> tuple[Hits, NDArray[np.float32]]:
    from scipy.sparse import csr_matrix
    from sparse_dot_topn import sp_matmul_topn

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    # A few queries take less time than threads to start.
    threads = cores if queries.shape[0] >= PARALLEL_FROM else 1
    chosen = rarest(queries, lookup.indptr[queries.indices + 1] - lookup.indptr[queries.indices])
    if threads == 1:
        # The product copies all that it is given, which for a few queries of a large catalog is most of the search.
        used, column = np.unique(chosen.indices, return_inverse=True)
        shape = chosen.shape[0], len(used)
        chosen, lookup = csr_matrix((chosen.data, column.astype(np.int32), chosen.indptr), shape=shape), lookup[used]
    top = sp_matmul_topn(chosen, lookup, top_n=k, threshold=0.0, sort=True, n_threads=threads)
    sizes = np.diff(top.indptr)
    query = np.repeat(np.arange(top.shape[0], dtype=np.int32), sizes)
    rank = np.arange(top.nnz, dtype=np.int32) - np.repeat(top.indptr[:-1].astype(np.int32), sizes) + 1
    return Hits(query, top.indices.astype(np.int32), rank.astype(np.int32)), top.data.astype(np.float32)


def rarest(queries: Any, frequency: NDArray[np.integer[Any]]) -> Any:
    """The queries without the features that exceed the budget of POSTINGS.

    Args:
        queries: Feature weights, CSR float32, shape (q, features).
        frequency: Targets that have the feature of each entry of the queries, shape (entries,).
    """
    from scipy.sparse import csr_matrix

    cost = frequency.astype(np.int64)
    starts = queries.indptr[:-1].astype(np.int64)
    sizes = np.diff(queries.indptr)
    spent = np.concatenate([[0], np.cumsum(cost)])
    if np.diff(spent[queries.indptr]).max(initial=0) <= POSTINGS:
        return queries
    row = np.repeat(np.arange(queries.shape[0], dtype=np.int32), sizes)
    order = np.lexsort((cost, row))
    running = np.cumsum(cost[order])
    before = np.repeat(np.concatenate([[0], running])[starts], sizes)
    kept = order[running - before <= POSTINGS]
    return csr_matrix((queries.data[kept], (row[kept], queries.indices[kept])), shape=queries.shape)
