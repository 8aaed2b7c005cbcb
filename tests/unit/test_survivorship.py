"""What a SKU says of itself, and whose word it is."""

import json
from typing import Any

import pyarrow as pa

from sku_align import schema
from sku_align.config import Settings
from sku_align.skus.survivorship import survive


def golden(*offers: dict[str, Any], settings: dict[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The one SKU of some offers, and its texts by language."""
    table = schema.conform(
        [{"title": "t", "language": "en", "offer_id": "1", **offer} for offer in offers], schema.OFFERS
    )
    clusters = table.select(["catalog", "offer_id"]).append_column("sku_id", pa.repeat("S", len(table)))
    found = survive(table, clusters, Settings.model_validate(settings or {}))
    again = survive(table.take(list(reversed(range(len(table))))), clusters, Settings.model_validate(settings or {}))
    assert found.skus.equals(again.skus) and found.texts.equals(again.texts), "row order counts for nothing"
    (sku,) = found.skus.to_pylist()
    lists = {name: json.loads(sku[name]) for name in ("gtins", "quantities", "prices", "images", "provenance")}
    return sku | lists, {row["language"]: row for row in found.texts.to_pylist()}


def test_each_language_has_a_title_and_the_preferred_catalog_gives_the_main_one() -> None:
    sku, texts = golden(
        {"catalog": "de", "language": "de", "title": "Milch 1 l"},
        {"catalog": "fr", "language": "fr", "title": "Lait 1 l"},
        {"catalog": "xx", "language": None, "title": "Milk"},
        settings={"catalogs": {"fr": {"priority": 1}}},
    )
    assert {language: row["title"] for language, row in texts.items()} == {
        "de": "Milch 1 l",
        "fr": "Lait 1 l",
        "und": "Milk",
    }
    assert (sku["title"], sku["title_language"]) == ("Lait 1 l", "fr")
    assert sku["provenance"]["title"] == ["fr", "1"]


def test_of_equal_catalogs_the_fuller_offer_gives_the_title() -> None:
    _, texts = golden({"catalog": "a", "title": "bare"}, {"catalog": "b", "title": "full", "brand": "B", "gtin": "1"})
    assert texts["en"]["title"] == "full"
    assert json.loads(texts["en"]["provenance"])["title"] == ["b", "1"]


def test_a_description_may_come_from_another_offer_than_the_title() -> None:
    _, texts = golden(
        {"catalog": "a", "title": "A", "brand": "x", "gtin": "1"}, {"catalog": "b", "title": "B", "description": "long"}
    )
    assert (texts["en"]["title"], texts["en"]["description"]) == ("A", "long")
    assert json.loads(texts["en"]["provenance"]) == {"title": ["a", "1"], "description": ["b", "1"]}


def test_the_brand_that_most_offers_name_wins_over_the_preferred_catalog() -> None:
    offers = [{"catalog": c, "brand": b} for c, b in (("a", "Sonny"), ("b", "Sony"), ("c", "Sony"))]
    assert golden(*offers, settings={"catalogs": {"a": {"priority": 1}}})[0]["brand"] == "Sony"
    by_priority = {"catalogs": {"a": {"priority": 1}}, "survivorship": {"brand": ["priority"]}}
    sku, _ = golden(*offers, settings=by_priority)
    assert (sku["brand"], sku["provenance"]["brand"]) == ("Sonny", ["a", "1"])


def test_prices_are_a_range_for_each_currency_and_name_the_offers_at_its_ends() -> None:
    sku, _ = golden(
        {"catalog": "a", "price": 3.5, "currency": "EUR"},
        {"catalog": "b", "price": 2.5, "currency": "EUR"},
        {"catalog": "c", "price": 99.0, "currency": "JPY"},
        {"catalog": "d", "price": 1.0, "currency": None},
    )
    assert sku["prices"] == [{"currency": "EUR", "min": 2.5, "max": 3.5}, {"currency": "JPY", "min": 99.0, "max": 99.0}]
    assert sku["provenance"]["prices"]["EUR"] == {"min": ["b", "1"], "max": ["a", "1"]}


def test_gtins_are_all_kept_and_images_stand_in_the_order_of_preference() -> None:
    sku, _ = golden(
        {"catalog": "a", "gtin": "2", "image_url": "http://a"},
        {"catalog": "b", "gtin": "1", "image_url": "http://b"},
        {"catalog": "c", "gtin": "2", "image_url": "http://b"},
        settings={"catalogs": {"b": {"priority": 1}}},
    )
    assert sku["gtins"] == ["1", "2"]
    assert sku["images"] == ["http://b", "http://a"]
    assert sku["provenance"]["gtins"] == {"1": ["b", "1"], "2": ["a", "1"]}
    assert sku["provenance"]["images"] == {"http://b": ["b", "1"], "http://a": ["a", "1"]}


def test_the_quantities_that_most_offers_state_win_and_none_is_an_empty_list() -> None:
    litre, half = [{"dimension": "volume", "value": 1.0}], [{"dimension": "volume", "value": 0.5}]
    sku, _ = golden(*({"catalog": c, "quantities": q} for c, q in (("a", half), ("b", litre), ("c", litre), ("d", []))))
    assert sku["quantities"] == litre
    assert golden({"catalog": "a"})[0]["quantities"] == []


def test_a_sku_of_bare_offers_says_so() -> None:
    sku, _ = golden({"catalog": "a"}, {"catalog": "a", "offer_id": "2"})
    assert (sku["offers"], sku["catalogs"], sku["brand"], sku["category"]) == (2, 1, None, None)
    assert sku["gtins"] == sku["prices"] == sku["images"] == []
    assert sku["provenance"]["brand"] is None


def test_each_attribute_is_as_most_offers_state_it_and_names_its_offer() -> None:
    def variants(**stated: str) -> list[dict[str, str]]:
        return [{"attribute": name, "value": value} for name, value in stated.items()]

    offers = (
        ("a", variants(colour="blue", size="M")),
        ("b", variants(colour="navy", model="rx#=rx4070")),
        ("c", [*variants(colour="navy"), *variants(material="oak"), *variants(material="steel")]),
    )
    sku, _ = golden(*({"catalog": catalog, "variants": stated} for catalog, stated in offers))
    assert json.loads(sku["attributes"]) == {
        "colour": ["navy"],
        "material": ["oak", "steel"],
        "model": ["rx4070"],
        "size": ["M"],
    }
    assert sku["provenance"]["attributes"] == {
        name: [c, "1"] for name, c in zip(("colour", "material", "model", "size"), "bcba", strict=True)
    }
    assert json.loads(golden({"catalog": "a"})[0]["attributes"]) == {}
