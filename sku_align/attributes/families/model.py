"""Model: suffixes (Pro, Max, Ti), generations (Mk II, 2nd gen), and the numbers of model names in any language."""

import re

import re2

from sku_align.attributes.families.size import is_of_bra
from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import options, words_of
from sku_align.attributes.text import Text, fold
from sku_align.attributes.units import UNITS, unit_of

_SUFFIXES = [
    "pro",
    "max",
    "plus",
    "lite",
    "mini",
    "ultra",
    "ti",
    "super",
    "fe",
    "se",
    "xl",
    "xt",
    "xr",
    "air",
    "neo",
    "prime",
    "elite",
    "slim",
    "evo",
    "sport",
    "turbo",
    "premium",
    "deluxe",
    "nano",
]
# Words that are a suffix only where nothing but a number follows: an "AP300 air purifier" is not an "AP300 Air".
_ORDINARY = frozenset(
    ["air", "mini", "sport", "turbo", "premium", "deluxe", "elite", "slim", "prime", "super", "nano", "neo"]
)
# Suffixes that are small words of some languages, where they are printed in small letters: "X5 pro vysavače".
_SMALL_WORDS = {"pro": frozenset(["cs"]), "se": frozenset(["cs", "es", "fr", "it", "pt", "ro", "sv"])}
_TOKEN = re.compile(r"[a-z0-9]+(?:[./-][a-z0-9]+)*\+?")
_MODEL_LIKE = re.compile(r"(?=.*\d)(?=.*[a-z])?[a-z]{0,6}-?\d{1,5}[a-z]{0,3}\Z|\d{1,4}\Z")
# Cartridges of a larger content: "305XL" beside "305". One figure before it is a size of clothes ("3XL").
_GLUED_SIZE = re.compile(r"\d{2}(xx?l)\Z")
_UNIT_TAIL = re.compile(
    r"\d(?:k?g|m?g|gr|m?l|cl|dl|cm|mm|m|w|kw|v|kv|a|mah|ah|wh|gb|tb|mb|go|to|hz|ghz|mhz|oz|lb|"
    r"lbs|in|ft|er|x|pcs|stk|szt|k|mp|p|db|rpm|bar|psi|lm|st|nd|rd|th|h|min|s)\Z"
)


def _sun_protection(word: str) -> bool:
    """Whether it is "SPF50", which a plus makes no other model of."""
    return word.startswith(("spf", "lsf", "fps"))


# "80 Plus Gold" and "THX Ultra 2 Plus certified" are awards.
_AWARD = re.compile(
    r"\s(?:white|bronze|silver|silber|gold|platin\w*|titan\w*|standard|certif\w*|zertifi\w*|gecertif\w*|cybenetics)\b"
)


def _is_small_word(text: Text, match: re.Match[str]) -> bool:
    """Whether a suffix is a preposition or a pronoun of the title's language."""
    languages = _SMALL_WORDS.get(match[0], frozenset[str]())
    return text.language in languages and text.nfkc[match.start() : match.end()] == match[0]


def _suffixes(text: Text) -> set[str]:
    """Words after a model number ("15 Pro Max", "RX 4070 Ti") or a "+" glued to one ("S24+")."""
    found: set[str] = set()
    previous_is_model = False
    tokens = list(_TOKEN.finditer(text.folded))
    for place, match in enumerate(tokens):
        token = match[0]
        word = token.rstrip("+")
        award = word == "plus" and previous_is_model
        if award and (_AWARD.match(text.folded, match.end()) or "thx " in text.folded[: match.start()]):
            previous_is_model = False
            continue
        if previous_is_model and word in _SUFFIXES and not _is_small_word(text, match):
            following = tokens[place + 1] if place + 1 < len(tokens) else None
            noun = following and following[0][0].isalpha() and text.folded[match.end() : following.start()] == " "
            if not (word in _ORDINARY and noun and following and following[0] not in _SUFFIXES):
                found.add(word)
            continue
        glued = _GLUED_SIZE.search(word)
        if glued:
            found.add(glued[1])
        model_like = (
            any(c.isdigit() for c in word) and _MODEL_LIKE.match(word) is not None and not _UNIT_TAIL.search(word)
        )
        if model_like and token.endswith("+") and any(c.isalpha() for c in word) and not _sun_protection(word):
            found.add("plus")
        previous_is_model = model_like
    return found


_GENERATION = re2.compile(
    r"\bgen(?:eration)?\.?\s?(\d{1,2})\b"
    r"|\b(\d{1,2})\.?(?:st|nd|rd|th|e|a|o|eme|:e|:n|de)?[ -]?(?:gen|generation|generacion|"
    r"generazione|geracao|generatie|generacji|generacja|sukupolvi|sukupolven|generationen)\b"
    r"|第\s?(\d{1,2}|[一二三四五六七八九十])\s?(?:世代|代)|(\d{1,2})세대|\b(?:mk|"
    r"mark)[ .-]?(\d{1,2}|i{1,3}|iv|v|vi)\b",
    options(),
)
_HAN_GENERATION = re.compile(r"(?<![第\d一-十])([2-9二三四五六七八九])代(?![目理言表替购購码碼餐])")
_V_NUMBER = re.compile(r"(?<![a-z0-9])v(\d{1,2})(?![a-z0-9.])")
_ROMAN_TAIL = re.compile(r"(?<=[a-z0-9]\s)(ii|iii|iv)(?=\s*(?:$|[,;()|/]|\s-|\s\d|\s[a-z]{4,}))")
_NUMERALS = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"} | {
    digit: str(number) for number, digit in enumerate("一二三四五六七八九十", start=1)
}


