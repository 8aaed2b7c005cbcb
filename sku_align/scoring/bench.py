"""How long a scorer takes for calls of chosen sizes over offers of chosen lengths."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align import schema
from sku_align.gpu import watch
from sku_align.progress import track
from sku_align.scoring.protocol import Scorer

CANDIDATES = 20
WORDS = ["steel", "cotton", "wireless", "kitchen", "black", "18V", "500ml", "set", "pack", "classic", "lamp", "shoe"]


@dataclass(frozen=True)
class Speed:
    """Figures of one batch size and length."""

    batch: int
    words: int
    calls: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    pairs_per_s: float
    gpu_memory_mib: float | None


def measure(scorer: Scorer, batches: Sequence[int], lengths: Sequence[int], calls: int) -> list[Speed]:
    """Time calls of a scorer, after one call that is not timed.

    Args:
        scorer: Any scorer.
        batches: Pairs a call.
        lengths: Words of an offer's title.
        calls: Calls timed for each batch size and length; every call has offers of its own, so no cache helps.

    Returns:
        One entry for each length and batch size, in the order given.
    """
    speeds = []
    for words, batch in track([(words, batch) for words in lengths for batch in batches], "measuring"):
        scorer.score(*_call(batch, words, 0))
        with watch() as load:
            took = []
            for number in range(1, calls + 1):
                offers, pairs = _call(batch, words, number)
                start = time.perf_counter()
                scorer.score(offers, pairs)
                took.append(time.perf_counter() - start)
        p50, p95, p99 = (float(value) for value in np.percentile(took, [50, 95, 99]) * 1000)
        speeds.append(Speed(batch, words, calls, p50, p95, p99, batch * calls / sum(took), load.peak_mib))
    return speeds


def _call(batch: int, words: int, number: int) -> tuple[pa.Table, NDArray[np.int64]]:
    """Offers and pairs of one call: every query with up to 20 candidates."""
    queries = -(-batch // CANDIDATES)
    rng = np.random.default_rng([batch, words, number])
    titles = [" ".join(title) for title in rng.choice(WORDS, (queries + batch, words))]
    rows = [
        {"catalog": "ab"[i >= queries], "offer_id": f"{i:08}", "title": f"{title} {i}", "content_hash": str(i)}
        for i, title in enumerate(titles)
    ]
    pairs = np.stack([np.arange(batch) // CANDIDATES, np.arange(queries, queries + batch)], axis=1)
    return schema.conform(rows, schema.OFFERS), pairs
