import time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.attributes import COMPARISON, compare
from sku_align.attributes.quantities import extract_quantities


def offers(*rows: dict[str, Any]) -> pa.Table:
    return schema.conform(
        [{"catalog": "a", "offer_id": f"{at:03}", "title": "t"} | row for at, row in enumerate(rows)], schema.OFFERS
    )


def sizes(**stated: float | list[float]) -> dict[str, Any]:
    values = {name: value if isinstance(value, list) else [value] for name, value in stated.items()}
    return {"quantities": [{"dimension": name, "value": v} for name, many in values.items() for v in many]}


def sizes_of(title: str) -> dict[str, Any]:
    return {"quantities": [{"dimension": name, "value": value} for name, value in extract_quantities(title)]}


def variants(**stated: str) -> dict[str, Any]:
    return {"variants": [{"attribute": name, "value": value} for name, value in stated.items()]}


def one(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    table = compare(offers(left, right), np.array([[0, 1]]))
    assert table.schema == COMPARISON
    swapped = compare(offers(right, left), np.array([[0, 1]]))
    for name in COMPARISON.names[:-1]:
        assert np.array_equal(swapped[name].to_numpy(), table[name].to_numpy(), equal_nan=True)
    return table.to_pylist()[0]


@pytest.mark.parametrize(
    ("left", "right", "quantity"),
    [
        (sizes(volume=330), sizes(volume=330), 1),
        (sizes(volume=330), sizes(volume=500), -1),
        # A clock of 12 inches and 30 cm, a hose of 1/2 inch and 12.5 mm; TVs of 39 and 40 inches, 508 and 500 g.
        (sizes(length=304.8), sizes(length=300), 1),
        (sizes(length=12.7), sizes(length=12.5), 1),
        (sizes(length=990.6), sizes(length=1016), -1),
        (sizes(mass=508), sizes(mass=500), -1),
        (sizes(volume=330), {}, 0),
        (sizes(volume=330), sizes(mass=330), 0),
        (sizes(volume=1000), sizes(volume=1009), 1),
        (sizes(volume=1000), sizes(volume=1020), -1),
        (sizes(volume=29.5735), sizes(volume=30), 1),
        (sizes(mass=3.5), sizes(mass=3.6), -1),
        (sizes(volume=[330, 1980]), sizes(volume=1980), 1),
        (sizes(volume=330, mass=100), sizes(volume=330, mass=200), -1),
        (sizes(mass=0), sizes(mass=0), 1),
    ],
)
def test_sizes_agree_if_a_stated_value_is_shared_as_shops_round_it(left, right, quantity):
    assert one(left, right)["quantity"] == quantity


@pytest.mark.parametrize(
    ("left", "right", "pack"),
    [
        (sizes(count=6), sizes(count=6), 1),
        (sizes(count=6), sizes(count=4), -1),
        (sizes(count=6), {}, 0),
        (sizes(count=1), {}, 1),
        (sizes(count=1), sizes(count=6), -1),
        ({}, {}, 0),
        (sizes(pack=6), sizes(count=6), 1),
        (sizes(pack=6), sizes(count=4), -1),
        (sizes(pack=3, count=10), sizes(count=30), 1),
        (sizes(pack=3, count=10), sizes(count=20), -1),
        (sizes(pack=3, count=10), sizes(pack=3, count=20), -1),
        (sizes(pack=3, count=10), sizes(pack=2, count=10), -1),
        (sizes(pack=3, count=10), sizes(pack=3), 1),
    ],
)
def test_a_missing_pack_count_is_unknown_except_beside_a_single_piece(left, right, pack):
    assert one(left, right)["pack"] == pack
    assert one(left, right)["quantity"] == 0


@pytest.mark.parametrize(
    ("left", "right", "multipack"),
    [
        (sizes(volume=330, pack=6), sizes(volume=330), -1),
        (sizes(count=24, pack=6), sizes(count=24), -1),
        (sizes(volume=330, pack=6), sizes(volume=330, pack=6), 0),
        (sizes(volume=330, pack=6), sizes(volume=330, pack=4), 0),
        (sizes(volume=330, pack=1), sizes(volume=330), 0),
        (sizes(volume=330, pack=6), {}, 0),
        (sizes(mass=120, count=10), sizes(mass=120), 0),
    ],
)
def test_a_bundle_beside_its_piece_is_noticed(left, right, multipack):
    assert one(left, right)["multipack"] == multipack


@pytest.mark.parametrize(
    ("left", "right", "quantity"),
    [
        (sizes(length=[600, 900]), sizes(length=[900, 600]), 1),
        (sizes(length=[600, 900]), sizes(length=[600, 900, 40]), 1),
        (sizes(length=[600, 900]), sizes(length=[600, 1200]), -1),
        (sizes(length=[600, 900]), sizes(length=900), 1),
        (sizes(length=[600, 900]), sizes(length=1200), -1),
        (sizes(data=1024.0 * 1024), sizes(data=1000.0 * 1024), 1),
    ],
)
def test_every_length_of_the_side_that_states_fewer_must_be_shared(left, right, quantity):
    assert one(left, right)["quantity"] == quantity


@pytest.mark.parametrize(
    ("left", "right", "quantity"),
    [
        ("Cushion 50x50 cm", "Kissen 50x70 cm", -1),
        ("Cushion 50x50 cm", "Kissen 50 cm", 1),
        ("Box 30x30x15 cm", "Boîte 30x30x30 cm", -1),
        ("Box 30x30x15 cm", "Boîte 15x30x30 cm", 1),
        ("Box 30x30x15 cm", "Boîte 30x30 cm", 1),
        ("Box 30x30x30 cm", "Boîte 30 x 30 cm, H 30 cm", 1),
        ("Duvet cover 240x220/50x60 cm", "Bettbezug 140x200/50x60 cm", -1),
        ("Duvet cover 240x220/50x60 cm", "Bettbezug 220x240 cm", 1),
        ("Bed 90x200/210 cm", "Bett 140x200/210 cm", -1),
    ],
)
def test_sides_of_one_thing_compare_together(left, right, quantity):
    assert one(sizes_of(left), sizes_of(right))["quantity"] == quantity


def test_variants_conflict_only_where_both_sides_state_the_attribute():
    assert one(variants(color="red"), variants(color="blue", plug="uk"))["variant"] == -1
    assert one(variants(color="red"), variants(plug="uk"))["variant"] == 0
    assert one(variants(color="red", plug="uk"), variants(color="red"))["variant"] == 1
    assert one(variants(color="red", plug="uk"), variants(color="red", plug="eu"))["variant"] == -1
    assert one(variants(storage="1000"), variants(storage="1024"))["variant"] == 1
    assert one(variants(storage="256"), variants(storage="512"))["variant"] == -1
    assert one(variants(generation="2"), variants(generation="3"))["variant"] == -1


def test_identifiers_compare_whatever_their_padding_and_punctuation():
    assert one({"gtin": "4006381333931"}, {"gtin": "04006381333931"})["gtin"] == 1
    assert one({"gtin": "4006381333931"}, {"gtin": "4006381333948"})["gtin"] == -1
    assert one({"gtin": "4006381333931"}, {})["gtin"] == 0
    assert one({"mpn": "wh-1000xm4"}, {"mpn": "WH1000 XM4"})["mpn"] == 1
    assert one({"mpn": "WH1000XM4"}, {"mpn": "WH1000XM4/B"})["mpn"] == 0
    assert one({"mpn": "WH1000XM4"}, {"mpn": "WH1000XM5"})["mpn"] == -1


def test_brands_are_compared_across_scripts_where_their_sound_says_something():
    assert one({"brand": "NESTLÉ"}, {"brand": "Nestle"})["brand"] == 1
    assert one({"brand": "農心"}, {"brand": "农心"})["brand"] == 1
    assert one({"brand": "Nissan"}, {"brand": "Ниссан"})["brand"] == 1
    assert one({"brand": "Samsung"}, {"brand": "Самсунг"})["brand"] > 0.8
    assert one({"brand": "Nestlé"}, {"brand": "Nestlé Waters"})["brand"] == pytest.approx(0.9)
    assert one({"brand": "Bosch"}, {"brand": "Makita"})["brand"] < 0.5
    assert np.isnan(one({"brand": "Nissin"}, {"brand": "日清"})["brand"])
    assert np.isnan(one({"brand": "Nissin"}, {})["brand"])


def test_brand_names_that_share_several_gtins_are_one_brand_everywhere():
    shared = [{"gtin": f"{number:013}", "brand": brand} for number in range(3) for brand in ("P&G", "日清")]
    table = offers(*shared, {"brand": "P & G"}, {"brand": "日清"}, {"brand": "Bosch"})
    teaching = [[0, 1], [2, 3], [4, 5]]
    brands = compare(table, np.array([*teaching, [6, 7], [6, 8]]))["brand"].to_pylist()
    assert brands[3] == 1
    assert brands[4] < 0.5
    untaught = compare(table, np.array([*teaching[:2], [6, 7]]))["brand"].to_pylist()
    assert np.isnan(untaught[2])


def test_prices_compare_in_one_currency_only():
    assert one({"price": 10.0, "currency": "EUR"}, {"price": 25.0, "currency": "eur"})["price_ratio"] == 2.5
    assert np.isnan(one({"price": 10.0, "currency": "EUR"}, {"price": 25.0, "currency": "USD"})["price_ratio"])
    assert np.isnan(one({"price": 10.0}, {"price": 25.0})["price_ratio"])
    assert np.isnan(one({"price": 0.0, "currency": "EUR"}, {"price": 25.0, "currency": "EUR"})["price_ratio"])


def test_conflicts_name_both_sides_for_a_person():
    left = {"gtin": "4006381333931", "brand": "Bosch", **sizes(volume=[330, 1980], count=6), **variants(color="red")}
    right = {"gtin": "4006381333948", "brand": "Makita", **sizes(volume=500, count=4), **variants(color="blue")}
    table = compare(offers(left, right, {}), np.array([[2, 0], [0, 1], [1, 1]]))
    assert table["conflicts"].to_pylist() == [
        [],
        [
            "gtin 04006381333931 against 04006381333948",
            "volume 330 / 1980 against 500",
            "pack 6 against 4",
            "color red against blue",
            "brand Bosch against Makita",
        ],
        [],
    ]


def test_no_pairs_give_an_empty_table():
    assert compare(offers({}), np.zeros((0, 2), dtype=np.int64)).schema == COMPARISON


def test_a_million_pairs_compare_in_seconds():
    random = np.random.default_rng(0)
    n = 20_000
    table = offers(
        *(
            {"brand": f"brand {at % 900}", "gtin": f"{at % 7000:013}", "price": 1.0 + at % 50, "currency": "EUR"}
            | sizes(volume=[float(at % 40), float(at % 60)], count=float(at % 7))
            | variants(color=str(at % 11))
            for at in range(n)
        )
    )
    pairs = random.integers(0, n, (1_000_000, 2))
    start = time.process_time()
    compared = compare(table, pairs)
    assert time.process_time() - start < 10
    same = pairs[:, 0] % 7000 == pairs[:, 1] % 7000
    assert np.array_equal(compared["gtin"].to_numpy() == 1, same)
