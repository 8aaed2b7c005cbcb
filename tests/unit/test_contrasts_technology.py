"""Words that tell apart siblings of electronics, stationery and household appliances."""

from typing import Any

import numpy as np
import pytest

from sku_align import schema
from sku_align.attributes import Comparer
from sku_align.attributes.families import FAMILIES
from sku_align.attributes.variants import extract_variants

FOUND = [
    ("computing", "memory=DDR5", "de", "Arbeitsspeicher Volmera 16 GB DDR5"),
    ("computing", "module=SO-DIMM", "fr", "Mémoire Volmera 8 Go SO-DIMM"),
    ("computing", "drive=SSD", "en", "Volmera Swift 1 TB SSD"),
    ("computing", "place=external", "pl", "Dysk zewnętrzny Volmera 2 TB"),
    ("computing", "place=internal", "it", "SSD interno Volmera 500 GB"),
    ("computing", "bus=NVMe", "en", "Volmera Dart M.2 NVMe 1 TB"),
    ("computing", "processor=Ryzen 7", "es", "Portátil Volmera Ryzen 7 16 GB"),
    ("computing", "wifi=6E", "de", "Router Netzara Wi-Fi 6E"),
    ("computing", "bands=dual", "pt", "Router Netzara banda dupla"),
    ("computing", "usb=2.0", "nl", "USB 2.0-stick Volmera 32 GB"),
    ("computing", "cable category=6a", "en", "Patch cable Netzara Cat 6a 3 m"),
    ("computing", "modular=semi", "fr", "Alimentation Wattora 650 W semi-modulaire"),
    ("computing", "switches=brown", "ja", "キーボード クラッカ 茶軸"),
    ("computing", "switches=red", "de", "Tastatur Klakka mit roten Switches"),
    ("computing", "keyboard=mechanical", "sv", "Klakka mekaniskt tangentbord"),
    ("computing", "keys=tenkeyless", "ja", "クラッカ キーボード テンキーレス"),
    ("computing", "sim=dual", "es", "Móvil Telvo 5 doble SIM"),
    ("computing", "term=perpetual", "it", "Foto Editor Pixora licenza perpetua"),
    ("display", "resolution=QHD", "en", "Monitor Bildara 27 in 2560x1440"),
    ("display", "resolution=4K", "de", "Fernseher Bildara 55 Zoll UHD"),
    ("display", "panel=OLED", "ja", "ビルダラ 有機EL テレビ 55型"),
    ("display", "curve=curved", "it", "Bildara monitor curvo 32 pollici"),
    ("audio", "wear=in-ear", "ko", "사운도라 커널형 헤드폰"),
    ("audio", "wear=over-ear", "fr", "Casque Soundora circum-aural"),
    ("audio", "speaker=bookshelf", "sv", "Soundora bokhyllehögtalare 2 st"),
    ("audio", "drive=passive", "de", "Soundora Passivlautsprecher 10 Zoll"),
    ("audio", "microphone=condenser", "pl", "Mikrofon pojemnościowy Soundora"),
    ("photo", "mount=Sony E", "en", "Lens Optivia 35 mm f/1.4 Sony E"),
    ("photo", "filter=polarising", "nl", "Optivia polarisatiefilter 77 mm"),
    ("photo", "film=black and white", "de", "Optivia Schwarzweißfilm 36 Aufnahmen"),
    ("photo", "support=monopod", "fr", "Monopode Optivia carbone"),
    ("light", "colour=warm", "fi", "LED-polttimo Lumetto lämmin valkoinen"),
    ("light", "colour=cool", "es", "Bombilla Lumetto luz fría"),
    ("light", "base=GU10", "en", "Lumetto spot GU10 5 W"),
    ("light", "shape=candle", "it", "Lampadina candela Lumetto 4 W"),
    ("dimmable", "yes", "nl", "Lumetto ledspot dimbaar"),
    ("battery_size", "AAA", "ja", "アルカヴォ 単4形 8本"),
    ("battery_size", "D", "de", "Alkavo Monozellen LR20 2 Stück"),
    ("battery", "chemistry=alkaline", "zh", "阿卡沃 碱性电池 8节"),
    ("battery", "charging=car", "pl", "Ładowarka samochodowa Alkavo 30 W"),
    ("printing", "technology=laser", "fi", "Printora lasertulostin A4"),
    ("printing", "technology=inkjet", "fr", "Imprimante Printora jet d'encre"),
    ("print_colour", "mono", "es", "Impresora láser Printora monocromo"),
    ("special_edition", "collector", "fr", "Star Farmer Édition Collector"),
    ("digital_edition", "digital", "de", "Konsole Spielora Digitale Edition"),
    ("connectors", "plug=Lightning", "en", "Zapplink cable USB-C to Lightning 1 m"),
    ("connectors", "ends=USB-C to USB-C", "de", "Kabel Zapplink USB-C auf USB-C"),
    ("connectors", "sexes=male to female", "es", "Cable Zapplink HDMI macho/hembra"),
    ("suffix", "xl", "de", "Tinte Farbdrop 305XL"),
    ("stationery", "ruling=dotted", "fr", "Carnet Papilo A5 pointillés"),
    ("stationery", "ruling=lined", "zh", "帕皮洛 笔记本 横线"),
    ("stationery", "ruling=squared", "pl", "Zeszyt Papilo w kratkę 60 kartek"),
    ("stationery", "ruling=blank", "ja", "パピロ ノート 無地"),
    ("stationery", "pad=spiral", "nl", "Papilo spiraalblok A4"),
    ("stationery", "pen=fountain", "sv", "Skrivo reservoarpenna"),
    ("stationery", "pen=gel", "ko", "스크리보 젤펜 0.5"),
    ("stationery", "tip=chisel", "de", "Textmarker Skrivo Keilspitze"),
    ("stationery", "lead=2B", "en", "Skrivo drawing pencil 2B"),
    ("stationery", "paint=watercolour", "pt", "Skrivo aguarelas 12 cores"),
    ("stationery", "file=lever arch", "es", "Archivador de palanca Ordix A4"),
    ("stationery", "window=without", "it", "Buste Ordix DL senza finestra"),
    ("stationery", "cut=cross", "de", "Aktenvernichter Ordix Partikelschnitt"),
    ("stationery", "tape=double-sided", "fi", "Ordix kaksipuolinen teippi"),
    ("stationery", "calculator=graphing", "en", "Zahlix graphing calculator"),
    ("stationery", "calendar=wall", "de", "Wandkalender Dato 2027"),
    ("stationery", "view=week", "fr", "Agenda Dato semainier"),
    ("book_kind", "workbook", "it", "Parla Bene 1 quaderno degli esercizi"),
    ("large_print", "large", "es", "El campo largo, letra grande"),
    ("appliance", "hob=induction", "pl", "Płyta indukcyjna Kocharo 60 cm"),
    ("appliance", "hob=ceramic", "nl", "Kocharo keramische kookplaat"),
    ("appliance", "laundry=washer-dryer", "fr", "Lave-linge séchant Waschora 9 kg"),
    ("appliance", "laundry=dishwasher", "ko", "와쇼라 식기세척기 12인용"),
    ("appliance", "drying=heat pump", "it", "Asciugatrice Waschora a pompa di calore"),
    ("appliance", "cooling=freezer", "sv", "Kalto frysskåp 260 l"),
    ("appliance", "build=built-in", "ja", "ビルトイン 食洗機 ワショラ"),
    ("appliance", "hood=island", "es", "Campana isla Dunsto 90 cm"),
    ("appliance", "dust=bagless", "pl", "Odkurzacz Saugo bezworkowy"),
    ("appliance", "dust=bag", "fi", "Imuri Saugo pölypussillinen"),
    ("appliance", "vacuum=robot", "zh", "扫地机器人 索戈"),
    ("appliance", "coffee=bean-to-cup", "de", "Kaffeevollautomat Lavomat"),
    ("appliance", "jug=thermal", "pt", "Cafeteira Lavomat jarra térmica"),
    ("appliance", "mixer=hand blender", "nl", "Staafmixer Mixora 600 W"),
    ("appliance", "fan=tower", "en", "Tower fan Windora 75 cm"),
    ("appliance", "heater=oil radiator", "ja", "ヒートラ オイルヒーター"),
    ("appliance", "air=dehumidifier", "es", "Deshumidificador Klimora 10 l"),
    ("appliance", "gas=LPG", "it", "Piano cottura Kocharo GPL"),
]  # fmt: skip

