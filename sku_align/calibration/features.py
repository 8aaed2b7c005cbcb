"""The matrix of features that a calibration weighs: the raw score, the run's features, the pair's features.

The raw score enters as a line with a hinge at either end, so that a point of score can count differently among clear
matches and clear non-matches, and with a slope of its own for picked pairs, which have no run around them.
"""

from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.calibration.pair_features import PAIR_FEATURES, pair_features
from sku_align.calibration.run_features import RUN_FEATURES

RawScale = Literal["log_odds", "probability"]

RAW_FEATURES = ("raw", "raw_hinge_low", "raw_hinge_high", "raw_picked")
FEATURE_NAMES = (*RAW_FEATURES, *RUN_FEATURES, *PAIR_FEATURES)
# Where the slope of the raw score changes, in log odds: below -4 a pair is a clear non-match (docs/adr/0005).
LOW_HINGE, HIGH_HINGE = -4.0, 2.0
# Chosen by eye: exp(-12) is 6 in a million, less than any labelled set can show.
MAX_RAW_LOG_ODDS = 12.0


def raw_log_odds(raw: NDArray[np.floating[Any]], scale: RawScale) -> NDArray[np.float64]:
    """Raw scores as log odds, kept within twelve of 0; same shape."""
    score = np.asarray(raw, dtype=np.float64)
    if scale == "probability":
        inside = np.clip(score, 1e-6, 1 - 1e-6)
        score = np.log(inside / (1 - inside))
    return np.clip(score, -MAX_RAW_LOG_ODDS, MAX_RAW_LOG_ODDS)


def feature_matrix(
    offers: pa.Table,
    pairs: NDArray[np.int64],
    raw: NDArray[np.floating[Any]],
    scale: RawScale,
    of_run: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The matrix that a calibration's weights apply to, columns as in `FEATURE_NAMES`, shape (m, k).

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).
        raw: Raw scores of the pairs, shape (m,).
        scale: Of the raw scores.
        of_run: Features from the run, as returned by `run_features`, shape (m, 8).
    """
    odds = raw_log_odds(raw, scale)
    low, high = np.minimum(odds - LOW_HINGE, 0.0), np.maximum(odds - HIGH_HINGE, 0.0)
    picked = odds * (1.0 - of_run[:, RUN_FEATURES.index("is_candidate")])
    return np.hstack([np.stack([odds, low, high, picked], axis=1), of_run, pair_features(offers, pairs)])
