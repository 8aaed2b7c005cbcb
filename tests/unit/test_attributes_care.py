"""What titles of cosmetics, medicines, lenses, and supplies for babies and pets say is read as it is meant."""

import pytest

from sku_align.attributes.variants import extract_variants
from tests.unit.test_attribute_families import compared


def read(family: str, title: str, language: str) -> set[str]:
    return {value for name, value in extract_variants(title, language) if name == family}


@pytest.mark.parametrize(
    ("language", "title", "strength"),
    [
        ("en", "Solvita vitamin D3 2,000 IU", "units=2000"),
        ("de", "Solvita Vitamin D3 2.000 I.E.", "units=2000"),
        ("fr", "Solvita vitamine D3 2000 UI", "units=2000"),
        ("pl", "Solvita witamina D3 2000 j.m.", "units=2000"),
        ("zh-Hans", "素维塔 维生素D3 2000国际单位", "units=2000"),
        ("sv", "Solvita folsyra 400 µg", "micrograms=400"),
        ("ja", "ソルビタ 葉酸 400マイクログラム", "micrograms=400"),
        ("de", "Solvita Probiotika 10 Mrd. KBE", "billion cultures=10"),
        ("ko", "솔비타 유산균 100억 CFU", "billion cultures=10"),
        ("zh-Hans", "路明 老花镜 150度", "dioptre=1.5"),
        ("zh-Hant", "路明 近視隱形眼鏡 325度", "dioptre=-3.25"),
        ("nl", "Lumina daglenzen -3,25 BC 8.4", "bc=8.4"),
        ("de", "Lumina Monatslinsen torisch -3,25 ZYL -1,25 Achse 90", "ax=90"),
    ],
)
def test_a_dose_and_a_lens_are_read_in_the_units_of_each_language(language: str, title: str, strength: str) -> None:
    assert strength in read("strength", title, language)


def test_a_dose_is_no_year() -> None:
    assert read("year", "Solvita Vitamin D3 2000 I.E.", "de") == set()


def test_doses_in_two_units_are_no_conflict_and_two_in_one_unit_are() -> None:
    assert compared("Solvita D3 25 µg (1000 IU)", "Solvita D3 1000 IE", "en", "nl").attributes["strength"][0] == 1
    assert compared("Solvita D3 25 µg", "Solvita D3 1000 IE", "en", "nl").attributes["strength"][0] == 0
    assert compared("Solvita D3 1000 IU", "Solvita D3 4000 UI", "en", "it").attributes["strength"][0] == -1


@pytest.mark.parametrize(
    ("language", "title", "shade"),
    [
        ("en", "Rosalba lipstick 214 Dusty Rose 3.5 g", "214"),
        ("de", "Rosalba Lippenstift Nr. 214 Dusty Rose", "214"),
        ("ja", "ロザルバ ファンデーション 30ml 05 ベージュ", "5"),
        ("ko", "로잘바 쿠션 파운데이션 21호", "21"),
        ("it", "Rosalba fondotinta SPF 20 n. 03", "3"),
        ("fr", "Rosalba coloration permanente 6/0 blond foncé", "6"),
        ("de", "Rosalba Haarfarbe 6-0 Dunkelblond bis zu 8 Wochen", "6"),
        ("sv", "Rosalba hårfärg 5,3 gyllenbrun", "5.3"),
    ],
)
def test_the_number_of_a_shade_stands_alone(language: str, title: str, shade: str) -> None:
    assert read("code", title, language) == {shade}


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Rosalba lipstick lasts 24 hours"),
        ("en", "Rosalba eyeshadow palette 12 shades"),
        ("fr", "Rosalba mascara 3 en 1"),
        ("pl", "Rosalba podkład SPF 30 30 ml"),
        ("de", "Rosalba Mascara 10 ml 2 x"),
        ("en", "Concrete foundation stone 120"),
    ],
)
def test_other_numbers_of_make_up_are_no_shade(language: str, title: str) -> None:
    assert read("code", title, language) == set()


