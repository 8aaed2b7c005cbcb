"""What a probability must reach, pair by pair, for a decision by the numbers alone: thresholds and margins."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.config import Settings
from sku_align.deciding.thresholds import thresholds
from sku_align.pairs import numbered
from sku_align.scoring.cascade_fit import Bounds


def bounds(offers: pa.Table, pairs: NDArray[np.int64], settings: Settings) -> Bounds:
    """Thresholds of pairs, and the lead over the runner-up that is asked of uncalibrated catalogs.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).
        settings: `deciding`, and each catalog's `calibrated` and `has_duplicates`.
    """
    limits = thresholds(offers, pairs, settings.deciding)
    catalog, found = numbered(offers["catalog"])
    names = found.to_pylist()
    calibrated = np.array([settings.catalog(name).calibrated for name in names], bool)
    one_to_one = np.array([not settings.catalog(name).has_duplicates for name in names], bool)
    trusted = calibrated[catalog[pairs]].all(axis=1)
    margin = np.where(trusted, -np.inf, settings.deciding.margin)
    return Bounds(pairs, limits.auto_merge, limits.review, margin, catalog, one_to_one)
