"""How long the steps of an answer take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sku_align.serving.metrics import STEPS


class Timings:
    """Milliseconds by step, kept for the answer and counted in the metrics.

    Args:
        answer: What is being answered, such as "match".
    """

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self.ms: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        start = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - start
            self.ms[name] = round(self.ms.get(name, 0.0) + seconds * 1000, 2)
            STEPS.labels(self._answer, name).observe(seconds)
