"""Texts per second of the bundled embedders, by batch size, on texts of 64 characters.

    python -m benchmarks.embedding use e5 --batches 1 16 64 256 1024 --texts 1024

Wall time depends on what else runs; CPU time, the sum over threads, hardly does.
"""

import argparse
import time

from benchmarks.blocking_feed import make_feeds
from sku_align.config import EmbeddingSettings
from sku_align.embedding.embed import load_embedder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16, 64, 256, 1024])
    parser.add_argument("--texts", type=int, default=1024)
    arguments = parser.parse_args()
    titles = [
        title for feed in make_feeds(max(1000, 2 * arguments.texts)) for title in feed.offers["title"].to_pylist()
    ]
    texts = [f"{title} {titles[-i - 1]}"[:64].ljust(64, "x") for i, title in enumerate(titles)][: arguments.texts]
    print("| model | batch | texts/s (wall) | texts/s (one CPU second) |\n| --- | --- | --- | --- |")
    for model in arguments.models:
        embedder = load_embedder(EmbeddingSettings(model=model))
        embedder.encode(texts[:4])
        for batch in arguments.batches:
            wall, cpu = time.perf_counter(), time.process_time()
            for start in range(0, len(texts), batch):
                embedder.encode(texts[start : start + batch])
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            print(f"| {model} | {batch} | {len(texts) / wall:.0f} | {len(texts) / cpu:.0f} |", flush=True)


if __name__ == "__main__":
    main()
