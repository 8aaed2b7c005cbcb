"""One scorer for all requests: what waits is scored together, what was scored is remembered."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align import schema
from sku_align.scoring.protocol import Scorer
from sku_align.serving.metrics import BATCH_SIZES, CACHE

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
# What scorers read of an offer; two offers equal in these score equally.
READ = [name for name in schema.OFFERS.names if name not in ("catalog", "offer_id", "updated_at", "warnings")]


class Cache:
    """The values that were asked for last, at most `size` of them; any thread may ask.

    Args:
        size: How many.
        name: For the metrics.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size, self._name, self._lock = size, name, threading.Lock()
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """The value, None if it is not kept."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
        CACHE.labels(self._name, "miss" if value is None else "hit").inc()
        return value

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a value; the one that was not asked for longest goes."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)


@dataclass
class _Job:
    offers: pa.Table
    pairs: Rows
    future: "Future[Scores]" = field(default_factory=Future)


def _digest(*texts: str) -> bytes:
    """What a score is remembered by: the texts themselves take 1.7 KB for each pair, and 200,000 pairs are kept."""
    return blake2b(repr(texts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


class SharedScorer:
    """A scorer that many requests call at once.

    While one batch is being scored, what arrives waits and is scored together as the next one. Scores are remembered by
    fingerprint and by what the scorer reads of both offers, so that a repeated question costs nothing.

    Args:
        scorer: Scores one batch at a time.
        cache: Where scores are remembered; several scorers may share it.
    """

    def __init__(self, scorer: Scorer, cache: Cache) -> None:
        self._scorer, self._cache = scorer, cache
        self._jobs: list[_Job] = []
        self._lock, self._working = threading.Lock(), threading.Lock()

    @property
    def fingerprint(self) -> str:
        """That of the scorer."""
        return self._scorer.fingerprint

    @property
    def spread(self) -> float:
        """That of the scorer."""
        return getattr(self._scorer, "spread", 0.0)

    def score(self, offers: pa.Table, pairs: Rows) -> Scores:
        """Raw scores of pairs, shape (m,); see `scoring.protocol.Scorer`."""
        used, at = np.unique(pairs, return_inverse=True)
        at = at.reshape(pairs.shape)
        part = offers.take(pa.array(used)).select(schema.OFFERS.names)
        texts = [repr(row) for row in part.select(READ).drop_columns(["content_hash"]).to_pylist()]
        sides = zip(at[:, 0], at[:, 1], strict=True)
        keys = [_digest(self.fingerprint, texts[left], texts[right]) for left, right in sides]
        known = [self._cache.get(key) for key in keys]
        raw = np.array([np.nan if value is None else value for value in known], dtype=np.float32)
        todo = np.flatnonzero(np.isnan(raw))
        if len(todo):
            raw[todo] = self._together(part, at[todo])
            for place in todo.tolist():
                if not np.isnan(raw[place]):
                    self._cache.put(keys[place], float(raw[place]))
        return raw

    def _together(self, offers: pa.Table, pairs: Rows) -> Scores:
        job = _Job(offers, pairs)
        with self._lock:
            self._jobs.append(job)
        # Whoever gets to work scores all that waits, the others' jobs included; they find theirs done.
        while not job.future.done():
            with self._working:
                if not job.future.done():
                    with self._lock:
                        batch, self._jobs = self._jobs, []
                    self._run(batch)
        return job.future.result()

    def _run(self, batch: list[_Job]) -> None:
        starts = np.cumsum(np.array([0, *(len(job.offers) for job in batch)]))
        pairs = np.concatenate([job.pairs + start for job, start in zip(batch, starts.tolist(), strict=False)])
        BATCH_SIZES.observe(len(pairs))
        try:
            scores = self._scorer.score(pa.concat_tables([job.offers for job in batch]), pairs)
        except BaseException as error:
            for job in batch:
                job.future.set_exception(error)
            return
        done = 0
        for job in batch:
            job.future.set_result(scores[done : done + len(job.pairs)])
            done += len(job.pairs)
