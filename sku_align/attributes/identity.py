"""Pairs that an identifier calls one product, whatever else they state."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.attributes.gtins import Gtins
from sku_align.patterns import Pattern

# A GTIN on more offers of one catalog than this marks a wrong export rather than a product, and so does a part number
# on more than one: a style code stands on every size. Chosen by eye.
_MAX_SHARED_GTIN = 3
_MAX_SHARED_MPN = 1
_MIN_MPN = 4
_NOT_IN_MPN = Pattern(r"[^0-9\p{L}]")


def identified(offers: pa.Table, pairs: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether a GTIN, or without one a manufacturer's part number, says that both offers are one product.

    Args:
        offers: Table of `schema.OFFERS`, n rows: all of the run, because it counts how many share an identifier.
        pairs: Row numbers of offers, shape (m, 2).

    Returns:
        shape (m,). An identifier that too many offers of one catalog carry says nothing.
    """
    catalog = _codes(offers["catalog"])
    left, right = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)
    gtins = Gtins.of(offers)
    squeezed = squeezed_mpns(offers)
    long_enough = pc.greater_equal(pc.utf8_length(squeezed), _MIN_MPN)
    mpns = _codes(pc.if_else(long_enough, squeezed, pa.scalar(None, squeezed.type)))
    telling = gtins.only(_telling(gtins.codes, catalog[gtins.rows], _MAX_SHARED_GTIN))
    one_mpn = _telling(mpns, catalog, _MAX_SHARED_MPN)
    by_gtin = telling.shared(left, right)
    by_mpn = one_mpn[left] & one_mpn[right] & (mpns[left] == mpns[right])
    same: NDArray[np.bool_] = by_gtin | (by_mpn & ((gtins.first[left] < 0) | (gtins.first[right] < 0)))
    return same


def squeezed_mpns(offers: pa.Table) -> pa.Array:
    """Part numbers in upper case without punctuation, strings of length n; null where there is none."""
    encoded = pc.dictionary_encode(pc.utf8_upper(offers["mpn"].combine_chunks()))
    return _NOT_IN_MPN.replace(encoded.dictionary, "").take(encoded.indices)


def _codes(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    codes = pc.dictionary_encode(array).indices
    return np.asarray(pc.fill_null(codes, -1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _telling(codes: NDArray[np.int64], catalog: NDArray[np.int64], most: int) -> NDArray[np.bool_]:
    """Whether an offer has an identifier that at most so many offers of its catalog share."""
    keys = codes * (catalog.max(initial=0) + 1) + catalog
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    telling: NDArray[np.bool_] = (codes >= 0) & (counts[inverse] <= most)
    return telling
