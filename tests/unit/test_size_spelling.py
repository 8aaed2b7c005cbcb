"""A size is written in one form before any scorer reads it, so that its unit cannot set two offers apart."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sku_align import schema
from sku_align.attributes.spelling import canonical_sizes
from sku_align.scoring.scorers import encoder_text, prompt_text


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Limonade Quellina 1 L", "Limonade Quellina 1000 ml", "fr"),
        ("Mehl Mahlgut 1 kg", "Mehl Mahlgut 1000 g", "de"),
        ("Almond butter Nutora 16 oz", "Almond butter Nutora 454 g", "en"),
        ("Almond butter Nutora 16 oz (454 g)", "Almond butter Nutora 454g", "en"),
        ("香禾 大米 2斤", "香禾 大米 1kg", "zh-Hans"),
        ("香禾 大米 ２斤", "香禾 大米 1 公斤", "zh-Hans"),
        ("Birra Montora 33 cl", "Birra Montora 330 ml", "it"),
        ("Birra Montora 6 x 33 cl", "Birra Montora 330ml x6", "it"),
        ("Frame Rahmora 20x30 cm", "Frame Rahmora 30 x 20 cm", "en"),
        ("Ketchup Rotella .5 l", "Ketchup Rotella 1/2 l", "en"),
        ("Kettle Siedora 2.2 kW", "Kettle Siedora 2200W", "en"),
        ("Disque Stockora 1 To", "Disque Stockora 1000 Go", "fr"),
        ("Kaapeli Johtora 1,5 m", "Kaapeli Johtora 150 cm", "fi"),
        ("Sukat Villora 2 kpl 0,5 kg", "Sukat Villora 2 kpl 500 g", "fi"),
        ("日本酒 蔵野 1升", "日本酒 蔵野 1.8L", "ja"),
        ("된장 들마을 0.5킬로", "된장 들마을 500그램", "ko"),
        ("Küchenrolle Wischora 4+2 Rollen", "Küchenrolle Wischora 6 Rollen", "de"),
        ("Bin liners Sackora 5 rolls x 20 bags", "Bin liners Sackora 100 bags", "en"),
        ("Bin liners Sackora 5 rolls x 20 bags XL", "Bin liners Sackora 100 bags XL", "en"),
        ("Bin liners Sackora 100 bags (5 x 20)", "Bin liners Sackora 100 bags", "en"),
        ("Tee Assamora 4 Packungen x 25 Stück (100 Stück)", "Tee Assamora 100 Stück", "de"),
        ("Capsules Fitavo 3 x 30 capsules", "Capsules Fitavo 90 capsules", "en"),
        ("Hiking boot Stapfina UK 9", "Hiking boot Stapfina size 43", "en"),
        ("Wanderstiefel Stapfina Gr. 43", "Wanderstiefel Stapfina EUR 43", "de"),
        ("Sneaker Kantaro US 9 / UK 8 / EU 42 black", "Sneaker Kantaro EU 42 black", "en"),
        ("Rope Knotora 6 ft", "Rope Knotora 183 cm", "en"),
        ('Screen Viewora 27"', "Screen Viewora 27 inch (68.6 cm)", "en"),
        ("Baking tray 1 lb 4 oz", "Baking tray 567 g", "en"),
    ],
)
def test_one_size_in_two_units_reads_the_same(one, other, language):
    assert canonical_sizes(one, language) == canonical_sizes(other, language)


@pytest.mark.parametrize(
    ("title", "written", "language"),
    [
        ("Windeln Wickelora 4-9 kg", "Windeln Wickelora 4-9 kg", "de"),
        ("Chair for 8-11 lb", "Chair for 3.63-4.99 kg", "en"),
        ("酱油500ml×6瓶", "酱油 6瓶 x 500 ml", "zh-Hans"),
        ("Nagels 2 dozijn", "Nagels 24 pcs", "nl"),
        ("Charger 3 in 1, 5G, 10x zoom", "Charger 3 in 1, 5G, 10x zoom", "en"),
        ("Reifen 205/55 R16 91V", "Reifen 205/55 R16 91V", "de"),
        ("60 Kapseln", "60 Kapseln", "de"),
        ("蛋卷 香禾 3条装 x 6", "蛋卷 香禾 18条", "zh-Hans"),
        ("Eggs 2 dozen x 3", "Eggs 72 pcs", "en"),
        ("Crisps Algora 3's x 5 G", "Crisps Algora 3's x 5 g", "en"),
        ("キッチンペーパー フキーノ 70枚 x 3パック", "キッチンペーパー フキーノ 210枚", "ja"),
        # Layers of a tissue are not packages of it, and a bundle has no pieces that its packages hold.
        ("Tissues Nettia 150 sheets x 2 ply", "Tissues Nettia 150 sheets x 2 ply", "en"),
        ("Tissues Nettia 100 sheets, 5 packs", "Tissues Nettia 100 sheets, 5 packs", "en"),
        # Sizes of children begin anew, those of the US differ between men and women, and clothes have other numbers.
        ("Kids boot Stapfina UK 9", "Kids boot Stapfina UK 9", "en"),
        ("Boot Stapfina US 9", "Boot Stapfina US 9", "en"),
        ("Boot Stapfina size 8", "Boot Stapfina size 8", "en"),
        ("Ski boot Stapfina size 27.5", "Ski boot Stapfina size 27.5", "en"),
        ("Table runner Tischora size 150", "Table runner Tischora size 150", "en"),
        ("Running shorts Laufora size 38", "Running shorts Laufora size 38", "en"),
        ("Dress Kleidora UK 12", "Dress Kleidora UK 12", "en"),
        ("Mixer Rührora", "Mixer Rührora", "de"),
        ("", "", "en"),
    ],
)
def test_what_stays_and_what_is_written_anew(title, written, language):
    assert canonical_sizes(title, language) == written


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Cola 330 ml", "Cola 500 ml", "en"),
        ("Oil 1 l", "Oil 1,5 l", "fr"),
        ("Tea 4 x 20 g", "Tea 2 x 20 g", "en"),
        ("Boot Stapfina UK 9", "Boot Stapfina UK 10", "en"),
        ("Liners 5 rolls x 20 bags", "Liners 20 bags", "en"),
    ],
)
def test_different_sizes_stay_different(one, other, language):
    assert canonical_sizes(one, language) != canonical_sizes(other, language)


@given(st.text(max_size=80), st.sampled_from([None, "de", "en", "ja", "zh-Hant", "ko"]))
def test_any_text_can_be_written(title, language):
    assert isinstance(canonical_sizes(title, language), str)


@given(st.integers(1, 9999), st.sampled_from(["ml", "g", "cm", "W"]))
def test_writing_twice_is_writing_once(number, unit):
    once = canonical_sizes(f"Thing {number}{unit}", "en")
    assert canonical_sizes(once, "en") == once


def _offers(title: str, description: str) -> pa.Table:
    row = {"catalog": "a", "offer_id": "1", "language": "de", "title": title, "description": description}
    return schema.conform([row | {"attributes": '{"Inhalt": "0,5 l"}'}], schema.OFFERS)


class _Words:
    def encode(self, texts):
        return [[0] * len(text.split()) for text in texts]


def test_every_scorer_reads_the_title_and_the_description_in_that_form():
    one, other = _offers("Sirup 0,5 Liter", "Ergibt 1,5 l."), _offers("Sirup 500ml", "Ergibt 1500 ml.")
    assert encoder_text.offer_texts(one) == encoder_text.offer_texts(other) == ["Sirup 500 ml | Ergibt 1.5 l."]
    assert prompt_text.offer_texts(one, _Words(), 60) == prompt_text.offer_texts(other, _Words(), 60)
    assert "Inhalt: 500 ml" in prompt_text.offer_texts(one, _Words(), 60)[0]


@pytest.mark.parametrize(
    ("title", "language", "written"),
    [
        ("Shower gel Lavela 250 ml -30% on the 2nd", "en", "Shower gel Lavela 250 ml"),
        ("Duschgel Lavela 250 ml 20 % Rabatt", "de", "Duschgel Lavela 250 ml"),
        ("Gel de banho Lavela 250 ml (-25%)", "pt", "Gel de banho Lavela 250 ml"),
        ("拉维拉 洗发水 500毫升 第二件半价", "zh-Hans", "拉维拉 洗发水 500 ml"),
        ("ラヴェラ シャンプー 500ml 20%OFF", "ja", "ラヴェラ シャンプー 500 ml"),
    ],
)
def test_a_discount_is_no_part_of_the_product(title, language, written):
    assert canonical_sizes(title, language) == written


@pytest.mark.parametrize(
    "title",
    ["Chocolate Lavela 70% cocoa", "Juice Lavela 30-50% fruit", "Shirt Lavela 50% wool 50% silk", "折叠椅 拉维拉"],
)
def test_a_share_of_something_stays(title):
    assert canonical_sizes(title, "en") == title
