import pytest
from hypothesis import given
from hypothesis import strategies as st

from sku_align.attributes.quantities import extract_quantities
from sku_align.attributes.units import UNITS


def sizes(title, language=None):
    stated = {}
    for dimension, value in extract_quantities(title, language):
        stated.setdefault(dimension, []).append(value)
    return stated


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Olive oil 1.5 L", "en"),
        ("Olivenöl 1,5 Liter", "de"),
        ("Huile d'olive 1,5 litre", "fr"),
        ("Aceite de oliva 1,5 litros", "es"),
        ("Olio d'oliva 1,5 litri", "it"),
        ("Azeite 1,5 litros", "pt"),
        ("Olijfolie 1,5 liter", "nl"),
        ("Oliwa 1,5 litra", "pl"),
        ("Oliiviöljy 1,5 litraa", "fi"),
        ("橄榄油 1.5升", "zh-Hans"),
        ("橄欖油 1.5公升", "zh-Hant"),
        ("オリーブオイル １．５リットル", "ja"),
        ("올리브 오일 1.5리터", "ko"),
        ("Olivový olej 1,5 litrů", "cs"),
        ("Zeytinyağı 1,5 lt", "tr"),
        ("Оливковое масло 1,5 л", "ru"),
        ("Оливкова олія 1500 мл", "uk"),
        ("Dầu ô liu 1,5 lít", "vi"),
        ("Ελαιόλαδο 1,5 λίτρα", "el"),
        ("น้ำมันมะกอก 1500 มล.", "th"),
        ("زيت زيتون 1.5 لتر", "ar"),
        ("زيت زيتون ١٫٥ لتر", "ar"),
        ("שמן זית 1.5 ליטר", "he"),
        ('שמן זית 1500 מ"ל', "he"),
        ("जैतून का तेल १.५ लीटर", "hi"),
        ("जैतून का तेल 1500 मि.ली.", "hi"),
        ("น้ำมันมะกอก ๑.๕ ลิตร", "th"),
        ("Olive oil 1½ l", "en"),
        ("Olive oil 1500ml", "en"),
        ("Olivenöl 1.500 ml", "de"),
        ("Olive oil 1,500 ml", "en"),
        ("Huile 150 cl", "fr"),
    ],
)
def test_a_litre_and_a_half_is_the_same_in_every_language(title, language):
    assert sizes(title, language) == {"volume": [1500]}


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Cola 6 x 330 ml", "en"),
        ("Cola 6x330ml", "en"),
        ("Cola 330mlx6", "en"),
        ("Cola 330 ml (Pack of 6)", "en"),
        ("Cola 330 ml, 6-pack", "en"),
        ("Cola 6er-Pack 0,33 l", "de"),
        ("Cola 33 cl lot de 6", "fr"),
        ("Cola 6 packs of 330 ml", "en"),
        ("Cola 33 cl x 6 canettes", "fr"),
        ("Cola pack de 6 latas 330 ml", "es"),
        ("Cola 33 cl confezione da 6", "it"),
        ("Cola 33 cl, embalagem de 6", "pt"),
        ("Cola 6-pak 33 cl", "nl"),
        ("Cola zestaw 6 puszek 330 ml", "pl"),
        ("Cola 0,33 l 6 pulloa", "fi"),
        ("Kola 330 ml 6'lı paket", "tr"),
        ("Кола 6х0,33 л", "ru"),
        ("Combo 6 lon nước ngọt 330ml", "vi"),
        ("โคล่า 330 มล. แพ็ค 6", "th"),
        ("可乐 330毫升 x 6", "zh-Hans"),
        ("可乐 330ml*6罐", "zh-Hans"),
        ("可樂 330毫升 6入", "zh-Hant"),
        ("可乐 330ml 六罐装", "zh-Hans"),
        ("コーラ 330ml×6本", "ja"),
        ("コーラ ３３０ｍｌ 6本セット", "ja"),
        ("콜라 330ml x 6캔", "ko"),
    ],
)
def test_a_multipack_gives_its_pack_and_the_size_of_one(title, language):
    assert sizes(title, language) == {"pack": [6], "volume": [330]}


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Tabs 20 pcs", "en"),
        ("Folders 20/box", "en"),
        ("AA cells 20/PK", "en"),
        ("Tea, box of 20 tea bags", "en"),
        ("Tea 20's", "en"),
        ("Tabletten 20 Stück", "de"),
        ("Bit-Set 20-teilig", "de"),
        ("20 comprimés", "fr"),
        ("caja de 20 bolsitas", "es"),
        ("20 pezzi", "it"),
        ("20 cápsulas", "pt"),
        ("20 stuks", "nl"),
        ("20 szt.", "pl"),
        ("20 kpl", "fi"),
        ("湿巾 20片装", "zh-Hans"),
        ("面膜 20枚入", "ja"),
        ("二十片装", "zh-Hans"),
        ("20매", "ko"),
        ("Zuiguo mints 20s", "en"),
        ("Zuiguo cheese 20 slices", "en"),
        ("Zuiguo Käse 20 Scheiben", "de"),
        ("鲜鸡蛋 20只装", "zh-Hans"),
        ("鮮雞蛋 二十隻裝", "zh-Hant"),
        ("卷紙 (18+2)", "zh-Hant"),
        ("衛生紙 18+2卷裝", "zh-Hant"),
        ("Toilet tissue (16+4 rolls)", "en"),
    ],
)
def test_pieces_in_a_package_are_counted(title, language):
    assert sizes(title, language) == {"count": [20]}


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Selenavit 60 vegan capsules", "en"),
        ("Selenavit high strength, 60 slow-release vegetarian tablets", "en"),
        ("Selenavit 60 magensaftresistente Kapseln", "de"),
        ("Selenavit 60 Filmtabletten", "de"),
        ("Selenavit 60 gelules", "fr"),
        ("Selenavit 60 gommes", "fr"),
        ("Selenavit 60 capsulas", "es"),
        ("Selenavit caramelle gommose 60 caramelle", "it"),
        ("Selenavit 60 zachte capsules", "nl"),
        ("Selenavit 60 bruistabletten", "nl"),
        ("Selenavit 60 miękkich kapsułek", "pl"),
        ("Selenavit 60 żelków", "pl"),
        ("Selenavit 60 gomas", "pt"),
        ("Selenavit 60 kapslar", "sv"),
        ("Selenavit blöjor 60 st", "sv"),
        ("셀레나빗 마스크 60P", "ko"),
        ("Selenavit 60 daily contact lenses", "en"),
        ("Selenavit 60 Tageslinsen", "de"),
        ("Selenavit 60 soczewek", "pl"),
    ],
)
def test_pieces_are_counted_whatever_describes_them(title, language):
    assert sizes(title, language) == {"count": [60]}


