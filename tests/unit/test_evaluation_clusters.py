import math
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sku_align import schema
from sku_align.errors import UserError
from sku_align.evaluation.clusters import GOLD, evaluate_clusters, read_gold

# Two products in three catalogs: X = a1 b1 c1, Y = a2 b2; a3 is alone; b3 has no label.
LANGUAGES = {"a": "en", "b": "zh", "c": "zh"}
LABELS = {"a1": "X", "b1": "X", "c1": "X", "a2": "Y", "b2": "Y", "a3": "Z"}


def key(name: str) -> dict[str, str]:
    return {"catalog": name[0], "offer_id": name[1]}


def offers() -> pa.Table:
    rows = [key(n) | {"title": "t", "language": LANGUAGES[n[0]]} for n in ("a1", "a2", "a3", "b1", "b2", "b3", "c1")]
    return schema.conform(rows, schema.OFFERS)


def gold() -> pa.Table:
    return schema.conform([key(name) | {"gold_product_id": label} for name, label in LABELS.items()], GOLD)


def clusters(*groups: str) -> pa.Table:
    rows = [key(name) | {"sku_id": group} for group in groups for name in group.split()]
    return schema.conform(rows, schema.CLUSTERS)


def candidates(*pairs: str) -> pa.Table:
    rows = []
    for pair in pairs:
        left, right = pair.split("-")
        rows.append(
            {"left_catalog": left[0], "left_offer_id": left[1], "right_catalog": right[0], "right_offer_id": right[1]}
        )
    return schema.conform(rows, schema.CANDIDATES)


def test_pairs_are_counted_overall_and_by_language():
    # Joined: a1b1, a1a3, b1a3 and a2b2, of which a1b1 and a2b2 are right; true are a1b1, a1c1, b1c1 and a2b2.
    result = evaluate_clusters(gold(), offers(), clusters("a1 b1 a3", "a2 b2 b3"))
    every = result.pairs["all"]
    assert (every.true_pairs, every.predicted_pairs, every.correct_pairs) == (4, 4, 2)
    assert (every.precision, every.recall, every.f1) == (0.5, 0.5, 0.5)
    across = result.pairs["en-zh"]
    assert (across.true_pairs, across.predicted_pairs, across.correct_pairs) == (3, 3, 2)
    assert (result.pairs["en-en"].true_pairs, result.pairs["en-en"].predicted_pairs) == (0, 1)
    assert math.isnan(result.pairs["en-en"].recall)
    assert result.pairs["en-en"].precision == 0
    assert (result.pairs["zh-zh"].recall, result.pairs["zh-zh"].predicted_pairs) == (0, 0)
    assert (result.offers, result.products, result.clusters) == (6, 3, 3)


def test_b_cubed_averages_over_offers():
    # a1, b1: 2 of 3 in the cluster are X, 2 of 3 X are here; a3: 1 of 3, all; c1: alone, 1 of 3; a2, b2: all, all.
    result = evaluate_clusters(gold(), offers(), clusters("a1 b1 a3", "a2 b2 b3"))
    assert result.b_cubed.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)
    assert result.b_cubed.recall == pytest.approx((2 / 3 + 2 / 3 + 1 + 1 / 3 + 1 + 1) / 6)


def test_perfect_clusters_are_perfect_and_singletons_recall_nothing():
    perfect = evaluate_clusters(gold(), offers(), clusters("a1 b1 c1", "a2 b2", "a3", "b3"))
    assert (perfect.pairs["all"].f1, perfect.b_cubed.f1) == (1, 1)
    single = evaluate_clusters(gold(), offers(), clusters("a1"))
    assert single.pairs["all"].recall == 0
    assert math.isnan(single.pairs["all"].precision)
    assert single.b_cubed.precision == 1


def test_blocking_is_measured_on_the_true_pairs_it_lets_through():
    let_through = candidates("a1-b1", "a1-c1", "a2-b1", "a3-b3")
    result = evaluate_clusters(gold(), offers(), clusters("a1"), let_through)
    assert result.completeness == {"all": 0.5, "en-zh": pytest.approx(2 / 3), "zh-zh": 0}
    assert result.candidates_per_offer == pytest.approx(4 / 7)


def test_the_figures_come_as_a_document():
    result = evaluate_clusters(gold(), offers(), clusters("a1 b1 a3", "a2 b2 b3"), candidates("a1-b1"))
    document = result.to_dict()
    assert document["pairs"]["all"]["precision"] == 0.5
    assert document["pairs"]["en-zh"]["correct_pairs"] == 2
    assert document["completeness"]["all"] == 0.25
    assert document["pairs"]["all"]["recall"] == 0.5
    assert document["b_cubed"]["f1"] == pytest.approx(result.b_cubed.f1)