@pytest.mark.parametrize(
    ("family", "language", "title"),
    [
        ("form", "en", "Handina nitrile gloves powder free 100 pcs"),
        ("material", "de", "Frescodeo Deostick ohne Aluminium"),
        ("material", "fr", "Frescodeo sans aluminium 50 ml"),
        ("material", "de", "Lockenia Shampoo silikonfrei"),
        ("material", "ja", "ロッケニア シリコンフリー シャンプー"),
        ("material", "zh", "洛肯 洗发水 不含硅胶"),
        ("material", "es", "Crema Dermosol piel seca 50 ml"),
        ("material", "it", "Crema Dermosol pelli e pelle sensibile"),
        ("animal", "es", "Gel Dermosol de la cabeza a los pies"),
        ("animal", "en", "Walking cane Stockina folding"),
        ("flavour", "fr", "Lentilles de contact Lumina x6"),
        ("flavour", "it", "Tinta Rosalba castano chiaro"),
        ("paint_base", "it", "Solarina crema resistente all'acqua"),
        ("food", "en", "Luneva pads with wings 14"),
        ("pieces", "en", "Rosalba hair dye 5.3 light brown"),
        ("fits", "en", "Dermosol cream for dry skin 75ml"),
        ("fits", "en", "Puzzle Kiddo for ages 3 years"),
    ],
)
def test_what_is_denied_or_means_something_else_is_not_read(family: str, language: str, title: str) -> None:
    assert read(family, title, language) == set()


@pytest.mark.parametrize(
    ("family", "language", "title", "value"),
    [
        ("material", "en", "Leather wallet Portello, free shipping", "leather"),
        ("material", "es", "Cartera Portello de piel", "leather"),
        ("material", "en", "Glass free-standing shelf Nordo", "glass"),
        ("form", "en", "Lockenia gel without alcohol", "gel"),
        ("animal", "pl", "Karma dla psa Pawlo", "dogs"),
    ],
)
def test_what_stands_beside_a_denial_is_still_read(family: str, language: str, title: str, value: str) -> None:
    assert read(family, title, language) == {value}


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Solvita zinc 60 tablets, 2 months supply"),
        ("de", "Solvita Zink 60 Kapseln 2 Monate Vorrat"),
        ("ko", "솔비타 아연 2개월분 60정"),
        ("ja", "ソルビタ 亜鉛 2ヶ月分"),
        ("de", "Dentolino Zahnbürste 2 Jahre Garantie"),
        ("fr", "Collier Pawlo 8 mois de protection"),
        ("en", "Brush heads Dentolino, replace every 3 months"),
    ],
)
def test_how_long_a_thing_lasts_is_no_age(language: str, title: str) -> None:
    assert read("stage", title, language) == set()


def test_a_count_behind_a_size_is_no_size() -> None:
    assert read("size", "おむつ ビンボリ Mサイズ 40枚", "ja") == {"M"}


def test_two_spares_of_one_device_of_which_one_says_for_are_one_thing() -> None:
    spares = compared("Ersatzklingen für Barbino 5", "Barbino 5 replacement blades", "de", "en")
    assert spares.telling_silence["fits"].tolist() == [False]
    device = compared("Ersatzklingen für Barbino 5", "Barbino 5 Rasierer", "de")
    assert device.telling_silence["fits"].tolist() == [True]


def test_the_line_of_a_fragrance_and_a_tester_are_others() -> None:
    plain = "Nuvola eau de parfum 50 ml"
    for other in ("Nuvola Intense EDP 50 ml", "Nuvola eau de parfum 50 ml tester"):
        assert compared(plain, other).telling_silence["fragrance"].tolist() == [True]
    assert (
        compared("Nuvola EDP Intense 50 ml", "ヌヴォラ インテンス オードパルファム", "en", "ja").attributes[
            "fragrance"
        ][0]
        == 1
    )
    # Chinese shops translate the name, and a coffee is no fragrance.
    assert (
        compared("Nuvola EDP Intense 50 ml", "诺沃拉 浓烈 EDP 香水 50ml", "en", "zh").telling_silence["fragrance"][0]
        == 0
    )
    assert read("fragrance", "Lavo espresso intense 250 g", "en") == set()


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Barbino razor + 9 refills"),
        ("ja", "ロザルバ アイブロウ 替え芯付き"),
        ("en", "Rosalba brow pencil with refill"),
    ],
)
def test_a_refill_that_comes_with_the_thing_is_no_role(language: str, title: str) -> None:
    assert read("role", title, language) == set()


def test_chunks_in_gravy_are_gravy_and_shampoo_and_conditioner_in_one_are_two_in_one() -> None:
    assert read("food_grade", "Miaulo chunks in gravy beef 85 g", "en") == {"pet_sauce=gravy"}
    assert read("care", "Lockenia champú y acondicionador 2 en 1", "es") == {"hair=two in one"}
    assert read("care", "Lockenia 2in1 Shampoo & Conditioner", "en") == {"hair=two in one"}


def test_tampons_and_milks_of_other_sizes_and_ages_conflict() -> None:
    assert compared("Luneva tampões super 16", "Luneva mini tampons 16", "pt", "en").attributes["care_for"][0] == -1
    assert compared("Lactina lait 3ème âge 800 g", "Lactina follow-on milk", "fr", "en").attributes["food"][0] == -1
