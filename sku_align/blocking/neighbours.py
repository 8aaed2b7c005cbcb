"""Channel `neighbours`: the nearest embeddings of each offer in one target catalog."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sku_align.blocking.hits import Hits

# Up to this many vectors are searched exactly. This and the constants of the inverted lists are chosen by eye, for
# speed; what they lose shows in the estimate of pair completeness.
EXACT_LIMIT = 10_000
REFINED = 2
CHUNK = 2_048
LISTS_PER_ROOT = 2
PROBED = 24
SUBVECTOR = 4
# Below so many inner products one thread is done before others have started, and does not wait for them on a busy
# machine: 2**20 take about a millisecond. Chosen by eye.
PARALLEL_FROM = 1 << 20


class Nearest:
    """Search for the nearest vectors of one catalog: exact up to EXACT_LIMIT offers, inverted lists beyond.

    Beyond the limit, 4-bit product quantisation picks `REFINED` times the wanted neighbours from the PROBED nearest
    lists, and exact similarities order them.

    Args:
        vectors: Unit vectors, half precision, shape (n, dimension); a zero vector is nobody's neighbour.
    """

    def __init__(self, vectors: NDArray[np.float16]) -> None:
        import faiss

        self.rows = np.flatnonzero(vectors.any(axis=1)).astype(np.int32)
        dimension = vectors.shape[1]
        if len(self.rows) <= EXACT_LIMIT or dimension % SUBVECTOR > 0:
            self.index: Any = faiss.IndexFlatIP(dimension)
        else:
            lists = int(LISTS_PER_ROOT * len(self.rows) ** 0.5)
            factory = f"IVF{lists},PQ{dimension // SUBVECTOR}x4fs,Refine(SQfp16)"
            self.index = faiss.index_factory(dimension, factory, faiss.METRIC_INNER_PRODUCT)
            self.index.k_factor = REFINED
            coarse: Any = faiss.downcast_index(self.index.base_index)
            coarse.by_residual = False
            coarse.nprobe = PROBED
            step = max(1, len(self.rows) // (lists * 40))
            self.index.train(vectors[self.rows[::step]].astype(np.float32))
        for start in range(0, len(self.rows), CHUNK):
            self.index.add(vectors[self.rows[start : start + CHUNK]].astype(np.float32))

    @classmethod
    def kept(cls, index: Any, rows: NDArray[np.int32]) -> "Nearest":
        """From the `index` and the `rows` of an earlier one, which were kept in files."""
        nearest = cls.__new__(cls)
        nearest.index, nearest.rows = index, rows
        return nearest

    def search(self, queries: NDArray[np.float16], k: int) -> Hits:
        """The k nearest vectors of every query by cosine, among those of positive similarity.

        Args:
            queries: Unit vectors, half precision, shape (q, dimension).
            k: Hits per query.

        Returns:
            Hits of rank 1 to k; row numbers count from 0 within `queries` and `vectors`.
        """
        return self.scored(queries, k)[0]

    def scored(self, queries: NDArray[np.float16], k: int) -> tuple[Hits, NDArray[np.float32]]:
        """As `search`, with the cosine of each hit."""
        k = min(k, len(self.rows))
        starts = range(0, len(queries) if k else 0, CHUNK)
        parts = [self._chunk(queries, start, k) for start in starts]
        similarity = np.concatenate([np.zeros(0, dtype=np.float32), *(values for _, values in parts)])
        return Hits.join([hits for hits, _ in parts]), similarity

    def _chunk(self, queries: NDArray[np.float16], start: int, k: int) -> tuple[Hits, NDArray[np.float32]]:
        chunk = queries[start : start + CHUNK].astype(np.float32)
        with _threads(len(chunk) * len(self.rows)):
            similarity, position = self.index.search(chunk, k)
        kept = (similarity > 0) & (position >= 0)
        query = np.broadcast_to(np.arange(start, start + len(chunk), dtype=np.int32)[:, None], position.shape)
        rank = np.broadcast_to(np.arange(1, k + 1, dtype=np.int32), position.shape)
        return Hits(query[kept], self.rows[position[kept]], rank[kept]), similarity[kept]


@contextmanager
def _threads(products: int) -> Iterator[None]:
    """Let faiss use one thread for a search of so few inner products that more would only wait for each other.

    The number of threads is one of the calling thread, so that searches beside this one keep theirs.
    """
    import faiss

    if products >= PARALLEL_FROM:
        yield
        return
    usual = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(usual)
