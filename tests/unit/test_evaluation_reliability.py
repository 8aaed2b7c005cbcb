"""Probabilities are held against labels that stand for unequally many pairs of a run."""

import json
import re

import numpy as np
import pytest
from scipy.stats import beta

from sku_align.evaluation.reliability import judge_reliability, lowest_safe_threshold
from sku_align.report.reliability import reliability_page


def drawn(count: int, seed: int = 0):
    random = np.random.default_rng(seed)
    probability = random.random(count).round(3)
    return random.random(count) < probability, probability, random.choice(["de-en", "en-zh"], count)


def test_the_recommended_threshold_is_sure_of_its_precision():
    probability = np.linspace(1, 0, 1000)
    labels = np.arange(1000) < 400
    threshold = lowest_safe_threshold(labels, probability, np.ones(1000), 0.97)
    assert threshold is not None
    assert labels[probability >= threshold].mean() >= 0.97
    assert threshold > probability[labels].min() - 0.01


def test_labels_of_equal_weight_give_the_bound_of_clopper_and_pearson():
    labels, probability, _ = drawn(900)
    threshold = lowest_safe_threshold(labels, probability, np.full(900, 7.0), 0.8)

    def bound(above):
        hits, misses = (labels & above).sum(), (~labels & above).sum()
        return beta.ppf(0.05, hits, misses + 1)

    assert bound(probability >= threshold) >= 0.8
    assert all(bound(probability >= lower) < 0.8 for lower in np.unique(probability[probability < threshold]))


def test_twenty_good_labels_are_not_enough_to_be_sure_of_97_percent():
    assert lowest_safe_threshold(np.ones(20, bool), np.full(20, 0.95), np.ones(20), 0.97) is None
    assert lowest_safe_threshold(np.ones(200, bool), np.full(200, 0.95), np.ones(200), 0.97) == pytest.approx(0.95)


def test_a_label_that_stands_for_many_pairs_counts_for_many_and_makes_less_sure():
    labels = np.array([True] * 100 + [False])
    probability = np.array([0.95] * 101)
    rare, common = np.array([1.0] * 100 + [0.01]), np.array([1.0] * 100 + [50.0])
    assert lowest_safe_threshold(labels, probability, rare, 0.95) == 0.95
    assert lowest_safe_threshold(labels, probability, common, 0.95) is None


def test_the_plot_of_true_probabilities_runs_along_the_diagonal():
    labels, probability, languages = drawn(4000)
    judged = judge_reliability(labels, probability, np.ones(4000), languages, 0.9, 0.9)["all"]
    assert len(judged.points) == 10
    assert all(point.low <= point.share <= point.high for point in judged.points)
    assert sum(point.low <= point.probability <= point.high for point in judged.points) >= 9
    assert judged.expected_wrong_merges == pytest.approx((1 - probability[probability >= 0.9]).sum())
    above = labels[probability >= 0.9]
    assert judged.lower_bound == pytest.approx(beta.ppf(0.05, above.sum(), len(above) - above.sum() + 1))


def test_languages_with_few_labels_or_one_answer_have_no_figures_of_their_own():
    labels, probability, languages = drawn(700)
    languages[:99], languages[99:219], languages[219:339] = "few", "sure", "nearly sure"
    labels[99:339] = True
    labels[219:238] = False
    judged = judge_reliability(labels, probability, np.ones(700), languages, 0.9, 0.9)
    assert list(judged) == ["all", "de-en", "en-zh"]
    assert judged["all"].labels == 700


def test_the_page_shows_every_point_and_says_where_no_threshold_is_sure():
    labels, probability, languages = drawn(300)
    judged = judge_reliability(labels, probability, np.ones(300), languages, 0.9, 0.999)
    page = reliability_page("<Shop>", ["a & b"], judged, judged, 0.999)
    assert "<h1>&lt;Shop&gt;</h1>" in page and "<td>a &amp; b</td>" in page
    specs = [json.loads(spec) for spec in re.findall(r'<script type="application/json">(.*?)</script>', page)]
    drawn_points = [(row["x"], row["y"], row["low"], row["high"]) for spec in specs for row in spec["data"]["values"]]
    assert drawn_points == [tuple(point[:4]) for each in judged.values() for point in each.points * 2]
    assert "nowhere" in page and "default-src 'none'" in page
