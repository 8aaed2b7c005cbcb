"""Care products of one range differ in one word: it is read in every language, agrees, and has no false friends."""

import pytest

from sku_align.attributes.variants import extract_variants
from tests.unit.test_attribute_families import compared

FAMILIES = ("care", "care_for", "time_of_day")

READ = [
    ("care", "hair=shampoo", "fr", "Shampooing Capilia 250 ml"),
    ("care", "hair=shampoo", "zh", "卡皮利亚 洗发露 400ml"),
    ("care", "hair=conditioner", "de", "Capilia Spülung 200 ml"),
    ("care", "hair=conditioner", "pl", "Capilia odżywka do włosów 200 ml"),
    ("care", "hair=treatment", "ja", "カピリア トリートメント 200g"),
    ("care", "hair=dry shampoo", "es", "Champú en seco Capilia 150 ml"),
    ("care", "hair=hairspray", "nl", "Capilia haarlak 300 ml"),
    ("care", "hair=wax", "ko", "카필리아 헤어왁스 80g"),
    ("care", "hair=dye", "fi", "Capilia hiusväri 5.0"),
    ("care_for", "hair_type=dandruff", "it", "Shampoo antiforfora Capilia 250 ml"),
    ("care_for", "hair_type=damaged", "de", "Capilia Shampoo strapaziertes Haar"),
    ("care_for", "hair_type=greasy", "pt", "Champô Capilia cabelos oleosos 250 ml"),
    ("care_for", "hold=strong", "de", "Capilia Haarspray starker Halt"),
    ("care_for", "skin=dry", "es", "Crema Dermavia piel seca 50 ml"),
    ("care_for", "skin=oily", "zh", "德玛维 乳液 油性肌肤 100ml"),
    ("care_for", "skin=combination", "de", "Dermavia Fluid Mischhaut 50 ml"),
    ("care_for", "skin=sensitive", "sv", "Dermavia kräm känslig hud 50 ml"),
    ("care", "body=hand", "fr", "Crème mains Dermavia 75 ml"),
    ("care", "body=foot", "de", "Dermavia Fußcreme 75 ml"),
    ("care", "body=body", "en", "Dermavia body lotion 400 ml"),
    ("care", "body=eye", "pl", "Dermavia krem pod oczy 15 ml"),
    ("care", "body=lip", "ja", "デルマヴィア リップクリーム 3g"),
    ("care", "face=serum", "it", "Siero viso Dermavia 30 ml"),
    ("care", "face=toner", "ja", "デルマヴィア 化粧水 200ml"),
    ("care", "face=micellar water", "es", "Agua micelar Dermavia 400 ml"),
    ("care", "face=mask", "ko", "더마비아 마스크팩 10매"),
    ("care", "wash=shower gel", "nl", "Lavela douchegel 250 ml"),
    ("care", "wash=hand soap", "fi", "Lavela nestesaippua 300 ml"),
    ("care", "makeup=foundation", "it", "Fondotinta Bellura 02 30 ml"),
    ("care", "makeup=lip gloss", "en", "Bellura lip gloss 3 ml"),
    ("care", "makeup=lipstick", "pl", "Bellura szminka 05"),
    ("care", "makeup=eyeliner", "zh", "贝露拉 眼线笔 黑"),
    ("care", "nail=top coat", "de", "Bellura Top Coat 8 ml"),
    ("care_for", "finish=matte", "fr", "Rouge Bellura fini mat 4 g"),
    ("care_for", "mascara=volume", "en", "Bellura volumizing mascara 10 ml"),
    ("care", "sun=after sun", "it", "Doposole Solaria 200 ml"),
    ("care", "sun=sunscreen", "nl", "Solaria zonnebrandcrème SPF 30"),
    ("care", "shave=aftershave", "pt", "Barbello pós-barba 100 ml"),
    ("care", "shave=shaving gel", "sv", "Barbello rakgel 200 ml"),
    ("care", "oral=mouthwash", "de", "Dentina Mundspülung 500 ml"),
    ("care", "oral=floss", "es", "Dentina hilo dental 50 m"),
    ("care_for", "toothpaste=whitening", "fr", "Dentifrice Dentina blancheur 75 ml"),
    ("care", "period=liners", "de", "Femilia Slipeinlagen 40 Stück"),
    ("care_for", "wings=with", "it", "Assorbenti Femilia con ali 14 pz"),
    ("care", "nappy=pants", "zh", "宝贝乐 拉拉裤 L 40片"),
    ("care", "nappy=taped", "pl", "Pieluchy Bimbolo 4, 46 szt."),
    ("care", "paper=kitchen", "en", "Saugona kitchen roll 4 rolls"),
    ("care", "paper=toilet", "ja", "サウゴナ トイレットペーパー 12ロール"),
    ("care", "laundry=softener", "es", "Suavizante Lavandia 60 lavados"),
    ("care_for", "wash_for=colour", "de", "Lavandia Colorwaschmittel 20 WL"),
    ("care_for", "wash_for=wool and silk", "fr", "Lessive Lavandia laine et soie 1 L"),
    ("care", "dish=rinse aid", "nl", "Spoelix glansspoelmiddel 500 ml"),
    ("care", "dish=machine", "en", "Spoelix dishwasher tablets 40"),
    ("care", "cleaner=glass", "pl", "Spoelix płyn do szyb 750 ml"),
    ("care", "cleaner=bathroom", "fr", "Nettoyant salle de bain Spoelix 750 ml"),
    ("care", "freshener=candle", "it", "Candela profumata Aromella"),
    ("care_for", "plaster=blister", "de", "Pflastra Blasenpflaster 6 Stück"),
    ("care", "drops=eye", "ja", "ピュアル 目薬 12ml"),
    ("care_for", "cough=dry", "fr", "Sirop Pharmona toux sèche 150 ml"),
    ("care", "supplement=zinc", "fi", "Vitalia sinkki 15 mg"),
    ("care", "supplement=vitamin D", "zh", "维塔利 维生素D3 90粒"),
    ("care", "nicotine=patch", "es", "Parches de nicotina Libero 21 mg"),
    ("care", "razor=straight", "en", "Barbello cut-throat razor"),
    ("care", "bin_bag=drawstring", "de", "Müllix Müllbeutel Zugband 35 l"),
    ("care", "paper_ply=3", "fr", "Papier toilette Saugona 3 épaisseurs"),
    ("care_for", "hair_type=curly", "it", "Capilia maschera capelli ricci 250 ml"),
    ("care_for", "litter=clumping", "de", "Miaulo Klumpstreu 10 l"),
    ("care", "litter_of=silica", "pl", "Żwirek silikonowy Miaulo 5 l"),
    ("care", "leash=harness", "en", "Pawello dog harness M"),
    ("care_for", "diet=sterilised", "it", "Crocchette Miaulo gatti sterilizzati 1,5 kg"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "value", "language", "title"), READ)
