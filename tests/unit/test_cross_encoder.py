"""The bundled cross-encoder reads products of different languages, the same way whatever stands beside them."""

from pathlib import Path

import numpy as np
import pytest

from sku_align.errors import UserError
from sku_align.scoring.scorers.cross_encoder import WEIGHTS, CrossEncoder
from sku_align.scoring.scorers.encoder_text import SIDE_TOKENS, offer_text

OFFERS = [
    offer_text("Green Tea Unsweetened 500mL", "Ito En"),
    offer_text("綠茶 無糖 500毫升", "伊藤園"),
    offer_text("綠茶 無糖 2公升", "伊藤園"),
    offer_text("Wireless Optical Mouse M185, black"),
    offer_text("Kabellose optische Maus M185, schwarz"),
    offer_text("Kabellose optische Maus M325, schwarz"),
]


@pytest.fixture(scope="module")
def encoder() -> CrossEncoder:
    return CrossEncoder(threads=1)


def scores(encoder: CrossEncoder, *pairs: tuple[int, int]) -> list[float]:
    return encoder.predict(OFFERS, np.array(pairs)).tolist()


def test_the_same_product_in_two_languages_stands_above_another_size_and_another_model(encoder: CrossEncoder) -> None:
    same_tea, other_size, same_mouse, other_mouse = scores(encoder, (0, 1), (0, 2), (3, 4), (3, 5))
    assert same_tea > other_size
    assert same_mouse > other_mouse


def test_products_of_different_trades_are_clearly_rejected(encoder: CrossEncoder) -> None:
    assert max(scores(encoder, (0, 3), (1, 4))) < -3


def test_the_order_of_the_sides_does_not_matter(encoder: CrossEncoder) -> None:
    assert scores(encoder, (0, 1), (3, 4)) == scores(encoder, (1, 0), (4, 3))


def test_a_score_does_not_depend_on_the_other_pairs_of_its_batch(encoder: CrossEncoder) -> None:
    together = scores(encoder, (0, 1), (0, 2), (0, 3), (3, 4))
    assert together == pytest.approx([scores(encoder, pair)[0] for pair in ((0, 1), (0, 2), (0, 3), (3, 4))], abs=1e-4)


def test_capitals_and_full_width_letters_read_alike(encoder: CrossEncoder) -> None:
    plain, loud, wide = encoder.tokenise(["usb hub 4 port", "USB HUB 4 PORT", "ＵＳＢ ＨＵＢ 4 port"])
    assert plain == loud == wide


def test_a_long_text_is_cut_and_no_pairs_give_no_scores(encoder: CrossEncoder) -> None:
    assert len(encoder.tokenise(["word " * 500])[0]) == SIDE_TOKENS
    assert encoder.predict(OFFERS, np.zeros((0, 2), np.int64)).shape == (0,)


def test_the_shipped_files_are_the_ones_that_the_card_of_the_model_names_and_stay_small(encoder: CrossEncoder) -> None:
    from hashlib import sha256

    for name, digest in encoder.about["sha256"].items():
        assert sha256((WEIGHTS / name).read_bytes()).hexdigest() == digest
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < 32_000_000
    assert encoder.fingerprint.startswith("onnx:sku-align-reranker-small@")


def test_a_folder_without_a_model_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"model\.onnx is missing"):
        CrossEncoder(tmp_path)


def test_an_offer_is_written_title_first_and_without_what_it_lacks() -> None:
    assert offer_text("A  b", None, "Food > Tea", 3.50, "EUR") == "A b | Tea | 3.5 EUR"
    assert offer_text("Tea", price=float("nan")) == "Tea"


def test_a_description_loses_the_title_it_repeats_and_ends_at_a_word() -> None:
    text = offer_text("Mouse M185", description="Mouse M185 - " + "quiet " * 40)
    assert text.startswith("Mouse M185 | quiet quiet")
    assert text.endswith("quiet")
    assert len(text) < 140
