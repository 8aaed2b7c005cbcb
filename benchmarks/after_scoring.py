"""What a run costs once its pairs are scored: calibration, decisions, clusters.

    python -m benchmarks.after_scoring 10000 100000

Invented feeds are blocked at 20 candidates per offer and target catalog, as where a GPU scores; raw scores are drawn,
high for true pairs and low for others, and the time of scoring is left out. Each size runs in a process of its own.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.blocking import Meter, make
from sku_align import schema
from sku_align.calibration.calibration import load_calibration
from sku_align.calibration.run_features import ranks
from sku_align.clustering.cluster import cluster
from sku_align.config import Settings
from sku_align.deciding.decide import decide
from sku_align.pairs import pair_columns, pair_rows, sort_offers
from sku_align.scoring.scorers.bundled import BundledScorer

# Mean log odds of true pairs and of others, and their deviation; chosen by eye, so that few pairs are doubtful.
TRUE, OTHER, DEVIATION = 4.0, -6.0, 2.0


def measure(folder: Path, candidates: Path) -> None:
    """Print the figures of one size as a line of JSON."""
    offers, gold = pq.read_table(folder / "offers.parquet"), pq.read_table(folder / "gold.parquet")
    offers = sort_offers(offers)
    found = pq.read_table(candidates)
    rows = pair_rows(offers, found)
    columns = [gold[name].to_pylist() for name in ("catalog", "offer_id", "gold_product_id")]
    product = {(catalog, offer): name for catalog, offer, name in zip(*columns, strict=True)}
    keys = zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True)
    number = np.unique([str(product.get(key, f"none {at}")) for at, key in enumerate(keys)], return_inverse=True)[1]
    same = number[rows[:, 0]] == number[rows[:, 1]]
    random = np.random.default_rng(0)
    raw = (np.where(same, TRUE, OTHER) + random.normal(0, DEVIATION, len(rows))).astype(np.float32)
    rank, calibration = ranks(offers, found, rows), load_calibration(BundledScorer().fingerprint)
    with Meter() as calibrating:
        probability = calibration.probability(offers, rows, raw, rank)
    with Meter() as bounding:
        calibration.bounded(offers, rows, raw, rank, np.full(len(rows), 0.18))
    scored = pair_columns(offers, rows[:, 0], rows[:, 1]) | {"raw_score": raw, "probability": probability}
    settings = Settings()
    with Meter() as deciding:
        decisions = decide(offers, schema.conform(scored, schema.SCORES), schema.VERDICTS.empty_table(), settings)
    with Meter() as clustering:
        groups = cluster(offers, decisions, settings).groups
    merges = int((decisions["decision"].cast(pa.string()).to_numpy() == "auto_merge").sum())
    figures = {"offers": len(offers), "pairs": len(rows), "merges": merges, "skus": len(groups["cluster"].unique())}
    steps = {
        "calibration": calibrating,
        "calibration with bounds": bounding,
        "decisions": deciding,
        "clusters": clustering,
    }
    print(json.dumps(figures | {name: meter.figures for name, meter in steps.items()}), flush=True)


def main() -> None:
    if sys.argv[1] == "--measure":
        measure(Path(sys.argv[2]), Path(sys.argv[2]) / "candidates.parquet")
        return
    for size in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as place:
            make(size, Path(place))
            blocking = ["-m", "benchmarks.blocking", str(size), "--out", "-", "--measure", place]
            for command in (blocking, ["-m", "benchmarks.after_scoring", "--measure", place]):
                subprocess.run([sys.executable, *command], check=True)
            print((Path(place) / "figures.json").read_text(), flush=True)


if __name__ == "__main__":
    main()
