"""Sorts, grades, cuts and makings of food are read in every language and have no false friends."""

import pytest

from sku_align.attributes.variants import extract_variants
from tests.unit.test_attribute_families import compared

FAMILIES = ("food", "food_grade", "food_made", "farming")

READ = [
    ("food", "tea=black", "en", "Velmora English Breakfast 80 bags"),
    ("food", "tea=black", "de", "Velmora Schwarztee Assam 250 g"),
    ("food", "tea=green", "ja", "ヴェルモラ 緑茶 100g"),
    ("food", "tea=rooibos", "nl", "Velmora rooibosthee 20 zakjes"),
    ("food", "tea=chamomile", "es", "Velmora manzanilla 25 bolsitas"),
    ("food_grade", "tea_format=loose", "pl", "Velmora herbata liściasta 100 g"),
    ("food_grade", "milk_fat=semi", "fr", "Lait demi-écrémé Prairelle 1 L"),
    ("food_grade", "milk_fat=whole", "it", "Latte intero Prairelle 1 L"),
    ("food_grade", "milk_fat=skimmed", "fi", "Prairelle rasvaton maito 1 l"),
    ("food", "milk=oat", "sv", "Havrilo havredryck 1 l"),
    ("food", "milk=soy", "ko", "하브릴로 두유 190ml"),
    ("food", "milk=goat", "pt", "Queijo de cabra Prairelle 200 g"),
    ("food", "cream=whipping", "nl", "Prairelle slagroom 250 ml"),
    ("food", "yogurt=greek", "en", "Prairelle Greek-style yoghurt 500 g"),
    ("food", "cheese=feta", "de", "Prairelle Feta 150 g"),
    ("food_grade", "cheese_age=young", "nl", "Kaasmeer jonge kaas 48+"),
    ("food_grade", "cheese_age=mature", "es", "Queso curado Prairelle 250 g"),
    ("food", "eggs=free range", "fr", "Œufs plein air Prairelle x 10"),
    ("food", "eggs=barn", "de", "Prairelle Eier Bodenhaltung 10 Stück"),
    ("food", "wine=red", "de", "Castelbrun Rotwein 0,75 l"),
    ("food", "wine=white", "zh", "卡斯布伦 白葡萄酒 750ml"),
    ("food", "wine=rose", "it", "Castelbrun rosato 75 cl"),
    ("food_grade", "sweetness=semi-dry", "pl", "Castelbrun wino półwytrawne 0,75 l"),
    ("food", "grape=merlot", "en", "Castelbrun Merlot 75 cl"),
    ("food", "water=still", "es", "Agua mineral Fontalba sin gas 1,5 l"),
    ("food", "water=sparkling", "pl", "Woda Fontalba gazowana 1,5 l"),
    ("food", "beer=wheat", "de", "Brauhof Hefeweizen 0,5 l"),
    ("food", "beer=stout", "en", "Brauhof Stout 440 ml"),
    ("food", "rum=white", "es", "Tortuguera ron blanco 70 cl"),
    ("food", "vinegar=apple", "fi", "Acetano omenaviinietikka 500 ml"),
    ("food", "olive_oil=extra virgin", "pt", "Azeite Olivanda virgem extra 750 ml"),
    ("food", "rice=basmati", "sv", "Risora basmatiris 1 kg"),
    ("food", "rice=brown", "ja", "リゾラ 玄米 5kg"),
    ("food", "grain=spelt", "de", "Mühlfein Dinkelmehl 1 kg"),
    ("food", "grain=rye", "sv", "Mjolvik rågmjöl 2 kg"),
    ("food_grade", "wholegrain=whole", "fr", "Pâtes complètes Pastovia au blé complet 500 g"),
    ("food", "bread=sourdough", "en", "Brotina sourdough loaf 800 g"),
    ("food", "pasta=penne", "zh", "帕斯托 意大利长通粉 500克"),
    ("food", "noodles=udon", "ja", "パストヴィア うどん 3食"),
    ("food", "sugar=powdered", "nl", "Zoetina poedersuiker 500 g"),
    ("food", "salt=sea", "fr", "Fleur de sel Marinelle 125 g"),
    ("food_grade", "coffee_bean=arabica", "en", "Cafetino 100% Arabica 1 kg"),
    ("food_grade", "roast=dark", "fi", "Cafetino tummapaahto 500 g"),
    ("food", "coffee=lungo", "de", "Cafetino Kapseln Lungo 10 Stück"),
    ("food_grade", "canned_in=water", "it", "Tonno Marolino al naturale 160 g"),
    ("food_grade", "canned_in=oil", "zh", "马罗里 吞拿鱼 油浸 185克"),
    ("food_grade", "canned_in=tomato sauce", "pl", "Sardynki Marolino w sosie pomidorowym"),
    ("food", "cut=thigh", "en", "Pollano chicken thighs 1 kg"),
    ("food", "cut=wing", "zh", "波拉诺 鸡翅 1kg"),
    ("food", "cut=mince", "sv", "Pollano nötfärs 500 g"),
    ("food", "ham=raw", "it", "Prosciutto crudo Norcello 100 g"),
    ("food", "ham=cooked", "es", "Jamón cocido Norcello 100 g"),
    ("food_grade", "state=frozen", "nl", "Groenvar diepvriesspinazie 450 g"),
    ("food_grade", "pit=pitted", "de", "Olivanda Oliven entsteint 350 g"),
    ("food", "tomato=chopped", "es", "Tomate troceado Pomodella 400 g"),
    ("food", "legume=red lentils", "pl", "Soczewica czerwona Legumio 400 g"),
    ("food_grade", "juice=nectar", "de", "Fruttiva Orangen Nektar 1 l"),
    ("food", "honey=acacia", "it", "Miele di acacia Apivera 500 g"),
    ("food", "chocolate=dark", "fi", "Kakaola tumma suklaa 200 g"),
    ("food", "chocolate=milk", "ko", "카카올라 밀크초콜릿 90g"),
    ("food", "pizza=four cheese", "fr", "Pizza Fornelli 4 fromages 400 g"),
    ("food", "yeast=dry", "sv", "Mjolvik torrjäst 3 x 11 g"),
    ("food", "protein=casein", "en", "Muskelio casein 1 kg vanilla"),
    ("food", "pet_food=wet", "pl", "Karma mokra Pawello dla psa 400 g"),
    ("food_grade", "pet_sauce=jelly", "fr", "Sachets Pawello en gelée 85 g"),
    ("food_grade", "breed=large", "es", "Pienso Pawello perros grandes 12 kg"),
    ("food_made", "smoked", "de", "Norcello Räucherforelle 125 g"),
    ("food_made", "smoked", "pl", "Ser Prairelle wędzony 200 g"),
    ("food_made", "breaded", "it", "Merluzzo Marolino impanato 300 g"),
    ("food_made", "unsweetened", "en", "Havrilo oat drink unsweetened 1 l"),
    ("flavour", "apricot", "de", "Fruttiva Marillenkonfitüre 340 g"),
    ("flavour", "plum", "pl", "Fruttiva dżem śliwkowy 280 g"),
    ("flavour", "pumpkin", "sv", "Soppeva pumpasoppa 500 ml"),
    ("flavour", "mushroom", "it", "Zuppa Soppeva ai funghi 500 ml"),
    ("flavour", "cashew", "fr", "Noix de cajou Nussella 200 g"),
    ("flavour", "sesame oil", "ko", "세사르 참기름 320ml"),
    ("flavour", "ginger", "nl", "Fruttiva gemberthee 20 zakjes"),
    ("flavour", "yuzu", "ja", "ヴェルモラ 柚子 ジャム 300g"),
    ("food", "tea=mint", "de", "Velmora Pfefferminztee 20 Beutel"),
    ("food", "kimchi=radish", "ko", "한솥내 총각김치 1kg"),
    ("food_grade", "chilli_heat=mild", "ja", "ナゴリカ カレー 甘口 200g"),
    ("food_grade", "cooking=raw", "fr", "Crevettes Marolino crues 300 g"),
    ("food_made", "barista", "en", "Havrilo oat drink Barista 1 l"),
    ("flavour", "cucumber", "en", "Picklo sliced gherkins 330 g"),
    ("farming", "organic", "fi", "Prairelle luomumaito 1 l"),
    ("farming", "organic", "zh", "田野 有机 大米 2kg"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "value", "language", "title"), READ)
