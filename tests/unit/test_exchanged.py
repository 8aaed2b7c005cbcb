"""Titles of one language that are equal but for a word are siblings, unless the words say the same."""

import numpy as np
import pytest

from sku_align.attributes import Comparison
from sku_align.attributes.compare import Comparer
from tests.unit.titled import offers


def compared(left: str, right: str, language: str = "en", other: str | None = None) -> Comparison:
    table = offers((left, language), (right, other or language), brand="Ondara")
    return Comparer(table).compare(np.array([[0, 1]]))


@pytest.mark.parametrize(
    ("language", "left", "right", "words"),
    [
        ("en", "Ondara tripod with ball head", "Ondara tripod with fluid head", "ball against fluid"),
        ("en", "Ondara lamp Vedara white", "Ondara lamp Lundro white", "vedara against lundro"),
        ("de", "Ondara Brett Spiel Räuberwald", "Ondara Brett Spiel Feuerinsel", "rauberwald against feuerinsel"),
        (
            "pl",
            "Ondara odświeżacz leśny spray",
            "Ondara odświeżacz morski poranek spray",
            "lesny against morski poranek",
        ),
        ("ru", "Ондара чай Байкал 100 г", "Ондара чай Карелия 100 г", "байкал against карелия"),
        ("zh-Hans", "安达拉 铁观音 250克", "安达拉 大红袍 250克", "铁观音 against 大红袍"),
        ("ko", "온다라 만두 김치맛 500g", "온다라 만두 갈비맛 500g", "김치맛 against 갈비맛"),
    ],
)
def test_a_word_exchanged_at_one_place_conflicts_whichever_comes_first(
    language: str, left: str, right: str, words: str
) -> None:
    pair = compared(left, right, language)
    assert pair.word.tolist() == [-1]
    said = next(each for each in pair.conflicts[0].as_py() if each.startswith("wording"))
    assert said == f"wording {words}"
    assert compared(right, left, language).word.tolist() == [-1]


@pytest.mark.parametrize(
    ("language", "left", "right"),
    [
        pytest.param("en", "Ondara mug 300 ml black", "Ondara mug 300 ml blk", id="one colour in two spellings"),
        pytest.param("en", "Ondara stroller foldable", "Ondara pushchair foldable", id="words that say the same"),
        pytest.param("en", "Ondara rubber glove size L", "Ondara rubber gloves size L", id="another ending"),
        pytest.param("en", "Ondara kettle steel bestseller", "Ondara kettle steel free shipping", id="advertising"),
        pytest.param("en", "Ondara kettle matt steel", "Ondara steel kettle matt finish", id="another order"),
        pytest.param("en", "Ondara kettle steel", "Ondara kettle steel cordless", id="one says more"),
        pytest.param("en", "Ondara drill X20", "Ondara drill X30", id="numbers have families of their own"),
        pytest.param("en", "Ondara scarf", "Lunora scarf", id="brands have a guard of their own"),
        pytest.param("zh-Hans", "安达拉 特级生抽 500毫升", "安达拉 生抽特级 500毫升", id="characters in another order"),
        pytest.param("zh-Hans", "安达拉 智能恒温电热水壶", "安达拉 不锈钢保温大容量", id="phrases without spaces"),
    ],
)
def test_what_tells_no_siblings_apart_is_no_exchange(language: str, left: str, right: str) -> None:
    assert compared(left, right, language).word.tolist() == [0]


def test_titles_of_two_languages_or_of_one_that_is_not_known_say_nothing() -> None:
    assert compared("Ondara Lampe rund", "Ondara lampe rond", "de", "fr").word.tolist() == [0]
    assert compared("Ondara 茶 蘋果 20", "Ondara 茶 苹果 20", "zh-Hant", "zh-Hans").word.tolist() == [0]
    assert compared("Ondara lamp Vedara white", "Ondara lamp Lundro white", "").word.tolist() == [0]


def test_an_identifier_outweighs_a_word() -> None:
    table = offers(("Ondara lamp Vedara white", "en"), ("Ondara lamp Lundro white", "en"))
    at = table.schema.get_field_index("gtin")
    table = table.set_column(at, table.schema.field(at), [["4006381333931"] * 2])
    assert Comparer(table).compare(np.array([[0, 1]])).word.tolist() == [0]
