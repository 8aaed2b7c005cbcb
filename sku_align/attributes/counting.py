"""Packages that a title counts in words rather than by a multiplication: "Pack of 3", "24er Kasten", "tripack"."""

import re
from collections.abc import Iterator

from sku_align.attributes.measures import unit_behind
from sku_align.attributes.text import LATIN, LETTERS
from sku_align.attributes.units import NUMBER_WORDS, UNITS

_LETTER = f"{LATIN}{LETTERS}"
_NUMBER_WORD = "|".join(
    sorted((word for word in NUMBER_WORDS if word.isascii() or len(word) > 2), key=len, reverse=True)
)
_N = rf"(?P<n>\d{{1,3}}|{_NUMBER_WORD})"
_BEFORE = re.compile(
    r"(?:\b(?:(?:value |multi ?|family |mega ?)?packs?|sets?|box|case|lots?|paquete?s?|boîtes?|coffrets?|cajas?|juegos?"
    r"|confezion[ei]|pacc(?:o|hi)|conjuntos?|embalage[mn]s?|pak|zestaw|pacote|kit|bundle|lote)"
    r"\s(?:of|de|d[ai]|à|mit|van|com|con|z|von)\s?"
    r"|\b(?:pachet|cutie|set)\s(?:de|cu)\s|\b(?:sada|balení|balenie)\s(?:po\s)?|\b(?:pak\s)?isi\s|\b(?:bộ|combo|lốc)\s"
    r"|\b(?:набор|комплект|упаковка|набір)\s(?:из|по|з|із)?\s?|\b(?:σετ|πακέτο|συσκευασία)\s(?:των\s)?"
    r"|(?:แพ็ค|แพค|ชุด|เซ็ต)\s?|(?:طقم|عبوة|مجموعة)\s(?:من\s)?|(?:מארז|סט|חבילת)\s(?:של\s)?|(?:पैक|सेट)\s(?:ऑफ\s)?"
    rf"|セット\s?(?=\d)){_N}(?![\d{_LETTER}]|[.,]\d)",
    re.IGNORECASE,
)
# A tray or crate holds packages whatever the counting word: "zgrzewka 6 szt." are six bottles.
_CRATE = re.compile(
    r"\b(?:zgrzewka|karton|kasten|kiste|träger|tray|krat(?:je)?|cassa|fardello|fardo|caisse|carton|crate|case|caja|"
    r"caixa|doos|lava|laatikko)\s(?:of |de |da |à |van |mit |z |po |con |com |a )?"
    rf"{_N}(?![\d{_LETTER}]|[.,]\d)(?!\s?[x×*]\s?\d)(?P<unit>[\s-]?[{_LETTER}]+\.?)?",
    re.IGNORECASE,
)
_GENERIC = "pcs pc pieces stück stk stk. st. szt szt. sztuk stuks kpl pz pz. pezzi uds ud uds. un unidades"
_PIECES = frozenset(_GENERIC.split())
_CONTAINER = (
    r"(?:kasten|kiste|karton|träger|tray|stiege|box|gebinde|bund|set|packung|pack(?:s|ung)?|pk|pak|schachtel|beutel|dose"
    r"|flasche|rolle|krat|doos|sixpack|lava|pakkaus)"
)
_AFTER = re.compile(
    rf"(?<![\w.,]){_N}(?:[\s-]?ers?[\s-]?[a-zäöü]{{0,12}}?{_CONTAINER}n?\b"
    r"|(?:[\s-]?(?:in|-fach)?[\s-]?(?:packs?|pk|pak|pakkaus|set|packung)|[\s-]?count[\s-]packs?)\b"
    r"|\s?(?:का|के|पीस का)\s?(?:कॉम्बो\s)?(?:पैक|सेट)"
    r"|\s?(?:個|本|枚|袋|点|缶|箱|足|箱|食|パック|冊)?セット|\s?(?:個|本|枚|袋|缶|箱|足|食)組"
    r"|\s?(?:个|個|件|瓶|樽|盒|包|袋|支|枝|罐|只|隻|条|條|入|桶|听|聽|片|双|雙|卷|捲)(?:装|裝|套装|套裝|套|组|組)"
    r"|\s?개(?:입)?\s?세트|\s?개?(?:입|팩)(?![가-힣])|\s?종\s?세트)",
    re.IGNORECASE,
)
# "100/box", "24/pk": how shops and wholesalers of North America print what a package holds.
_PER_PACKAGE = re.compile(
    r"(?<![\w.,/-])(?P<n>\d{1,4})\s?/\s?(?:p(?:k|kg|ack(?:age)?)|bx|box|ct|ctn|carton|cs|case|rm|ream|bag|tub|jar)\b"
    r"(?![./])",
    re.IGNORECASE,
)
# "12 packs of 64": the packages are counted already, so that the second number counts pieces.
_COUNTED_BEFORE = re.compile(r"\d\s$")
# A German number with "er" at the end of a title counts a pack; 3, 5 and 7 are cars, 50 to 90 decades.
_ER = re.compile(r"(?<![\w.,])(?P<n>4|6|8|10|12|15|16|18|20|24|30|36|48)er\s*(?:$|[,;()])")
_PIECE_SETS = frozenset("片双雙卷捲支枝")
# Of animals and what is made of them 隻 counts the pieces of one package: "鮑魚 四隻裝 425克".
_ANIMAL_COUNTED = frozenset("只隻")
_ANIMALS = re.compile("[鮑鲍蛋餃饺虾蝦蟹雞鸡鴨鸭鵝鹅鴿鸽魚鱼翼蠔蚝貝贝參参粽]")
# The second number of "12+2卷裝" is a part of the sum that `measures` reads.
_ADDED = re.compile(r"\d\s?\+\s?$")
_SPELLED = {
    2: "zweier doppel duo twin double dual",
    3: "dreier triple tri trio",
    4: "vierer quattro",
    5: "fünfer",
    6: "sechser six",
    8: "achter",
    10: "zehner",
    12: "zwölfer",
}
_PREFIXES = {prefix: number for number, words in _SPELLED.items() for prefix in words.split()}
_COMPOUND = re.compile(
    rf"\b(?P<n>{'|'.join(sorted(_PREFIXES, key=len, reverse=True))})[\s-]?(?:vorteils|spar|maxi)?[\s-]?"
    r"(?:packung|packs?|set|träger|pak|karton|pacco|pakkaus)\b",
    re.IGNORECASE,
)
_TWIN = re.compile(
    r"\bdwupak\b|\blot duo\b|\bpack duo\b|\bbipack\b|\bpack doble\b|\bconfezione doppia\b|\btuplapakkaus\b"
    r"|(?:双|雙)(?:支|枝|瓶|樽|包|盒|罐|件|只|隻)(?:装|裝)|孖[装裝]|ダブルパック|2\s?個組"
    r"|(?:מארז|חבילת|סט) זוג\b|\bזוגי(?:ת)?\b",
    re.IGNORECASE,
)
_TRIPLE = re.compile(r"\btrzypak\b|\bpack triple\b|\btrójpak\b", re.IGNORECASE)
# Of lower-case titles nine in ten hold none of these and need no closer look (searched without IGNORECASE, which takes
# four times as long).
_HINT = re.compile(
    r"pac|pak|set|lot|kit|box|case|boîte|coffret|caj|juego|conf|conjunto|emb|zestaw|paquet|bundle|装|裝|套|組|组|세트|입|팩|セット|ダブル"
    r"|kast|kist|kart|träger|tray|crate|krat|cassa|fard|caisse|cart|zgrzewk|doos|lava|laatikko|caixa|gebinde|bund|\der"
    r"|\d\s?/\s?[bcjprt]|do[zc][ez]|dutzend|douz|dúz|dozij|tuzin|tusin|combo|\bisi\b|sada|balen|cutie|\d\s?['’]?l[iıuü]\b"
    r"|набор|набір|комплект|упаковка|bộ|lốc|σετ|πακέτο|συσκευασία|แพ็ค|แพค|ชุด|เซ็ต|طقم|عبوة|مجموعة"
    r"|מארז|סט|חבילת|זוג|पैक|सेट"
)
# "6'lı paket": a Turkish number with its ending counts a pack where the title ends or a word for packs follows.
_TURKISH = re.compile(
    rf"(?<![\w.,]){_N}\s?['’]?l[iıuü]\s?(?:$|[,;()/-]|(?:(?:avantaj|ekonomik|fırsat)\w*\s)?(?:paket|set|kutu|koli)\w*)",
    re.IGNORECASE,
)
# Romance shops print "Pack 6 latas" and "Pack 3" for what English calls a pack of six.
_ROMANCE = re.compile(rf"\bpack\s{_N}(?![\d{_LETTER}%]|[.,]\d|\s?[x×*])", re.IGNORECASE)
_DOZEN = re.compile(
    r"(?<![\w-])(?P<half>half an?|half|halbes|demi-?|media|mezza|meia|pół|puoli|half-)?\s?"
    r"(?:dozen|dutzend|douzaine|docena|dozzina|dúzia|dozijn|tuzina?|tusina)(?!\w)",
    re.IGNORECASE,
)


