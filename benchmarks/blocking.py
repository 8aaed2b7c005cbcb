"""How blocking grows with the number of offers: time, peak memory and what it finds.

    python -m benchmarks.blocking 10000 100000 1000000 --out docs/figures/blocking

Each size runs in a process of its own. The embeddings are given, in a memory-mapped file.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.blocking_feed import make_feeds
from sku_align.blocking.block import block
from sku_align.config import BlockingSettings, DecidingSettings
from sku_align.deciding.guards import unforbidden
from sku_align.evaluation.blocking import evaluate_blocking

BUDGET = 20


def make(size: int, folder: Path) -> None:
    offers, gold = [], []
    with ExitStack() as stack:
        writer = None
        for feed in make_feeds(size):
            offers.append(feed.offers)
            gold.append(feed.gold)
            writer = writer or stack.enter_context(pa.ipc.new_file(folder / "embeddings.arrow", feed.embeddings.schema))
            writer.write_table(feed.embeddings)
    pq.write_table(pa.concat_tables(offers), folder / "offers.parquet")
    pq.write_table(pa.concat_tables(gold), folder / "gold.parquet")


def measure(folder: Path) -> None:
    offers = pq.read_table(folder / "offers.parquet")
    with pa.memory_map(str(folder / "embeddings.arrow")) as source:
        embeddings = pa.ipc.open_file(source).read_all()
        with Meter() as blocking:
            blocked = block(offers, embeddings, BlockingSettings(max_candidates_per_offer=BUDGET))
    with Meter() as guards:
        kept = unforbidden(offers, blocked.candidates, DecidingSettings())
        pq.write_table(kept, folder / "candidates.parquet", compression="zstd")
    evaluation = evaluate_blocking(offers, blocked.candidates, pq.read_table(folder / "gold.parquet"))
    figures = {
        "offers": len(offers),
        "blocking": blocking.figures,
        "guards_and_writing": guards.figures,
        "candidates": len(blocked.candidates),
        "unforbidden": len(kept),
        "pair_completeness": {budget: round(of["all"], 4) for budget, of in evaluation.by_budget.items()},
        "by_channel": {name: round(alone, 4) for name, alone in evaluation.by_languages["all"].by_channel.items()},
        "estimated_pair_completeness": round(blocked.report.estimated_pair_completeness or 0, 4),
    }
    (folder / "figures.json").write_text(json.dumps(figures))


class Meter:
    """Wall seconds, CPU seconds of all threads, and the highest resident memory of the process until then."""

    def __enter__(self) -> "Meter":
        self.before = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.figures = {
            "seconds": round(time.perf_counter() - self.before[0], 1),
            "cpu_seconds": round(time.process_time() - self.before[1], 1),
            "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        }


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """CPU seconds and peak memory over offers, all axes logarithmic, as an SVG."""
    panels = [
        ("CPU seconds", [row["blocking"]["cpu_seconds"] for row in rows], 40),
        ("peak memory, GB", [row["blocking"]["peak_gb"] for row in rows], 380),
    ]
    body = "".join(_panel(name, [row["offers"] for row in rows], values, left) for name, values, left in panels)
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 300" font-family="sans-serif" font-size="11">'
        f'<rect width="700" height="300" fill="white"/>{body}</svg>\n'
    )


def _panel(name: str, offers: list[int], values: list[float], left: int) -> str:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def across(count: float) -> float:
        return left + 20 + (math.log10(count) - 4) * 120

    def down(value: float) -> float:
        return 250 - (math.log10(value) - low) / max(1, high - low) * 200

    lines = [
        f'<line x1="{left}" x2="{left + 290}" y1="{down(10.0**i):.0f}" y2="{down(10.0**i):.0f}" stroke="#ddd"/>'
        f'<text x="{left - 4}" y="{down(10.0**i) + 4:.0f}" text-anchor="end">{10.0**i:g}</text>'
        for i in range(low, high + 1)
    ]
    dots = [
        f'<circle cx="{across(count):.0f}" cy="{down(value):.0f}" r="4"/>'
        f'<text x="{across(count):.0f}" y="{down(value) - 10:.0f}" text-anchor="middle">{value:,}</text>'
        f'<text x="{across(count):.0f}" y="270" text-anchor="middle">{count:,}</text>'
        for count, value in zip(offers, values, strict=True)
    ]
    line = " ".join(f"{across(count):.0f},{down(value):.0f}" for count, value in zip(offers, values, strict=True))
    title = f'<text x="{left}" y="20" font-weight="bold">{name}</text>'
    note = f'<text x="{left + 140}" y="290" text-anchor="middle">offers in five catalogs</text>'
    return "".join([title, *lines, f'<polyline points="{line}" fill="none" stroke="black"/>', *dots, note])


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
