"""Sizes from a feed's own columns count before its title; what a parcel weighs is not a size."""

from typing import Any

import pytest

from sku_align.attributes.quantities import extract_quantities
from sku_align.attributes.size_columns import SizeColumns
from sku_align.catalogs.ingest import CatalogSource, ingest
from sku_align.config import CatalogSettings, Settings


def sizes(title: str, net_content: tuple[str, ...] = (), language: str = "en", **cells: Any) -> dict[str, list[float]]:
    columns = SizeColumns({name: [cell] for name, cell in cells.items()}, net_content)
    found: dict[str, list[float]] = {}
    for dimension, value in columns.sizes(0, extract_quantities(title, language), language):
        found.setdefault(dimension, []).append(value)
    return found


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("quantity", "350 g"),
        ("Net weight", "350 g"),
        ("net_weight_g", "350"),
        ("Net Weight (g)", "350"),
        ("Inhalt", "350g"),
        ("净含量", "350克"),
        ("内容量", "350グラム"),
        ("용량", "350그램"),
        ("unit_pricing_measure", "350 g"),
        ("contenance", "0,35 kg"),
        ("Net Weight (kg)", "0.35"),
    ],
)
def test_a_column_of_the_content_gives_the_size(column, cell):
    assert sizes("Spread Nutora", language="fr" if column == "contenance" else "en", **{column: cell}) == {
        "mass": [350.0]
    }


def test_the_column_counts_before_the_title():
    assert sizes("Spread Nutora 400 g", quantity="350 g") == {"mass": [350.0]}
    assert sizes("Spread Nutora 400 g jar, 2 pcs", quantity="350 g") == {"mass": [350.0], "count": [2.0]}


def test_what_all_packages_hold_together_stands_beside_the_size_of_one():
    assert sizes("Soda Brisco 6 x 330 ml", quantity="1980 ml") == {"pack": [6.0], "volume": [330.0, 1980.0]}


@pytest.mark.parametrize("column", ["weight", "Weight (kg)", "volume", "Gewicht", "poids", "peso", "重量", "waga"])
def test_a_column_named_like_the_parcels_is_the_parcels_unless_the_settings_say_otherwise(column):
    cell = "3.2 kg" if column != "volume" else "4 l"
    assert sizes("Vacuum cleaner Saugora", **{column: cell}) == {}
    assert sizes("Vacuum cleaner Saugora", (column,), **{column: cell}) != {}


@pytest.mark.parametrize(("column", "cell"), [("quantity", "7"), ("size", "M"), ("size", "42"), ("content", "x" * 90)])
def test_stock_and_dress_sizes_are_not_measures(column, cell):
    assert sizes("Jacket Jackora", **{column: cell}) == {}


def test_a_multipack_column_counts_packages():
    assert sizes("Pens Schreibora", multipack="3") == {"pack": [3.0]}
    assert sizes("Pens Schreibora", multipack="1") == {}


def test_a_feeds_columns_reach_its_offers(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("offer_id,title,weight,quantity\n1,Rice Kornora,3.2 kg,1 kg\n", encoding="utf-8")
    read = ingest([CatalogSource("shop", path, CatalogSettings())], Settings()).offers
    assert read["quantities"].to_pylist() == [[{"dimension": "mass", "value": 1000.0}]]
    content = CatalogSettings(net_content=("weight",))
    read = ingest([CatalogSource("shop", path, content)], Settings()).offers
    assert {size["value"] for size in read["quantities"].to_pylist()[0]} == {1000.0, 3200.0}


def test_a_column_of_equal_sides_keeps_both():
    assert sizes("Cushion Velora", size="50x50 cm") == {"length": [500.0, 500.0]}
    assert sizes("Cushion Velora 50x50 cm", size="50x50 cm") == {"length": [500.0, 500.0]}
