"""Pack and piece counts compared: feeds call the same number packages in one language and pieces in another."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.attributes.extracted import ExtractedValues, Rows, Signal, extracted_of
from sku_align.attributes.text import fold
from sku_align.attributes.units import UNITS

PACK, COUNT = "pack", "count"
_BARE = re.compile(r"(?<![\w.,-])(?P<number>\d{1,3})(?![\d.,-])\s?(?P<word>[a-z]*)")


class Packs:
    """What n offers state about packages and the pieces in one.

    Args:
        quantities: Every extracted dimension of the offers, by name.
        n: Number of offers.
    """

    def __init__(self, quantities: dict[str, ExtractedValues], n: int) -> None:
        self.pack, self.count = (quantities.get(name) or extracted_of(name, [], [], n) for name in (PACK, COUNT))
        rows, values = zip(*(_flat(counts) for counts in (self.pack, self.count)), strict=True)
        both = np.flatnonzero((self.pack.slot > 0) & (self.count.slot > 0))
        totals = (
            self.pack.values[self.pack.slot[both]][:, :, None] * self.count.values[self.count.slot[both]][:, None, :]
        )
        at, *inner = np.nonzero(np.isfinite(totals))
        self._any = extracted_of("pieces", [*rows, both[at]], [*values, totals[at, *inner]], n)

    def compare(self, left: Rows, right: Rows, sizes: Signal, gtins: Signal) -> tuple[Signal, Signal]:
        """Compare the counts of pairs.

        Args:
            left: Rows of offers, shape (m,).
            right: Rows of offers, shape (m,).
            sizes: 1 where the sizes of one piece agree, -1 where they conflict.
            gtins: 1 where the GTINs are equal.

        Returns:
            `pack`: 1 agree, -1 conflict, 0 unknown; packages are held against pieces where a side states only one of
            them, and a missing count equals a single piece. `multipack`: -1 where only one side states several
            packages while everything else agrees, so that a bundle may stand beside its piece. Equal
            GTINs do for sizes: a retailer's own multipack carries the GTIN of the single piece.
        """
        packs, counts = self.pack.agreement(left, right), self.count.agreement(left, right)
        pieces = self._any.agreement(left, right, every=False)
        same_word = np.where((packs < 0) | (counts < 0), -1, np.maximum(packs, counts))
        one_pack = (self.pack.slot[left] > 0) != (self.pack.slot[right] > 0)
        same_word[(counts < 0) & one_pack & (pieces > 0)] = 1
        signal = np.where((packs == 0) & (counts == 0), pieces, same_word).astype(np.int8)
        silent = self._silent_beside_single(left, right) | self._silent_beside_single(right, left)
        signal[silent] = 1
        several = np.nanmax(self.pack.values, axis=1, initial=1.0) > 1
        bundle = one_pack & (several[self.pack.slot[left]] | several[self.pack.slot[right]])
        alike = (sizes > 0) | ((sizes == 0) & (gtins > 0))
        bundle &= np.where(counts == 0, alike & (signal == 0), counts > 0)
        return signal, np.where(bundle, -1, 0).astype(np.int8)

    def text(self, rows: Rows) -> pa.Array:
        """The extracted counts of offers as a person reads them: "6", "3 x 10" or "-" for none."""
        pack, count = self.pack.text(rows), self.count.text(rows)
        both = pc.binary_join_element_wise(pack, count, " x ")
        either = pc.binary_join_element_wise(pack, count, "")
        texts = pc.if_else(np.minimum(self.pack.slot[rows], self.count.slot[rows]) > 0, both, either)
        return pc.if_else(pc.equal(texts, ""), "-", texts)

    def _silent_beside_single(self, silent: Rows, single: Rows) -> NDArray[np.bool_]:
        values = self._any.values
        ones = (values == 1).any(axis=1) & (np.isfinite(values).sum(axis=1) == 1)
        mask: NDArray[np.bool_] = (self._any.slot[silent] == 0) & ones[self._any.slot[single]]
        return mask


def bare_numbers(title: str) -> set[float]:
    """Small whole numbers of a title that are not part of a measure, a decimal or a code.

    Example:
        >>> sorted(bare_numbers("Raisins 9 mini boxes 125 g, 2.5 cm, T4"))
        [9.0]
    """
    found = _BARE.finditer(fold(title))
    return {float(match["number"]) for match in found if match["word"] not in UNITS}


def _flat(counts: ExtractedValues) -> tuple[Rows, NDArray[np.float64]]:
    rows = np.flatnonzero(counts.slot)
    values = counts.values[counts.slot[rows]]
    at, column = np.nonzero(np.isfinite(values))
    return rows[at], values[at, column]
