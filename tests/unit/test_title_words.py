"""Words that one title has and the other lacks count by what the run knows of them, in any language."""

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.calibration.title_words import WORD_FEATURES, title_words

THINGS = [
    ("Kettle", "Wasserkocher"), ("Toaster", "Brotröster"), ("Blender", "Standmixer"), ("Grater", "Reibe"),
    ("Ladle", "Kelle"), ("Whisk", "Schneebesen"), ("Strainer", "Sieb"), ("Peeler", "Schäler"), ("Funnel", "Trichter"),
]  # fmt: skip
COLOURS = [
    ("crimson", "purpurrot"),
    ("teal", "petrol"),
    ("ochre", "ocker"),
    ("lilac", "flieder"),
    ("ivory", "elfenbein"),
]


def table(titles: list[tuple[str, str, str]]) -> pa.Table:
    rows = [
        {"catalog": catalog, "offer_id": str(number), "language": language, "title": title}
        for number, (catalog, language, title) in enumerate(titles)
    ]
    return schema.conform(rows, schema.OFFERS)


@pytest.fixture(scope="module")
def shops() -> tuple[pa.Table, np.ndarray]:
    """An English and a German shop with the same 45 products, the German one free of charge in every second title."""
    products = [(thing, colour) for thing in THINGS for colour in COLOURS]
    english = [("en-shop", "en", f"{thing[0]} {colour[0]}") for thing, colour in products]
    german = [
        ("de-shop", "de", f"{thing[1]} {colour[1]}" + (" versandkostenfrei" if number % 2 else ""))
        for number, (thing, colour) in enumerate(products)
    ]
    return table(english + german), np.array([[at, at + len(products)] for at in range(len(products))])


def features(offers: pa.Table, sure: np.ndarray, pair: tuple[int, int]) -> dict[str, float]:
    pairs = np.concatenate([sure, [pair]])
    odds = np.append(np.full(len(sure), 5.0), 0.0)
    rank = np.append(np.ones(len(sure), dtype=np.int32), np.int32(2))
    return dict(zip(WORD_FEATURES, title_words(offers, pairs, odds, rank)[-1].tolist(), strict=True))


def test_a_colour_without_its_translation_speaks_against_a_pair_and_advertising_does_not(
    shops: tuple[pa.Table, np.ndarray],
) -> None:
    offers, sure = shops
    sibling = features(offers, sure, (0, len(sure) + 1))  # Kettle crimson, Wasserkocher petrol versandkostenfrei
    same = features(offers, sure[1:], (1, len(sure) + 1))  # Kettle teal, the same
    assert sibling["word_missing"] > 0.5
    assert sibling["words_exchanged"] > 0.5
    assert same["word_missing"] < 0.25
    assert same["words_exchanged"] < 0.05
    assert same["words_shared"] > 0.9 > sibling["words_shared"]


def test_a_word_that_tells_two_products_of_one_shop_apart_is_known_as_one(shops: tuple[pa.Table, np.ndarray]) -> None:
    offers, sure = shops
    sibling = features(offers, sure, (0, len(sure) + 2))  # crimson and ocker
    other_thing = features(offers, sure, (0, len(sure) + 5))  # Kettle and Brotröster, both crimson
    assert sibling["sibling_word_missing"] > 0.5
    assert other_thing["sibling_word_missing"] > 0.5
    alone = table([("a", "en", "Kettle crimson"), ("b", "en", "Kettle")])
    assert features(alone, np.zeros((0, 2), dtype=np.int64), (0, 1))["sibling_word_missing"] == 0.0


def test_without_a_run_words_of_one_language_count_and_those_of_two_do_not() -> None:
    offers = table([("a", "en", "Kettle crimson"), ("b", "en", "Kettle"), ("c", "de", "Wasserkocher")])
    pairs, odds = np.array([[0, 1], [0, 2], [1, 1]]), np.zeros(3)
    found = title_words(offers, pairs, odds, None)
    missing = found[:, WORD_FEATURES.index("word_missing")]
    assert missing[0] > 0.2
    assert missing[1] == 0.0
    assert missing[2] == 0.0
    assert found[0, WORD_FEATURES.index("words_exchanged")] == 0.0


def test_a_pair_is_no_proof_of_its_own_words(shops: tuple[pa.Table, np.ndarray]) -> None:
    offers, sure = shops
    inside = title_words(offers, sure, np.full(len(sure), 5.0), np.ones(len(sure), dtype=np.int32))
    assert (inside[:, WORD_FEATURES.index("words_shared")] > 0.8).all()
    few = sure[:5]
    taught_by_few = title_words(offers, few, np.full(5, 5.0), np.ones(5, dtype=np.int32))
    assert (taught_by_few[:, WORD_FEATURES.index("word_missing")] == 0.0).all()


def test_titles_without_words_and_no_pairs_at_all_are_no_evidence() -> None:
    offers = table([("a", "en", "500 12"), ("b", "en", "500"), ("b", "en", "")])
    assert (title_words(offers, np.array([[0, 1], [0, 2]]), np.zeros(2), None) == 0.0).all()
    assert title_words(offers, np.zeros((0, 2), dtype=np.int64), np.zeros(0), None).shape == (0, len(WORD_FEATURES))
