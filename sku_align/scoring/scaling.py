"""How much faster several GPUs score: one process for each GPU, all at work at the same time on pairs of their own."""

import multiprocessing
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError

from sku_align.config import ScoringSettings
from sku_align.errors import UserError
from sku_align.progress import track
from sku_align.scoring.bench import invent
from sku_align.scoring.load import load_scorer
from sku_align.scoring.protocol import close

# Loading an engine of vLLM takes a minute or two, compiling included; chosen by eye with room.
START_TIMEOUT_S = 1800.0


@dataclass(frozen=True)
class Scaling:
    """Figures of some GPUs at work together.

    Attributes:
        gpus: How many.
        pairs: Scored by all of them.
        seconds: From the first one's begin to the last one's end; loading is not counted.
        pairs_per_s: Of all of them.
        times: How many times as fast as the fewest GPUs measured, each of which counts as one share of their speed.
        efficiency: `times` for each GPU, 1 where twice the GPUs are twice as fast.
    """

    gpus: int
    pairs: int
    seconds: float
    pairs_per_s: float
    times: float
    efficiency: float


def measure_scaling(
    settings: ScoringSettings, groups: Sequence[str], numbers: Sequence[int], batch: int, length: int, calls: int
) -> list[Scaling]:
    """Time several processes that score side by side.

    Args:
        settings: Of the scorer; each process makes its own.
        groups: What each process sees, as `CUDA_VISIBLE_DEVICES` names it.
        numbers: How many processes, ascending; of the first of `groups`.
        batch: Pairs per call.
        length: Characters of a title.
        calls: Calls of each process.

    Returns:
        One entry for each number.

    Raises:
        UserError: A process cannot score; the message is its own.
    """
    figures: list[Scaling] = []
    for number in track(numbers, "measuring"):
        seconds = _together(settings, groups[:number], batch, length, calls)
        pairs = number * batch * calls
        rate = pairs / seconds
        first = figures[0].pairs_per_s / figures[0].gpus if figures else rate / number
        times = rate / first
        figures.append(Scaling(number, pairs, seconds, rate, times, times / number))
    return figures


def _together(settings: ScoringSettings, groups: Sequence[str], batch: int, length: int, calls: int) -> float:
    """Seconds from the first begin to the last end."""
    context = multiprocessing.get_context("spawn")
    barrier, processes, answers = context.Barrier(len(groups)), [], []
    for number, group in enumerate(groups):
        answer, theirs = context.Pipe(duplex=False)
        work = (settings, group, number, batch, length, calls, barrier, theirs)
        processes.append(context.Process(target=_score, args=work))
        processes[-1].start()
        theirs.close()
        answers.append(answer)
    told: list[str | tuple[float, float]] = []
    try:
        while answers:
            ready = wait(answers)
            answers, done = [one for one in answers if one not in ready], [one for one in answers if one in ready]
            for answer in done:
                told.append(_received(answer))
                if isinstance(told[-1], str):
                    barrier.abort()
    finally:
        for process in processes:
            process.join()
    # One that fails breaks the barrier of the others, whose sentences then say nothing.
    if troubles := sorted({each for each in told if isinstance(each, str)}, key=len, reverse=True):
        raise UserError(troubles[0])
    spans = [each for each in told if not isinstance(each, str)]
    return max(end for _, end in spans) - min(start for start, _ in spans)


def _received(answer: Connection) -> str | tuple[float, float]:
    try:
        told: str | tuple[float, float] = answer.recv()
    except EOFError:
        return "A process that scores ended unexpectedly; its last words stand above."
    return told


def _score(
    settings: ScoringSettings,
    group: str,
    number: int,
    batch: int,
    length: int,
    calls: int,
    barrier: Barrier,
    answer: Connection,
) -> None:
    """Load, wait for the others, score, and tell begin and end by the clock that all processes share."""
    os.environ["CUDA_VISIBLE_DEVICES"] = group
    try:
        scorer = load_scorer(settings)
        work = [invent(batch, length, number * (calls + 1) + call) for call in range(calls + 1)]
        scorer.score(*work[0])
        barrier.wait(START_TIMEOUT_S)
        start = time.monotonic()
        for offers, pairs in work[1:]:
            scorer.score(offers, pairs)
        answer.send((start, time.monotonic()))
        close(scorer)
    except BrokenBarrierError:
        answer.send("")
    except Exception as error:
        answer.send(str(error))
