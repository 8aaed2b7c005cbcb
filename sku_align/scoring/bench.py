"""How long a scorer takes for calls of chosen sizes over titles of chosen lengths, in many languages."""

import resource
import sys
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
# One candidate in four is nearly its query, because scorers may spend more on pairs that look alike.
MATCH_EVERY = 4
WORDS = {
    "en": "stainless steel wireless kitchen black cotton classic lamp shoe 500 ml 18V pack of 6",
    "de": "Edelstahl kabellos Küche schwarz Baumwolle Lampe Schuh 500 ml 18V 6er Pack",
    "fr": "acier inoxydable sans fil cuisine noir coton lampe chaussure 500 ml 18V lot de 6",
    "es": "acero inoxidable inalámbrico cocina negro algodón lámpara zapato 500 ml 18V paquete de 6",
    "pl": "stal nierdzewna bezprzewodowy kuchnia czarny bawełna lampa but 500 ml 18V zestaw 6",
    "zh": "不锈钢 无线 厨房 黑色 纯棉 经典 台灯 鞋子 500毫升 18V 6件装",
    "ja": "ステンレス ワイヤレス キッチン ブラック 綿 定番 ランプ 靴 500ミリ 18V 6個セット",
    "ko": "스테인리스 무선 주방 블랙 면 클래식 램프 신발 500ml 18V 6개입",
}


@dataclass(frozen=True)
class Speed:
    """Figures of one batch size and length.

    Attributes:
        batch: Pairs per call.
        characters: Length of a title.
        calls: Calls timed.
        p50_ms: Median time of a call; the others likewise.
        pairs_per_s: Over all calls.
        pairs_per_cpu_s: The same for each second that a core of this machine worked for this process.
        tokenising: Share of the time that turning texts into tokens takes; None if the scorer does not report it.
        memory_mib: Most memory that this process has held so far.
        gpu_memory_mib: Most memory in use on the visible GPUs; None without one.
    """

    batch: int
    characters: int
    calls: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    pairs_per_s: float
    pairs_per_cpu_s: float
    tokenising: float | None
    memory_mib: float
    gpu_memory_mib: float | None


def measure(scorer: Scorer, batches: Sequence[int], lengths: Sequence[int], calls: int) -> list[Speed]:
    """Time calls of a scorer, after one call that is not timed.

    Args:
        scorer: Any scorer.
        batches: Pairs per call.
        lengths: Characters of an offer's title.
        calls: Calls timed for each batch size and length; every call has offers of its own, so no cache helps.

    Returns:
        One entry for each length and batch size, in the order given.
    """
    speeds = []
    tokenise = getattr(scorer, "tokenise", None)
    for length, batch in track([(length, batch) for length in lengths for batch in batches], "measuring"):
        scorer.score(*invent(batch, length, 0))
        took, reading, busy = [], 0.0, 0.0
        with watch() as load:
            for number in range(1, calls + 1):
                offers, pairs = invent(batch, length, number)
                start, busy_before = time.perf_counter(), time.process_time()
                scorer.score(offers, pairs)
                took.append(time.perf_counter() - start)
                busy += time.process_time() - busy_before
                if tokenise:
                    start = time.perf_counter()
                    tokenise(offers)
                    reading += time.perf_counter() - start
        p50, p95, p99 = (float(value) for value in np.percentile(took, [50, 95, 99]) * 1000)
        total, share = batch * calls, reading / sum(took) if tokenise else None
        rates = total / sum(took), total / max(busy, 1e-9)
        speeds.append(Speed(batch, length, calls, p50, p95, p99, *rates, share, _peak_mib(), load.peak_mib))
    return speeds


def _peak_mib() -> float:
    """Most resident memory of this process so far; Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def invent(batch: int, length: int, number: int) -> tuple[pa.Table, NDArray[np.int64]]:
    """Offers and pairs of one call: every query with up to 20 candidates, each side in any language."""
    queries = -(-batch // CANDIDATES)
    rng = np.random.default_rng([batch, length, number])
    titles = [_title(rng, length) for _ in range(queries + batch)]
    pairs = np.stack([np.arange(batch) // CANDIDATES, np.arange(queries, queries + batch)], axis=1)
    for query, candidate in pairs[::MATCH_EVERY].tolist():
        titles[candidate] = titles[query][: -len(str(candidate))] + str(candidate)
    rows = [
        {"catalog": "ab"[i >= queries], "offer_id": f"{i:08}", "title": title, "content_hash": str(i)}
        for i, title in enumerate(titles)
    ]
    return schema.conform(rows, schema.OFFERS), pairs


def _title(rng: np.random.Generator, length: int) -> str:
    """A model code and words of one language, cut to a length."""
    language = str(rng.choice(list(WORDS)))
    code = f"{''.join(rng.choice(list('BDFKLNRSTX'), 2))}-{rng.integers(100, 10_000)}"
    words = rng.choice(WORDS[language].split(), length)
    return f"{code} {('' if language in {'zh', 'ja'} else ' ').join(words)}"[:length]
