#!/usr/bin/env python3
"""The same pairs twice on several engines, with and without batch invariance, and a cascade, all in one call.

    python -m benchmarks.invariance_gpu WORK_FOLDER --tokenizer FOLDER [--pairs 10000] [--engines 1 2 4]
    python -m benchmarks.invariance_gpu WORK_FOLDER --model FOLDER     # a trained reranker in place of random weights

Without --model a checkpoint of Qwen3-Reranker-0.6B's geometry with random weights is made, whose tokenizer is given.
Each phase is a process of its own and prints lines of JSON: pairs per second, how far scores differ between two runs
and between numbers of engines (probability and log odds), and decisions that differ. Random weights decide nothing of
use, so that decisions are also taken at the quantiles .7 and .9 of the scores. Titles have 60 characters in eight
languages. Where the mode cannot run, its sentence is printed. The cascade reads every pair by the bundled weights and a
share of them by the language model: random weights would change every decision, so that the share is set
(`--strong-share`).
"""

import argparse
import json
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import logit

from benchmarks.scoring_gpu import make, watched
from sku_align import schema
from sku_align.calibration.calibration import load_calibration
from sku_align.config import BundledScoring, CascadeScoring, Settings, VllmScoring
from sku_align.deciding.bounds import bounds
from sku_align.errors import UserError
from sku_align.pairs import pair_columns
from sku_align.scoring.bench import invent
from sku_align.scoring.cascade import CascadeReport
from sku_align.scoring.load import load_scorer
from sku_align.scoring.score import score
from sku_align.scoring.scorers.vllm import VllmScorer

CHARACTERS = 60
PHASES = ("plain", "invariant", "invariant-unshared", "cascade")
# Quantiles that stand for thresholds where weights are random.
QUANTILES = (0.7, 0.9)
Scores = NDArray[np.float32]


class Unshared(VllmScorer):
    """Every prompt by itself: nothing of it is taken from the cache of another."""

    def _arguments(self) -> dict[str, Any]:
        return super()._arguments() | {"enable_prefix_caching": False}


def settings_of(arguments: Namespace, invariant: bool) -> VllmScoring:
    return VllmScoring(
        model=str(arguments.model), engines=max(arguments.engines), batch_invariant=invariant, canaries=False
    )


def differences(one: Scores, two: Scores) -> dict[str, Any]:
    """How far two runs are from each other, over pairs in one order."""
    apart = np.abs(logit(np.clip(one, 1e-6, 1 - 1e-6)) - logit(np.clip(two, 1e-6, 1 - 1e-6)))
    limits = {"at .7 and .9": (0.7, 0.9), "at quantiles": tuple(np.quantile(one, QUANTILES))}
    decided = {name: np.digitize(one, at) != np.digitize(two, at) for name, at in limits.items()}
    return {
        "pairs_that_differ": int((one != two).sum()),
        "probability_max": float(np.abs(one - two).max()),
        "log_odds_max": float(apart.max()),
        "log_odds_p99": float(np.quantile(apart, 0.99)),
        "decisions_that_differ": {name: int(of.sum()) for name, of in decided.items()},
    }


def twice(arguments: Namespace, invariant: bool, kind: type[VllmScorer] = VllmScorer) -> None:
    """Score the same pairs twice, the second time in another order, on each number of engines."""
    mode = {"batch_invariant": invariant, "prefix_caching": kind is VllmScorer}
    offers, pairs = invent(arguments.pairs, CHARACTERS, 0)
    scorer, begun = kind(settings_of(arguments, invariant)), time.perf_counter()
    found: dict[str, Scores] = {}
    try:
        scorer.score(offers, pairs[:256])
        print(json.dumps(mode | {"start_s": round(time.perf_counter() - begun, 1)}), flush=True)
        engines = scorer._engines
        for number in arguments.engines:
            # Only some of the engines work; the others wait and keep their memory.
            scorer._engines = engines[:number]
            for run in (1, 2):
                order = np.random.default_rng(run).permutation(len(pairs)) if run > 1 else np.arange(len(pairs))
                report: dict[str, Any] = mode | {"engines": number, "run": run}
                values = np.empty(len(pairs), dtype=np.float32)
                with watched(report):
                    values[order] = scorer.score(offers, pairs[order])
                found[f"{number} engines, run {run}"] = values
                print(json.dumps(report | {"pairs_per_s": round(len(pairs) / report["seconds"])}), flush=True)
        scorer._engines = engines
    finally:
        scorer.close()
    for one, two in combinations(found, 2):
        print(json.dumps(mode | {"between": [one, two]} | differences(found[one], found[two])), flush=True)


