"""Offers as bags of words and of letter sequences: sparse matrices of one row per offer."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.patterns import Pattern
from sku_align.romanise import romanise
from sku_align.titles import further_titles

UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_APART = Pattern(rf"([0-9]+(?:\.[0-9]+)*|{UNSPACED})")
_BETWEEN_WORDS = Pattern(r"[^\p{L}\p{M}\p{N}.]+|\.([^0-9]|$)")
_ONE_UNSPACED = Pattern(f"^{UNSPACED}$")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
CHUNK = 1 << 16


def text(offers: pa.Table) -> pa.Array:
    """Titles and brand in compatibility form, lower case, without accents; length n, no nulls."""
    columns = [pc.fill_null(offers[name].combine_chunks(), "") for name in ("title", "brand")]
    rows, _, titles = further_titles(offers)
    if len(rows):
        # Words of every language that an offer is named in: the partner shop has some of them.
        each, start = np.unique(rows, return_index=True)
        lists = pa.ListArray.from_arrays(pa.array([*start, len(rows)], pa.int32()), titles)
        named = np.full(len(offers), None, dtype=object)
        named[each] = pc.binary_join(lists, " ").to_numpy(zero_copy_only=False)
        columns.append(pc.fill_null(pa.array(named, pa.string()), ""))
    joined = pc.utf8_lower(pc.utf8_normalize(pc.binary_join_element_wise(*columns, " "), "NFKD"))
    return pc.utf8_normalize(pc.replace_substring_regex(joined, r"[\x{300}-\x{36f}]", ""), "NFC")


def words(texts: pa.Array) -> tuple[Any, pa.Array]:
    """Words and numbers; single letters and pairs of neighbours in scripts that set no space between words.

    Args:
        texts: Result of `text`, length n.

    Returns:
        Counts, CSR float32, shape (n, vocabulary); and what each column stands for, words first, pairs of letters last.
    """
    from scipy.sparse import csr_matrix

    spaced = pc.replace_substring_regex(texts, r"([0-9])[.,]([0-9])", r"\1.\2")
    spaced = _BETWEEN_WORDS.replace(_APART.replace(spaced, r" \1 "), r" \1")
    lists = pc.split_pattern(spaced, " ")
    rows = pc.list_parent_indices(lists).to_numpy().astype(np.int32)
    flat = pc.list_flatten(lists)
    filled = pc.not_equal(flat, "")
    rows, encoded = rows[filled.to_numpy(zero_copy_only=False)], pc.dictionary_encode(flat.filter(filled))
    codes = encoded.indices.to_numpy()
    size = len(encoded.dictionary)
    single = _ONE_UNSPACED.found(encoded.dictionary)[codes]
    at = np.flatnonzero(single[:-1] & single[1:] & (rows[:-1] == rows[1:]))
    pairs, columns = np.unique(codes[at].astype(np.int64) * size + codes[at + 1], return_inverse=True)
    # A pair cannot be taken for a word: letters of these scripts never stand together in one.
    letters = (encoded.dictionary.take(pa.array(part)) for part in np.divmod(pairs, max(size, 1)))
    vocabulary = pa.concat_arrays([encoded.dictionary, pc.binary_join_element_wise(*letters, "")])
    columns = np.concatenate([codes, columns.astype(np.int32) + np.int32(size)])
    entries = np.ones(len(columns), dtype=np.float32), (np.concatenate([rows, rows[at]]), columns)
    counts = csr_matrix(entries, shape=(len(texts), max(1, size + len(pairs))))
    return counts, vocabulary


def ngrams(texts: pa.Array) -> Any:
    """Sequences of three characters within words, after romanisation, so that names meet across scripts.

    Args:
        texts: Result of `text`, length n.

    Returns:
        Counts, CSR float32, shape (n, (1 + len(LETTERS)) ** 3); a space, which may stand at either end, is digit 0.
    """
    from scipy.sparse import vstack

    parts = [_ngrams(texts.slice(start, CHUNK)) for start in range(0, max(1, len(texts)), CHUNK)]
    return vstack(parts, format="csr")


def _ngrams(texts: pa.Array) -> Any:
    from scipy.sparse import csr_matrix

    digit = np.zeros(256, dtype=np.int32)
    digit[np.frombuffer(LETTERS.encode(), np.uint8)] = np.arange(1, len(LETTERS) + 1)
    latin = pa.array([romanise(value) for value in texts.to_pylist()], pa.large_string())
    padded = pc.replace_substring_regex(latin, "[^a-z0-9]+", "  ")
    space, nothing = pa.scalar(" ", pa.large_string()), pa.scalar("", pa.large_string())
    padded = pc.binary_join_element_wise(space, padded, space, nothing)
    _, starts, letters_of = padded.buffers()
    offsets, data = np.frombuffer(memoryview(starts), np.int64), np.frombuffer(memoryview(letters_of), np.uint8)
    offsets = offsets[: len(padded) + 1]
    letters = digit[data[: offsets[-1]]]
    rows = np.repeat(np.arange(len(padded), dtype=np.int32), np.diff(offsets))
    base = len(LETTERS) + 1
    codes = (letters[:-2] * base + letters[1:-1]) * base + letters[2:]
    kept = (rows[:-2] == rows[2:]) & (letters[1:-1] > 0)
    ones = np.ones(int(kept.sum()), dtype=np.float32)
    return csr_matrix((ones, (rows[:-2][kept], codes[kept])), shape=(len(padded), base**3))


class Frequencies(NamedTuple):
    """In how many of `documents` texts each column of a matrix of counts stands, shape (columns,)."""

    documents: int
    frequency: NDArray[np.int64]

    @classmethod
    def of(cls, counts: Any) -> "Frequencies":
        """What the rows of a matrix of counts (CSR) say themselves."""
        return cls(counts.shape[0], np.bincount(counts.indices, minlength=counts.shape[1]))


def weigh(counts: Any, known: Frequencies | None = None) -> Any:
    """TF-IDF in place of counts (CSR): (1 + log tf) * (1 + log((1 + n) / (1 + df))), rows of unit length.

    Args:
        counts: CSR float32, shape (n, columns).
        known: Frequencies of a larger collection that the rows belong to; those of the rows themselves if absent.
    """
    documents, frequency = known or Frequencies.of(counts)
    rarity = (1.0 + np.log((1.0 + documents) / (1.0 + frequency))).astype(np.float32)
    np.log(counts.data, out=counts.data)
    counts.data += 1.0
    counts.data *= rarity[counts.indices]
    return unit_rows(counts)


def unit_rows(matrix: Any) -> Any:
    """The rows of a CSR float32 matrix scaled to unit length, in place; empty rows stay empty."""
    from scipy.sparse import csr_matrix

    squares = csr_matrix((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)
    length = np.sqrt(squares @ np.ones(matrix.shape[1], dtype=np.float32))
    matrix.data /= np.repeat(np.maximum(length, 1e-12), np.diff(matrix.indptr))
    return matrix
