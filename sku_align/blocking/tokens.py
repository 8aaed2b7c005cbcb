"""Offers as bags of words and of letter sequences: sparse matrices of one row an offer."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
NGRAM = 3


def text(offers: pa.Table) -> pa.Array:
    """Title and brand in compatibility form, lower case, without accents; length n, no nulls."""
    columns = [pc.fill_null(offers[name].combine_chunks(), "") for name in ("title", "brand")]
    joined = pc.utf8_lower(pc.utf8_normalize(pc.binary_join_element_wise(*columns, " "), "NFKD"))
    return pc.utf8_normalize(pc.replace_substring_regex(joined, r"[\x{300}-\x{36f}]", ""), "NFC")


def words(texts: pa.Array) -> Any:
    """Words and numbers; single letters and pairs of neighbours in scripts that set no space between words.

    Args:
        texts: Result of `text`, length n.

    Returns:
        Counts, CSR float32, shape (n, vocabulary).
    """
    spaced = pc.replace_substring_regex(texts, r"([0-9])[.,]([0-9])", r"\1.\2")
    spaced = pc.replace_substring_regex(spaced, rf"([0-9]+(?:\.[0-9]+)*|{UNSPACED})", r" \1 ")
    spaced = pc.replace_substring_regex(spaced, r"[^\p{L}\p{M}\p{N}.]+|\.([^0-9]|$)", r" \1")
    lists = pc.split_pattern(spaced, " ")
    rows = pc.list_parent_indices(lists).to_numpy().astype(np.int32)
    flat = lists.flatten()
    filled = pc.not_equal(flat, "")
    rows, encoded = rows[filled.to_numpy(zero_copy_only=False)], pc.dictionary_encode(flat.filter(filled))
    codes = encoded.indices.to_numpy().astype(np.int64)
    single = pc.match_substring_regex(encoded.dictionary, f"^{UNSPACED}$").to_numpy(zero_copy_only=False)[codes]
    at = np.flatnonzero(single[:-1] & single[1:] & (rows[:-1] == rows[1:]))
    size = len(encoded.dictionary)
    pairs = (codes[at] + 1) * size + codes[at + 1]
    return _counts(np.concatenate([rows, rows[at]]), np.concatenate([codes, pairs]), len(texts))


def ngrams(texts: pa.Array) -> Any:
    """Sequences of three characters within words, after romanisation, so that names meet across scripts.

    Args:
        texts: Result of `text`, length n.

    Returns:
        Counts, CSR float32, shape (n, vocabulary).
    """
    from anyascii import anyascii

    encoded = pc.dictionary_encode(texts)
    latin = pa.array([anyascii(value).lower() for value in encoded.dictionary.to_pylist()], pa.large_string())
    padded = pc.replace_substring_regex(latin.take(encoded.indices), "[^a-z0-9]+", "  ")
    space, nothing = pa.scalar(" ", pa.large_string()), pa.scalar("", pa.large_string())
    padded = pc.binary_join_element_wise(space, padded, space, nothing)
    offsets, data = np.frombuffer(padded.buffers()[1], np.int64), np.frombuffer(padded.buffers()[2], np.uint8)
    offsets = offsets[: len(padded) + 1]
    letters = data[: offsets[-1]].astype(np.int64)
    rows = np.repeat(np.arange(len(padded), dtype=np.int32), np.diff(offsets))
    if len(letters) < NGRAM:
        return _counts(rows[:0], letters[:0], len(texts))
    codes = letters[:-2] << 16 | letters[1:-1] << 8 | letters[2:]
    kept = (rows[:-2] == rows[2:]) & (letters[1:-1] != ord(" "))
    return _counts(rows[:-2][kept], codes[kept], len(texts))


def weigh(counts: Any) -> Any:
    """TF-IDF of counts (CSR): (1 + log tf) * (1 + log((1 + n) / (1 + df))), rows of unit length."""
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = 1.0 + np.log((1.0 + counts.shape[0]) / (1.0 + frequency))
    weighted = counts.copy()
    weighted.data = ((1.0 + np.log(counts.data)) * rarity[counts.indices]).astype(np.float32)
    return unit_rows(weighted)


def unit_rows(matrix: Any) -> Any:
    """The rows of a CSR matrix scaled to unit length, in place; empty rows stay empty."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    length = np.sqrt(np.bincount(row, weights=matrix.data.astype(np.float64) ** 2, minlength=matrix.shape[0]))
    matrix.data = (matrix.data / np.maximum(length, 1e-12)[row]).astype(np.float32)
    return matrix


def _counts(rows: NDArray[np.int32], codes: NDArray[np.int64], n: int) -> Any:
    from scipy.sparse import csr_matrix

    vocabulary, columns = np.unique(codes, return_inverse=True)
    ones = np.ones(len(rows), dtype=np.float32)
    matrix = csr_matrix((ones, (rows, columns.astype(np.int32))), shape=(n, max(1, len(vocabulary))))
    matrix.sum_duplicates()
    return matrix