def test_a_sort_is_read(family: str, value: str, language: str, title: str) -> None:
    assert (family, value) in extract_variants(title, language)


SAME = [
    ("en", "Velmora black tea 20 tea bags", "de", "Velmora Schwarztee 20 Teebeutel"),
    ("fr", "Thé vert Velmora 100 g", "ja", "ヴェルモラ 緑茶 100g"),
    ("de", "Prairelle fettarme Milch 1 l", "it", "Latte parzialmente scremato Prairelle 1 l"),
    ("en", "Havrilo oat drink 1 l", "pl", "Havrilo napój owsiany 1 l"),
    ("es", "Queso de cabra Prairelle", "nl", "Prairelle geitenkaas"),
    ("de", "Castelbrun Rotwein trocken 0,75 l", "fr", "Vin rouge sec Castelbrun 75 cl"),
    ("it", "Acqua frizzante Fontalba 1 l", "zh", "丰塔尔巴 气泡水 1L"),
    ("en", "Brauhof wheat beer 500 ml", "fr", "Brauhof bière blanche 50 cl"),
    ("pt", "Arroz integral Risora 1 kg", "en", "Risora brown rice 1 kg"),
    ("de", "Mühlfein Roggenmehl 1 kg", "fi", "Mühlfein ruisjauho 1 kg"),
    ("en", "Marolino tuna in sunflower oil 160 g", "pl", "Tuńczyk Marolino w oleju 160 g"),
    ("en", "Pollano chicken wings 1 kg", "ja", "ポラーノ 手羽先 1kg"),
    ("es", "Jamón serrano Norcello 100 g", "en", "Norcello cured ham 100 g"),
    ("sv", "Kakaola mörk choklad 100 g", "ko", "카카올라 다크초콜릿 100g"),
    ("en", "Norcello smoked salmon 100 g", "de", "Norcello Räucherlachs 100 g"),
    ("nl", "Prairelle biologische melk 1 l", "sv", "Prairelle ekologisk mjölk 1 l"),
    ("en", "Pawello wet cat food in jelly 85 g", "es", "Comida húmeda Pawello para gatos en gelatina 85 g"),
]  # fmt: skip


