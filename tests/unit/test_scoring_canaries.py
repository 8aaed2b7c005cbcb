"""Known answers go first, and a scorer that gets them wrong scores nothing."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sku_align.config import BundledScoring
from sku_align.errors import UserError
from sku_align.scoring.canaries import check_canaries, load_canaries
from sku_align.scoring.load import load_scorer


class Fake:
    """A scorer that answers the known pairs as told."""

    fingerprint = "fake model, template 7"

    def __init__(self, match: float, other: float, boundary: float | None = None) -> None:
        canaries = load_canaries()
        self.answers = np.where(canaries.match, match, other)
        if boundary is not None:
            self.boundary = boundary

    def score(self, offers: pa.Table, pairs: Any) -> Any:
        return self.answers


def test_the_known_pairs_cover_at_least_ten_languages_and_both_answers() -> None:
    canaries = load_canaries()
    assert len(set(canaries.offers["language"].to_pylist())) >= 10
    assert canaries.match.sum() >= 8
    assert (~canaries.match).sum() >= 8


def test_a_scorer_that_tells_them_apart_may_go_on() -> None:
    check_canaries(Fake(match=0.9, other=0.1, boundary=0.5))


@pytest.mark.parametrize(
    "fake",
    [Fake(0.1, 0.9), Fake(0.7, 0.7), Fake(0.95, 0.9, boundary=0.5), Fake(0.2, 0.1, boundary=0.5)],
    ids=["upside down", "the same everywhere", "yes to everything", "no to everything"],
)
def test_a_scorer_that_does_not_is_stopped_with_its_name_and_scores(fake: Fake) -> None:
    with pytest.raises(UserError, match=r"fake model, template 7 fails .* matches scored 0\.\d{3} .* prompt template"):
        check_canaries(fake)


def test_an_unknown_scorer_name_is_answered_with_the_known_ones() -> None:
    settings = BundledScoring().model_copy(update={"name": "oracle"})
    with pytest.raises(UserError, match="bundled, vllm, http"):
        load_scorer(settings)
