#!/usr/bin/env python3
"""Pairs per second of the bundled weights on one GPU, packed without padding, and how far its logits are from the CPU's.

    python benchmarks/encoder_gpu.py [--pairs 400000] [--characters 60] [--steps 65536 131072 262144]

Offers are invented titles of the given length in eight languages, 20 candidates each, one candidate in four nearly its
query, as `sku-align bench scoring` has them. Tokenising and laying out are part of the time; loading is not.
"""

import argparse
import time

import numpy as np

from sku_align.scoring.bench import _call
from sku_align.scoring.scorers.cross_encoder import CrossEncoder
from sku_align.scoring.scorers.encoder_text import offer_texts
from sku_align.scoring.scorers.gpu_encoder import GpuEncoder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=400_000)
    parser.add_argument("--characters", type=int, default=60)
    parser.add_argument("--steps", type=int, nargs="+", default=[65_536, 131_072, 262_144])
    parser.add_argument("--dtypes", nargs="+", default=["float16", "bfloat16"])
    options = parser.parse_args()
    import torch

    print(torch.cuda.get_device_name(), f"torch {torch.__version__}", flush=True)
    offers, pairs = _call(options.pairs, options.characters, 1)
    texts = offer_texts(offers)
    few = np.concatenate([pairs[:300], pairs[-300:]])
    expected = CrossEncoder().predict(texts, few)
    for dtype in ["float32", *options.dtypes]:
        gap = np.abs(GpuEncoder(dtype=dtype, step_tokens=32_768).predict(texts, few) - expected)
        print(f"{dtype}: logits differ by {gap.max():.4f} at most, {np.median(gap):.4f} in the median", flush=True)
    for dtype in options.dtypes:
        for tokens in options.steps:
            encoder = GpuEncoder(dtype=dtype, step_tokens=tokens)
            encoder.predict(texts, pairs[: options.pairs // 10])
            torch.cuda.synchronize()
            begun = time.perf_counter()
            encoder.predict(texts, pairs)
            took = time.perf_counter() - begun
            begun = time.perf_counter()
            encoder.tokenise(texts)
            reading = time.perf_counter() - begun
            memory = torch.cuda.max_memory_allocated() / 2**30
            print(
                f"{dtype}, steps of {tokens:,} tokens: {len(pairs) / took:,.0f} pairs/s, {took:.2f} s, "
                f"tokenising {reading / took:.0%}, {memory:.1f} GiB",
                flush=True,
            )


if __name__ == "__main__":
    main()