class Timed:
    """A scorer that counts its seconds and pairs."""

    def __init__(self, scorer: Any) -> None:
        self._scorer = scorer
        self.seconds, self.pairs = 0.0, 0

    @property
    def fingerprint(self) -> str:
        return str(self._scorer.fingerprint)

    @property
    def spread(self) -> float:
        return float(self._scorer.spread)

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> Scores:
        begun = time.perf_counter()
        raw: Scores = self._scorer.score(offers, pairs)
        self.seconds += time.perf_counter() - begun
        self.pairs += len(pairs)
        return raw


@contextmanager
def closing(scorer: Any) -> Iterator[Any]:
    try:
        yield scorer
    finally:
        scorer.close()


def cascade(arguments: Namespace) -> None:
    """Pairs per second from candidates to probabilities, and how many seconds each scorer took of it."""
    many = arguments.cascade_pairs
    section = CascadeScoring(
        fast=BundledScoring(device=arguments.device, canaries=False),
        strong=settings_of(arguments, invariant=False),
        max_pairs=round(arguments.strong_share * many),
    )
    offers, rows = invent(many, CHARACTERS, 1)
    columns = pair_columns(offers, *rows.T) | {"rank": np.ones(many, dtype=np.int32)}
    candidates = schema.conform(columns, schema.CANDIDATES)
    settings, reports = Settings(scoring=section), list[CascadeReport]()
    with closing(load_scorer(section)) as both:
        for part in both.parts:  # load and compile
            part.score(offers, rows[:2048])
        fast, strong = Timed(both.fast), Timed(both.strong)
        report: dict[str, Any] = {"phase": "cascade", "pairs": many}
        with watched(report):
            score(
                offers,
                candidates,
                replace(both, fast=fast, strong=strong),
                load_calibration(both.fingerprint),
                section,
                bounds=lambda offers, pairs: bounds(offers, pairs, settings),
                on_cascade=reports.append,
            )
    seconds = {
        "fast_s": round(fast.seconds, 1),
        "strong_s": round(strong.seconds, 1),
        "strong_pairs": reports[0].strong,
    }
    print(json.dumps(report | seconds | {"pairs_per_s": round(many / report["seconds"])}), flush=True)


def run(arguments: Namespace) -> None:
    if arguments.phase == "cascade":
        cascade(arguments)
        return
    kind = Unshared if arguments.phase == "invariant-unshared" else VllmScorer
    try:
        twice(arguments, arguments.phase != "plain", kind)
    except UserError as error:
        print(json.dumps({"phase": arguments.phase, "refused": str(error)}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--tokenizer", help="folder of the Qwen3 tokenizer, for random weights")
    parser.add_argument("--model", type=Path, help="a trained reranker")
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--cascade-pairs", type=int, default=100_000)
    parser.add_argument("--strong-share", type=float, default=0.05)
    parser.add_argument("--engines", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--device", default="cuda", help="of the bundled weights")
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=list(PHASES))
    parser.add_argument("--seconds", type=float, default=3600, help="for all phases; later ones are left out")
    parser.add_argument("--phase", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.phase:
        run(arguments)
        return
    end = time.monotonic() + arguments.seconds
    if arguments.model is None and not arguments.tokenizer:
        parser.error("name a --tokenizer for random weights, or a --model")
    if arguments.model is None:
        arguments.size = "0.6B"
        make(arguments, {})
        arguments.model = arguments.work / arguments.size
    words = [sys.executable, "-m", "benchmarks.invariance_gpu", *sys.argv[1:], "--model", str(arguments.model)]
    for phase in arguments.phases:
        left = end - time.monotonic()
        print(f"--- {phase}, {left:.0f} s left", flush=True)
        if left <= 0:
            continue
        try:
            subprocess.run([*words, "--phase", phase], check=False, timeout=left)
        except subprocess.TimeoutExpired:
            print(f"{phase} took too long", flush=True)


if __name__ == "__main__":
    main()
