#!/usr/bin/env python3
"""Pairs per second of the bundled weights on one GPU, packed without padding, and how far logits are from the CPU's.

    python benchmarks/encoder_gpu.py [--pairs 400000] [--characters 60] [--steps 65536 131072 262144]

Offers are invented titles of the given length in eight languages. Every offer has 20 candidates and is the candidate of
20 others, as in a run, and one pair in four is of nearly equal titles. Tokenising and laying out are part of the time;
loading and compiling are not.
"""

import argparse
import time

import numpy as np

from sku_align.scoring.bench import CANDIDATES, _title
from sku_align.scoring.scorers.cross_encoder import CrossEncoder
from sku_align.scoring.scorers.gpu_encoder import GpuEncoder


def invent(pairs: int, characters: int) -> tuple[list[str], np.ndarray]:
    """Titles of two catalogs, and candidate pairs, shape (pairs, 2)."""
    rng = np.random.default_rng(0)
    size = -(-pairs // CANDIDATES)
    left = [_title(rng, characters) for _ in range(size)]
    right = [title[:-2] + str(number % 90 + 10) for number, title in enumerate(left)]
    query = np.repeat(np.arange(size), CANDIDATES)
    near = rng.random(len(query)) < 0.25
    candidate = size + np.where(near, query, rng.integers(size, size=len(query)))
    return left + right, np.stack([query, candidate], axis=1)[:pairs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=400_000)
    parser.add_argument("--characters", type=int, default=60)
    parser.add_argument("--steps", type=int, nargs="+", default=[65_536, 131_072, 262_144])
    parser.add_argument("--dtypes", nargs="+", default=["float16", "bfloat16"])
    options = parser.parse_args()
    import torch

    print(torch.cuda.get_device_name(), f"torch {torch.__version__}", flush=True)
    texts, pairs = invent(options.pairs, options.characters)
    few = np.concatenate([pairs[:300], pairs[-300:]])
    expected = CrossEncoder().predict(texts, few)
    for dtype in ["float32", *options.dtypes]:
        gap = np.abs(GpuEncoder(dtype=dtype, step_tokens=32_768).predict(texts, few) - expected)
        print(f"{dtype}: logits differ by {gap.max():.4f} at most, {np.median(gap):.4f} in the median", flush=True)
    for dtype in options.dtypes:
        for tokens in options.steps:
            torch.cuda.reset_peak_memory_stats()
            encoder = GpuEncoder(dtype=dtype, step_tokens=tokens)
            begun = time.perf_counter()
            encoder.predict(texts, pairs[: options.pairs // 10])
            loading = time.perf_counter() - begun
            begun = time.perf_counter()
            encoder.predict(texts, pairs)
            took = time.perf_counter() - begun
            begun = time.perf_counter()
            encoder.tokenise(texts)
            reading = time.perf_counter() - begun
            memory = torch.cuda.max_memory_allocated() / 2**30
            print(
                f"{dtype}, steps of {tokens:,} tokens: {len(pairs) / took:,.0f} pairs/s, {took:.2f} s, "
                f"tokenising {reading / took:.0%}, {memory:.1f} GiB, loading and compiling {loading:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
