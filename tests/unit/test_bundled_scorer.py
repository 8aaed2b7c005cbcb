"""The bundled scorer works offline, knows its canaries and reads a pair the same way from both sides."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.calibration.calibration import SHIPPED, file_name, load_calibration
from sku_align.errors import UserError
from sku_align.scoring.canaries import check_canaries
from sku_align.scoring.scorers.bundled import BundledScorer


@pytest.fixture(scope="module")
def scorer() -> BundledScorer:
    return BundledScorer(threads=2)


def offers(*titles: str) -> pa.Table:
    return schema.conform(
        [{"catalog": "a", "offer_id": str(at), "title": title} for at, title in enumerate(titles)], schema.OFFERS
    )


def test_it_tells_the_known_pairs_apart(scorer: BundledScorer):
    assert check_canaries(scorer).shape[0] >= 10


def test_a_pair_scores_the_same_from_both_sides_and_in_any_company(scorer: BundledScorer):
    table = offers("Green tea 500 ml", "緑茶 500ml", "Grüner Tee 1 l", "Steel hammer 300 g")
    pairs = np.array([[0, 1], [0, 2], [1, 3]])
    straight = scorer.score(table, pairs)
    assert scorer.score(table, pairs[::-1, ::-1])[::-1] == pytest.approx(straight, abs=0.05)
    assert scorer.score(table, pairs[:1]) == pytest.approx(straight[:1], abs=0.05)
    assert straight[0] > straight[2]


def test_no_pairs_give_no_scores(scorer: BundledScorer):
    assert scorer.score(offers("x"), np.zeros((0, 2), dtype=np.int64)).shape == (0,)


def test_its_calibration_is_shipped_and_covers_no_catalog(scorer: BundledScorer):
    assert (SHIPPED / file_name(scorer.fingerprint)).exists()
    calibration = load_calibration(scorer.fingerprint)
    assert calibration.fitted_on["pairs"] > 5000
    assert not any(calibration.covers(offers("x")).values())


def test_a_folder_without_a_model_is_a_sentence(tmp_path: Path):
    with pytest.raises(UserError, match=r"model\.onnx is missing"):
        _ = BundledScorer(tmp_path).fingerprint