@pytest.mark.parametrize(("left_language", "left", "right_language", "right"), SAME)
def test_one_product_in_two_languages_does_not_conflict(
    left_language: str, left: str, right_language: str, right: str
) -> None:
    pair = compared(left, right, left_language, right_language)
    assert any(pair.attributes[family].tolist() == [1] for family in FAMILIES if family in pair.attributes)
    for family in FAMILIES:
        if family in pair.attributes:
            assert pair.attributes[family].tolist() != [-1], pair.conflicts
        if family in pair.telling_silence:
            assert pair.telling_silence[family].tolist() == [False], pair.conflicts


@pytest.mark.parametrize(
    ("language", "left", "right"),
    [
        ("en", "Velmora green tea 20 bags", "Velmora white tea 20 bags"),
        ("de", "Castelbrun Rotwein 0,75 l", "Castelbrun Weißwein 0,75 l"),
        ("it", "Prosciutto cotto Norcello 100 g", "Prosciutto crudo Norcello 100 g"),
        ("fr", "Farine de blé Moulinette 1 kg", "Farine de seigle Moulinette 1 kg"),
        ("en", "Norcello mackerel fillets 200 g", "Norcello smoked mackerel fillets 200 g"),
        ("en", "Prairelle butter 250 g", "Prairelle organic butter 250 g"),
    ],
)
def test_siblings_differ(language: str, left: str, right: str) -> None:
    pair = compared(left, right, language)
    differs = [pair.attributes[f].tolist() == [-1] for f in FAMILIES if f in pair.attributes]
    differs += [signal.tolist() == [True] for f, signal in pair.telling_silence.items() if f in FAMILIES]
    assert any(differs)


FALSE_FRIENDS = [
    ("food", "en", "Honey badger plush toy Zuzzo"),
    ("food", "en", "Butter dish Porzella with lid"),
    ("food", "en", "Muffin tin Backino 12 cups"),
    ("food", "en", "Frozen Elsa doll 30 cm"),
    ("food", "en", "Wine glass Kristallo 6 pieces"),
    ("food", "en", "Champagne gold table lamp Lumo"),
    ("food", "de", "Trockenhaube Ventra 800 W"),
    ("food", "de", "Kugellager Rollvik 10 mm"),
    ("food", "de", "Dosenöffner Kuchenfix"),
    ("food", "nl", "Koptelefoon Sonavi ruisonderdrukking"),
    ("food", "sv", "Rum för två, affisch"),
    ("food", "fr", "Papillote cuisson Cuisella"),
    ("food", "de", "Briefumschlag Papyra C5"),
    ("food", "zh", "小米手机 13 128GB"),
    ("food", "ja", "シャンパンゴールド 腕時計 トキオラ"),
    ("food_made", "en", "Smoked glass vase Kristallo"),
    ("food_made", "de", "Rauchermelder Sichera"),
    ("food_made", "it", "Insalatiera Porzella 25 cm"),
    ("farming", "en", "Biometric door lock Sichera"),
    ("farming", "en", "Organic Chemistry, a textbook"),
    ("flavour", "de", "Entenfedern Kissen Schlafina"),
    ("flavour", "es", "Silla de oficina Ergona"),
    ("flavour", "fr", "Robe à pois Florina"),
    ("flavour", "zh", "维拉 洗发水 原味经典"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "language", "title"), FALSE_FRIENDS)
def test_a_false_friend_is_left_alone(family: str, language: str, title: str) -> None:
    assert family not in dict(extract_variants(title, language))
