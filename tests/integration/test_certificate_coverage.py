"""Samples of a real run, answered from gold labels: the certificate's intervals hold what is true of the whole run."""

from pathlib import Path

import numpy as np

from benchmarks.certificate_coverage import measure
from sku_align.evaluation.clusters import read_gold
from sku_align.evaluation.sampling_design import Population
from sku_align.folder import RunFolder
from tests.conftest import SAMPLES


def test_the_intervals_of_a_run_hold_the_truth_in_93_of_100_samples(sample_run: tuple[Path, str, str]) -> None:
    folder = RunFolder(sample_run[0])
    gold = read_gold(SAMPLES / "gold.csv").to_pylist()
    product = {(row["catalog"], row["offer_id"]): row["gold_product_id"] for row in gold}
    population = Population(folder.read("offers"), folder.read("decisions"), folder.read("clusters"))
    covered, questions = measure(population, product, draws=200, n=60)
    assert set(covered) == {"pair_precision", "sku_precision", "recall"}
    assert 60 <= questions < 400
    for name, each in covered.items():
        assert each.held >= 0.93, name
        assert abs(each.estimates[:, 0].mean() - each.truth) <= 4 * each.estimates[:, 0].std() / np.sqrt(200), name
        # An interval from 0 to 1 would hold everything.
        assert (each.estimates[:, 2] - each.estimates[:, 1]).mean() < 0.4, name
