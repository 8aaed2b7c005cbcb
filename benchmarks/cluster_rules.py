"""What each rule of deciding and clustering is worth: `python benchmarks/cluster_rules.py RUN_DIR GOLD`.

Takes the offers and scores of a finished run, decides and clusters them anew with rules switched on one by one, and
holds the clusters against gold.
"""

import argparse
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from sku_align import schema
from sku_align.clustering.cluster import cluster
from sku_align.config import GUARDS, Settings
from sku_align.deciding import decide
from sku_align.evaluation.clusters import evaluate_clusters, read_gold
from sku_align.folder import RunFolder

NO_GUARDS: dict[str, Any] = {"guards": dict.fromkeys(GUARDS, "off")}
FREE: dict[str, Any] = {"one_offer_per_catalog": False, "guard_members": False, "min_support": 0.0, "max_size": 10**9}
ONE = FREE | {"one_offer_per_catalog": True}
GUARDED = FREE | {"guard_members": True}
BOTH = FREE | {"one_offer_per_catalog": True, "guard_members": True}
RULES: dict[str, tuple[bool, dict[str, Any], dict[str, Any]]] = {
    "threshold, connected components": (True, NO_GUARDS, FREE),
    "one offer per catalog": (True, NO_GUARDS, ONE),
    "guards": (True, {}, GUARDED),
    "guards, one offer per catalog": (True, {}, BOTH),
    "guards, one offer per catalog, support": (True, {}, BOTH | {"min_support": 0.7}),
    "demands on uncalibrated catalogs, one offer per catalog": (False, NO_GUARDS, ONE),
    "demands, guards, one offer per catalog": (False, {}, BOTH),
    "the same with support, the default": (False, {}, {}),
}


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
    for name, (calibrated, deciding, clustering) in RULES.items():
        settings = Settings.model_validate(
            {
                "catalogs": {catalog: {"calibrated": calibrated} for catalog in catalogs},
                "deciding": deciding,
                "clustering": clustering,
            }
        )
        decisions = decide(offers, scores, schema.conform([], schema.VERDICTS), settings)
        groups, refused = cluster(offers, decisions, settings)
        result = evaluate_clusters(gold, offers, groups)
        pairs = result.pairs[chosen.scope]
        counted = pc.value_counts(decisions["decision"].cast("string")).to_pylist()
        decided = {entry["values"]: entry["counts"] for entry in counted}
        ratios = [f"{value:.4f}" for value in (pairs.precision, pairs.recall, pairs.f1, result.b_cubed.f1)]
        counts = [str(decided.get("auto_merge", 0)), str(decided.get("review", 0)), str(len(refused))]
        figures.add_row(name, *ratios, *counts)
    Console(width=140).print(figures)


if __name__ == "__main__":
    main()
