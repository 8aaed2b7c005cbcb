"""Pairs whose answer is known, scored before any other.

A reranker with a wrong template, a wrong revision or a broken kernel still returns confident numbers. These pairs are
easy: a scorer that ranks them wrongly must not score a catalog.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align import schema
from sku_align.errors import UserError
from sku_align.scoring.protocol import Scorer

# Share of known pairs that must be ordered rightly; a wrong template orders them by chance, near 0.5. Chosen by eye
# between both.
MIN_ORDER = 0.9


@dataclass(frozen=True)
class Canaries:
    """Known pairs: offers, row numbers, shape (m, 2), and whether each pair is a match, shape (m,)."""

    offers: pa.Table
    pairs: NDArray[np.int64]
    match: NDArray[np.bool_]


@cache
def load_canaries() -> Canaries:
    """The pairs shipped with the package."""
    entries: list[dict[str, Any]] = json.loads((files(__package__) / "canaries.json").read_text(encoding="utf-8"))
    rows = []
    for number, entry in enumerate(entries):
        for side in ("left", "right"):
            offer = entry[side]
            identity = {"catalog": "canaries", "offer_id": f"{number:03}-{side}", "content_hash": json.dumps(offer)}
            rows.append(identity | offer)
    pairs = np.arange(2 * len(entries), dtype=np.int64).reshape(-1, 2)
    return Canaries(schema.conform(rows, schema.OFFERS), pairs, np.array([entry["match"] for entry in entries]))


def check_canaries(scorer: Scorer) -> NDArray[np.float32]:
    """Score the known pairs and stop if a scorer ranks them wrongly.

    Matches must score above non-matches in at least nine of ten comparisons. A scorer with an attribute `boundary`,
    the raw score at which it says "match", must also have its middle match above and its middle non-match below it.
    Of a scorer of several, each must pass.

    Returns:
        The raw scores, shape (m,).

    Raises:
        UserError: The scorer failed; the message names it and the scores seen.
    """
    for part in getattr(scorer, "parts", ()):
        check_canaries(part)
    canaries = load_canaries()
    raw = np.asarray(scorer.score(canaries.offers, canaries.pairs), dtype=np.float32)
    matches, others = raw[canaries.match], raw[~canaries.match]
    order = float((matches[:, None] > others[None, :]).mean())
    middle_match, middle_other = float(np.median(matches)), float(np.median(others))
    boundary = getattr(scorer, "boundary", None)
    faults = []
    if order < MIN_ORDER:
        faults.append(f"matches score above non-matches in only {order:.0%} of comparisons")
    if boundary is not None and not (middle_match > boundary > middle_other):
        faults.append(f"matches should lie above {boundary:g} and non-matches below it")
    if faults:
        raise UserError(
            f"The scorer {scorer.fingerprint} fails the pairs whose answer is known ({'; '.join(faults)}): "
            f"matches scored {_listed(matches)} (median {middle_match:.3f}), non-matches {_listed(others)} "
            f"(median {middle_other:.3f}). Nothing was scored; check the model, its revision and its prompt template."
        )
    return raw


def _listed(scores: NDArray[np.float32]) -> str:
    return " ".join(f"{score:.3f}" for score in scores)
