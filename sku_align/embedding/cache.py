"""Vectors of earlier runs on disk, keyed by the text's hash and the embedder's fingerprint."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sku_align.embedding.protocol import Embedder
from sku_align.files import write_text, written_whole

KEY_BYTES = 16


class VectorCache:
    """Parquet parts under `folder/<hash of the fingerprint>/`, each written once and never changed."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._folder = folder / _hash(embedder.fingerprint).hex()
        self._folder.mkdir(parents=True, exist_ok=True)
        write_text(self._folder / "fingerprint.txt", embedder.fingerprint + "\n")

    def fill(self, vectors: NDArray[np.float16], texts: Sequence[str], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        """Write the cached vectors of `texts[wanted]` into those rows of `vectors`.

        Returns:
            The wanted rows that are not in the cache, ascending.
        """
        keys = np.array([_hash(texts[row]) for row in wanted], dtype=f"S{KEY_BYTES}")
        found = np.zeros(len(wanted), dtype=bool)
        order = np.argsort(keys)
        for part in sorted(self._folder.glob("*.parquet")):
            for batch in pq.ParquetFile(part).iter_batches():
                known = np.frombuffer(memoryview(batch["key"].buffers()[1]), dtype=f"S{KEY_BYTES}", count=len(batch))
                ordered = keys[order]
                at = np.searchsorted(ordered, known)
                inside = at < len(ordered)
                hit = np.flatnonzero(inside)[ordered[at[inside]] == known[inside]]
                position = order[at[hit]]
                width = vectors.shape[1]
                stored = pc.list_flatten(batch["vector"]).to_numpy().reshape(-1, width)
                vectors[wanted[position]] = stored[hit]
                found[position] = True
        return wanted[~found]

    def add(self, texts: Sequence[str], vectors: NDArray[np.float16]) -> None:
        """Keep the vectors of new texts, as one part that appears whole or not at all."""
        keys = b"".join(_hash(text) for text in texts)
        key = pa.FixedSizeBinaryArray.from_buffers(pa.binary(KEY_BYTES), len(texts), [None, pa.py_buffer(keys)])
        vector = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
        part = self._folder / f"{_hash(keys).hex()}.parquet"
        with written_whole(part) as beside:
            pq.write_table(pa.table({"key": key, "vector": vector}), beside, compression="none")


def _hash(text: str | bytes) -> bytes:
    data = text.encode("utf-8") if isinstance(text, str) else text
    return hashlib.blake2b(data, digest_size=KEY_BYTES).digest()
