"""Attributes that tell siblings apart: colour, plug, mains voltage, generation, market version, size letter, memory.

Precision comes first. A word counts as a colour only where it stands as an attribute (between delimiters, in brackets,
before a size, at the end, or with the word for colour), so that black tea, white wine and dark chocolate stay food.
"""

import re
import unicodedata
from collections.abc import Iterator

from sku_align.attributes.colours import find_colours

_MARKETS = {
    "EU": "eu|欧|歐|ue|europe|european|europea|européenne|europäisch",
    "UK": "uk|英|gb|british",
    "US": "us|usa|美|美国|美國|american",
    "CN": "cn|国|國|中|中国|中國|chinese|china",
    "AU": "au|澳|aus|australian",
    "JP": "jp|日|日本|japanese|japan",
    "KR": "kr|korean",
    "HK": "hk|港|hong kong",
    "TW": "tw|台|taiwan",
    "GLOBAL": "global|international|国际|國際|全球|globale|internacional",
}
_MARKET_OF = {word: market for market, words in _MARKETS.items() for word in words.split("|")}
_MARKET_WORDS = "|".join(
    sorted((word for word in _MARKET_OF if word.isascii() or "é" in word or "ä" in word), key=len, reverse=True)
)
_PLUG = re.compile(
    rf"\b(?P<a>{_MARKET_WORDS})[\s-]?(?:plug|stecker|netzstecker|plugg?|stekker|wtyczka|pistoke|プラグ|插头|插頭|플러그)"
    rf"|\b(?:plug|prise|enchufe|spina|ficha|stekker|wtyczka|stecker)\s?(?:type\s|tipo\s)?\(?(?P<b>{_MARKET_WORDS})\b"
    r"|(?P<c>[欧歐英美澳日中国國])(?:规|規|标|標)(?=插|$|[\s,，、)）/|])",
    re.IGNORECASE,
)
_VERSION = re.compile(
    rf"\b(?P<a>{_MARKET_WORDS})[\s-](?:version|versión|versione|versão|edition|model|variant|rom)\b"
    r"|(?P<b>国|國|港|日|美|欧|歐|台)行(?!李|车|走)"
    r"|(?<![国國])(?P<c>中国|中國|美国|美國|日本|国际|國際|全球|港|日|美|欧|歐|台)版(?![权本式面])"
    r"|(?P<parallel>[并並]行輸入)|(?P<domestic>国内正規)",
    re.IGNORECASE,
)
_GENERATION = re.compile(
    r"\bgen(?:eration)?\.?\s?(?P<a>\d{1,2})\b|\b(?P<b>\d{1,2})\.?(?:st|nd|rd|th|e|ª|º|a|ème|eme|:?n|de)?[\s-]"
    r"(?:gen\b|generation|génération|generación|generazione|geração|generatie|generacji|generacja|sukupolvi)"
    r"|第\s?(?P<c>\d{1,2}|[一二三四五六七八九十])\s?(?:世代|代)|(?<![第\d一-十])(?P<d>[2-9二三四五六七八九])代(?![目理言表替])"
    r"|(?P<e>\d{1,2})세대|\b(?:mk|mark)\s?(?P<f>\d|i{1,3}|iv)\b",
    re.IGNORECASE,
)
_V_NUMBER = re.compile(r"(?<![A-Za-z0-9])[vV](\d{1,2})(?![A-Za-z0-9.])")
_HAN_DIGITS = {digit: str(number) for number, digit in enumerate("一二三四五六七八九十", start=1)}
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_SIZE_LETTER = re.compile(r"(?<![A-Za-z0-9])(?:\d?X{0,3}[SL]|M)(?![A-Za-z0-9À-ɏ'’])")
_SIZE = re.compile(
    r"(?:[Ss]ize|Größe|Grösse|Gr\.|[Tt]aille|[Tt]alla|[Tt]aglia|[Tt]amanho|[Mm]aat|[Rr]ozmiar|[Kk]oko|サイズ|尺码|尺碼|사이즈)"
    r"\s?[:：]?\s?(?P<a>\d?X{0,3}[SL]|M)(?![\w'’.])"
    r"|(?<![\w.'’-])(?P<b>\d?X{0,3}[SL]|M)(?:码|碼|号|號|サイズ|사이즈)"
    r"|(?:(?<=[(（,/|])\s?|(?<=[–-])\s)(?P<c>\d?X{0,3}[SL]|M)(?=\s?(?:$|[)）,/|]))"
    r"|(?<=\s)(?P<d>\d?X{1,3}[SL]|[SM](?=/[MLX])|L(?=/X))(?![\w'’.-])"
    r"|(?<=[^\d\s.,]\s)(?P<e>[SML])(?=$|,)"
)
_PAIR_OF_MEMORIES = re.compile(
    r"(?<![\d.])(?P<ram>\d{1,2})\s?(?:GB|G)?\s?[+/]\s?(?P<storage>\d{2,4})\s?(?P<unit>GB|TB|G|T)(?![A-Za-z])",
    re.IGNORECASE,
)
_RAM = re.compile(
    r"(?<![\d.])(\d{1,3})\s?GB?\s?(?:RAM|DDR\d?|LPDDR\d?X?|运存|運存|内存|記憶體|メモリ"
    r"|Arbeitsspeicher|mémoire vive|di RAM|de RAM)",
    re.IGNORECASE,
)
_STORAGE = re.compile(r"(?<![\d.])(\d{1,4})\s?(GB|Go|TB|To)(?![A-Za-z])")
_MAINS = re.compile(
    r"(?<![\d.,])(\d{3})(?:\s?V)?(?:\s?[-–~/]\s?(\d{3}))?\s?(?:V(?![A-Za-z])|伏|ボルト|Volt)", re.IGNORECASE
)
_PLUG_HINTS = (
    "plug",
    "stec",
    "stek",
    "prise",
    "enchufe",
    "spina",
    "ficha",
    "wtycz",
    "プラグ",
    "规",
    "規",
    "插",
    "标",
    "標",
)
_VERSION_HINTS = ("versi", "edition", "model", "variant", "rom", "行", "版", "正規")
_GENERATION_HINTS = ("gen", "gén", "代", "세대", "mk", "mark", "geraç", "sukupolvi")


