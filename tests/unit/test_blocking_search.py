"""The approximate search finds nearly what the exact one finds, and the figures of blocking are right."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from sku_align import schema
from sku_align.blocking import neighbours
from sku_align.blocking.estimate import Recapture, estimate_completeness, estimate_groups, recapture
from sku_align.blocking.fuse import Fused
from sku_align.blocking.hits import Hits
from sku_align.blocking.lexical import PARALLEL_FROM, Postings
from sku_align.blocking.neighbours import Nearest
from sku_align.blocking.rerank import rerank
from sku_align.evaluation.blocking import evaluate_blocking
from sku_align.pairs import pair_columns


def test_inverted_lists_find_nearly_all_true_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    centres = random.standard_normal((300, 32))
    vectors = centres[random.integers(0, 300, 6_000)] + 0.5 * random.standard_normal((6_000, 32))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    exact = Nearest(vectors[:5_000]).search(vectors[5_000:], 10)
    monkeypatch.setattr(neighbours, "EXACT_LIMIT", 1_000)
    fast = Nearest(vectors[:5_000]).search(vectors[5_000:], 10)
    wanted = set(zip(exact.query.tolist(), exact.found.tolist(), strict=True))
    got = set(zip(fast.query.tolist(), fast.found.tolist(), strict=True))
    assert len(wanted & got) / len(wanted) > 0.95
    assert len(got) == len(wanted)


def test_a_few_queries_find_what_they_find_among_many() -> None:
    targets = sparse.random_array((500, 90), density=0.1, format="csr", dtype=np.float32, rng=4)
    queries = sparse.csr_matrix(sparse.random_array((PARALLEL_FROM, 90), density=0.1, dtype=np.float32, rng=5))
    postings = Postings.of(sparse.csr_matrix(targets))
    many, scores = postings.scored(queries, 7)
    few, values = postings.scored(queries[:3], 7)
    asked = many.query < 3
    assert len(few.query) == 21
    assert (few.query.tolist(), few.found.tolist()) == (many.query[asked].tolist(), many.found[asked].tolist())
    assert values.tolist() == scores[asked].tolist()


def pool(*channels: int) -> Fused:
    """The pairs (0, 2), (0, 3) and (1, 2)."""
    left, right = np.array([[0, 0, 1], [2, 3, 2]], dtype=np.int32)
    return Fused(left, right, np.array(channels, dtype=np.uint8), np.ones(3, dtype=np.int32))


def test_a_similarity_counts_beside_the_best_that_either_offer_has() -> None:
    values = {(0, 2): 0.9, (0, 3): 0.5, (1, 2): 0.3}

    def alike(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return np.array([values[pair] for pair in zip(left.tolist(), right.tolist(), strict=True)], dtype=np.float32)

    assert rerank(pool(2, 2, 2), {"neighbours": alike}, 2).rank.tolist() == [1, 2, 2]
    best = rerank(pool(2, 2, 2), {"neighbours": alike}, 1)
    assert (best.left.tolist(), best.right.tolist()) == ([0], [2])
    assert rerank(pool(2, 1, 2), {"neighbours": alike}, 2).rank.tolist() == [2, 1, 2]


def test_all_similarities_of_a_pool_count_even_where_a_channels_list_was_too_short() -> None:
    first, second = (lambda left, right, values=values: np.array(values, dtype=np.float32)
                     for values in ([0.8, 0.7, 0.1], [0.2, 0.9, 0.1]))  # fmt: skip
    assert rerank(pool(2, 2, 4), {"lexical": first}, 2).rank.tolist() == [1, 2, 2]
    assert rerank(pool(2, 2, 4), {"lexical": first, "translation": second}, 2).rank.tolist() == [2, 1, 2]


def test_the_estimate_is_right_when_channels_are_independent() -> None:
    random = np.random.default_rng(5)
    size = 20_000
    seen = random.random((2, size)) < np.array([[0.9], [0.6]])
    best = random.random((2, size)) < 0.5
    channels: list[Hits] = []
    for found, first in zip(seen, best, strict=True):
        row = np.flatnonzero(found).astype(np.int32)
        rank = np.where(first[row], 1, 4).astype(np.int32)
        pair = row, (row + size).astype(np.int32)
        channels.append(Hits.join([Hits(*pair, rank), Hits(*pair[::-1], rank)]))
    assert estimate_completeness(
        recapture(channels[0], channels[1], np.zeros(2 * size, dtype=np.int64)).values()
    ) == pytest.approx(1 - 0.1 * 0.4, abs=0.01)
    assert estimate_completeness([]) is None


def test_the_estimate_is_made_for_each_pair_of_languages_by_itself() -> None:
    """Offers of even number are easy for both channels; of the odd ones, in another language, words find half."""
    size = 2_000
    row = np.arange(size, dtype=np.int32)
    language = np.concatenate([row % 2, np.full(size, 2)]).astype(np.int64)
    channels: list[Hits] = []
    for kept in (row >= 0, (row % 2 == 0) | (row % 4 == 1)):
        pair, rank = (row[kept], row[kept] + np.int32(size)), np.ones(int(kept.sum()), dtype=np.int32)
        channels.append(Hits.join([Hits(*pair, rank), Hits(*pair[::-1], rank)]))
    found = recapture(channels[0], channels[1], language)
    assert found == {(0, 2): Recapture(1000, 1000, 1000, 1000), (1, 2): Recapture(1000, 500, 500, 500)}
    together = recapture(channels[0], channels[1], np.zeros(2 * size, dtype=np.int64))
    assert together == {(0, 0): Recapture(*np.array(list(found.values())).sum(axis=0).tolist())}
    few = Recapture(3, 3, 3, 3)
    assert estimate_groups({"many": [found[1, 2]], "few": [few]}) == {"many": 1.0}


def test_figures_against_gold_count_what_was_found_what_was_missed_and_by_whom() -> None:
    keys = [("a", "1", "en"), ("a", "2", "en"), ("b", "1", "fr"), ("b", "2", "fr")]
    offers = schema.conform(
        [{"catalog": c, "offer_id": i, "language": language, "title": f"{c}{i}"} for c, i, language in keys],
        schema.OFFERS,
    )
    gold = pa.table({"catalog": ["a", "a", "b", "b"], "offer_id": ["1", "2", "1", "2"],
                     "gold_product_id": ["p", "q", "p", "q"]})  # fmt: skip
    columns = pair_columns(offers, np.array([0, 0]), np.array([2, 3]))
    candidates = schema.conform({**columns, "channels": [["lexical"], ["lexical", "neighbours"]], "rank": [7, 1]},
                                schema.CANDIDATES)  # fmt: skip
    evaluation = evaluate_blocking(offers, candidates, gold)
    figures = evaluation.by_languages["en-fr"]
    assert (figures.matches, figures.found, figures.pair_completeness) == (2, 1, 0.5)
    assert figures.reduction_ratio == 0.5 and figures.candidates_per_offer == 1.0
    assert figures.only_by_channel == {"lexical": 0.5, "neighbours": 0.0}
    assert [evaluation.by_budget[budget]["all"] for budget in (5, 10, 20)] == [0.0, 0.5, 0.5]
    assert [(row["left_title"], row["right_title"]) for row in evaluation.missed.to_pylist()] == [("a2", "b2")]
