"""How blocking grows with the number of offers: time, peak memory and what it finds.

    python -m benchmarks.blocking 10000 100000 1000000 --out docs/figures/blocking

Each size runs in a process of its own. The embeddings are given, in a memory-mapped file.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.blocking_feed import make_feeds
from sku_align.blocking.block import block
from sku_align.config import BlockingSettings
from sku_align.evaluation.blocking import evaluate_blocking


def make(size: int, folder: Path) -> None:
    offers, gold, writer = [], [], None
    for feed in make_feeds(size):
        offers.append(feed.offers)
        gold.append(feed.gold)
        writer = writer or pa.ipc.new_file(folder / "embeddings.arrow", feed.embeddings.schema)
        writer.write_table(feed.embeddings)
    writer.close()
    pq.write_table(pa.concat_tables(offers), folder / "offers.parquet")
    pq.write_table(pa.concat_tables(gold), folder / "gold.parquet")


def measure(folder: Path) -> None:
    offers = pq.read_table(folder / "offers.parquet")
    with pa.memory_map(str(folder / "embeddings.arrow")) as source:
        embeddings = pa.ipc.open_file(source).read_all()
        before = time.perf_counter(), time.process_time()
        blocked = block(offers, embeddings, BlockingSettings(max_candidates_per_offer=20))
        wall, cpu = time.perf_counter() - before[0], time.process_time() - before[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    evaluation = evaluate_blocking(offers, blocked.candidates, pq.read_table(folder / "gold.parquet"))
    figures = {
        "offers": len(offers),
        "seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_gb": round(peak, 2),
        "candidates": len(blocked.candidates),
        "pair_completeness": {budget: round(of["all"], 4) for budget, of in evaluation.by_budget.items()},
        "by_channel": evaluation.by_languages["all"].by_channel,
    }
    (folder / "figures.json").write_text(json.dumps(figures))


def plot(rows: list[dict], path: Path) -> None:
    """Seconds over offers, both logarithmic, as an SVG."""
    import math

    def at(row: dict) -> tuple[float, float]:
        return 60 + (math.log10(row["offers"]) - 4) * 200, 250 - math.log10(max(1.0, row["seconds"])) * 60

    marks = [
        f'<text x="50" y="{250 - i * 60 + 4}" text-anchor="end">{10**i:,} s</text>'
        f'<line x1="60" x2="480" y1="{250 - i * 60}" y2="{250 - i * 60}" stroke="#ddd"/>'
        for i in range(5)
    ]
    points = [at(row) for row in rows]
    line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    dots = [
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4"/><text x="{x:.0f}" y="{y - 10:.0f}" text-anchor="middle">'
        f'{row["seconds"]:,} s, {row["peak_gb"]} GB</text><text x="{x:.0f}" y="270" text-anchor="middle">'
        f"{row['offers']:,}</text>"
        for row, (x, y) in zip(rows, points, strict=True)
    ]
    body = "".join([*marks, f'<polyline points="{line}" fill="none" stroke="black"/>', *dots])
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -10 540 300" font-family="sans-serif" font-size="11">'
        f'<rect y="-10" width="540" height="300" fill="white"/>{body}<text x="270" y="288" text-anchor="middle">'
        "offers in five catalogs</text></svg>\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--out", type=Path, required=True, help="Path without suffix; .json and .svg are written.")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure)
        return
    rows = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as name:
            make(size, Path(name))
            call = [sys.executable, "-m", "benchmarks.blocking", str(size), "--out", "-", "--measure", name]
            subprocess.run(call, check=True)
            rows.append(json.loads((Path(name) / "figures.json").read_text()))
            print(json.dumps(rows[-1]), flush=True)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    plot(rows, arguments.out.with_suffix(".svg"))


if __name__ == "__main__":
    main()