def _generations(text: Text) -> set[str]:
    folded = text.folded
    words = [next(group for group in match.groups() if group) for match in _GENERATION.finditer(folded)]
    words += _HAN_GENERATION.findall(folded) + _V_NUMBER.findall(folded) + _ROMAN_TAIL.findall(folded)
    return {_NUMERALS.get(word) or str(int(word)) for word in words}


_CODE = re.compile(r"(?<![a-z0-9.,/])(?=[a-z0-9/-]*[a-z])(?=[a-z0-9/-]*\d)[a-z0-9]+(?:[/-][a-z0-9]+)*(?![a-z0-9])")
_SPLIT = re.compile(r"\d+|[^\d]+")
_GLUED_UNIT = re.compile(
    r"\d+(?:[x-]\d+)*(?:mg|kg|g|gr|gm|ml|cl|dl|l|lt|cm|mm|m|km|w|kw|v|kv|a|ma|mah|ah|wh|kwh|"
    r"gb|tb|mb|go|to|mo|hz|khz|ghz|mhz|oz|lb|lbs|in|ft|er|x|pcs|pc|pk|ct|"
    r"stk|szt|k|mp|p|i|db|rpm|bar|psi|lm|st|nd|rd|th|h|hr|hrs|min|s|d|teilig|tlg|yr|y|e|eme|"
    r"x\d+(?:mm|cm|m|g|ml|l|kg)?|cc|ply|n|nm|c|f|fps|bit|pack|packs|pieces|dpi|ppm|t|st|ft|us|"
    r"uk|eu|watt|volt|inch|zoll|cal|tk|pz|ud|uds|rolls|sheets|btu|ch|days?|way|in1)\Z"
)


# Codes of standards and measures, which name no model: DDR4, USB3, IP67, F2.8, SPF50, GU10, M6x30.
_STANDARDS = frozenset(words_of(__file__, "standards")["all"]["keys"].split())
# A count and a word ("12-speed", "3-pak", "3er-Pack", "2-teilig"), and the size of trousers ("W30/L32").
_COUNTED = re.compile(
    r"\d{1,2}(?:er-?[a-z]{3,}|-(?:[a-z]{4,}|pak|set|way))\Z"
    r"|\d{1,4}/(?:pk|pkg|pack|bx|box|ct|ctn|carton|cs|case|rm|ream|bag|tub|jar)\Z"
)
_WAIST_AND_LENGTH = re.compile(r"w(\d{2})l(\d{2})\Z")
_NO_NAMES = frozenset(word for words in words_of(__file__, "no_names")["words"].values() for word in words.split())
"""Words before a number that names no model."""
# A name and a number ("Galaxion 14"); a number before a unit, a colon or a further figure is a measure.
_NAMED_NUMBER = re.compile(
    r"(?<![\w-])(?P<name>[A-Z][A-Za-zÀ-ɏ]{2,})[ -](?P<number>\d{1,4})"
    r"(?=\s*(?:$|[;()|]|,(?!\d))|\s(?:(?P<following>[A-Z][^\W\d_]{2,})|\d+\s?(?:GB|TB|Go)\b))"
)


def _models(text: Text) -> set[str]:
    """Codes such as "rx-4070" as "rx#=rx4070": what is not a digit is the key, so that M4 and M5 are siblings."""
    found = set()
    for match in _CODE.finditer(text.folded):
        code = match[0].replace("-", "").replace("/", "")
        unit, slash, number = match[0].partition("/")
        if slash and unit in UNITS and number.isdecimal():  # "39 cm/71 l"
            continue
        if len(code) > 24 or _GLUED_UNIT.match(match[0]) or _GLUED_UNIT.match(code):
            continue
        if _COUNTED.match(match[0]) or (len(code) < 6 and is_of_bra(match[0], text.folded)):
            continue
        if jeans := _WAIST_AND_LENGTH.match(code):
            found |= {f"w#=w{jeans[1]}", f"l#=l{jeans[2]}"}
            continue
        parts = _SPLIT.findall(code)
        key = "".join("#" if part[0].isdigit() else part for part in parts)
        if key not in _STANDARDS:
            found.add(f"{key}={code}")
    for match in _NAMED_NUMBER.finditer(text.nfkc):
        name, number, following = fold(match["name"]), match["number"], (match["following"] or "").lower()
        if name not in _NO_NAMES and unit_of(following) is None and not (len(number) == 4 and number.startswith("20")):
            found.add(f"{name} #={name} {number}")
    return found


SUFFIX = Family(
    "suffix",
    "model suffix",
    rf"\d[a-z]{{0,3}}[ -](?:{'|'.join(_SUFFIXES)})\b|[a-z]\d+\+|\d\dxx?l\b",
    _suffixes,
    agreement="same",
    one_sided="always",
)
GENERATION = Family(
    "generation",
    "generation",
    r"gen|代|세대|\bmk|\bmark|sukupol|\bv\d|\b(?:ii|iii|iv)\b|geracao",
    _generations,
    one_sided="never",
)
MODEL = Family("model", "model number", r"[a-z][ /-]?\d|\d-?[a-z]", _models, agreement="keyed")
FAMILIES = (SUFFIX, GENERATION, MODEL)
