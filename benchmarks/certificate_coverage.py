"""How often the certificate's 95 % intervals hold the truth, over many samples answered from gold labels.

python -m benchmarks.certificate_coverage RUN_FOLDER GOLD.csv [--draws 200] [--n 100] [--min-held 0.93]
It fails where an interval holds the truth in a smaller share of the samples than `--min-held`.
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sku_align.evaluation.certificate import Labels, certify, open_questions
from sku_align.evaluation.clusters import read_gold
from sku_align.evaluation.sampling_design import ALL, Design, Key, Population
from sku_align.folder import RunFolder


def answer(design: Design, product: dict[Key, str]) -> Labels:
    """The labels of a person who is always right: questions are answered until none is left."""
    labels: dict[tuple[Key, Key], bool] = {}
    for unit in design.units:
        while asked := open_questions(unit, labels):
            for one, other in asked:
                low, high = sorted((one, other))
                labels[low, high] = product.get(one, str(one)) == product.get(other, str(other))
    return labels


def truth(population: Population, product: dict[Key, str]) -> dict[str, float]:
    """The figures of the whole run, from its whole population."""
    census = population.draw(10**9)
    figures = certify(census, answer(census, product)).overall
    return {name: estimate.value for name, estimate in figures.__dict__.items() if estimate}


class Coverage(NamedTuple):
    """How the certificates of many samples compare with the truth.

    Attributes:
        truth: Of the figure, from a census.
        held: Share of the samples whose interval holds it.
        estimates: Value, low and high end of each sample, shape (samples, 3).
    """

    truth: float
    held: float
    estimates: NDArray[np.float64]


def measure(population: Population, product: dict[Key, str], draws: int, n: int) -> tuple[dict[str, Coverage], float]:
    """Figure -> coverage, and the mean number of questions of a sample of n units."""
    true = truth(population, product)
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in true}
    questions = []
    for seed in range(draws):
        design = population.draw(n, seed)
        labels = answer(design, product)
        questions.append(len(labels))
        figures = certify(design, labels).domains[ALL]
        for name in true:
            found[name].append(getattr(figures, name)[:3])
    covered = {}
    for name, triples in found.items():
        estimates = np.array(triples)
        held = (estimates[:, 1] <= true[name] + 1e-12) & (true[name] <= estimates[:, 2] + 1e-12)
        covered[name] = Coverage(true[name], float(held.mean()), estimates)
    return covered, float(np.mean(questions))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--min-held", type=float, default=0.93)
    chosen = parser.parse_args()
    folder = RunFolder(chosen.run_dir)
    rows = read_gold(chosen.gold).to_pylist()
    product = {(row["catalog"], row["offer_id"]): row["gold_product_id"] for row in rows}
    population = Population(folder.read("offers"), folder.read("decisions"), folder.read("clusters"))
    covered, questions = measure(population, product, chosen.draws, chosen.n)
    print(f"{chosen.draws} samples of {chosen.n} units, {questions:.0f} questions each on average")
    print("| figure | truth | mean estimate | interval holds it | mean lower bound | mean upper bound |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, each in covered.items():
        value, low, high = each.estimates.mean(axis=0)
        print(f"| {name} | {each.truth:.4f} | {value:.4f} | {each.held:.1%} | {low:.3f} | {high:.3f} |")
    if short := [name for name, each in covered.items() if each.held < chosen.min_held]:
        sys.exit(f"The interval of {', '.join(short)} holds the truth too seldom.")


if __name__ == "__main__":
    main()
