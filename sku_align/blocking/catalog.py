"""One catalog made ready to search and to be searched."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.attributes.part_numbers import part_numbers
from sku_align.blocking.lexical import POSTINGS
from sku_align.blocking.neighbours import Nearest
from sku_align.blocking.report import Hub
from sku_align.blocking.tokens import Frequencies, ngrams, text, weigh, words
from sku_align.embedding.vectors import vectors_of


@dataclass(frozen=True)
class Catalog:
    """Offers of one catalog, which are one run of rows of the sorted offers.

    Attributes:
        name: The catalog.
        start: Row of its first offer.
        vectors: Embeddings, half precision, shape (size, dimension).
        words: Word weights, CSR, size rows.
        features: Weights of words and letter sequences together, CSR, size rows.
        titled: Weights of part numbers in titles, CSR, size rows.
        numbers: Weights of those and of the column `mpn`, CSR, size rows.
        hubs: Words on more offers than a search reads.
    """

    name: str
    start: int
    vectors: NDArray[np.float16]
    words: Any
    features: Any
    titled: Any
    numbers: Any
    hubs: list[Hub]

    @property
    def size(self) -> int:
        """Number of offers."""
        return len(self.vectors)

    @cached_property
    def nearest(self) -> Nearest:
        """Search over the embeddings, built when it is first asked for."""
        return Nearest(self.vectors)


def prepare(offers: pa.Table, embeddings: pa.Table, weights: tuple[Any, Any] | None = None) -> list[Catalog]:
    """Cut offers and embeddings into catalogs.

    Args:
        offers: Offers sorted by key, length n.
        embeddings: Vectors of the same offers in the same order; those of a catalog are read in place, not copied, if
            they lie in one chunk.
        weights: Where the offers are a few of a larger collection, what their words weigh there, and their words and
            letter sequences together, both CSR float32 of n rows; no words count as hubs then.

    Returns:
        Catalogs by name.
    """
    names = offers["catalog"].combine_chunks().dictionary_encode()
    starts = np.flatnonzero(np.diff(names.indices.to_numpy(), prepend=-1)).tolist()
    vocabulary = pa.array([], pa.string())
    if weights is None:
        counts, features, vocabulary = count(offers)
        weights = weigh(counts), weigh(features)
    columns = *weights, *weigh_part_numbers(offers)
    catalogs = []
    for name, start, stop in zip(names.dictionary.to_pylist(), starts, [*starts[1:], len(offers)], strict=True):
        vectors = vectors_of(embeddings.slice(start, stop - start))
        ours, features, titled, numbers = (column[start:stop] for column in columns)
        catalogs.append(Catalog(name, start, vectors, ours, features, titled, numbers, _hubs(ours, vocabulary)))
    return catalogs


def count(offers: pa.Table) -> tuple[Any, Any, pa.Array]:
    """Count words, and words and letter sequences together.

    Returns:
        Both CSR float32 of one row per offer, the words' columns first in the second; and what those stand for.
    """
    from scipy.sparse import hstack

    texts = text(offers)
    counts, vocabulary = words(texts)
    return counts, hstack([counts, ngrams(texts)], format="csr"), vocabulary


def weigh_part_numbers(offers: pa.Table) -> tuple[Any, Any]:
    """Part numbers in titles, and those with what stands in the column `mpn`.

    Args:
        offers: Table of `schema.OFFERS`.

    Returns:
        Weights, both CSR float32 of one row per offer over the same columns; rows of unit length.
    """
    titled, either = part_numbers(offers)
    codes = {number: at for at, number in enumerate(sorted(set().union(*either)))}
    known = Frequencies.of(counts := _counts(either, codes))
    return weigh(_counts(titled, codes), known), weigh(counts, known)


def _counts(keys: list[set[str]], columns: Mapping[str, int]) -> Any:
    from scipy.sparse import csr_matrix

    column = np.array([columns[key] for own in keys for key in sorted(own)], dtype=np.int32)
    row = np.repeat(np.arange(len(keys)), [len(own) for own in keys])
    return csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(len(keys), max(1, len(columns))))


def _hubs(counts: Any, vocabulary: pa.Array) -> list[Hub]:
    frequency = np.bincount(counts.indices, minlength=len(vocabulary))[: len(vocabulary)]
    return [Hub("word", vocabulary[at].as_py(), int(frequency[at])) for at in np.flatnonzero(frequency > POSTINGS)]
