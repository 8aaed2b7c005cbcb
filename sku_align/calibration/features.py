"""The matrix of features that a calibration weighs: the raw score, features of the run, of the words, of the pair.

The raw score enters as a line with a hinge at either end, so that a point of score can count differently among clear
matches and clear non-matches, and with a slope of its own for picked pairs, which have no run around them.
"""

from collections.abc import Collection
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.calibration.pair_features import PAIR_FEATURES, pair_features
from sku_align.calibration.run_features import RUN_FEATURES, run_features
from sku_align.calibration.title_words import WORD_FEATURES, title_words

RawScale = Literal["log_odds", "probability"]

RAW_FEATURES = ("raw", "raw_hinge_low", "raw_hinge_high", "raw_picked")
CONTEXT_FEATURES = (*RUN_FEATURES, *WORD_FEATURES)
FEATURE_NAMES = (*RAW_FEATURES, *CONTEXT_FEATURES, *PAIR_FEATURES)
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


def context_features(
    offers: pa.Table,
    pairs: NDArray[np.int64],
    odds: NDArray[np.float64],
    rank: NDArray[np.integer[Any]] | None,
    has_duplicates: Collection[str] = (),
) -> NDArray[np.float64]:
    """What all candidates of a run say of each pair, columns as in `CONTEXT_FEATURES`; see the two functions called.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers of all candidates, or of picked pairs, shape (m, 2).
        odds: Raw scores as log odds, shape (m,).
        rank: How near the search found each pair, shape (m,); `None` for picked pairs.
        has_duplicates: Catalogs that may list a product more than once.
    """
    of_run = run_features(offers, pairs, odds, rank, has_duplicates)
    return np.hstack([of_run, title_words(offers, pairs, odds, rank)])


def feature_matrix(
    offers: pa.Table,
    pairs: NDArray[np.int64],
    raw: NDArray[np.floating[Any]],
    scale: RawScale,
    context: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The matrix that a calibration's weights apply to, columns as in `FEATURE_NAMES`, shape (m, k).

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).
        raw: Raw scores of the pairs, shape (m,).
        scale: Of the raw scores.
        context: As returned by `context_features` for all candidates, the rows of these pairs.
    """
    odds = raw_log_odds(raw, scale)
    return np.hstack([raw_features(odds, context), context, pair_features(offers, pairs)])


def raw_features(odds: NDArray[np.float64], context: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns as in `RAW_FEATURES` from raw scores as log odds, shape (m,), and `run_features`, shape (m, 4)."""
    low, high = np.minimum(odds - LOW_HINGE, 0.0), np.maximum(odds - HIGH_HINGE, 0.0)
    picked = odds * (1.0 - context[:, RUN_FEATURES.index("is_candidate")])
    return np.stack([odds, low, high, picked], axis=1)
