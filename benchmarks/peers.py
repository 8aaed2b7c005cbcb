"""Peers side by side on the same files: `make bench-peers`, or `python -m benchmarks.peers PYTHON FOLDER...`.

Each peer runs in a process of its own with the environment of PYTHON (Splink, GoldenMatch, scikit-learn); ours runs
the whole job with its defaults. All read the offers that ours ingested, and are measured as by `evaluate clusters`. A
FOLDER holds gold.csv, and either sku_align.yaml or a folder `catalogs`.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from sku_align.evaluation.clusters import OVERALL, evaluate_clusters, read_gold

PEERS = ("tfidf", "vectors", "splink", "goldenmatch")
NAMES = {
    "tfidf": "TF-IDF, mutual best",
    "vectors": "embeddings, mutual best",
    "splink": "Splink",
    "goldenmatch": "GoldenMatch",
    "sku-align": "SKU Align",
}
HEADS = ("files", "what", "precision", "recall", "F1", "B-cubed F1", "seconds", "peak MB")


def rows_of(python: Path, folder: Path, work: Path, done: Path | None = None) -> Iterator[list[str]]:
    """A row of the table for each peer, and last for SKU Align.

    Args:
        python: Of the environment that holds the peers.
        folder: Feeds and gold labels.
        work: Folder for what the peers write.
        done: Run folder of SKU Align over these feeds; it runs here without one. Its stages noted what they took.
    """
    run = done or _run(folder, work / "run")
    offers, gold = pq.read_table(run / "offers.parquet"), read_gold(folder / "gold.csv")
    columns = offers.select(["catalog", "offer_id", "title", "brand", "price", "gtin"])
    vector = pq.read_table(run / "embeddings.parquet")["vector"].cast(pa.list_(pa.float32()))
    pq.write_table(columns.append_column("vector", vector), work / "offers.parquet")
    for name in PEERS:
        words = [str(python), str(Path(__file__).with_name("peer.py")), name, str(work / "offers.parquet")]
        asked = subprocess.run([*words, str(work / f"{name}.csv")], capture_output=True, text=True)
        if asked.returncode:
            reason = asked.stderr.strip().splitlines()[-1]
            yield [folder.name, NAMES[name], *[""] * 5, f"failed: {reason[:120]}"]
            continue
        spent = json.loads(asked.stdout.strip().splitlines()[-1])
        names = ("catalog", "offer_id", "cluster")
        as_text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        clusters = pyarrow.csv.read_csv(work / f"{name}.csv", convert_options=as_text)
        yield _row(folder, name, gold, offers, clusters, f"{spent['seconds']:,.1f}", f"{spent['peak_mb']:,.0f}")
    notes = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    costs = [note for key, note in notes.items() if ":cost" in key]
    ours = (f"{sum(each['seconds'] for each in costs):,.1f}", f"{max(each.get('peak_mb', 0) for each in costs):,.0f}")
    yield _row(folder, "sku-align", gold, offers, pq.read_table(run / "clusters.parquet"), *ours)


def _run(folder: Path, out: Path) -> Path:
    """Align the feeds of a folder; returns the run folder."""
    config = folder / "sku_align.yaml"
    feeds = [] if config.exists() else sorted((folder / "catalogs").iterdir())
    words = ["--config", str(config)] if config.exists() else [str(path) for path in feeds]
    program = [sys.executable, "-c", "from sku_align.cli import main; main()"]
    subprocess.run([*program, "align", *words, "--out", str(out)], check=True, capture_output=True)
    return out


def _row(
    folder: Path, name: str, gold: pa.Table, offers: pa.Table, clusters: pa.Table, seconds: str, peak: str
) -> list[str]:
    found = evaluate_clusters(gold, offers, clusters)
    pairs = found.pairs[OVERALL]
    figures = (pairs.precision, pairs.recall, pairs.f1, found.b_cubed.f1)
    shown = ("-" if math.isnan(figure) else f"{figure:.3f}" for figure in figures)
    return [folder.name, NAMES[name], *shown, seconds, peak]


def _versions(python: Path) -> str:
    code = (
        "import importlib.metadata as m\n"
        "print(', '.join(f'{n} {m.version(n)}' for n in ('splink', 'goldenmatch', 'scikit-learn')))"
    )
    there = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    from sku_align import __version__

    return f"SKU Align {__version__}, {there}"


def main() -> None:
    """Measure, print a Markdown table, and put it into a file between its marks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", type=Path, help="Python of the environment that holds the peers.")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--runs", type=Path, help="Finished runs of SKU Align, one folder for each name of a FOLDER.")
    parser.add_argument("--out", type=Path, help="Markdown file to write the table to.")
    arguments = parser.parse_args()
    lines = [f"{datetime.now(UTC):%Y-%m-%d}, {_versions(arguments.python)}, {os.cpu_count()} cores.", ""]
    lines += [f"| {' | '.join(HEADS)} |", f"|{' --- |' * len(HEADS)}"]
    for folder in arguments.folders:
        done = arguments.runs / folder.name if arguments.runs else None
        with tempfile.TemporaryDirectory() as work:
            for row in rows_of(arguments.python, folder, Path(work), done):
                print(" | ".join(row), flush=True)
                lines.append(f"| {' | '.join(row)} |")
    if arguments.out:
        start, end = "<!-- measured -->\n", "<!-- end -->\n"
        text = arguments.out.read_text(encoding="utf-8")
        table = "\n".join(lines) + "\n"
        arguments.out.write_text(f"{text.split(start)[0]}{start}{table}{end}{text.split(end)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