def counted_packs(text: str, language: str) -> Iterator[tuple[str, float, int]]:
    """What counting words say of a prepared text: `pack` or `count`, the number, and its position (-1: in a word)."""
    if not _HINT.search(text.lower()):
        return
    yield from _dozens(text, language)
    if _TWIN.search(text):
        yield "pack", 2.0, -1
    elif _TRIPLE.search(text):
        yield "pack", 3.0, -1
    for match in _COMPOUND.finditer(text):
        yield "pack", float(_PREFIXES[match["n"].replace("İ", "I").lower()]), -1
    for match in _CRATE.finditer(text):
        unit = (match["unit"] or "").strip(" -").lower()
        known = UNITS.get(unit) or UNITS.get(unit.rstrip("."))
        if unit in _PIECES or known is None or known[0] == "pack":
            yield "pack", _number(match["n"]), match.start("n")
    for match in _PER_PACKAGE.finditer(text):
        yield "count", float(match["n"]), match.start("n")
    patterns = [_BEFORE, _AFTER, _ER, *([_ROMANCE] if language in ("es", "pt", "it", "fr") else [])]
    if language == "tr":
        patterns.append(_TURKISH)
    for pattern in patterns:
        for match in pattern.finditer(text):
            if pattern not in (_AFTER, _TURKISH) and _counts(text, match, language):
                continue
            if pattern is _BEFORE and _measures(text, match, language):
                continue
            if pattern is _AFTER and _ADDED.search(text, 0, match.start()):
                continue
            pieces = (
                _counts_pieces(text, match) if pattern is _AFTER else _COUNTED_BEFORE.search(text, 0, match.start())
            )
            dimension = "count" if pieces else "pack"
            yield dimension, _number(match["n"]), match.start("n")


