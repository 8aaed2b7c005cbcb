"""What only a feed's columns say reaches the text that scorers read."""

import json

import numpy as np
import pytest

from sku_align import schema
from sku_align.attributes.beside_title import beside_title, full_title
from sku_align.calibration.pair_features import PAIR_FEATURES, pair_features
from sku_align.scoring.scorers.encoder_text import offer_text


@pytest.mark.parametrize(
    ("title", "cells", "language", "written"),
    [
        ("Rain coat Nordvik", {"color": "Green", "size": "L"}, "en", "Rain coat Nordvik, L, Green"),
        ("Regenjacke Nordvik grün", {"Farbe": "Grün", "Größe": "L"}, "de", "Regenjacke Nordvik grün, L"),
        ("オリーブオイル", {"容量": "500ml"}, "ja", "オリーブオイル, 500 ml"),
        ("Apple juice", {"net weight (g)": "500"}, "en", "Apple juice, 500 g"),
        ("Apple juice 6 x 330 ml", {"quantity": "6 x 33 cl"}, "en", "Apple juice 6 x 330 ml"),
        ("Phone Tavo 5", {"condition": "refurbished"}, "en", "Phone Tavo 5, refurbished"),
        ("Phone Tavo 5", {"condition": "new"}, "en", "Phone Tavo 5"),
        ("Shirt", {"Option1 Name": "Colour", "Option1 Value": "Navy"}, "en", "Shirt, Navy"),
    ],
)
def test_a_cell_that_the_title_lacks_is_written_behind_it(title, cells, language, written):
    assert full_title(title, json.dumps(cells), language) == written


@pytest.mark.parametrize(
    "cells",
    [
        {"gender": "unisex", "age_group": "adult"},
        {"shipping_weight": "2 kg", "weight": "1.9 kg"},
        {"material": "cotton", "year": "2024"},
        {"color": "Whispering dunes of a far-off coast at dusk in May"},
        {"size": None, "color": ""},
        {"notes": {"nested": ["x"]}, "size": 5.5},
    ],
)
def test_what_titles_do_not_name_or_nobody_understands_is_left_out(cells):
    assert [cell for cell in beside_title("Coat", cells, "en") if cell != "5.5"] == []


def test_the_bundled_scorer_reads_the_cells_with_the_title():
    cells = json.dumps({"color": "Red", "size": "M"})
    assert offer_text("Trail jacket", "Alpina", price=89.0, currency="EUR", attributes=cells) == (
        "Trail jacket, M, Red | Alpina | 89 EUR"
    )


def test_a_size_in_a_column_agrees_with_the_same_size_in_a_title():
    rows = [
        {"catalog": "a", "offer_id": "1", "language": "de", "title": "Limo Sprudel 6 x 0,33 l", "attributes": None},
        {"catalog": "b", "offer_id": "1", "language": "de", "title": "Limo Sprudel"}
        | {"attributes": '{"net_content": "6 x 33 cl"}'},
    ]
    features = pair_features(schema.conform(rows, schema.OFFERS), np.array([[0, 1]]))
    assert features[0][PAIR_FEATURES.index("numbers_agree")] == 1
