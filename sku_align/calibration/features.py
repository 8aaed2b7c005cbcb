"""The matrix of features that a calibration weighs: the raw score, features of the run, of the words, of the pair.

The raw score enters as a line with a hinge at either end, so that a point of score can count differently among clear
matches and clear non-matches, and with a slope of its own for picked pairs, which have no run around them.
"""

from collections.abc import Collection
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.calibration.pair_features import PAIR_FEATURES, pair_features
from sku_align.calibration.part_numbers import part_numbers_agree
from sku_align.calibration.prior import PRIOR
from sku_align.calibration.run_features import RUN_FEATURES, run_features
from sku_align.calibration.title_words import WORD_FEATURES, title_words

RawScale = Literal["log_odds", "probability"]

RAW_FEATURES = ("raw", "raw_hinge_low", "raw_hinge_high", "raw_picked")
CONTEXT_FEATURES = (*RUN_FEATURES, *WORD_FEATURES)
OWN_FEATURES = (*PAIR_FEATURES, "part_number_agrees")
FEATURE_NAMES = (*RAW_FEATURES, *CONTEXT_FEATURES, *OWN_FEATURES)
# Where the slope of the raw score changes, in log odds: below -4 a pair is a clear non-match (docs/adr/0005).
LOW_HINGE, HIGH_HINGE = -4.0, 2.0
# Chosen by eye: exp(-12) is 6 in a million, less than any labelled set can show.
MAX_RAW_LOG_ODDS = 12.0
# Pairs whose own features are worked out at one time: 2**18 rows of 27 columns are 28 MB.
CHUNK = 1 << 18


def raw_log_odds(raw: NDArray[np.floating[Any]], scale: RawScale) -> NDArray[np.float64]:
    """Raw scores as log odds, kept within twelve of 0; same shape."""
    score = np.asarray(raw, dtype=np.float64)
    if scale == "probability":
        inside = np.clip(score, 1e-6, 1 - 1e-6)
        score = np.log(inside / (1 - inside))
    return np.clip(score, -MAX_RAW_LOG_ODDS, MAX_RAW_LOG_ODDS)


class Evidence(NamedTuple):
    """What a calibration weighs of m pairs.

    Attributes:
        odds: Raw scores as log odds, shape (m,).
        context: What all candidates of the run say of each pair, columns as in `CONTEXT_FEATURES`.
        own: What the two offers say themselves, columns as in `OWN_FEATURES`.
        beside: Log odds that this adds to the raw score before anything is fitted, shape (m,).
    """

    odds: NDArray[np.float64]
    context: NDArray[np.float32]
    own: NDArray[np.float32]
    beside: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        offers: pa.Table,
        pairs: NDArray[np.int64],
        odds: NDArray[np.float64],
        rank: NDArray[np.integer[Any]] | None,
        has_duplicates: Collection[str] = (),
    ) -> "Evidence":
        """The evidence on all candidates of a run, or on picked pairs.

        Args:
            offers: Table of `schema.OFFERS`, n rows.
            pairs: Row numbers into `offers`, shape (m, 2).
            odds: Raw scores as log odds, shape (m,).
            rank: How near the search found each pair, shape (m,); `None` for picked pairs.
            has_duplicates: Catalogs that may list a product more than once.
        """
        own = np.empty((len(pairs), len(OWN_FEATURES)), dtype=np.float32)
        for start in range(0, len(pairs), CHUNK):
            part = slice(start, start + CHUNK)
            own[part, :-1] = pair_features(offers, pairs[part])
        own[:, -1] = part_numbers_agree(offers, pairs)
        beside = np.asarray(own @ np.array([PRIOR[name] for name in OWN_FEATURES]))
        of_run = run_features(offers, pairs, odds, rank, has_duplicates, beside)
        context = np.hstack([of_run, title_words(offers, pairs, odds, rank)], dtype=np.float32)
        return cls(odds, context, own, beside)

    def matrix(self, part: slice = slice(None)) -> NDArray[np.float64]:
        """The matrix that a calibration's weights apply to, columns as in `FEATURE_NAMES`, of all pairs or of some."""
        raw = raw_features(self.odds[part], self.context[part])
        return np.hstack([raw, self.context[part], self.own[part]], dtype=np.float64)


def raw_features(odds: NDArray[np.float64], context: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Columns as in `RAW_FEATURES` from raw scores as log odds, shape (m,), and `run_features`, shape (m, 4)."""
    low, high = np.minimum(odds - LOW_HINGE, 0.0), np.maximum(odds - HIGH_HINGE, 0.0)
    picked = odds * (1.0 - context[:, RUN_FEATURES.index("is_candidate")])
    return np.stack([odds, low, high, picked], axis=1)
