"""Pairs that the scorer clearly rejects and that the run makes sure all the same: how sure they may be."""

import numpy as np
from numpy.typing import NDArray

from sku_align.calibration.features import CONTEXT_FEATURES, LOW_HINGE, OWN_FEATURES, Evidence

# What merges by itself with the default settings, and what a person is asked about instead.
SURE, DOUBTED = 0.9, 0.85
SPEAK_FOR_THEMSELVES = ("gtin_agrees", "mpn_agrees", "part_number_agrees")


def ceilings(evidence: Evidence, probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """How probable pairs can be that the scorer clearly rejects and only their place among candidates speaks for.

    Of an offer that stands alone in a catalog the nearest offer in each other catalog is often one and the same, and
    all of them agree: "pillowcase, 40x80 cm" and "door, 40x80 cm". In a domain that the scorer does not know it rejects
    many true pairs, and where it knows the domain hardly any. So their number tells: among all sure pairs the
    calibration itself expects so many wrong ones, and where these would be a tenth or more of the rejected ones, no
    rejected one is sure. Identifiers and part numbers speak for themselves.

    Args:
        evidence: The evidence on m pairs.
        probability: Their probabilities otherwise, shape (m,).

    Returns:
        1 or `DOUBTED`, shape (m,).
    """
    sure = probability >= SURE
    named = evidence.own[:, [OWN_FEATURES.index(name) for name in SPEAK_FOR_THEMSELVES]].max(axis=1, initial=0) > 0
    of_run = evidence.context[:, CONTEXT_FEATURES.index("is_candidate")] > 0
    rejected = sure & of_run & ~named & (evidence.odds < LOW_HINGE)
    expected = float((1.0 - probability[sure]).sum())
    doubted = rejected if expected >= (1.0 - SURE) * np.count_nonzero(rejected) else np.zeros_like(rejected)
    return np.where(doubted, DOUBTED, 1.0)
