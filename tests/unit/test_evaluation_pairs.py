"""Labelled pairs are read as users' catalogs are, and figures on them mean what they say."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from sku_align import schema
from sku_align.cli import main
from sku_align.errors import UserError
from sku_align.evaluation.pairs import (
    average_precision,
    calibration_error,
    judge,
    judge_by_language,
    read_pairs,
)
from sku_align.pairs import language_pairs

PAIRS = """left_title,left_language,left_brand,right_title,right_language,label
Green tea 500 ml,en,Ito En,緑茶 500ml,ja,1
Green tea 500 ml,en,Ito En,緑茶 1L,ja,0
Black coffee 250 ml,en,UCC,Kaffee schwarz 250 ml,de,1
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_two_sides_become_two_catalogs_with_quantities_read_from_titles(tmp_path: Path):
    pairs = read_pairs(write(tmp_path / "pairs.csv", PAIRS))
    assert pairs.offers["catalog"].to_pylist() == ["left"] * 2 + ["right"] * 3
    left = pairs.offers.slice(int(pairs.rows[0, 0]), 1).to_pylist()[0]
    assert (left["title"], left["brand"], left["language"]) == ("Green tea 500 ml", "Ito En", "en")
    assert [entry["value"] for entry in left["quantities"]] == [500.0]
    assert pairs.labels.tolist() == [True, False, True]


def test_an_offer_that_stands_in_two_pairs_is_one_offer_of_one_group(tmp_path: Path):
    pairs = read_pairs(write(tmp_path / "pairs.csv", PAIRS))
    assert pairs.rows[0, 0] == pairs.rows[1, 0]
    assert pairs.groups[0] == pairs.groups[1] != pairs.groups[2]


def test_language_pairs_are_named_in_one_order_and_reported_apart(tmp_path: Path):
    pairs = read_pairs(write(tmp_path / "pairs.csv", PAIRS))
    assert language_pairs(pairs.offers, pairs.rows[:, ::-1]).tolist() == ["en-ja", "en-ja", "de-en"]
    figures = judge_by_language(pairs, np.array([0.95, 0.1, 0.95]))
    assert {name: figure.pairs for name, figure in figures.items()} == {"all": 3, "de-en": 1, "en-ja": 2}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("left_title,right_title\na,b\n", "no rows or no column label"),
        ("left_title,right_title,label\na,b,maybe\n", "line 2: label is 'maybe'"),
        ("left_title,right_title,label\n", "no rows or no column left_title"),
    ],
)
def test_a_wrong_pairs_file_is_answered_with_a_sentence(tmp_path: Path, text: str, says: str):
    with pytest.raises(UserError, match=says):
        read_pairs(write(tmp_path / "pairs.csv", text))


def test_average_precision_is_one_for_a_perfect_order_and_the_base_rate_for_ties():
    labels = np.array([True, False, True, False])
    assert average_precision(labels, np.array([0.9, 0.1, 0.8, 0.2])) == 1.0
    assert average_precision(labels, np.full(4, 0.5)) == 0.5
    assert average_precision(labels, np.array([4.0, 3.0, 2.0, 1.0])) == pytest.approx((1 + 2 / 3) / 2)


def test_calibration_error_is_the_gap_between_promise_and_truth():
    labels = np.array([True] * 8 + [False] * 2)
    assert calibration_error(labels, np.full(10, 0.8)) == pytest.approx(0.0)
    assert calibration_error(labels, np.full(10, 0.95)) == pytest.approx(0.15)


def test_precision_and_recall_at_thresholds_carry_an_interval_over_products():
    labels = np.array([True, True, False, True])
    figures = judge(labels, np.array([0.95, 0.92, 0.91, 0.3]), np.arange(4))
    assert figures.precision[0.9].value == pytest.approx(2 / 3)
    assert figures.recall[0.9].value == pytest.approx(2 / 3)
    assert figures.precision[0.9].low <= 2 / 3 <= figures.precision[0.9].high


def test_one_product_with_many_pairs_makes_the_interval_wide():
    labels = np.array([True, False] * 20)
    probability = np.full(40, 0.95)
    spread = judge(labels, probability, np.arange(40)).precision[0.9]
    by_pair = spread.high - spread.low
    spread = judge(labels, probability, np.array([0, 1] * 20)).precision[0.9]
    assert spread.high - spread.low > 2 * by_pair


def test_the_row_order_of_a_pairs_file_changes_no_figure(tmp_path: Path):
    header, *lines = PAIRS.splitlines()
    one = read_pairs(write(tmp_path / "one.csv", PAIRS))
    other = read_pairs(write(tmp_path / "two.csv", "\n".join([header, *reversed(lines)])))
    assert one.offers.equals(other.offers)
    assert one.rows[::-1].tolist() == other.rows.tolist()
    assert one.offers.schema == schema.OFFERS


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8), st.integers(1, 3)), min_size=2, max_size=60))
def test_figures_of_pairs_equal_scikit_learns(rows: list[tuple[bool, int, int]]):
    """Tied scores included; a pair of weight 2 counts as two pairs, as in the bootstrap."""
    labels = np.array([same for same, _, _ in rows])
    scores, weights = np.array([s / 8 for _, s, _ in rows]), np.array([w for _, _, w in rows], dtype=float)
    if not labels.any():
        assert np.isnan(average_precision(labels, scores))
        return
    expected = metrics.average_precision_score(labels, scores, sample_weight=weights)
    assert average_precision(labels, scores, weights) == pytest.approx(expected)
    figures = judge(labels, scores, np.arange(len(labels)), resamples=2)
    best = max(metrics.f1_score(labels, scores >= threshold) for threshold in set(scores.tolist()))
    assert figures.best_f1.value == pytest.approx(best)
    if (scores >= 0.7).any():
        precision = metrics.precision_score(labels, scores >= 0.7)
        assert figures.precision[0.7].value == pytest.approx(precision)
    assert figures.recall[0.7].value == pytest.approx(metrics.recall_score(labels, scores >= 0.7))


def test_scorers_stand_side_by_side_and_baselines_claim_no_probability(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = write(tmp_path / "pairs.csv", PAIRS)
    words = ["evaluate", "pairs", str(file), "--scorer", "bm25", "--scorer", "embeddings", "--scorer", "bundled"]
    main([*words, "--json"])
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)["scorers"]}
    figures = {name: each["files"][str(file)]["all"] for name, each in found.items()}
    assert figures["bm25"]["pairs"] == figures["bundled"]["pairs"] == 3
    assert 0 < figures["bm25"]["average_precision"]["value"] <= 1
    assert "precision" not in figures["bm25"] and "calibration_error" not in figures["embeddings"]
    assert "precision" in figures["bundled"]
    assert found["bundled"]["scorer"].startswith("bundled")
    main(words)
    table = capsys.readouterr().out
    assert all(f"{name}: " in table for name in ("bm25", "embeddings", "bundled"))
    assert "words of titles and brands" in table
