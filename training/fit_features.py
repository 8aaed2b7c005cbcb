"""Fits the layer of the bundled scorer on labelled sets: `python -m training.fit_features --data FOLDER`."""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from sku_align.evaluation.pairs import average_precision
from sku_align.scoring.bundled import COLUMNS, LAYER, BundledScorer
from sku_align.scoring.fitting import PRIOR
from training.labelled import Labelled, candidates, pair_files

RIDGE = 1.0


def fit(matrix: NDArray[np.float64], labels: NDArray[np.bool_], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic regression drawn towards what is known of identifiers; the intercept first."""
    prior = np.array([PRIOR.get(name, 0.0) for name in COLUMNS])
    target = np.where(labels, 1.0, -1.0)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = target * (values[0] + matrix @ values[1:])
        slope = -weights * target * expit(-margin)
        away = values[1:] - prior
        value = -np.sum(weights * log_expit(margin)) + 0.5 * RIDGE * away @ away
        return float(value), np.concatenate([[slope.sum()], matrix.T @ slope + RIDGE * away])

    return np.asarray(minimize(loss, np.zeros(matrix.shape[1] + 1), jac=True, method="L-BFGS-B").x)


def main() -> None:
    """Fit on all sets, report each set from a fit on the other sets, and write the layer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--report", action="store_true", help="Judge each set by a fit on the others; slow.")
    options = parser.parse_args()
    sets: list[Labelled] = []
    for folder in sorted(path for path in options.data.iterdir() if any(path.glob("pairs*.csv"))):
        sets += pair_files(folder)
        print(folder.name, flush=True)
        if (folder / "gold.csv").exists():
            sets.append(candidates(folder, options.cache))
    scorer = BundledScorer(options.cache)
    matrices = [scorer.columns(part.pairs.offers, part.pairs.rows) for part in sets]

    def train(chosen: list[int]) -> NDArray[np.float64]:
        labels = [sets[at].pairs.labels for at in chosen]
        weights = [np.full(len(part), 2000 / len(part)) for part in labels]
        return fit(np.vstack([matrices[at] for at in chosen]), np.concatenate(labels), np.concatenate(weights))

    for at, part in enumerate(sets if options.report else []):
        values = train([other for other in range(len(sets)) if sets[other].name != part.name])
        odds = values[0] + matrices[at] @ values[1:]
        sure = odds >= np.log(9)
        precision = part.pairs.labels[sure].mean() if sure.any() else float("nan")
        print(f"{part.name} {part.source}: pairs {len(odds)}, fitted on the other sets: AP "
              f"{average_precision(part.pairs.labels, odds):.3f}, at >= 0.9 precision {precision:.3f} "
              f"recall {part.pairs.labels[sure].sum() / part.pairs.labels.sum():.3f}")  # fmt: skip
    values = train(list(range(len(sets))))
    layer = {
        "fitted_on": {f"{part.name} {part.source}": len(part.pairs.labels) for part in sets},
        "intercept": round(float(values[0]), 5),
        "weights": {name: round(float(value), 5) for name, value in zip(COLUMNS, values[1:], strict=True)},
    }
    LAYER.write_text(json.dumps(layer, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
