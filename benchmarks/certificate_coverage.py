"""How often the certificate's 95 % intervals hold the truth, over many samples answered from gold labels.

python -m benchmarks.certificate_coverage RUN_FOLDER GOLD.csv [--draws 200] [--n 100]
"""

import argparse
from pathlib import Path

import numpy as np

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--n", type=int, default=100)
    chosen = parser.parse_args()
    folder = RunFolder(chosen.run_dir)
    rows = read_gold(chosen.gold).to_pylist()
    product = {(row["catalog"], row["offer_id"]): row["gold_product_id"] for row in rows}
    population = Population(folder.read("offers"), folder.read("decisions"), folder.read("clusters"))
    true = truth(population, product)
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in true}
    questions = []
    for seed in range(chosen.draws):
        design = population.draw(chosen.n, seed)
        labels = answer(design, product)
        questions.append(len(labels))
        figures = certify(design, labels).domains[ALL]
        for name in true:
            found[name].append(getattr(figures, name)[:3])
    print(f"{chosen.draws} samples of {chosen.n} units, {np.mean(questions):.0f} questions each on average")
    print("| figure | truth | mean estimate | interval holds it | mean lower bound | mean upper bound |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, triples in found.items():
        value, low, high = np.array(triples).T
        held = ((low <= true[name] + 1e-12) & (true[name] <= high + 1e-12)).mean()
        print(f"| {name} | {true[name]:.4f} | {value.mean():.4f} | {held:.1%} | {low.mean():.3f} | {high.mean():.3f} |")


if __name__ == "__main__":
    main()
