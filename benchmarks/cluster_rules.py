"""What each rule of deciding and clustering is worth: `python benchmarks/cluster_rules.py RUN_DIR GOLD`.

Takes the offers and scores of a finished run, decides and clusters them anew with rules switched on one by one, and
holds the clusters against gold. Guards act before the scorer too, so the run must have been blocked with every guard
`off`; where guards are on, what they forbid is dropped and the rest gets its probabilities anew from the raw scores.
"""

import argparse
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from sku_align import schema
from sku_align.calibration.calibration import load_calibration
from sku_align.calibration.run_features import ranks
from sku_align.clustering.cluster import cluster
from sku_align.config import GUARDS, Settings
from sku_align.deciding.decide import decide
from sku_align.deciding.guards import unforbidden
from sku_align.evaluation.clusters import evaluate_clusters, read_gold
from sku_align.folder import RunFolder
from sku_align.pairs import pair_rows

NO_GUARDS: dict[str, Any] = {"guards": dict.fromkeys(GUARDS, "off")}
FREE: dict[str, Any] = {"guard_members": False, "min_support": 0.0, "max_size": 10**9}
GUARDED = FREE | {"guard_members": True}
RULES: dict[str, dict[str, Any]] = {
    "connected components": {"deciding": NO_GUARDS, "clustering": FREE, "has_duplicates": True},
    "one offer per catalog": {"deciding": NO_GUARDS, "clustering": FREE},
    "guards": {"clustering": GUARDED, "has_duplicates": True},
    "guards, one offer per catalog": {"clustering": GUARDED},
    "guards, one offer per catalog, support": {},
}
EVIDENCE = {"probability >= 0.9": True, "and what uncalibrated catalogs are asked for": False}


def probable(offers: pa.Table, candidates: pa.Table, scores: pa.Table, settings: Settings) -> pa.Table:
    """The scores that a run with these settings would have given: of pairs that no guard forbids, and among those."""
    kept = unforbidden(offers, scores, settings.deciding)
    calibration = load_calibration(kept["scorer"][0].as_py())
    rows = pair_rows(offers, kept)
    probability = calibration.probability(offers, rows, kept["raw_score"].to_numpy(), ranks(offers, candidates, rows))
    return kept.set_column(kept.column_names.index("probability"), "probability", pa.array(probability))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--scope", default="all", help="a pair of languages, such as en-zh-Hant")
    chosen = parser.parse_args()
    folder, gold = RunFolder(chosen.run_dir), read_gold(chosen.gold)
    offers, scores = folder.read("offers"), folder.read("scores")
    catalogs = pc.unique(offers["catalog"]).to_pylist()
    figures = Table("rules", "precision", "recall", "F1", "B3 F1", "merged", "to review", "refused", title=chosen.scope)
    for (evidence, calibrated), (rules, changed) in product(EVIDENCE.items(), RULES.items()):
        name = f"{evidence}: {rules}"
        trusted = {"catalogs": {catalog: {"calibrated": calibrated} for catalog in catalogs}}
        settings = Settings.model_validate(trusted | changed)
        found = probable(offers, folder.read("candidates"), scores, settings)
        decisions = decide(offers, found, schema.conform([], schema.VERDICTS), settings)
        groups, refused = cluster(offers, decisions, settings)
        result = evaluate_clusters(gold, offers, groups)
        pairs = result.pairs[chosen.scope]
        counted = pc.value_counts(decisions["decision"].cast("string")).to_pylist()
        decided = {entry["values"]: entry["counts"] for entry in counted}
        ratios = [f"{value:.4f}" for value in (pairs.precision, pairs.recall, pairs.f1, result.b_cubed.f1)]
        counts = [str(decided.get("auto_merge", 0)), str(decided.get("review", 0)), str(len(refused))]
        figures.add_row(name, *ratios, *counts)
    Console(width=160).print(figures)


if __name__ == "__main__":
    main()