SAME = [
    ("en", "Bagless vacuum cleaner Saugo 700 W", "de", "Staubsauger Saugo beutellos 700 W"),
    ("en", "Induction hob Kocharo 60 cm", "fr", "Table de cuisson induction Kocharo 60 cm"),
    ("de", "Waschtrockner Waschora 9 kg", "es", "Lavadora-secadora Waschora 9 kg"),
    ("en", "Tumble dryer Waschora heat pump 8 kg", "it", "Asciugatrice Waschora pompa di calore 8 kg"),
    ("en", "Dotted notebook Papilo A5", "de", "Notizbuch Papilo A5 gepunktet"),
    ("fr", "Cahier Papilo A4 quadrillé", "pl", "Zeszyt Papilo A4 w kratkę"),
    ("en", "Monitor Bildara 27 QHD 165 Hz", "de", "Monitor Bildara 27 2560x1440 165 Hz"),
    ("en", "TV Bildara 55 4K OLED", "ja", "テレビ Bildara 55 4K 有機EL"),
    ("en", "Cable Zapplink USB-C to Lightning 2 m", "de", "Kabel Zapplink Lightning auf USB-C 2 m"),
    ("en", "Zapplink USB to micro-USB cable", "fr", "Câble Zapplink USB-A vers micro-USB"),
    ("en", "Bulb Lumetto E27 warm white dimmable", "de", "Lampe Lumetto E27 warmweiß dimmbar"),
    ("en", "Bulb Lumetto E14 2700K", "fr", "Ampoule Lumetto E14 blanc chaud"),
    ("de", "Batterien Alkavo Mignon LR6 8 Stück", "en", "Batteries Alkavo AA 8 pcs"),
    ("en", "In-ear headphones Soundora", "pl", "Słuchawki dokanałowe Soundora"),
    ("en", "Laser printer Printora mono A4", "es", "Impresora láser Printora A4 monocromo"),
    ("en", "Ink Farbdrop 305XL black", "de", "Tinte Farbdrop 305 XL schwarz"),
    ("en", "Keyboard Klakka red switches", "fr", "Clavier Klakka switches rouges"),
    ("en", "Fountain pen Skrivo fine nib", "it", "Penna stilografica Skrivo pennino F"),
    ("en", "Fully automatic coffee machine Lavomat", "fr", "Machine à café à grain Lavomat"),
    ("en", "Star Farmer Collector's Edition", "fr", "Star Farmer Édition Collector"),
    ("en", "Router Netzara dual band Wi-Fi 6", "zh", "Netzara 路由器 双频 802.11ax"),
]  # fmt: skip