def _counts_pieces(text: str, match: re.Match[str]) -> bool:
    """Whether a set such as "10隻裝" holds pieces of one package rather than packages."""
    if not _PIECE_SETS.isdisjoint(match[0]):
        return True
    return not _ANIMAL_COUNTED.isdisjoint(match[0]) and _ANIMALS.search(text) is not None


def _dozens(text: str, language: str) -> Iterator[tuple[str, float, int]]:
    for match in _DOZEN.finditer(text):
        before = text[: match.start()].rstrip()
        if language == "nl" and match[0].lower().endswith("dozen"):
            continue  # the Dutch word for boxes
        if not before or not (before[-1].isdigit() or before[-1] in "½¼¾"):
            yield "count", 6.0 if match["half"] else 12.0, -1


def _number(word: str) -> float:
    # A pattern that ignores case matches the dotted and the dotless i of Turkish, which lower() keeps apart.
    return float(NUMBER_WORDS.get(word.replace("İ", "I").replace("ı", "i").lower()) or word)


def _measures(text: str, match: re.Match[str], language: str) -> bool:
    """Whether "12 packs of 12 fl oz" says what each of the packages holds, which are counted already."""
    counted = _COUNTED_BEFORE.search(text, 0, match.start()) is not None
    return counted and unit_behind(text, match.start("n"), match.end("n"), match["n"], language) is not None


def _counts(text: str, match: re.Match[str], language: str) -> bool:
    """Whether a counting word follows, so that "box of 20 tablets" is 20 tablets and not 20 boxes."""
    unit = unit_behind(text, match.start("n"), match.end("n"), match["n"], language)
    return unit is not None and unit[0][0] in {"count", "pack"}
