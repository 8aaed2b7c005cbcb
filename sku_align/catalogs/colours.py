"""Basic colours in the languages of the feeds: spelling -> English name.

Only words that stand as an attribute should be looked up here (see `variants.py`): black tea is not a black thing.
Shades fold into their basic colour, because feeds translate "navy" and "anthracite" loosely.
"""

_LATIN = {
    "black": "black blacks schwarz schwarze schwarzer schwarzes schwarzen noir noire noirs noires negro negra negros negras"
    " nero nera neri nere preto preta pretos pretas zwart zwarte czarny czarna czarne musta mustat",
    "white": "white weiß weiss weiße weißer weißes weisse weißen blanc blanche blancs blanches blanco blanca blancos blancas"
    " bianco bianca bianchi bianche branco branca brancos brancas wit witte biały biała białe valkoinen valkoiset",
    "grey": "grey gray grau graue grauer graues gris grises grigio grigia grigi cinza cinzento cinzenta grijs grijze szary"
    " szara szare harmaa harmaat anthracite anthrazit antracita antracite antraciet antracyt hellgrau dunkelgrau"
    " lichtgrijs donkergrijs",
    "red": "red rot rote roter rotes roten rouge rouges rojo roja rojos rojas rosso rossa rossi rosse vermelho vermelha"
    " rood rode czerwony czerwona czerwone punainen punaiset burgundy bordeaux weinrot dunkelrot hellrot",
    "blue": "blue blau blaue blauer blaues blauen bleu bleue bleus bleues azul azules blu blauw blauwe niebieski niebieska"
    " niebieskie sininen siniset navy marine marineblau dunkelblau hellblau himmelblau königsblau donkerblauw lichtblauw"
    " granatowy granatowa celeste azzurro azzurra",
    "green": "green grün grüne grüner grünes grünen vert verte verts vertes verde verdes verdi groen groene zielony zielona"
    " zielone vihreä vihreät dunkelgrün hellgrün olivgrün",
    "yellow": "yellow gelb gelbe gelber gelbes jaune jaunes amarillo amarilla amarillos amarillas giallo gialla gialli"
    " amarelo amarela geel gele żółty żółta żółte keltainen keltaiset",
    "orange": "orange oranges orangefarben naranja naranjas arancione arancioni laranja oranje pomarańczowy pomarańczowa"
    " pomarańczowe oranssi oranssit",
    "pink": "pink rosa rosafarben rose roses roze różowy różowa różowe vaaleanpunainen vaaleanpunaiset",
    "purple": "purple violet violets violette violettes violett lila lilac morado morada púrpura violeta viola roxo roxa"
    " paars paarse fioletowy fioletowa fioletowe violetti liila mauve",
    "brown": "brown braun braune brauner braunes brun brune bruns brunes marron marrons marrón marrones marrone marroni"
    " castanho castanha bruin bruine brązowy brązowa brązowe ruskea ruskeat dunkelbraun hellbraun",
    "beige": "beige beiges beżowy beżowa beżowe bege",
    "gold": "gold golden goldfarben goldene doré dorée dorés dorado dorada dorados oro dorato dorata dourado dourada goud"
    " gouden złoty złota złote kulta kullanvärinen",
    "silver": "silver silber silbern silberfarben argent argenté argentée plata plateado plateada argento argentato prateado"
    " prateada prata zilver zilveren srebrny srebrna srebrne hopea hopeanvärinen",
    "transparent": "transparent transparente transparenter klar transparant przezroczysty trasparente transparentes",
}
_HAN = {
    "black": "黑 黒",
    "white": "白",
    "grey": "灰",
    "red": "红 紅 赤",
    "blue": "蓝 藍 青",
    "green": "绿 綠 緑",
    "yellow": "黄 黃",
    "orange": "橙 橘",
    "pink": "粉 粉红 粉紅 桃",
    "purple": "紫",
    "brown": "棕 褐 咖啡 啡 茶",
    "beige": "米 米白",
    "gold": "金",
    "silver": "银 銀",
    "transparent": "透明",
}
_KANA = {
    "black": "ブラック",
    "white": "ホワイト",
    "grey": "グレー グレイ",
    "red": "レッド",
    "blue": "ブルー ネイビー",
    "green": "グリーン",
    "yellow": "イエロー",
    "orange": "オレンジ",
    "pink": "ピンク",
    "purple": "パープル",
    "brown": "ブラウン",
    "beige": "ベージュ",
    "gold": "ゴールド",
    "silver": "シルバー",
    "transparent": "クリア",
}
_HANGUL = {
    "black": "블랙 검정 검정색 검은색 흑색",
    "white": "화이트 흰색 하얀색 백색 하양",
    "grey": "그레이 회색",
    "red": "레드 빨강 빨간색 적색",
    "blue": "블루 파랑 파란색 청색 네이비 남색",
    "green": "그린 초록 초록색 녹색",
    "yellow": "옐로우 옐로 노랑 노란색",
    "orange": "오렌지 주황 주황색",
    "pink": "핑크 분홍 분홍색",
    "purple": "퍼플 보라 보라색",
    "brown": "브라운 갈색",
    "beige": "베이지 베이지색",
    "gold": "골드 금색",
    "silver": "실버 은색",
    "transparent": "투명",
}


def _invert(*tables: dict[str, str]) -> dict[str, str]:
    return {word: colour for table in tables for colour, words in table.items() for word in words.split()}


LATIN = _invert(_LATIN)
HAN = _invert(_HAN)
KANA_HANGUL = _invert(_KANA, _HANGUL)