APART = [
    ("computing", "Keyboard Klakka brown switches", "Keyboard Klakka blue switches"),
    ("display", "Monitor Bildara 27 QHD", "Monitor Bildara 27 4K"),
    ("connectors", "Cable Zapplink USB-C to USB-C", "Cable Zapplink USB-C to Lightning"),
    ("connectors", "Earphones Soundora Lightning", "Earphones Soundora USB-C"),
    ("suffix", "Ink Farbdrop 305 black", "Ink Farbdrop 305XL black"),
    ("suffix", "Ink Farbdrop LC-3219XL", "Ink Farbdrop LC-3219XXL"),
    ("dimmable", "Spot Lumetto GU10 5 W", "Spot Lumetto GU10 5 W dimmable"),
    ("light", "Spot Lumetto GU10 warm white", "Spot Lumetto GU10 cool white"),
    ("appliance", "Vacuum Saugo 700 W with bag", "Vacuum Saugo 700 W bagless"),
    ("appliance", "Four Kocharo pyrolyse 71 l", "Four Kocharo catalyse 71 l"),
    ("print_colour", "Printora mono laser printer A4", "Printora colour laser printer A4"),
    ("printing", "Printora mono laser printer A4", "Printora mono inkjet printer A4"),
    ("computing", "Volmera SSD 1 TB internal", "Volmera SSD 1 TB external"),
    ("appliance", "Washing machine Waschora 9 kg", "Washer-dryer Waschora 9 kg"),
    ("stationery", "Notebook Papilo A5 lined", "Notebook Papilo A5 dotted"),
    ("digital_edition", "Console Spielora 2", "Console Spielora 2 Digital Edition"),
    ("volume_number", "Star Farmers season 2 DVD", "Star Farmers season 3 DVD"),
]

