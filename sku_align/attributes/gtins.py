"""The GTINs of offers: one of most, several where a shop lists those of earlier packagings or of other countries."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Rows = NDArray[np.int64]
# Pairs compared at one time; bounds the memory.
_CHUNK = 1 << 14


class Gtins:
    """The GTINs of n offers, laid out so that a million pairs compare by array look-up.

    Attributes:
        rows: Row of each GTIN, sorted, shape (g,); an offer's own GTIN stands before its further ones.
        codes: Number of each GTIN, shape (g,).
        values: What the numbers stand for, 14 digits each.
        first: Number of the own GTIN of each offer, -1 where there is none, shape (n,).
    """

    def __init__(self, rows: Rows, codes: Rows, values: pa.Array, n: int) -> None:
        self.rows, self.codes, self.values = rows, codes, values
        counts = np.bincount(rows, minlength=n)
        start = np.concatenate([[0], np.cumsum(counts)])
        self.first = np.full(n, -1, dtype=np.int64)
        self.first[counts > 0] = codes[start[:-1][counts > 0]]
        several = np.flatnonzero(counts > 1)
        # Row 0 of the table is for the offers that the first GTIN says all about.
        self._slot = np.zeros(n, dtype=np.int64)
        self._slot[several] = np.arange(1, len(several) + 1)
        self._table = np.full((len(several) + 1, int(counts.max(initial=1))), -1, dtype=np.int64)
        inner = self._slot[rows] > 0
        self._table[self._slot[rows[inner]], (np.arange(len(rows)) - start[rows])[inner]] = codes[inner]

    @classmethod
    def of(cls, offers: pa.Table) -> "Gtins":
        """The GTINs of a table of `schema.OFFERS`, whatever their padding."""
        own = offers["gtin"].combine_chunks()
        parts = [(np.flatnonzero(pc.is_valid(own).to_numpy(zero_copy_only=False)), own.drop_null())]
        if "further_gtins" in offers.column_names:
            further = offers["further_gtins"].combine_chunks()
            parts.append((pc.list_parent_indices(further).to_numpy().astype(np.int64), pc.list_flatten(further)))
        rows = np.concatenate([row for row, _ in parts])
        texts = pa.concat_arrays([text.cast(pa.string()) for _, text in parts])
        encoded = pc.dictionary_encode(pc.utf8_lpad(texts, 14, "0"))
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        # A stable sort keeps an offer's own GTIN before its further ones.
        order = np.argsort(rows, kind="stable")
        return cls(rows[order], codes[order], encoded.dictionary, len(offers))

    def only(self, kept: NDArray[np.bool_]) -> "Gtins":
        """Those of the GTINs that a mask of shape (g,) keeps."""
        return Gtins(self.rows[kept], self.codes[kept], self.values, len(self.first))

    def shared(self, left: Rows, right: Rows) -> NDArray[np.bool_]:
        """Whether both offers of each pair have a GTIN in common, shape (m,)."""
        ours, theirs = self.first[left], self.first[right]
        same: NDArray[np.bool_] = (ours >= 0) & (ours == theirs)
        open_pairs = np.flatnonzero(~same & (ours >= 0) & (theirs >= 0) & ((self._slot[left] | self._slot[right]) > 0))
        for start in range(0, len(open_pairs), _CHUNK):
            at = open_pairs[start : start + _CHUNK]
            one, other = self._all(left[at]), self._all(right[at])
            same[at] = ((one[:, :, None] == other[:, None, :]) & (one[:, :, None] >= 0)).any(axis=(1, 2))
        return same

    def agreement(self, left: Rows, right: Rows) -> NDArray[np.int8]:
        """1 where a GTIN is shared, -1 where both offers have GTINs and share none, 0 elsewhere; shape (m,)."""
        known = (self.first[left] >= 0) & (self.first[right] >= 0)
        signal: NDArray[np.int8] = np.where(self.shared(left, right), 1, np.where(known, -1, 0)).astype(np.int8)
        return signal

    def text(self, rows: Rows) -> pa.Array:
        """The GTINs of offers as a person reads them, such as "04006381333931 / 04006381333948"."""
        first = self.first[rows]
        texts = pc.fill_null(self.values.take(pa.array(first, mask=first < 0)), "")
        several = self._slot[rows] > 0
        if not several.any():
            return texts
        names = self.values.to_pylist()
        joined = [" / ".join(names[code] for code in own if code >= 0) for own in self._all(rows[several])]
        return pc.replace_with_mask(texts, pa.array(several), pa.array(joined, pa.string()))

    def _all(self, rows: Rows) -> Rows:
        """GTINs of offers, padded with -1, shape (m, k)."""
        found: Rows = self._table[self._slot[rows]]
        found[:, 0] = self.first[rows]
        return found
