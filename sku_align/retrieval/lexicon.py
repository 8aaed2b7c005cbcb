"""Words and letter sequences of a published collection by number, and how often they stand in it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.blocking.catalog import count
from sku_align.blocking.tokens import Frequencies, weigh


@dataclass(frozen=True)
class Lexicon:
    """The features of a collection: its words in the order of their hashes, then all letter sequences.

    Words are kept as 64-bit hashes, so that a lexicon of a million words is 8 MB of one array that is read in place;
    that two of a million words share a hash has a chance of one in thirty million.

    Attributes:
        words: Hashes of the words, ascending, shape (w,).
        frequency: Offers that have each feature, shape (w + letter sequences,).
        documents: Number of offers.
    """

    words: NDArray[np.uint64]
    frequency: NDArray[np.int64]
    documents: int

    @classmethod
    def learn(cls, offers: pa.Table) -> tuple["Lexicon", Any]:
        """Count the features of a collection.

        Returns:
            The lexicon, and the offers' feature weights, CSR float32, shape (offers, features).
        """
        counts, features, vocabulary = count(offers)
        hashes = word_hashes(vocabulary.to_pylist())
        order = np.argsort(hashes, kind="stable")
        column = np.arange(features.shape[1], dtype=np.int32)
        column[order] = np.arange(len(order), dtype=np.int32)
        features.indices = column[features.indices]
        features.has_sorted_indices = False
        frequencies = Frequencies.of(features)
        # An empty collection has one column without a word.
        words = np.append(hashes[order], np.full(counts.shape[1] - len(order), np.iinfo(np.uint64).max, np.uint64))
        return cls(words, frequencies.frequency, frequencies.documents), weigh(features, frequencies)

    def weights(self, offers: pa.Table) -> Any:
        """Feature weights of any offers as if they were in the collection, CSR float32, shape (n, features)."""
        from scipy.sparse import csr_matrix

        counts, features, vocabulary = count(offers)
        at = self._columns(vocabulary, counts.shape[1], features.shape[1])
        known = np.append(self.frequency, 0)[at]
        features = weigh(features, Frequencies(self.documents, known))
        column = at[features.indices]
        kept = column >= 0
        rows = np.repeat(np.arange(features.shape[0]), np.diff(features.indptr))[kept]
        return csr_matrix(
            (features.data[kept], (rows, column[kept].astype(np.int32))), shape=(len(offers), len(self.frequency))
        )

    def background(self, fresh: NDArray[np.bool_]) -> Any:
        """Frequencies in the collection with some offers added, as `blocking.catalog.prepare` asks for them.

        Args:
            fresh: Which of the offers asked about are not in the collection, shape (n,).
        """

        def known(features: Any, vocabulary: pa.Array) -> Frequencies:
            at = self._columns(vocabulary, features.shape[1] - self._sequences, features.shape[1])
            own = np.bincount(features[np.flatnonzero(fresh)].indices, minlength=features.shape[1])
            return Frequencies(self.documents + int(fresh.sum()), np.append(self.frequency, 0)[at] + own)

        return known

    @property
    def _sequences(self) -> int:
        return len(self.frequency) - len(self.words)

    def _columns(self, vocabulary: pa.Array, words: int, width: int) -> NDArray[np.int64]:
        """The collection's column of each column of a count; -1 for words that it does not have."""
        hashes = word_hashes(vocabulary.to_pylist())
        at = np.minimum(np.searchsorted(self.words, hashes), len(self.words) - 1)
        columns = np.full(width, -1, dtype=np.int64)
        columns[: len(hashes)] = np.where(self.words[at] == hashes, at, -1)
        columns[words:] = np.arange(width - words) + len(self.words)
        return columns


def word_hashes(words: Iterable[str]) -> NDArray[np.uint64]:
    """64-bit hashes of words, the same on every machine, shape (w,)."""
    digests = b"".join(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest() for word in words)
    return np.frombuffer(digests, dtype="<u8")