FRIENDS = [
    ("stationery", "en", "Rain jacket Alpiro fully lined"),
    ("stationery", "it", "T-shirt a righe Alpiro"),
    ("stationery", "es", "Camisa de cuadros Alpiro"),
    ("stationery", "ja", "アルピロ 無地Tシャツ"),
    ("stationery", "en", "Solar inverter Wattora grid-tie"),
    ("dimmable", "de", "Lampe Lumetto nicht dimmbar"),
    ("dimmable", "ja", "電球 ルメット 調光器非対応"),
    ("appliance", "en", "Lunch box Doso dishwasher safe"),
    ("appliance", "de", "Frischhaltedose Dosello spülmaschinenfest"),
    ("appliance", "ja", "保存容器 ドソ 電子レンジ対応"),
    ("appliance", "en", "Freezer bags Dosello 3 l"),
    ("appliance", "en", "Speaker Soundora with built-in battery"),
    ("appliance", "fr", "Poêle Kocharo tous feux dont induction"),
    ("appliance", "en", "Dishwasher tablets Cleano 60 pcs"),
    ("audio", "en", "In-ear thermometer Fevero"),
    ("audio", "en", "Bluetooth 5.1 receiver Soundora"),
    ("battery_size", "en", "Winnie by A. A. Milne stories"),
    ("connectors", "en", "USB stick Volmera 32 GB"),
    ("connectors", "en", "Dock Volmera USB-C, HDMI, VGA, RJ45 adapter"),
    ("connectors", "en", "Monitor Bildara HDMI, DisplayPort"),
    ("suffix", "en", "T-shirt Alpiro 3XL"),
    ("large_print", "en", "Poster print Papilo large"),
]


def compared(left: tuple[str, str], right: tuple[str, str]) -> Any:
    rows: list[dict[str, Any]] = []
    for at, (language, title) in enumerate((left, right)):
        variants = [{"attribute": name, "value": value} for name, value in extract_variants(title, language)]
        rows.append({"catalog": "a", "offer_id": str(at), "title": title, "variants": variants})
    return Comparer(schema.conform(rows, schema.OFFERS)).compare(np.array([[0, 1]]))


@pytest.mark.parametrize(("family", "value", "language", "title"), FOUND)
def test_a_word_of_a_shop_is_read_in_its_language(family: str, value: str, language: str, title: str) -> None:
    assert (family, value) in extract_variants(title, language)


@pytest.mark.parametrize(("language", "title", "other", "translated"), SAME)
def test_two_titles_of_one_product_agree(language: str, title: str, other: str, translated: str) -> None:
    pair = compared((language, title), (other, translated))
    apart = {name for name, signal in pair.attributes.items() if signal[0] < 0}
    assert apart | {name for name, alone in pair.telling_silence.items() if alone[0]} == set()


@pytest.mark.parametrize(("family", "left", "right"), APART)
def test_two_siblings_conflict(family: str, left: str, right: str) -> None:
    for pair in (compared(("en", left), ("en", right)), compared(("en", right), ("en", left))):
        silent = pair.telling_silence.get(family, np.zeros(1, dtype=bool))
        assert pair.attributes[family][0] < 0 or silent[0]


@pytest.mark.parametrize(("family", "language", "title"), FRIENDS)
def test_a_word_of_another_meaning_is_left_alone(family: str, language: str, title: str) -> None:
    assert family in FAMILIES
    assert family not in dict(extract_variants(title, language))
