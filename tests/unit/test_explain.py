"""A reviewer reads in words why two offers look alike or not."""

from typing import Any

from sku_align.attributes.families import FAMILIES
from sku_align.review.explain import compare, differences, explain
from sku_align.review.phrases import LANGUAGES, name_of, reason_words, silence_of

DECISION_REASONS = ("threshold", "guard:quantity", "guard:variant", "guard:brand", "uncalibrated:margin")


def offer(title: str, **fields: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("brand", "gtin", "mpn", "price", "currency"))
    return empty | {"title": title, "quantities": [], "variants": []} | fields


def test_shared_and_differing_words_are_told_apart():
    text = explain(offer("Ramen Cup Sesame"), offer("Ramen Bag Sesame"))
    assert text == "both: Ramen, Sesame | only left: Cup | only right: Bag"


def test_words_meet_across_accents_and_scripts():
    assert "both: Żółty" in explain(offer("Żółty ser"), offer("ZOLTY syr"))


def test_a_number_that_differs_by_one_digit_is_a_difference():
    assert "only left: 128GB | only right: 256GB" in explain(offer("Phone 128GB"), offer("Phone 256GB"))


def test_equal_titles_are_said_in_two_words():
    assert explain(offer("Soap"), offer("ＳＯＡＰ")) == "same title"


def test_quantities_that_differ_are_named_with_both_values():
    left = offer("Milk", quantities=[{"dimension": "volume", "value": 1000.0}])
    right = offer("Milk", quantities=[{"dimension": "volume", "value": 500.0}])
    assert "quantity differs: 1 l / 500 ml" in explain(left, right)


def variants(**stated: str) -> dict[str, Any]:
    return {"variants": [{"attribute": name, "value": value} for name, value in stated.items()]}


def test_attributes_are_named_in_words_with_both_sides():
    pump, refill = offer("Soap", **variants(colour="white")), offer("Soap", **variants(colour="cream", role="refill"))
    text = explain(refill, pump)
    assert "role differs (left: refill, right: the thing itself)" in text
    assert "same colour cream" in text
    left, right = offer("Mirror", **variants(side="left")), offer("Mirror", **variants(side="right"))
    assert "side differs (left: left, right: right)" in explain(left, right)


def test_a_word_on_one_side_is_told_where_it_tells_products_apart():
    plain, pro = offer("Phone"), offer("Phone", **variants(suffix="pro"))
    assert "model suffix differs (left: not named, right: pro)" in explain(plain, pro)
    assert "colour" not in explain(plain, offer("Phone", **variants(colour="red")))
    device = variants(model="rx#=rx5")
    jar = offer("Jar", variants=[*device["variants"], *variants(part="jug")["variants"]])
    assert "part or accessory differs (left: not named, right: jug)" in explain(offer("Robot", **device), jar)
    assert "part or accessory" not in explain(offer("Robot"), jar)


def test_model_numbers_are_shown_as_they_are_printed():
    left, right = offer("TV", **variants(model="x#=x90")), offer("TV", **variants(model="x#=x95"))
    assert "model number differs (left: x90, right: x95)" in explain(left, right)


def test_brands_in_two_scripts_are_shown_but_not_called_different():
    text = explain(offer("Noodles", brand="Nissin"), offer("Noodles", brand="日清"))
    assert "brand: Nissin / 日清" in text
    assert "differs" not in text


def test_brands_in_one_script_that_differ_are_called_different():
    assert "brand differs: Acme / Globex" in explain(offer("Noodles", brand="Acme"), offer("Noodles", brand="Globex"))


def test_prices_are_compared_only_in_one_currency():
    left = offer("Soap", price=1.0, currency="EUR")
    assert "price 1.00 / 3.50 EUR" in explain(left, offer("Soap", price=3.5, currency="EUR"))
    assert "price" not in explain(left, offer("Soap", price=3.5, currency="USD"))


def test_a_long_title_stays_short_enough_for_a_cell():
    words = " ".join(f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
    text = explain(offer(words), offer("Other"))
    assert "and 20 more" in text
    assert len(text) < 100


def test_what_differs_is_said_in_the_reviewers_language():
    left = offer("Mug", brand="Acme", quantities=[{"dimension": "volume", "value": 300.0}], **variants(colour="white"))
    right = offer("Mug", brand="Acme", quantities=[{"dimension": "volume", "value": 500.0}], **variants(colour="red"))
    assert "Farbe verschieden (links: white, rechts: red)" in explain(left, right, "de")
    assert "quantité, différence : 300 ml / 500 ml" in explain(left, right, "fr")
    assert "igual marca: Acme" in explain(left, right, "es-MX")
    assert explain(left, right, "zh").startswith("标题相同; 净含量不同：300 ml / 500 ml")
    assert explain(left, right, "fi") == explain(left, right)
    assert differences(compare(left, right)) == ["quantity", "colour"]


def test_every_family_of_attributes_and_every_reason_has_words_in_five_languages():
    for language in LANGUAGES[1:]:
        told = {name: name_of(name, language) for name in FAMILIES}
        assert {name for name, words in told.items() if not words} == set()
        # Words that two languages share are rare: a family without a translation would show its English words.
        alike = {name for name, words in told.items() if words == FAMILIES[name].words}
        assert len(alike) < 6, (language, alike)
        silent = {name for name, family in FAMILIES.items() if family.default}
        assert all(silence_of(name, language) != silence_of("colour", language) for name in silent)
        for reason in DECISION_REASONS:
            assert reason_words(reason, None, language) != reason_words(reason, None, "en"), (language, reason)
    assert {name: name_of(name) for name in FAMILIES} == {name: family.words for name, family in FAMILIES.items()}
