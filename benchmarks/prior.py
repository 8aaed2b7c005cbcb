"""What halving each prior weight changes for a calibration on 200 labels: `python -m benchmarks.prior RUN GOLD`.

For every feature the prior weight is halved, a calibration is fitted on the same 200 labels drawn as `sku-align
calibrate` draws them, and all candidates of the run are judged by it and by the calibration with the whole prior.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.blocking_constants import products
from sku_align.calibration import fit
from sku_align.calibration.calibration import Calibration, raw_scale_of
from sku_align.calibration.prior import FEATURES, PRIOR
from sku_align.calibration.run_features import ranks
from sku_align.calibration.sampling import sample_pairs, sample_weights
from sku_align.config import Settings
from sku_align.evaluation.clusters import read_gold
from sku_align.evaluation.pairs import average_precision, product_groups
from sku_align.folder import RunFolder
from sku_align.pairs import pair_rows

LABELS, THRESHOLD = 200, 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("settings", type=Path, nargs="?")
    chosen = parser.parse_args()
    folder, settings = RunFolder(chosen.run_dir), Settings.load(chosen.settings)
    offers, scores = folder.read("offers"), folder.read("scores")
    product = products(offers, read_gold(chosen.gold))
    duplicates = settings.with_duplicates(offers["catalog"].unique().to_pylist())
    rows = pair_rows(offers, scores)
    same = (product[rows[:, 0]] >= 0) & (product[rows[:, 0]] == product[rows[:, 1]])
    raw, before = scores["raw_score"].to_numpy(), scores["probability"].to_numpy()
    rank, scorer = ranks(offers, folder.read("candidates"), rows), scores["scorer"][0].as_py()
    at = sample_pairs(offers, rows, before, LABELS)
    weights = np.sqrt(sample_weights(offers, rows, before, at))
    groups = product_groups(len(offers), rows[at], same[at])[rows[at, 0]]

    def judged(prior: dict[str, float]) -> np.ndarray:
        start = Calibration(scorer, raw_scale_of(scorer), 0.0, prior, one_to_one=True, match_prior_weight=1.0)
        fitted, _ = fit.fit_calibration(
            offers, rows, same[at], raw, groups, scorer=scorer, at=at, rank=rank, has_duplicates=duplicates,
            prior=start, weights=weights,
        )  # fmt: skip
        return replace(fitted, has_duplicates=duplicates).probability(offers, rows, raw, rank)

    def line(name: str, value: float, probability: np.ndarray) -> str:
        merged = probability >= THRESHOLD
        return (
            f"| {name} | {value:g} | {average_precision(same, probability):.4f} | {same[merged].mean():.4f} | "
            f"{(same & merged).sum() / same.sum():.4f} | {np.abs(probability - whole).mean():.4f} | "
            f"{int((merged != (whole >= THRESHOLD)).sum())} |"
        )

    whole = judged(dict(PRIOR))
    print("| halved | to | average precision | precision at 0.9 | recall at 0.9 | mean change | crossed 0.9 |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    print(line("none", 0, whole), flush=True)
    for feature in FEATURES:
        if feature.coefficient:
            half = feature.coefficient / 2
            print(line(feature.name, half, judged({**PRIOR, feature.name: half})), flush=True)


if __name__ == "__main__":
    main()
