"""Scores of the service are remembered by what the scorer reads of both offers."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align import schema
from sku_align.serving.scores import Cache, SharedScorer


class Counting:
    """Scores each pair by the lengths of both titles, and counts the pairs that it reads."""

    fingerprint = "counting"

    def __init__(self) -> None:
        self.read = 0

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        self.read += len(pairs)
        lengths = np.array([len(title) for title in offers["title"].to_pylist()])
        return np.asarray(lengths[pairs] @ [1, 100], dtype=np.float32)


def _offers(*titles: str) -> pa.Table:
    rows = [{"catalog": "a", "offer_id": f"{title} {at}", "title": title} for at, title in enumerate(titles)]
    return schema.conform(rows, schema.OFFERS)


def test_a_pair_is_read_once_whatever_its_offers_are_called_and_anew_where_a_text_differs() -> None:
    scorer = Counting()
    shared = SharedScorer(scorer, Cache(100, "scores"))
    assert shared.score(_offers("tent", "teapot"), np.array([[0, 1]])).tolist() == [604]
    again = shared.score(_offers("spoon", "teapot", "tent"), np.array([[2, 1], [1, 2], [0, 1]]))
    assert again.tolist() == [604, 406, 605]
    assert scorer.read == 3


def test_of_too_many_scores_the_one_that_was_not_asked_for_longest_goes() -> None:
    scorer = Counting()
    shared = SharedScorer(scorer, Cache(2, "scores"))
    offers = _offers("tent", "teapot", "lantern")
    for pair in ([0, 1], [0, 2], [0, 1], [1, 2], [0, 1]):
        shared.score(offers, np.array([pair]))
    assert scorer.read == 3
    shared.score(offers, np.array([[0, 2]]))
    assert scorer.read == 4