def test_a_kind_is_read(family: str, value: str, language: str, title: str) -> None:
    assert (family, value) in extract_variants(title, language)


SAME = [
    ("en", "Capilia shampoo oily hair 250 ml", "fr", "Shampooing Capilia cheveux gras 250 ml"),
    ("de", "Capilia Spülung 200 ml", "es", "Acondicionador Capilia 200 ml"),
    ("ja", "カピリア シャンプー 300ml", "ko", "카필리아 샴푸 300ml"),
    ("en", "Dermavia hand cream dry skin 75 ml", "de", "Dermavia Handcreme trockene Haut 75 ml"),
    ("it", "Crema Dermavia pelli miste 50 ml", "pl", "Dermavia krem cera mieszana 50 ml"),
    ("en", "Dermavia cream normal to dry skin, dry skin", "fr", "Crème Dermavia peaux sèches 50 ml"),
    ("nl", "Lavela douchegel 250 ml", "pt", "Gel de banho Lavela 250 ml"),
    ("en", "Bellura lipstick 05", "zh", "贝露拉 口红 05"),
    ("sv", "Bellura nagellack röd", "fi", "Bellura kynsilakka punainen"),
    ("de", "Solaria Sonnencreme LSF 50", "ja", "ソラリア 日焼け止め SPF50"),
    ("en", "Dentina mouthwash 500 ml", "it", "Collutorio Dentina 500 ml"),
    ("es", "Compresas Femilia con alas 14 uds", "en", "Femilia sanitary pads with wings 14"),
    ("pl", "Pieluchomajtki Bimbolo 5", "en", "Bimbolo nappy pants 5"),
    ("de", "Lavandia Weichspüler 1 l", "fr", "Adoucissant Lavandia 1 L"),
    ("en", "Spoelix glass cleaner 750 ml", "sv", "Spoelix fönsterputs 750 ml"),
    ("en", "Miaulo clumping litter 10 l", "es", "Arena aglomerante Miaulo 10 l"),
    ("en", "Vitalia magnesium 375 mg", "pl", "Vitalia magnez 375 mg"),
]  # fmt: skip


