"""Pairs that another run of the same scorer could decide otherwise, because its scores differ a little from run to run.

Such a pair merges by itself only if it is surely above the threshold. One that is live in one SKU with the same texts
stays there as long as it may be above: else a SKU would split and join again from night to night.
"""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.deciding.thresholds import Thresholds

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
_MERGED = 2


class Unsure(NamedTuple):
    """What another run could decide otherwise, shape (m,) each.

    Attributes:
        merge: Whether the pair may or may not merge.
        review: Whether it may be asked about or be dropped.
    """

    merge: Mask
    review: Mask

    @property
    def any(self) -> Mask:
        """Either."""
        return self.merge | self.review


def unsure(low: NDArray[np.float32], high: NDArray[np.float32], limits: Thresholds) -> Unsure:
    """Find the pairs that have a threshold between the lowest and the highest probability of other runs.

    Args:
        low: The lowest that another run may give, shape (m,); nan where a pair was not scored.
        high: The highest, shape (m,).
        limits: From which probability on each pair is asked about and merges.
    """
    least, most = limits.band(low), limits.band(high)
    merge = (least < _MERGED) & (most == _MERGED)
    return Unsure(merge, (least != most) & ~merge)


def live_together(offers: pa.Table, live: pa.Table, pairs: Rows) -> Mask:
    """Whether both offers of a pair are live in one SKU with the texts that they have now, shape (m,).

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        live: Table of `schema.PREVIOUS`.
        pairs: Row numbers into `offers`, shape (m, 2).
    """
    used, at = np.unique(pairs, return_inverse=True)
    now = offers.select(["catalog", "offer_id", "content_hash"]).take(pa.array(used))
    keys = [pc.binary_join_element_wise(*(table[name] for name in now.column_names), "\0") for table in (now, live)]
    found = pc.index_in(keys[0], keys[1].combine_chunks())
    sku = pc.fill_null(pc.dictionary_encode(live["sku_id"].combine_chunks()).indices.take(found), -1)
    ours, theirs = sku.to_numpy()[at.reshape(-1, 2)].T
    return np.asarray((ours == theirs) & (ours >= 0))


def spread_words(spread: NDArray[np.floating[Any]], kept: Mask) -> pa.Array:
    """Why pairs are unsure and what became of them, for people, length m."""
    return pa.array(
        [
            f"the score may differ by up to {by:.2g} between runs" + ("; both are live in one SKU" if stays else "")
            for by, stays in zip(spread.tolist(), kept.tolist(), strict=True)
        ],
        pa.string(),
    )
