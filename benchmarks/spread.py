"""Decisions that differ between runs whose scores differ by a known spread: `python benchmarks/spread.py RUN_DIR`.

Takes the offers, candidates and scores of a finished run and draws several nights from them: every raw score moves by
its own amount, evenly between plus and minus half the spread, so that two nights differ by the spread at most. Each
night is decided and clustered with the night before being live. There are no verdicts.
"""

import argparse
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from sku_align import schema
from sku_align.calibration.calibration import Bounded, Calibration, load_calibration
from sku_align.calibration.run_features import ranks
from sku_align.clustering.cluster import cluster
from sku_align.config import Settings
from sku_align.deciding.decide import decide
from sku_align.folder import RunFolder
from sku_align.pairs import pair_rows


def draw(folder: RunFolder, calibration: Calibration, spread: float, nights: int) -> list[Bounded]:
    """Probabilities and their bounds, by night."""
    offers, scores = folder.read("offers"), folder.read("scores")
    rows, random = pair_rows(offers, scores), np.random.default_rng(0)
    rank, raw = ranks(offers, folder.read("candidates"), rows), scores["raw_score"].to_numpy()
    drawn = []
    for _ in range(nights):
        moved = (raw + random.uniform(-spread / 2, spread / 2, len(raw))).astype(np.float32)
        drawn.append(calibration.bounded(offers, rows, moved, rank, np.full(len(raw), spread)))
    return drawn


class Night(NamedTuple):
    """What became of each scored pair, shape (m,): its decision, and whether both its offers are in one SKU."""

    decision: NDArray[np.str_]
    together: NDArray[np.bool_]


def decided(folder: RunFolder, drawn: list[Bounded], settings: Settings) -> list[Night]:
    """Decisions and SKUs, night by night, each published before the next."""
    offers, scores = folder.read("offers"), folder.read("scores")
    rows, live, nights = pair_rows(offers, scores), schema.PREVIOUS.empty_table(), []
    unjudged = schema.VERDICTS.empty_table()
    for each in drawn:
        found = {"probability": each.probability, "probability_low": each.low, "probability_high": each.high}
        keys = {name: scores[name] for name in schema.PAIR_NAMES}
        made = decide(offers, schema.conform({**keys, **found}, schema.SCORES), unjudged, settings, live)
        groups = cluster(offers, made, settings).groups
        # Clusters come in the order of the offers.
        left, right = groups["cluster"].to_numpy()[rows].T
        nights.append(Night(np.array(made["decision"].cast(pa.string()).to_pylist()), left == right))
        columns = {name: offers[name] for name in ("catalog", "offer_id", "content_hash")}
        live = schema.conform({**columns, "sku_id": groups["cluster"].cast(pa.string())}, schema.PREVIOUS)
    return nights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--spread", type=float, default=0.18, help="in log odds of the raw score")
    parser.add_argument("--nights", type=int, default=6)
    chosen = parser.parse_args()
    folder = RunFolder(chosen.run_dir)
    calibration = load_calibration(folder.read("scores")["scorer"][0].as_py())
    drawn = draw(folder, calibration, chosen.spread, chosen.nights)
    beyond = np.array(
        [(night.probability < last.low) | (night.probability > last.high) for last, night in pairwise(drawn)]
    )
    table = Table(
        "within_spread",
        "merges",
        "to review",
        "decisions that differ",
        "pairs in one SKU",
        "parted a night",
        "joined a night",
    )
    trusted = {name: {"calibrated": True} for name in folder.read("offers")["catalog"].unique().to_pylist()}
    for policy in ("off", "review", "keep"):
        settings = Settings.model_validate({"catalogs": trusted, "deciding": {"within_spread": policy}})
        nights = decided(folder, drawn, settings)
        differ = [int((one.decision != two.decision).sum()) for one, two in pairwise(nights)]
        together, counts = np.array([night.together for night in nights]), Counter(nights[-1].decision.tolist())
        parted, joined = (together[:-1] & ~together[1:]).sum(axis=1), (~together[:-1] & together[1:]).sum(axis=1)
        figures = (counts["auto_merge"], counts["review"], differ, together[-1].sum(), parted.tolist(), joined.tolist())
        table.add_row(policy, *map(str, figures))
    Console(width=150).print(table)
    print(f"{beyond.mean():.3%} of {beyond.shape[1]} pairs a night leave the bounds that the night before stated.")


if __name__ == "__main__":
    main()