@pytest.mark.parametrize(("left_language", "left", "right_language", "right"), SAME)
def test_one_product_in_two_languages_agrees(left_language: str, left: str, right_language: str, right: str) -> None:
    pair = compared(left, right, left_language, right_language)
    signals = [pair.attributes[family].tolist() for family in FAMILIES if family in pair.attributes]
    assert [1] in signals and [-1] not in signals, pair.conflicts


@pytest.mark.parametrize(
    ("language", "left", "right"),
    [
        ("en", "Capilia shampoo 250 ml", "Capilia conditioner 250 ml"),
        ("de", "Dermavia Creme trockene Haut", "Dermavia Creme fettige Haut"),
        ("ja", "デルマヴィア 化粧水 しっとり", "デルマヴィア 化粧水 さっぱり"),
        ("it", "Assorbenti Femilia con ali", "Assorbenti Femilia senza ali"),
        ("fr", "Lessive Lavandia 2 L", "Assouplissant Lavandia 2 L"),
        ("pl", "Spoelix płyn do szyb", "Spoelix płyn do podłóg"),
    ],
)
def test_siblings_differ(language: str, left: str, right: str) -> None:
    pair = compared(left, right, language)
    assert any(pair.attributes[family].tolist() == [-1] for family in FAMILIES if family in pair.attributes)


FALSE_FRIENDS = [
    ("care", "en", "Air conditioner Ventra 9000 BTU"),
    ("care", "en", "Powder room mirror Spekla"),
    ("care", "en", "Laundry basket Wascho 40 l"),
    ("care", "en", "Toothbrush holder Badella"),
    ("care", "en", "Nappy bag Bimbolo grey"),
    ("care", "en", "Magnesium alloy tripod Fotura"),
    ("care", "en", "Matte black faucet Badella"),
    ("care", "en", "Concrete foundation anchor Bauvik"),
    ("care", "zh", "镁合金 行李箱 旅拓"),
    ("care", "ja", "亜鉛合金 キーホルダー"),
    ("care", "ja", "マットブラック 水栓 バデラ"),
    ("care", "de", "Waschtisch Badella 60 cm"),
    ("care", "de", "Handtuch Badella 50 x 100"),
    ("care", "fr", "Corps de chauffe Thermix"),
    ("care", "es", "Reconocimiento de huella Sichera"),
    ("care", "nl", "Bodem lamp Lumo"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "language", "title"), FALSE_FRIENDS)
def test_a_false_friend_is_left_alone(family: str, language: str, title: str) -> None:
    assert family not in dict(extract_variants(title, language))