def test_gold_keeps_ids_as_text(tmp_path: Path):
    path = tmp_path / "gold.csv"
    path.write_text("offer_id,catalog,gold_product_id,note\n00123,a,007,x\n", encoding="utf-8")
    assert read_gold(path).to_pylist() == [{"catalog": "a", "offer_id": "00123", "gold_product_id": "007"}]
    pq.write_table(gold(), tmp_path / "gold.parquet")
    assert read_gold(tmp_path / "gold.parquet").equals(gold())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "does not exist"),
        ("catalog,offer_id\na,1\n", "lacks the column 'gold_product_id'"),
        ("catalog,offer_id,gold_product_id\na,1,X\na,1,Y\n", "labels an offer twice"),
        ("", "cannot be read"),
    ],
)
def test_a_wrong_gold_file_is_explained(tmp_path: Path, text: str | None, sentence: str):
    path = tmp_path / "gold.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=sentence):
        read_gold(path)


def test_gold_of_other_catalogs_is_an_error_not_a_zero():
    other = schema.conform([{"catalog": "z", "offer_id": "1", "gold_product_id": "X"}], GOLD)
    with pytest.raises(UserError, match="No offer of the run is in the gold file"):
        evaluate_clusters(other, offers(), clusters("a1"))


def test_two_hundred_thousand_offers_take_seconds():
    count = 200_000
    numbers = np.arange(count)
    table = pa.table({"catalog": (numbers % 5).astype(str), "offer_id": numbers.astype(str)})
    languages = np.array(["en", "de", "fr", "es", "zh"])[numbers % 5]
    many = schema.conform(
        table.append_column("title", table["offer_id"]).append_column("language", [languages]), schema.OFFERS
    )
    labels = schema.conform(table.append_column("gold_product_id", [(numbers // 5).astype(str)]), GOLD)
    found = schema.conform(table.append_column("sku_id", [(numbers // 10).astype(str)]), schema.CLUSTERS)
    start = time.process_time()
    result = evaluate_clusters(labels, many, found)
    assert time.process_time() - start < 10
    assert result.pairs["all"].recall == 1
    assert result.pairs["all"].precision == pytest.approx(20 / 45)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=30))
def test_figures_equal_scikit_learn_and_a_count_by_hand(labels: list[tuple[int, int]]) -> None:
    from sklearn.metrics.cluster import pair_confusion_matrix

    truth, guess = zip(*labels, strict=True)
    keys = [{"catalog": "a", "offer_id": f"{at:03}"} for at in range(len(labels))]
    categories = [f"{'Home' if at % 3 else 'Garden'} > {at}" for at in range(len(labels))]
    offers = schema.conform(
        [key | {"title": "x", "category": c} for key, c in zip(keys, categories, strict=True)], schema.OFFERS
    )
    gold = schema.conform([key | {"gold_product_id": f"p{t}"} for key, t in zip(keys, truth, strict=True)], GOLD)
    skus = schema.conform([key | {"sku_id": f"s{g}"} for key, g in zip(keys, guess, strict=True)], schema.CLUSTERS)
    found = evaluate_clusters(gold, offers, skus)
    (_, fp), (fn, tp) = pair_confusion_matrix(truth, guess) // 2
    pairs = found.pairs["all"]
    assert (pairs.correct_pairs, pairs.predicted_pairs, pairs.true_pairs) == (tp, tp + fp, tp + fn)
    groups = [[{at for at, each in enumerate(side) if each == value} for value in set(side)] for side in (truth, guess)]
    assert found.exact.correct_pairs == sum(group in groups[1] for group in groups[0])
    cubed = [
        np.mean([len(mine & other) / len(part) for at in range(len(labels)) for mine in groups[0] for other in groups[1]
                 if at in mine and at in other for part in ((other,) if precise else (mine,))])
        for precise in (True, False)
    ]  # fmt: skip
    assert [found.b_cubed.precision, found.b_cubed.recall] == pytest.approx(cubed)
    assert sum(each.true_pairs for each in found.categories.values() or [pairs]) == pytest.approx(pairs.true_pairs)
    assert all(not each.low > each.value and not each.high < each.value for each in found.intervals.values())


def test_intervals_are_wider_where_there_are_fewer_products() -> None:
    def width(products: int) -> float:
        keys = [{"catalog": side, "offer_id": f"{at}"} for at in range(products) for side in ("a", "b")]
        offers = schema.conform([key | {"title": "x"} for key in keys], schema.OFFERS)
        gold = schema.conform([key | {"gold_product_id": key["offer_id"]} for key in keys], GOLD)
        alone = [
            key | {"sku_id": key["offer_id"] + (key["catalog"] if int(key["offer_id"]) % 2 else "")} for key in keys
        ]
        found = evaluate_clusters(gold, offers, schema.conform(alone, schema.CLUSTERS)).intervals["recall"]
        return found.high - found.low

    assert width(400) < width(20) / 2
