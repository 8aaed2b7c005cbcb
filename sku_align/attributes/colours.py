"""Basic colours in the languages of the feeds: spelling -> English name.

Only words that stand as an attribute should be looked up here (see `variants.py`): black tea is not a black thing.
Shades fold into their basic colour, because feeds translate "navy" and "anthracite" loosely.
"""

import re
from collections.abc import Iterator

_LATIN = {
    "black": (
        "black blacks schwarz schwarze schwarzer schwarzes schwarzen noir noire noirs noires negro negra negros "
        "negras nero nera neri nere preto preta pretos pretas zwart zwarte czarny czarna czarne musta mustat"
    ),
    "white": (
        "white weiß weiss weiße weißer weißes weisse weißen blanc blanche blancs blanches blanco blanca blancos "
        "blancas bianco bianca bianchi bianche branco branca brancos brancas wit witte biały biała białe "
        "valkoinen valkoiset"
    ),
    "grey": (
        "grey gray grau graue grauer graues gris grises grigio grigia grigi cinza cinzento cinzenta grijs grijze "
        "szary szara szare harmaa harmaat anthracite anthrazit antracita antracite antraciet antracyt hellgrau "
        "dunkelgrau lichtgrijs donkergrijs"
    ),
    "red": (
        "red rot rote roter rotes roten rouge rouges rojo roja rojos rojas rosso rossa rossi rosse vermelho "
        "vermelha rood rode czerwony czerwona czerwone punainen punaiset burgundy bordeaux weinrot dunkelrot "
        "hellrot"
    ),
    "blue": (
        "blue blau blaue blauer blaues blauen bleu bleue bleus bleues azul azules blu blauw blauwe niebieski "
        "niebieska niebieskie sininen siniset navy marine marineblau dunkelblau hellblau himmelblau königsblau "
        "donkerblauw lichtblauw granatowy granatowa celeste azzurro azzurra"
    ),
    "green": (
        "green grün grüne grüner grünes grünen vert verte verts vertes verde verdes verdi groen groene zielony "
        "zielona zielone vihreä vihreät dunkelgrün hellgrün olivgrün"
    ),
    "yellow": (
        "yellow gelb gelbe gelber gelbes jaune jaunes amarillo amarilla amarillos amarillas giallo gialla gialli "
        "amarelo amarela geel gele żółty żółta żółte keltainen keltaiset"
    ),
    "orange": (
        "orange oranges orangefarben naranja naranjas arancione arancioni laranja oranje pomarańczowy "
        "pomarańczowa pomarańczowe oranssi oranssit"
    ),
    "pink": "pink rosa rosafarben rose roses roze różowy różowa różowe vaaleanpunainen vaaleanpunaiset",
    "purple": (
        "purple violet violets violette violettes violett lila lilac morado morada púrpura violeta viola roxo "
        "roxa paars paarse fioletowy fioletowa fioletowe violetti liila mauve"
    ),
    "brown": (
        "brown braun braune brauner braunes brun brune bruns brunes marron marrons marrón marrones marrone "
        "marroni castanho castanha bruin bruine brązowy brązowa brązowe ruskea ruskeat dunkelbraun hellbraun"
    ),
    "beige": "beige beiges beżowy beżowa beżowe bege",
    "gold": (
        "gold golden goldfarben goldene doré dorée dorés dorado dorada dorados oro dorato dorata dourado dourada "
        "goud gouden złoty złota złote kulta kullanvärinen"
    ),
    "silver": (
        "silver silber silbern silberfarben argent argenté argentée plata plateado plateada argento argentato "
        "prateado prateada prata zilver zilveren srebrny srebrna srebrne hopea hopeanvärinen"
    ),
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


_GERMAN_COMPOUND = re.compile(
    r"(?:hell|dunkel|creme|perl|matt|tief|kobalt|nacht|himmel|marine|royal|pastell|wein|silber|stein|moos|oliv|schnee"
    r"|blass|licht|mint|rauch|schiefer|eis|alt|zart|reh|schoko|feuer|sand|natur|metallic|azur|petrol)-?"
    r"(?P<colour>schwarz|weiß|weiss|grau|blau|grün|rot|gelb|braun|rosa|beige|lila)(?:e|er|es|en)?"
)


def _invert(*tables: dict[str, str]) -> dict[str, str]:
    return {word: colour for table in tables for colour, words in table.items() for word in words.split()}


_LATIN_COLOURS = _invert(_LATIN)
_HAN_COLOURS = _invert(_HAN)
_KANA_HANGUL_COLOURS = _invert(_KANA, _HANGUL)

_LETTER = "A-Za-zÀ-ÖØ-öø-ɏ"
_SHADE = (
    r"(?:light|dark|deep|matte?|bright|pale|royal|midnight|hell|dunkel|matt|clair|foncé|mat|claro|oscuro|chiaro|scuro|escuro"
    r"|navy|licht|donker|jasny|ciemny)"
)
_FOOD_COLOURS = {"orange", "gold", "silver", "rose", "roses", "rosa", "viola", "violet", "marron", "marrons", "oro"}
_WORD = re.compile(rf"[{_LETTER}]{{3,}}")
_OPEN = re.compile(rf"[(（\[,，/|;:+·–—-]\s*(?:{_SHADE}\s)?$", re.IGNORECASE)
_BEFORE = frozenset(" (（[,，/|;:+&·–—-")
_AFTER = re.compile(
    rf"(?:\s(?:{_SHADE}|colou?r))?(?:(?P<closed>\s*$|\s*[)）\],，/|;+·]|\s*[–—]|\s-)|-(?=[{_LETTER}])|\s+(?=[&(（\[\d]))",
    re.IGNORECASE,
)
_FOOD_SIZE = re.compile(r"\s*\d+(?:[.,]\d+)?\s?(?:ml|cl|g|kg|gr|gm|oz)\b", re.IGNORECASE)
_COLOUR_WORD = re.compile(
    rf"(?:colou?r|farbe|couleur|coul\.|colore|cor|kleur|kolor|väri|颜色|顏色|カラー|색상)\s*[:：=]?\s*"
    rf"(?:{_SHADE}\s)?(?P<word>[{_LETTER}]+)",
    re.IGNORECASE,
)
_HAN_WORDS = "|".join(sorted(_HAN_COLOURS, key=len, reverse=True))
_HAN_FOLLOWED = re.compile(rf"(?P<word>{_HAN_WORDS})色(?!素|食|有机|有機|环保|環保|能源|恋人|拉|谷|の)")
_FINISH = (
    "雅|象牙|珍珠|曜石|曜|深空|天空|天|纯|純|亮|哑|啞|磨砂|陶瓷|冰川|玫瑰|香槟|香檳|墨|深|浅|淺|藏|湖|宝石|寶石"
    "|雪|月光|午夜|太空|星空|薄荷|远峰|樱花"
)
_HAN_ALONE = re.compile(
    rf"(?:^|[\s(（\[【,，、/|·_-])(?:{_FINISH})?(?P<word>{_HAN_WORDS})(?=\s*$|[\s)）\]】,，、/|·_-])"
)
_KANA_WORDS = "|".join(sorted(_KANA_HANGUL_COLOURS, key=len, reverse=True))
_KANA_ALONE = re.compile(
    rf"(?:^|[\s(（\[【「,，、/|·・_:：-])(?P<word>{_KANA_WORDS})(?:系|色|カラー)?(?=\s*$|\s*[)）\]】」,，、/|·_-]|\s+\S)"
)
_CJK_COLOUR_LETTERS = frozenset(word[0] for word in (*_HAN_COLOURS, *_KANA_HANGUL_COLOURS))
_COLOUR_WORD_HINTS = ("olo", "arbe", "oul", "cor", "kleur", "väri", "颜色", "顏色", "カラー", "색상", "Cor")


def find_colours(text: str) -> Iterator[str]:
    """English names of the colours that stand as attributes in a title; text in NFKC form."""
    for match in _WORD.finditer(text):
        word = match[0].lower()
        colour = _LATIN_COLOURS.get(word)
        if colour is None and (compound := _GERMAN_COMPOUND.fullmatch(word)):
            colour = _LATIN_COLOURS[compound["colour"]]
        if colour is None or (match.start() and text[match.start() - 1] not in _BEFORE):
            continue
        after = _AFTER.match(text, match.end())
        if after is None:
            continue
        enclosed = after["closed"] is not None and _OPEN.search(text, 0, match.start())
        if enclosed or not (word in _FOOD_COLOURS or _FOOD_SIZE.match(text, match.end())):
            yield colour
    if any(hint in text for hint in _COLOUR_WORD_HINTS):
        for match in _COLOUR_WORD.finditer(text):
            if named := _LATIN_COLOURS.get(match["word"].lower()):
                yield named
    if not (text.isascii() or _CJK_COLOUR_LETTERS.isdisjoint(text)):
        for pattern, lexicon in (
            (_HAN_FOLLOWED, _HAN_COLOURS),
            (_HAN_ALONE, _HAN_COLOURS),
            (_KANA_ALONE, _KANA_HANGUL_COLOURS),
        ):
            for match in pattern.finditer(text):
                yield lexicon[match["word"]]


_ANY_HAN = re.compile("|".join(sorted((*_HAN_COLOURS, *_KANA_HANGUL_COLOURS), key=len, reverse=True)))


def cell_colours(text: str) -> Iterator[str]:
    """English names of the colours that the cell of a colour column names, wherever they stand; text in NFKC form."""
    for match in _WORD.finditer(text):
        word = match[0].lower()
        colour = _LATIN_COLOURS.get(word)
        if colour is None and (compound := _GERMAN_COMPOUND.fullmatch(word)):
            colour = _LATIN_COLOURS[compound["colour"]]
        if colour:
            yield colour
    if not text.isascii():
        for match in _ANY_HAN.finditer(text):
            yield _HAN_COLOURS.get(match[0]) or _KANA_HANGUL_COLOURS[match[0]]
