"""A certificate says how right a publication is, without bias, and its intervals hold the truth."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.errors import UserError
from sku_align.evaluation.audit_labels import label_table, valid_labels
from sku_align.evaluation.certificate import Certificate, Labels, certify, open_questions
from sku_align.evaluation.sampling_design import ALL, Design, Key, Population, Unit, systematic
from sku_align.pairs import sort_offers


def world(products: int, seed: int, wrong: float, missed: float) -> tuple[Population, dict[Key, str]]:
    """Three catalogs of one list of products; some merges are wrong and some matches were missed."""
    random = np.random.default_rng(seed)
    rows, product, sku = [], {}, {}
    for catalog, language in (("a", "en"), ("b", "ja"), ("c", "pl")):
        for number in range(products):
            key = (catalog, f"{number:04}")
            rows.append({"catalog": catalog, "offer_id": key[1], "title": "x", "language": language})
            product[key] = f"p{number}" if random.random() > wrong else f"other {catalog} {number}"
            sku[key] = f"s{number}" if random.random() > missed else f"s{number} {catalog}"
    decisions = []
    for number in range(products):
        for left, right in (("a", "b"), ("a", "c"), ("b", "c")):
            names = dict(zip(schema.PAIR_NAMES, (left, f"{number:04}", right, f"{number:04}"), strict=True))
            decisions.append(names | {"probability": float(random.beta(8, 1)), "decision": "auto_merge"})
            near = f"{(number + 1) % products:04}"
            names = dict(zip(schema.PAIR_NAMES, (left, f"{number:04}", right, near), strict=True))
            decisions.append(names | {"probability": float(random.beta(1, 8)), "decision": "reject"})
    clusters = [{"catalog": key[0], "offer_id": key[1], "sku_id": name} for key, name in sku.items()]
    offers = sort_offers(schema.conform(rows, schema.OFFERS))
    population = Population(
        offers, schema.conform(decisions, schema.DECISIONS), schema.conform(clusters, schema.CLUSTERS)
    )
    return population, product


def answer(design: Design, product: dict[Key, str]) -> Labels:
    labels: dict[tuple[Key, Key], bool] = {}
    for unit in design.units:
        while asked := open_questions(unit, labels):
            for pair in asked:
                low, high = sorted(pair)
                labels[low, high] = product[low] == product[high]
    return labels


def overall(design: Design) -> Design:
    """The same sample without the figures of single languages and catalogs, which take most of the time."""
    totals = {name: {ALL: getattr(design, name)[ALL]} for name in ("pairs", "skus", "near")}
    return replace(design, **totals)


@pytest.mark.parametrize(("wrong", "missed"), [(0.02, 0.1), (0.15, 0.2), (0.0, 0.05)])
def test_the_estimates_are_without_bias_and_the_intervals_hold_the_truth(wrong: float, missed: float) -> None:
    population, product = world(150, 7, wrong, missed)
    census = population.draw(10**9)
    truth = certify(census, answer(census, product)).overall
    figures = []
    for seed in range(200):
        design = overall(population.draw(100, seed))
        figures.append(certify(design, answer(design, product)).overall)
    for name in ("pair_precision", "sku_precision", "recall"):
        true = getattr(truth, name).value
        value, low, high = np.array([getattr(each, name)[:3] for each in figures]).T
        assert ((low <= true + 1e-9) & (true <= high + 1e-9)).mean() >= 0.93, name
        # The mean of 200 estimates lies within four standard errors of the truth.
        assert abs(value.mean() - true) <= 4 * value.std() / np.sqrt(200) + 1e-9, name
        assert (high - low).mean() < 0.4, name


def test_a_census_gives_the_truth_without_an_interval() -> None:
    population, product = world(40, 1, 0.1, 0.1)
    census = population.draw(10**9)
    figures = certify(census, answer(census, product)).overall
    assert figures.pair_precision is not None
    assert figures.pair_precision.low == figures.pair_precision.value == figures.pair_precision.high


def test_a_sample_without_a_mistake_claims_no_certainty() -> None:
    population, product = world(300, 2, 0.0, 0.0)
    design = population.draw(60)
    figures = certify(design, answer(design, product)).overall
    assert figures.pair_precision is not None
    assert figures.pair_precision.value == 1
    assert 0.85 < figures.pair_precision.low < 0.97


def test_every_language_pair_and_catalog_has_figures_of_its_own() -> None:
    population, product = world(80, 3, 0.1, 0.1)
    design = population.draw(80)
    assert set(certify(design, answer(design, product)).domains) == {
        ALL, "languages: en-ja", "languages: en-pl", "languages: ja-pl", "catalog: a", "catalog: b", "catalog: c",
    }  # fmt: skip


def test_systematic_sampling_draws_each_unit_as_often_as_it_says() -> None:
    weight = np.array([1.0, 2.0, 3.0, 4.0, 30.0])
    counts, said = np.zeros(5), np.zeros(5)
    random = np.random.default_rng(0)
    for _ in range(4000):
        for at, share in systematic(weight, [3, 0, 4, 1, 2], 3, random):
            counts[at] += 1
            said[at] = share
    assert said[4] == 1
    assert counts / 4000 == pytest.approx(said, abs=0.03)
    assert counts.sum() == 3 * 4000


def unit(*names: str) -> Unit:
    return Unit("sku", tuple((name[0], name[1:]) for name in names), ("en",) * len(names), 0.5)


def test_a_sku_that_is_one_product_takes_one_question_less_than_offers() -> None:
    sku = unit("a1", "b1", "c1", "d1")
    labels = {(("a", "1"), (name, "1")): True for name in "bcd"}
    assert len(open_questions(sku, {})) == 3
    assert open_questions(sku, labels) == []


def test_offers_that_differ_from_the_first_are_compared_with_each_other() -> None:
    sku = unit("a1", "b1", "c1")
    labels = {(("a", "1"), (name, "1")): False for name in "bc"}
    assert open_questions(sku, labels) == [(("b", "1"), ("c", "1"))]


def test_too_few_answers_are_a_sentence_and_a_few_open_ones_widen_the_interval() -> None:
    population, product = world(100, 4, 0.05, 0.1)
    design = population.draw(50)
    labels = answer(design, product)
    whole = certify(design, labels).overall.pair_precision
    some = dict(list(labels.items())[5:])
    partly = certify(design, some)
    assert partly.unanswered > 0
    assert whole is not None and partly.overall.pair_precision is not None
    assert partly.overall.pair_precision.low < whole.low
    with pytest.raises(UserError, match="fill in the column `verdict`"):
        certify(design, {})


def test_design_and_certificate_survive_json() -> None:
    population, product = world(30, 5, 0.1, 0.1)
    design = population.draw(20)
    assert Design.from_dict(json.loads(json.dumps(design.to_dict()))) == design
    certificate = certify(design, answer(design, product))
    assert Certificate.from_dict(json.loads(json.dumps(certificate.to_dict()))) == certificate


def test_an_answer_counts_until_one_of_its_offers_changes() -> None:
    def shop(content: str) -> pa.Table:
        return schema.conform(
            [
                {"catalog": "a", "offer_id": "1", "title": "x", "content_hash": "h"},
                {"catalog": "b", "offer_id": "1", "title": "x", "content_hash": content},
            ],
            schema.OFFERS,
        )

    verdict = dict(zip(schema.PAIR_NAMES, "a1b1", strict=True)) | {"verdict": "same", "reviewer": "Mia"}
    kept = label_table(shop("old"), schema.conform([verdict], schema.VERDICTS))
    assert valid_labels(shop("old"), kept) == {(("a", "1"), ("b", "1")): True}
    assert valid_labels(shop("new"), kept) == {}
