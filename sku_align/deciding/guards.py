"""Guards: what may not differ between two offers that become one SKU, whatever the scorer says."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sku_align.comparison import Comparison
from sku_align.config import GUARDS, DecidingSettings, GuardAction, GuardName

Mask = NDArray[np.bool_]


def fired(comparison: Comparison, settings: DecidingSettings, action: GuardAction) -> Iterator[tuple[GuardName, Mask]]:
    """The guards of one action, in their fixed order, with the pairs in which each fires.

    Args:
        comparison: Signals of m pairs.
        settings: The `deciding` section, which says what each guard does.
        action: `forbid` or `review`.

    Yields:
        Name and mask of shape (m,) of each guard with that action.
    """
    conflict = {
        "quantity": comparison.quantity < 0,
        "pack": comparison.pack < 0,
        "multipack": comparison.multipack < 0,
        "variant": comparison.variant < 0,
        "gtin": comparison.gtin < 0,
        "brand": comparison.brand < settings.brand_similarity,
        "price": comparison.price_ratio > settings.price_ratio,
    }
    for name in GUARDS:
        if settings.guard(name) == action:
            yield name, conflict[name]


def first_guard(comparison: Comparison, settings: DecidingSettings, action: GuardAction) -> NDArray[np.int8]:
    """Number of the first guard of an action that fires in each pair, in the order of `GUARDS`; -1 where none does."""
    first = np.full(len(comparison.gtin), -1, dtype=np.int8)
    for name, mask in fired(comparison, settings, action):
        first[mask & (first < 0)] = list(GUARDS).index(name)
    return first
