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
        numbers: Number of each word in the order in which a run met them, shape (w,); a run's ties go by it.
        frequency: Offers that have each feature, shape (w + letter sequences,).
        documents: Number of offers.
    """

    words: NDArray[np.uint64]
    numbers: NDArray[np.int32]
    frequency: NDArray[np.int64]
    documents: int

    @classmethod
    def learn(cls, offers: pa.Table) -> tuple["Lexicon", Any]:
        """Count the features of a collection.

        Returns:
            The lexicon, and how often each offer has each feature, CSR float32, shape (offers, features).
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
        numbers = np.append(order, np.arange(len(order), len(words))).astype(np.int32)
        return cls(words, numbers, frequencies.frequency, frequencies.documents), features

    def count(self, offers: pa.Table) -> Any:
        """How often any offers have each feature of the collection, and behind these the words that it does not have.

        Returns:
            CSR float32, shape (n, features and unknown words).
        """
        counts, features, vocabulary = count(offers)
        at = self._columns(vocabulary, counts.shape[1], features.shape[1])
        unknown = np.flatnonzero(at < 0)
        at[unknown] = len(self.frequency) + np.arange(len(unknown))
        return _csr(features.data, at[features.indices], features.indptr, len(self.frequency) + len(unknown))

    def weigh(self, counts: Any, fresh: NDArray[np.bool_]) -> tuple[Any, Any]:
        """Weights of some offers among those of the collection.

        Args:
            counts: As returned by `count`, n rows.
            fresh: Which of the offers are not in the collection, to which they are added; shape (n,).

        Returns:
            Weights of words, and of words and letter sequences together, both CSR float32 of n rows over the features
            that these offers have, words in the order in which a run met them.
        """
        used, at = np.unique(counts.indices, return_inverse=True)
        known_word = used < len(self.words)
        number = np.where(known_word, self.numbers[np.where(known_word, used, 0)], used)
        order = np.lexsort((number, ~known_word))
        used, at = used[order], np.argsort(order)[at]
        own = np.bincount(at[np.repeat(fresh, np.diff(counts.indptr))], minlength=len(used))
        known = Frequencies(self.documents + int(fresh.sum()), self._frequency_of(used) + own)
        features = _csr(counts.data.copy(), at, counts.indptr, len(used))
        named = np.flatnonzero((used < len(self.words)) | (used >= len(self.frequency)))
        words = features[:, named]
        return weigh(words, Frequencies(known.documents, known.frequency[named])), weigh(features, known)

    def weights(self, counts: Any) -> Any:
        """Feature weights of any offers as if they were in the collection, CSR float32, shape (n, features).

        Args:
            counts: As returned by `count`, n rows.
        """
        used, at = np.unique(counts.indices, return_inverse=True)
        known = Frequencies(self.documents, self._frequency_of(used))
        features = weigh(_csr(counts.data.copy(), at, counts.indptr, len(used)), known)
        kept = counts.indices < len(self.frequency)
        starts = np.concatenate([[0], np.cumsum(kept)])[counts.indptr]
        return _csr(features.data[kept], counts.indices[kept], starts, len(self.frequency))

    def _frequency_of(self, columns: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Offers of the collection that have features, 0 for words that it does not have; shape as `columns`."""
        inside = np.minimum(columns, len(self.frequency) - 1)
        return np.where(columns < len(self.frequency), self.frequency[inside], 0)

    def _columns(self, vocabulary: pa.Array, words: int, width: int) -> NDArray[np.int64]:
        """The collection's column of each column of a count; -1 for words that it does not have."""
        hashes = word_hashes(vocabulary.to_pylist())
        at = np.minimum(np.searchsorted(self.words, hashes), len(self.words) - 1)
        columns = np.full(width, -1, dtype=np.int64)
        columns[: len(hashes)] = np.where(self.words[at] == hashes, at, -1)
        columns[words:] = np.arange(width - words) + len(self.words)
        return columns


def _csr(data: Any, indices: Any, starts: Any, columns: int) -> Any:
    from scipy.sparse import csr_matrix

    parts = data, np.asarray(indices, dtype=np.int32), np.asarray(starts, dtype=np.int32)
    return csr_matrix(parts, shape=(len(starts) - 1, columns))


def word_hashes(words: Iterable[str]) -> NDArray[np.uint64]:
    """64-bit hashes of words, the same on every machine, shape (w,)."""
    digests = b"".join(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest() for word in words)
    return np.frombuffer(digests, dtype="<u8")
