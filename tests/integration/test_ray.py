"""On a Ray cluster the same scores come out as in one process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.config import BundledScoring, HttpScoring
from sku_align.errors import UserError
from sku_align.pairs import pair_columns, sort_offers
from sku_align.scoring.score import score
from sku_align.scoring.scorers.bundled import BundledScorer
from sku_align.scoring.scorers.http import HttpScorer

pytestmark = pytest.mark.ray
TITLES = [
    "Espresso machine 15 bar",
    "Kaffeemaschine 15 bar",
    "ヨガマット 6mm",
    "Tapis de yoga 6 mm",
    "Чай 100 г",
    "茶 100 克",
]
OFFERS: pa.Table = sort_offers(
    schema.conform(
        [{"catalog": "ab"[i % 2], "offer_id": str(i), "title": t, "content_hash": t} for i, t in enumerate(TITLES)],
        schema.OFFERS,
    )
)
CANDIDATES: pa.Table = schema.conform(pair_columns(OFFERS, *np.triu_indices(6, 1)), schema.CANDIDATES)


class Identity:
    """A calibration that trusts the raw score."""

    def odds(self, offers: pa.Table, pairs: Any, raw: Any, rank: Any = None) -> Any:
        return raw

    def bounded(self, offers: pa.Table, pairs: Any, raw: Any, rank: Any, spread: Any) -> Any:
        return raw, raw, raw


class NotHere:
    """Names a scorer that must not judge anything in this process."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint

    def score(self, offers: pa.Table, pairs: Any) -> Any:
        raise AssertionError("scored in the process of the run")


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    import ray

    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", log_to_driver=False)
    yield
    ray.shutdown()


def test_two_workers_give_the_scores_of_one_process(tmp_path: Path) -> None:
    settings = BundledScoring(shard_size=4, launcher="ray", ray_workers=2, threads=1)
    bundled = BundledScorer(None, 1)
    spread = score(OFFERS, CANDIDATES, NotHere(bundled.fingerprint), Identity(), settings, tmp_path)
    here = settings.model_copy(update={"launcher": "here"})
    assert spread.equals(score(OFFERS, CANDIDATES, bundled, Identity(), here))
    again = score(OFFERS, CANDIDATES, NotHere(bundled.fingerprint), Identity(), here, tmp_path)
    assert again.equals(spread)


def test_a_worker_with_another_model_stops_the_run() -> None:
    settings = BundledScoring(launcher="ray", threads=1)
    with pytest.raises(UserError, match=r"A Ray worker has the scorer .*, not another model: install the same"):
        score(OFFERS, CANDIDATES, NotHere("another model"), Identity(), settings)


def test_what_stops_a_worker_reaches_the_user_as_a_sentence() -> None:
    settings = HttpScoring(url="http://127.0.0.1:9/v1/rerank", http_retries=0, launcher="ray")
    with pytest.raises(UserError, match=r"^The scorer at http://127\.0\.0\.1:9/v1/rerank gave no answer"):
        score(OFFERS, CANDIDATES, HttpScorer(settings), Identity(), settings)