def extract_variants(title: str, language: str | None = None) -> list[tuple[str, str]]:
    """Read the variant attributes of a title.

    Args:
        title: Any text.
        language: BCP 47 tag; not needed by the present rules, which go by script.

    Returns:
        (attribute, value) pairs without repeats, sorted. Attributes: `colour` (English name), `plug` and `market` (EU,
        UK, US, CN, AU, JP, ...), `voltage` (110 or 230), `generation`, `size`, `storage` and `ram` (in GB).
    """
    text = title if title.isascii() else unicodedata.normalize("NFKC", title)
    found: set[tuple[str, str]] = {("colour", colour) for colour in find_colours(text)}
    lower = text.lower()
    if any(hint in lower for hint in _PLUG_HINTS):
        found.update(("plug", _MARKET_OF[_group(match)]) for match in _PLUG.finditer(text))
    if any(hint in lower for hint in _VERSION_HINTS):
        found.update(("market", _market(match)) for match in _VERSION.finditer(text))
    if any(hint in lower for hint in _GENERATION_HINTS):
        for match in _GENERATION.finditer(text):
            value = _group(match)
            found.add(("generation", _HAN_DIGITS.get(value) or _ROMAN.get(value) or str(int(value))))
    if _SIZE_LETTER.search(text):
        found.update(("size", _group(match).upper()) for match in _SIZE.finditer(text))
    if any(unit in text for unit in ("GB", "gb", "Gb", "TB", " Go", " To", "G+", "+")):
        found.update(_memories(text))
    if "v" in lower or "伏" in text or "ボルト" in text:
        found.update(("generation", str(int(number))) for number in _V_NUMBER.findall(text))
        for match in _MAINS.finditer(text):
            for volts in filter(None, match.groups()):
                if 100 <= int(volts) <= 127 or 220 <= int(volts) <= 240:
                    found.add(("voltage", "230" if int(volts) >= 220 else "110"))
    return sorted(found)


def _group(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None).lower()


def _market(match: re.Match[str]) -> str:
    if match["parallel"]:
        return "PARALLEL"
    return "JP" if match["domestic"] else _MARKET_OF[_group(match)]


def _memories(text: str) -> Iterator[tuple[str, str]]:
    rest = text
    for match in _PAIR_OF_MEMORIES.finditer(text):
        storage = int(match["storage"]) * (1024 if match["unit"].upper().startswith("T") else 1)
        if int(match["ram"]) < storage:
            yield "ram", match["ram"]
            yield "storage", str(storage)
            rest = rest.replace(match[0], " ")
    for match in _RAM.finditer(rest):
        yield "ram", match[1]
    for match in _STORAGE.finditer(_RAM.sub(" ", rest)):
        yield "storage", str(int(match[1]) * (1024 if match[2][0] == "T" else 1))