@pytest.mark.parametrize("title", ["Rubber duck 3 soft toys", "Clip 2 small hooks", "Route 60 st", "Film 60p"])
def test_what_is_described_is_not_counted_unless_it_is_a_piece(title):
    assert sizes(title, "en") == {}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Wipes 12 x 60 pcs", {"pack": [12], "count": [60]}),
        ("湿巾 100片 x 2包", {"pack": [2], "count": [100]}),
        ("4 x 6 x 330ml", {"pack": [24], "volume": [330]}),
        ("Zahnpasta Doppelpack 2x75ml", {"pack": [2], "volume": [75]}),
        ("两件套 锅", {"pack": [2]}),
        ("Toothpaste x2", {"pack": [2]}),
        ("2x Toothpaste", {"pack": [2]}),
        ("set of two mugs", {"pack": [2]}),
        ("twin pack sponge", {"pack": [2]}),
        ("洗頭水 500毫升 孖裝", {"pack": [2], "volume": [500]}),
        ("礦泉水 750毫升 六樽裝", {"pack": [6], "volume": [750]}),
        ("燈泡 四隻裝", {"pack": [4]}),
        ("灯泡 4只装", {"pack": [4]}),
        ("薑茶 10入 x 2盒", {"pack": [2], "count": [10]}),
        ("Barres de céréales x6 210 g", {"pack": [6], "mass": [210]}),
    ],
)
def test_packs_multiply_and_counts_stay(title, expected):
    assert sizes(title) == expected


@pytest.mark.parametrize(
    ("title", "language", "expected"),
    [
        ("杏仁曲奇 7件裝 154克", "zh-Hant", {"count": [7], "mass": [154]}),
        ("초코파이 468g 12개입", "ko", {"count": [12], "mass": [468]}),
        ("鳳梨酥 12入 432克", "zh-Hant", {"count": [12], "mass": [432]}),
        ("라면 115g 5개입", "ko", {"pack": [5], "mass": [115]}),
        ("香皂 100克 6件裝", "zh-Hant", {"pack": [6], "mass": [100]}),
    ],
)
def test_pieces_that_share_out_an_odd_net_weight_are_no_packages(title, language, expected):
    assert sizes(title, language) == expected


