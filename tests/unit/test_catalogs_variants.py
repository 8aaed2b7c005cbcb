import pytest
from hypothesis import given
from hypothesis import strategies as st

from sku_align.attributes.variants import extract_variants


@pytest.mark.parametrize(
    "title",
    [
        "Kettle 1.7 L Black",
        "Kettle, black, 1.7 L",
        "Kettle (matte black)",
        "Wasserkocher 1,7 L schwarz",
        "Wasserkocher, Farbe: Schwarz, mit Sieb",
        "Bouilloire 1,7 L noire",
        "Étui noir mat",
        "Hervidor 1,7 l negro",
        "Bollitore 1,7 l, nero",
        "Chaleira 1,7 l - preta",
        "Waterkoker 1,7 l zwart",
        "Czajnik 1,7 l czarny",
        "Vedenkeitin 1,7 l musta",
        "电热水壶 1.7升 黑色",
        "电热水壶（黑）",
        "藍牙耳機 黑色 降噪",
        "耳机 曜石黑",
        "電気ケトル ブラック",
        "電気ケトル 0.8L 黒",
        "전기 주전자 블랙",
        "전기 주전자 (검정색)",
    ],
)
def test_black_is_black_in_every_language(title):
    assert ("colour", "black") in extract_variants(title)


@pytest.mark.parametrize(
    "title",
    [
        "Black Tea 20 bags",
        "Red Bull 250 ml",
        "White Rice 5kg",
        "Nescafé Gold 200 g",
        "Juice Orange",
        "红茶 100克",
        "白酒 500毫升",
        "黑巧克力 100克",
        "绿色食品 大米",
        "青岛啤酒",
        "ブラックコーヒー 185g",
        "黒糖 200g",
        "Brot 500 g",
        "Goldbären 200 g",
    ],
)
def test_food_is_not_coloured_by_its_name(title):
    assert "colour" not in dict(extract_variants(title))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Kopfhörer weiß/schwarz", [("colour", "black"), ("colour", "white")]),
        ("Kopfhörer, cremeweiß", [("colour", "cream")]),
        ("Tasse dunkelblau", [("colour", "navy")]),
        ("Hair dryer UK plug", [("plug", "UK")]),
        ("Haartrockner mit EU-Stecker", [("plug", "EU")]),
        ("电吹风 英规", [("plug", "UK")]),
        ("电吹风 国标 负离子", [("plug", "CN")]),
        ("Rice cooker 220-240V", [("appliance", "cooker=rice"), ("voltage", "230")]),
        ("Rice cooker 110 V", [("appliance", "cooker=rice"), ("voltage", "110")]),
        ("Charger 100-240V", [("voltage", "110"), ("voltage", "230")]),
        ("Smart speaker (2nd Gen)", [("generation", "2")]),
        ("Lautsprecher 2. Generation", [("generation", "2")]),
        ("Enceinte 2e génération", [("generation", "2")]),
        ("Altavoz (2.ª generación)", [("generation", "2")]),
        ("スピーカー 第2世代", [("generation", "2")]),
        ("智能音箱 二代", [("generation", "2")]),
        ("스피커 2세대", [("generation", "2")]),
        ("Vacuum V8", [("generation", "8")]),
        ("手机 国行", [("market", "CN")]),
        ("手机 美国版", [("market", "US")]),
        ("韩国版 外套", []),
        ("Phone Global Version", [("market", "GLOBAL")]),
        ("T-Shirt Größe M", [("size", "M")]),
        ("T-shirt, XL", [("size", "XL")]),
        ("Ear tips S/M/L, 3 pairs", [("size", "L"), ("size", "M"), ("size", "S")]),
        ("Tシャツ Lサイズ", [("size", "L")]),
        ("Water 1.5 L", []),
        ("L-Carnitine", []),
        ("Phone 8GB+256GB", [("ram", "8"), ("storage", "256")]),
        ("Laptop 16 GB RAM 512 GB SSD", [("computing", "drive=SSD"), ("ram", "16"), ("storage", "512")]),
        ("SSD 2TB", [("computing", "drive=SSD"), ("storage", "2048")]),
    ],
)
def test_attributes_that_tell_siblings_apart_are_read(title, expected):
    found = extract_variants(title)
    assert [entry for entry in found if entry[0] not in ("part", "model", "flavour", "kind")] == expected


@given(st.text(max_size=60))
def test_any_text_gives_sorted_attributes_without_repeats(title):
    found = extract_variants(title)
    assert found == sorted(set(found))
