"""Market: the region a thing was made for, its plug and its mains voltage."""

import re

from sku_align.attributes.family import Family
from sku_align.attributes.text import Text

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
    rf"\b(?P<a>{_MARKET_WORDS})[\s-]?(?:plug|stecker|netzstecker|plugg?|stekker|wtyczka|"
    rf"pistoke|プラグ|插头|插頭|플러그)"
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
_MAINS = re.compile(
    r"(?<![\d.,])(\d{3})(?:\s?V)?(?:\s?[-–~/]\s?(\d{3}))?\s?(?:V(?![A-Za-z])|伏|ボルト|Volt)", re.IGNORECASE
)


def _group(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None).lower()


def _plugs(text: Text) -> set[str]:
    return {_MARKET_OF[_group(match)] for match in _PLUG.finditer(text.nfkc)}


def _markets(text: Text) -> set[str]:
    return {_market(match) for match in _VERSION.finditer(text.nfkc)}


def _market(match: re.Match[str]) -> str:
    if match["parallel"]:
        return "PARALLEL"
    return "JP" if match["domestic"] else _MARKET_OF[_group(match)]


def _voltages(text: Text) -> set[str]:
    """Mains voltages as feeds round them: 100 to 127 V is 110, 220 to 240 V is 230."""
    volts = [int(group) for match in _MAINS.finditer(text.nfkc) for group in match.groups() if group]
    return {"230" if value >= 220 else "110" for value in volts if 100 <= value <= 127 or 220 <= value <= 240}


PLUG = Family(
    "plug", "plug", r"plug|stec|stek|prise|enchufe|spina|ficha|wtycz|pistoke|プラグ|[规規插标標]|플러그", _plugs
)
MARKET = Family("market", "market version", r"versi|versao|edition|model|variant|\brom\b|[行版]|正規", _markets)
VOLTAGE = Family("voltage", "mains voltage", r"\d\s?(?:v|volt)\b|伏|ボルト", _voltages)
FAMILIES = (PLUG, MARKET, VOLTAGE)