@pytest.mark.parametrize(
    ("title", "language", "expected"),
    [
        ("Flour 2.5 kg", "en", {"mass": [2500]}),
        ("Penne 73 - 500 g", "it", {"mass": [500]}),
        ("Nappies 4 - 9 kg", "en", {"mass": [4000, 9000]}),
        ("Candy 190 GM", "en", {"mass": [190]}),
        ("Cheese 8 oz", "en", {"mass": [226.796]}),
        ("Bottle 9oz (260 ml)", "en", {"volume": [260]}),
        ("Water 16.9 fl oz", "en", {"volume": [499.7921]}),
        ("Windeln 4-9 kg", "de", {"mass": [4000, 9000]}),
        ("Towel 60 x 90 cm", "en", {"length": [600, 900]}),
        ("Bettwäsche 135x200 + 80x80 cm", "de", {"length": [800, 800, 1350, 2000]}),
        ("Matte 60cm×90cm", "ja", {"length": [600, 900]}),
        ('Monitor 27" 144Hz', "en", {"length": [685.8], "frequency": [144]}),
        ("Hose 1 1/2 inch", "en", {"length": [38.1]}),
        ('Casters 1-1/2"', "en", {"length": [38.1]}),
        ("Milk half gallon", "en", {"volume": [1892.705]}),
        ("Foil 75 sq. ft.", "en", {"area": [69677.25]}),
        ("Pfanne Ø 24 cm", "de", {"length": [240]}),
        ("Teppich 3 m²", "de", {"area": [30000]}),
        ("Kettle 2.200 W 220-240V", "de", {"power": [2200], "voltage": [230]}),
        ("Reiskocher 110V", "de", {"voltage": [110]}),
        ("Batterie externe 20 000 mAh", "fr", {"charge": [20000]}),
        ("Akku 18 V 4,0 Ah", "de", {"charge": [4000], "voltage": [18]}),
        ("Phone 8GB+256GB", "en", {"data": [8192, 262144]}),
        ("Disque 256 Go", "fr", {"data": [262144]}),
        ("SSD 1TB", "en", {"data": [1048576]}),
        ("LED 9W 2700K", "en", {"power": [9], "temperature": [2700]}),
        ("Sonnenmilch LSF 50 200 ml", "de", {"spf": [50], "volume": [200]}),
        ("Wein 12,5% vol 0,75l", "de", {"percent": [12.5], "volume": [750]}),
    ],
)
def test_sizes_come_in_base_units(title, language, expected):
    assert sizes(title, language) == expected


@pytest.mark.parametrize(
    "title",
    [
        "WH-1000XM4 headphones",
        "3 in 1 charger",
        "5G router",
        "Xbox360 controller",
        "奶粉 3个月以上",
        "분유 3개월",
        "Motor oil 5W-30",
        "Monitor 1920x1080",
        "3M tape",
        "Sale -50% off",
        "1 to 3 persons",
        "10x optical zoom",
        "Paper 120 g/m²",
        "Speaker (8+2) set",
        "Phone 6s",
        "",
    ],
)
def test_numbers_that_are_no_sizes_are_left_alone(title):
    assert sizes(title, "en") == {}


@given(st.integers(1, 999), st.sampled_from(sorted(unit for unit in UNITS if UNITS[unit] == ("volume", 1))))
def test_every_spelling_of_a_millilitre_means_one(number, unit):
    assert sizes(f"Water {number} {unit}", "en") == {"volume": [number]}


@given(st.text(max_size=60), st.sampled_from([None, "de", "en", "ja", "zh-Hans"]))
def test_any_text_gives_sorted_positive_sizes_and_repeats_only_lengths(title, language):
    found = extract_quantities(title, language)
    assert found == sorted(found)
    others = [size for size in found if size[0] != "length"]
    assert len(others) == len(set(others))
    assert all(value > 0 for _, value in found)


@given(st.integers(2, 48), st.integers(10, 990))
def test_both_orders_of_a_multipack_agree(pack, size):
    assert sizes(f"Cola {pack} x {size} ml") == sizes(f"Cola {size}ml x{pack}") == {"pack": [pack], "volume": [size]}


@pytest.mark.parametrize(
    ("title", "language", "expected"),
    [
        ("Салфетки влажные 60 шт.", "ru", {"count": [60]}),
        ("Аккумулятор 5000 мА·ч, 3 в 1", "ru", {"charge": [5000]}),
        ("Вытяжка 650 м3/ч", "ru", {}),
        ("5 городов мира", "ru", {}),
        ("Náhradní filtr 2 ks", "cs", {"count": [2]}),
        ("Bebek bezi 60 adet", "tr", {"count": [60]}),
        ("3'lü koltuk", "tr", {}),
        ("Porszívó zsák 4 db, 72 dB", "hu", {"count": [4]}),
        ("Hârtie igienică 8 role", "ro", {"count": [8]}),
        ("Σακούλες 20 τεμ.", "el", {"count": [20]}),
        ("Vitamin C 60 viên", "vi", {"count": [60]}),
        ("Masker isi 50", "id", {"pack": [50]}),
        ("ข้าวหอม 5กิโลกรัม", "th", {"mass": [5000]}),
        ("أرز 5 كجم 2 عبوة", "ar", {"mass": [5000], "pack": [2]}),
    ],
)
def test_units_and_counts_of_further_languages_are_read(title, language, expected):
    assert sizes(title, language) == expected


@pytest.mark.parametrize(
    ("title", "language", "stated"),
    [
        ('Garden hose Ondara 1/2" 20 m', "en", {"length": [12.7, 20000]}),
        ("Gartenschlauch Ondara 13 mm (1/2 Zoll) 20 m", "de", {"length": [12.7, 20000]}),
        ("Tuinslang Ondara 13 mm 20 m", "nl", {"length": [12.7, 20000]}),
        ("Socket Schlosso 13 mm", "en", {"length": [13]}),
        ("Kitchen paper Lunova 120 sheets x 3 ply, 2 rolls", "en", {"count": [2, 120]}),
        ("Staples Ordix 24/6 box", "en", {}),
        ("Punti metallici Ordix 26/6 conf. 2000", "it", {}),
    ],
)
def test_widths_of_hoses_are_one_size_and_layers_and_sizes_of_staples_count_nothing(title, language, stated):
    assert sizes(title, language) == stated
