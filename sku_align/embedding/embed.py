"""Offers in, one unit vector each out; texts seen before come from the cache."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align import schema
from sku_align.config import EmbeddingSettings
from sku_align.embedding.cache import VectorCache
from sku_align.embedding.protocol import Embedder
from sku_align.embedding.text import offer_text
from sku_align.titles import further_titles

# Texts embedded at one time, between two steps of the progress bar.
CHUNK = 16_384
# Folder of a work folder, for vectors of earlier runs.
VECTORS = "embeddings"


def load_embedder(settings: EmbeddingSettings) -> Embedder:
    """The embedder that the settings name.

    Raises:
        UserError: The backend's package is not installed, or the model is unknown.

    Example:
        >>> from sku_align.config import EmbeddingSettings
        >>> kettle, kessel, hose = load_embedder(EmbeddingSettings()).encode(["kettle", "Wasserkocher", "garden hose"])
        >>> bool(kettle @ kessel > kettle @ hose)
        True
    """
    if settings.name == "sentence-transformers":
        from sku_align.embedding.transformer import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(settings)
    if settings.name == "vllm":
        from sku_align.embedding.vllm import VllmEmbedder

        return VllmEmbedder(settings)
    from sku_align.embedding.bundled import load_bundled

    return load_bundled(settings)


def embed(offers: pa.Table, embedder: Embedder, cache: Path | None = None) -> pa.Table:
    """Embed every offer.

    Equal texts are embedded once, in sorted order, so the vectors do not depend on the order of rows. An offer without
    text gets the zero vector, which is nobody's neighbour; one with titles in several languages gets their mean.

    Args:
        offers: Offers, length n.
        embedder: Backend of `load_embedder`.
        cache: Folder of vectors of earlier runs, created if absent; only texts that are not in it are embedded.

    Returns:
        A table of `schema.embeddings_schema(embedder.dimension)`, length n, in the order of `offers`.
    """
    own = offer_text(offers)
    further, _, titles = further_titles(offers)
    encoded = pc.dictionary_encode(pa.concat_arrays([own, titles.cast(own.type)]))
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    texts = encoded.dictionary.take(order).to_pylist()
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    rows = position[encoded.indices.to_numpy()]
    known = _vectors(texts, embedder, cache)
    vectors = known[rows[: len(offers)]]
    if len(further):
        _add_titles(vectors, further, known[rows[len(offers) :]])
    flat = pa.array(vectors.reshape(-1))
    column = pa.FixedSizeListArray.from_arrays(flat, embedder.dimension)
    columns = {"catalog": offers["catalog"], "offer_id": offers["offer_id"], "vector": column}
    return schema.conform(columns, schema.embeddings_schema(embedder.dimension))


def _add_titles(vectors: NDArray[np.float16], rows: NDArray[np.int64], further: NDArray[np.float16]) -> None:
    """Turn the vectors of offers with further titles into the mean of all their titles, unit length, in place."""
    several, position = np.unique(rows, return_inverse=True)
    total = vectors[several].astype(np.float32)
    np.add.at(total, position, further.astype(np.float32))
    length = np.linalg.norm(total, axis=1, keepdims=True)
    vectors[several] = (total / np.maximum(length, 1e-12)).astype(np.float16)


def _vectors(texts: list[str], embedder: Embedder, folder: Path | None) -> NDArray[np.float16]:
    vectors = np.zeros((len(texts), embedder.dimension), dtype=np.float16)
    cache = VectorCache(folder, embedder) if folder else None
    missing = np.array([i for i, text in enumerate(texts) if text], dtype=np.int64)
    if cache:
        missing = cache.fill(vectors, texts, missing)
    for start in range(0, len(missing), CHUNK):
        rows = missing[start : start + CHUNK]
        chunk = [texts[i] for i in rows]
        fresh = embedder.encode(chunk).astype(np.float16)
        vectors[rows] = fresh
        if cache:
            cache.add(chunk, fresh)
    return vectors
