"""Contrasts of home, tools, vehicles, leisure and fashion: words say their values in every language that shops use."""

import pytest

from sku_align.attributes.families import FAMILIES
from sku_align.attributes.families.contrasts import FOLDER
from sku_align.attributes.lexicon import tables
from sku_align.attributes.variants import extract_variants

DOMAINS = ("home", "tools", "vehicles", "leisure", "fashion")
READ = [
    ("garment", "jacket=down", "fr", "Doudoune Norvika homme noire"),
    ("garment", "trousers=cargo", "ko", "노르비카 카고팬츠 베이지"),
    ("sleeping_place", "raised=loft", "de", "Hochbett Stolvik 90x200 cm"),
    ("sleeping_place", "raised=bunk", "it", "Letto a castello Stolvik"),
    ("lamp_part", "shade", "pl", "Klosz Lumetta biały"),
    ("shower_head", "overhead", "nl", "Hoofddouche Aquaro chroom"),
    ("needlework", "crochet hook", "ja", "ウーリナ かぎ針 4mm"),
    ("instrument", "cello", "zh", "琴美 大提琴 琴弦"),
    ("vehicle_toy", "fire engine", "es", "Camión de bomberos Rodillo"),
    ("bath_fitting", "toilet paper", "de", "Toilettenpapierhalter Kalvik verchromt"),
    ("bath_fitting", "towel", "it", "Portasciugamani Kalvik cromato"),
    ("bath_fitting", "soap dispenser", "fr", "Distributeur de savon Kalvik"),
    ("bath_fitting", "toothbrush", "ja", "カルヴィク 歯ブラシスタンド"),
    ("furniture", "bar stool", "de", "Barhocker Stolvik Buche"),
    ("furniture", "desk", "fr", "Bureau Stolvik 120 cm chêne"),
    ("furniture", "coffee table", "pl", "Stolik kawowy Stolvik dąb"),
    ("furniture", "wardrobe", "es", "Armario ropero Stolvik 3 puertas"),
    ("ceiling_mount", "pendant", "it", "Lampada a sospensione Lumetta"),
    ("ceiling_mount", "flush", "zh", "Lumetta LED 吸顶灯 24W"),
    ("bed_size", "king", "en", "Duvet Dormella king size 10.5 tog"),
    ("bed_size", "single", "it", "Lenzuolo singolo Dormella"),
    ("bedding", "fitted sheet", "de", "Spannbettlaken Dormella 90x200"),
    ("bedding", "fitted sheet", "pl", "Prześcieradło z gumką Dormella"),
    ("bedding", "pillowcase", "ko", "도르멜라 베개커버 50x70"),
    ("curtain_header", "eyelet", "de", "Vorhang Gardola mit Ösen"),
    ("curtain_header", "tab top", "fr", "Rideau Gardola à pattes"),
    ("window_cover", "roller blind", "sv", "Rullgardin Gardola 80 cm"),
    ("light_blocking", "blackout", "ja", "ガルドラ 遮光カーテン"),
    ("towel", "guest towel", "de", "Gästehandtuch Frottino 30x50"),
    ("plate", "soup", "fr", "Assiette creuse Tellero 22 cm"),
    ("plate", "dessert", "pl", "Talerz deserowy Tellero"),
    ("glass", "red wine", "de", "Rotweinglas Kristello 6er"),
    ("glass", "white wine", "fi", "Valkoviinilasi Kristello"),
    ("glass", "beer", "ja", "クリステロ ビアグラス"),
    ("knife", "bread", "nl", "Broodmes Cortello 20 cm"),
    ("knife", "chef", "it", "Coltello da chef Cortello 20 cm"),
    ("cutlery", "teaspoon", "sv", "Tesked Cortello"),
    ("pot_or_lid", "lid", "de", "Glasdeckel Padello 24 cm"),
    ("pot_or_lid", "pot", "de", "Topf Padello 24 cm mit Glasdeckel"),
    ("cookware", "frying pan", "ko", "파델로 프라이팬 24cm"),
    ("fittings", "lid=with", "de", "Kochtopf Padello mit Deckel"),
    ("fittings", "armrests=without", "es", "Silla Stolvik sin reposabrazos"),
    ("sheen", "matt", "fr", "Peinture Colorim mat blanc"),
    ("sheen", "gloss", "de", "Lack Colorim hochglänzend"),
    ("indoors", "outdoor", "it", "Telecamera Guardix da esterno"),
    ("shape", "round", "pl", "Dywan Tapetti okrągły"),
    ("pattern", "striped", "es", "Funda Dormella de rayas"),
    ("for_material", "metal", "de", "Metallbohrer Bohrix 6 mm"),
    ("for_material", "masonry", "pt", "Broca para betão Bohrix 6 mm"),
    ("screw_head", "countersunk", "de", "Senkkopfschraube Schraubix M6"),
    ("screw_drive", "slotted", "fr", "Tournevis plat Schraubix"),
    ("power_tool", "hammer drill", "de", "Akku-Schlagbohrschrauber Bohrix"),
    ("power_tool", "impact driver", "ja", "ボーリクス インパクトドライバー 18V"),
    ("hand_tool", "side cutters", "nl", "Zijsnijtang Zangix 160 mm"),
    ("coating", "primer", "de", "Holzgrundierung Colorim 1 l"),
    ("paint_base", "water-based", "pl", "Lakier Colorim wodorozcieńczalny"),
    ("glue", "wood", "en", "Klebix wood glue 500 ml"),
    ("thread", "male", "de", "Nippel Rohrix Außengewinde"),
    ("for_plant", "roses", "fi", "Ruusulannoite Kasvix 1 kg"),
    ("pest", "mice", "de", "Mausefalle Fallix"),
    ("power", "petrol", "pl", "Kosiarka Kosix spalinowa"),
    ("bike_valve", "Presta", "de", "Schlauch Radix 28 Zoll Sclaverand"),
    ("bike_valve", "Schrader", "nl", "Binnenband Radix 28 inch autoventiel"),
    ("brake_kind", "disc", "pl", "Hamulec tarczowy Radix"),
    ("car_filter", "cabin", "de", "Innenraumfilter Filtrix"),
    ("strokes", "two", "es", "Aceite Motorix 2 tiempos"),
    ("left_handed", "left-handed", "de", "Schere Scherix für Linkshänder"),
    ("left_handed", "left-handed", "fr", "Ciseaux Scherix pour gaucher"),
    ("fraction", "3/4", "en", "Guitar Melodix 3/4 natural"),
    ("guitar", "classical", "it", "Chitarra classica Melodix"),
    ("strings", "nylon", "fr", "Cordes nylon Melodix"),
    ("game_part", "expansion", "de", "Ritterix Erweiterung"),
    ("fishing_line", "braided", "pl", "Plecionka Haczyx 0,14 mm"),
    ("sleeping_bag", "mummy", "de", "Mumienschlafsack Kampix"),
    ("artist_paint", "oil", "sv", "Oljefärg Pinselix 40 ml"),
    ("skate", "ice", "fi", "Luistimet Liukix 42"),
    ("shoe_width", "wide", "en", "Shoe Sohlix wide fit"),
    ("closure", "velcro", "it", "Scarpe Sohlix a strappo"),
    ("neckline", "V", "ja", "ニティクス Vネック セーター"),
    ("neckline", "crew", "fr", "Pull Knittix col rond"),
    ("lining", "unlined", "de", "Jacke Knittix ungefüttert"),
    ("swimwear", "bottom", "de", "Bikinihose Badix"),
    ("sleeves", "sleeveless", "ko", "니틱스 민소매 셔츠"),
    ("precious_metal", "silver", "pl", "Pierścionek Ringix srebro 925"),
    ("fineness", "14k", "de", "Ring Ringix 585er Gold"),
    ("earring_kind", "hoop", "pt", "Argolas Ringix 30 mm"),
    ("chain_kind", "curb", "de", "Panzerkette Ringix 50 cm"),
    ("watch_strap", "leather", "fr", "Montre Tickix bracelet cuir"),
    ("bag", "crossbody", "nl", "Crossbodytas Taschix"),
]
ALIKE = [
    ("en", "Bar stool Stolvik beech", "pl", "Hoker Stolvik buk"),
    ("de", "Bürostuhl Stolvik schwarz", "it", "Sedia girevole Stolvik nera"),
    ("de", "Spannbettlaken Dormella 90x200", "fr", "Drap housse Dormella 90x200"),
    ("es", "Funda nórdica Dormella 150x200", "en", "Duvet cover Dormella 150x200"),
    ("de", "Rotweinglas Kristello", "it", "Calice da vino rosso Kristello"),
    ("fr", "Couteau à pain Cortello", "ja", "コルテロ パン切り包丁"),
    ("de", "Kochtopf Padello mit Deckel", "en", "Stockpot Padello with lid"),
    ("en", "Wall light Lumetta indoor/outdoor", "it", "Applique Lumetta da interno/esterno"),
    ("de", "Holzbohrer Bohrix 8 mm", "es", "Broca para madera Bohrix 8 mm"),
    ("de", "Akku-Bohrschrauber Bohrix 18 V", "fr", "Perceuse-visseuse Bohrix 18 V"),
    ("pl", "Kosiarka Kosix spalinowa", "de", "Benzin-Rasenmäher Kosix"),
    ("en", "Inner tube Radix presta", "de", "Fahrradschlauch Radix Sclaverand"),
    ("fr", "Plaquettes de frein Radix", "de", "Bremsbeläge Radix"),
    ("de", "Konzertgitarre Melodix 4/4", "fr", "Guitare classique Melodix 4/4"),
    ("en", "Sweater Knittix crew neck", "de", "Pullover Knittix Rundhals"),
    ("en", "Tennis racket Rakix strung", "de", "Tennisschläger Rakix besaitet"),
    ("es", "Pendientes Ringix plata de ley", "de", "Ohrringe Ringix Silber 925"),
    ("zh", "里希 光动能手表", "en", "Solar watch Tickix"),
]
NOTHING = [
    ("furniture", "de", "Schreibtischlampe Lumetta"),
    ("furniture", "en", "Desk lamp Lumetta LED"),
    ("furniture", "fr", "Housse de chaise Stolvik"),
    ("pot_or_lid", "de", "Schüssel Padello mit Deckel"),
    ("pot_or_lid", "de", "Blumentopf Gartix 20 cm"),
    ("cookware", "fr", "Poêle à bois Ofenix"),
    ("knife", "de", "Rohr Rohrix Durchmesser 20 mm"),
    ("window_cover", "en", "Shower curtain Badix"),
    ("towel", "de", "Handtuchhalter Badix"),
    ("shape", "en", "All round cleaner Putzix"),
    ("shape", "de", "T-Shirt Knittix Rundhals"),
    ("sheen", "en", "Lip gloss Glossix"),
    ("indoors", "en", "Rug Tapetti indoor/outdoor"),
    ("pattern", "fr", "Cahier Papix grands carreaux"),
    ("plant_part", "en", "Roasted sunflower seeds Kernix"),
    ("left_handed", "de", "Schere Scherix für Links- und Rechtshänder"),
    ("left_handed", "en", "Scissors Scherix left and right handed"),
    ("game_part", "de", "Speichererweiterung Chipix"),
    ("bike_frame", "en", "Heat wave lamp Lumetta"),
    ("bag", "en", "Leather wallet case Hullix"),
    ("jewel", "en", "Napkin ring Tellero"),
    ("lining", "en", "Lined notebook Papix"),
    ("thread", "en", "Adapter Rohrix male to female"),
    ("actuation", "de", "Mechanische Tastatur Keyo"),
]


def stated(language: str, title: str, family: str) -> set[str]:
    return {value for name, value in extract_variants(title, language) if name == family}


@pytest.mark.parametrize(("family", "value", "language", "title"), READ)
def test_a_title_states_which_of_its_siblings_it_is(family: str, value: str, language: str, title: str) -> None:
    assert stated(language, title, family) == {value}


@pytest.mark.parametrize(("one", "left", "other", "right"), ALIKE)
def test_two_languages_say_one_product_alike(one: str, left: str, other: str, right: str) -> None:
    names = [name for domain in DOMAINS for name in tables(FOLDER / f"{domain}.toml")]
    for name in names:
        ours, theirs = stated(one, left, name), stated(other, right, name)
        assert not ours or not theirs or ours & theirs, name


@pytest.mark.parametrize(("family", "language", "title"), NOTHING)
def test_a_false_friend_states_nothing(family: str, language: str, title: str) -> None:
    assert stated(language, title, family) == set()


def test_no_name_stands_for_two_families() -> None:
    files = [set(tables(file)) for file in FOLDER.glob("*.toml")]
    assert sum(map(len, files)) == len(set().union(*files)) == len(set().union(*files) & FAMILIES.keys())
