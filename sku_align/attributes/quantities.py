"""Sizes and counts of a title, in base units, whatever the language.

A different size, count or pack is a different product, and text models are nearly blind to digits; so the numbers are
read here, once, with the units of `units.py`. A multipack "6 x 330 ml" gives pack 6 and volume 330, never 1980. `pack`
(packages) and `count` (pieces in one package) are told apart by the counting word; feeds do not always agree on the
word, so whoever compares offers should look at both together.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sku_align.attributes.units import DECIMAL_COMMA, FLUID_OUNCE, NUMBER_WORDS, OUNCE, UNITS

_LETTER = "A-Za-zÀ-ÖØ-öø-ɏ"
_WORDS = "|".join(re.escape(word).replace(r"\ ", r"\s?") for word in sorted(UNITS, key=lambda word: (-len(word), word)))
_NUMBER = re.compile(
    r"(?<![A-WYZa-wyzÀ-ÖØ-öø-ɏ_\d])(?<!\d[.,])"
    r"(?:(?:\d{1,2} )?\d{1,2}/\d{1,2}(?=[\s-]?(?:[\"″]|in\.|inch|zoll|英寸|吋|インチ))"
    r"|\d+(?:[.,'’]\d+)*(?: 000(?!\d))?(?:\s?[½¼¾⅓⅔⅛])?)|[½¼¾⅓⅔⅛]",
    re.IGNORECASE,
)
_UNIT = re.compile(
    rf"(?:\s{{0,2}}|-)(?P<unit>{_WORDS})(?:(?![{_LETTER}])|(?=x\s?\d))(?!\s?/\s?(?:m[²2]?|qm|cm[²2]?|s|h|min|l|ml|kg|g|100)\b)",
    re.IGNORECASE,
)
_TIMES = re.compile(r"\s*[x×*✕✖хX]\s*")
_RANGE = re.compile(r"\s?(?:[-–—~〜～]|bis|to|à|až|al?|do)\s?")
_HAS_NUMBER = re.compile(r"\d|[½¼¾⅓⅔⅛]")
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125}
_KEEP = re.compile(r"[½¼¾⅓⅔⅛²³]")
_NOT_A_UNIT = re.compile(r"[-\s]?(?:1|one|eins|un|uno)\b", re.IGNORECASE)
_WORD_NUMBER = "|".join(
    sorted((word for word in NUMBER_WORDS if word.isascii() or len(word) > 2), key=len, reverse=True)
)
_PACK_BEFORE = re.compile(
    r"(?:\b(?:(?:value |multi ?|family )?packs?|sets?|box|case|lots?|paquete?s?|boîtes?|coffrets?|cajas?|juegos?"
    r"|confezion[ei]|pacc(?:o|hi)|conjuntos?|embalage[mn]s?|pak|zestaw|pacote|kit)\s(?:of|de|d[ai]|à|mit|van|com|con|z|von)\s?"
    rf"|セット\s?(?=\d))(?P<n>\d{{1,3}}|{_WORD_NUMBER})(?![\d{_LETTER}]|[.,]\d)",
    re.IGNORECASE,
)
_PACK_AFTER = re.compile(
    rf"(?<![\w.,])(?P<n>\d{{1,3}}|{_WORD_NUMBER})(?:[\s-]?(?:er|ers|in|-fach)?[\s-]?(?:packs?|pk|pak|pakkaus|set|packung)\b"
    r"|\s?(?:個|本|枚|袋|点|缶|箱|足|箱)?セット|\s?(?:个|個|件|瓶|盒|包|袋|支|罐|只|条|入|桶|听)(?:装|裝|套装|套裝|套|组|組)"
    r"|\s?개(?:입)?\s?세트|\s?(?:입|팩)(?![가-힣]))",
    re.IGNORECASE,
)
_TWIN = re.compile(
    r"\b(?:twin|double|duo|dual)[\s-]?packs?\b|\bdoppel-?packung\b|\bdoppelpack\b|\bduopack\b|\bduo-?pak\b|\bdwupak\b"
    r"|\blot duo\b|\bpack duo\b|\bbipack\b|(?:双|雙)(?:支|瓶|包|盒|罐|件|只)(?:装|裝)|ダブルパック|2\s?個組",
    re.IGNORECASE,
)
_TRIPLE = re.compile(r"\b(?:triple|tri)[\s-]?packs?\b|\bdreierpack\b|\btripack\b", re.IGNORECASE)
_HAN_COUNT = re.compile(
    r"[一二两兩三四五六七八九十]{1,3}(?=(?:个|個|件|瓶|盒|包|袋|支|片|罐|只|条|入|本|枚|套|点)(?:装|裝|套|入|组|組|セット))"
)
_APOSTROPHE_S = re.compile(r"['’]s\b", re.IGNORECASE)
_LONE_BEFORE = re.compile(r"(?:^|[\s(（,，、)）/+-])[x×*✕✖X]\s?$")
_LONE_AFTER = re.compile(r"\s?[x×]\s(?=\D)(?!(?:opti|digi|zoom|magni|vergr|faster|speed))", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:$|[)）,，、;|\]】/+-])")
_PACK_HINT_WORDS = (
    "pac pak set lot kit box case boîte coffret caja juego conf emb zestaw paquet pacc 装 裝 套 組 组 세트 입 팩"
)
_PACK_HINTS = (*_PACK_HINT_WORDS.split(), "セット", "ダブル")
_SPF = re.compile(r"\b(?:SPF|LSF|FPS|IP)[\s-]?(\d{1,3})\b")
_STRENGTH = re.compile(
    r"(\d{1,2}(?:[.,]\d{1,2})?)\s?(?:%|％|°)\s?(?:vol|alc|abv|酒精|アルコール|fat\b|fett|milk\s?fat|m\.?g\.?\b|grasa|grassi|gordura"
    r"|cacao|cocoa|kakao|可可|カカオ|脂肪)",
    re.IGNORECASE,
)
_SMALL = {("volume", 1), ("mass", 1), ("length", 1), ("charge", 1), ("power", 1), ("temperature", 1)}
_POWERS_OF_TWO = {2.0**n for n in range(4, 12)}
_FRENCH_BYTES = {"go", "mo", "to"}


@dataclass
class _Measure:
    value: float
    dimension: str | None
    factor: float
    start: int
    end: int
    bare_end: int

    @property
    def is_count(self) -> bool:
        return self.dimension in (None, "count", "pack") and self.value.is_integer() and 1 <= self.value <= 10_000


def extract_quantities(title: str, language: str | None = None) -> list[tuple[str, float]]:
    """Read the sizes and counts of a title.

    Args:
        title: Any text; full-width digits and Chinese numerals before a counting word are understood.
        language: BCP 47 tag; tells a decimal comma from a thousands comma.

    Returns:
        (dimension, value) pairs without repeats, sorted; values in the base units of `units.py`. A dimension may hold
        several values ("60 x 90 cm" gives two lengths). Mains voltages are folded: 220 to 240 V is 230, 100 to 127 V
        is 110.
    """
    text = _prepare(title)
    found: set[tuple[str, float]] = set()
    spoken_for = set()
    lower = text.lower()
    if any(hint in lower for hint in _PACK_HINTS):
        if _TWIN.search(text):
            found.add(("pack", 2.0))
        elif _TRIPLE.search(text):
            found.add(("pack", 3.0))
        for pattern in (_PACK_BEFORE, _PACK_AFTER):
            for match in pattern.finditer(text):
                if pattern is _PACK_BEFORE and (unit := _UNIT.match(text, match.end("n"))) and _counts(unit):
                    continue
                word = match["n"].lower()
                found.add(("pack", float(NUMBER_WORDS.get(word) or word)))
                spoken_for.add(match.start("n"))
    if _HAS_NUMBER.search(text):
        for chain in _chains(text, language or ""):
            if not (len(chain) == 1 and chain[0].start in spoken_for):
                found.update(_interpret(chain))
        if "%" in text or "°" in text:
            found.update(("percent", float(number.replace(",", "."))) for number in _STRENGTH.findall(text))
        found.update(("spf", float(number)) for number in _SPF.findall(text))
    return sorted((dimension, round(value, 4)) for dimension, value in _fluid(found) if value > 0)


def _fluid(found: set[tuple[str, float]]) -> set[tuple[str, float]]:
    """Drop the mass of "9 oz (260 ml)", whose ounces are fluid ones."""
    volumes = [value for dimension, value in found if dimension == "volume"]
    ratio = FLUID_OUNCE / OUNCE
    return {
        (dimension, value)
        for dimension, value in found
        if dimension != "mass" or not any(math.isclose(value * ratio, volume, rel_tol=0.04) for volume in volumes)
    }


def _counts(unit: re.Match[str]) -> bool:
    """Whether the word counts, so that "box of 20 tablets" is 20 tablets and not 20 boxes."""
    return UNITS.get(unit["unit"].lower(), ("", 0.0))[0] in {"count", "pack"}


def _prepare(title: str) -> str:
    if title.isascii():
        return title
    if _KEEP.search(title):
        title = "".join(
            part if _KEEP.fullmatch(part) else unicodedata.normalize("NFKC", part)
            for part in re.split(f"({_KEEP.pattern})", title)
        )
    else:
        title = unicodedata.normalize("NFKC", title)
    return _HAN_COUNT.sub(lambda match: _han_number(match[0]), title)


def _han_number(word: str) -> str:
    if word in NUMBER_WORDS:
        return str(NUMBER_WORDS[word])
    tens, ten, ones = word.partition("十")
    if not ten:
        return word
    return str(NUMBER_WORDS.get(tens, 1) * 10 + NUMBER_WORDS.get(ones, 0))


def _chains(text: str, language: str) -> Iterator[list[_Measure]]:
    """Measures of a title, those that stand in one product ("2 x 60 x 90 cm") together."""
    chain: list[_Measure] = []
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        previous = chain[-1] if chain else None
        gap = text[previous.end : start] if previous else ""
        linked = bool(previous and _TIMES.fullmatch(gap))
        if (
            start
            and text[start - 1] in "xX"
            and not linked
            and re.match(f"[{_LETTER}\\d]", text[start - 2 : start - 1])
        ):
            continue
        measure = _measure(text, match[0], start, end, language)
        if previous and not linked and _RANGE.fullmatch(gap) and previous.dimension is None:
            _share_range(previous, measure)
        if linked:
            chain.append(measure)
            continue
        if chain:
            yield _with_lone_multiplier(chain, text)
        chain = [measure]
    if chain:
        yield _with_lone_multiplier(chain, text)


def _measure(text: str, number: str, start: int, end: int, language: str) -> _Measure:
    unit = _UNIT.match(text, end)
    meaning = _meaning(text, unit, number, language) if unit else None
    if unit is None or meaning is None:
        if apostrophe := _APOSTROPHE_S.match(text, end):
            return _Measure(_value(number, None, language), "count", 1, start, apostrophe.end(), end)
        return _Measure(_value(number, None, language), None, 1, start, end, end)
    return _Measure(_value(number, meaning, language), meaning[0], meaning[1], start, unit.end(), end)


def _meaning(text: str, unit: re.Match[str], number: str, language: str) -> tuple[str, float] | None:
    """What the unit means here, None where the spelling is something else in this place."""
    spelling, after = unit["unit"], text[unit.end() : unit.end() + 4]
    word = re.sub(r"\s", " ", spelling.lower())
    meaning = UNITS.get(word) or UNITS.get(word.replace(" ", "")) or UNITS[word.replace("fl", "fl ").replace("  ", " ")]
    attached = unit.start("unit") == unit.start()
    rejected = (
        (word in _FRENCH_BYTES and not (language.startswith("fr") and spelling[0].isupper()))
        or (word in {"in", "cal", "cale"} and (not attached or bool(_NOT_A_UNIT.match(after))))
        or (word == "cal" and not language.startswith("pl"))
        or (word == "w" and bool(re.match(r"-?\d", after)))
        or (word == "k" and not (spelling == "K" and attached and re.fullmatch(r"[1-9]\d{3,4}", number)))
        or (spelling == "M" and (not attached or number == "3"))
        or (word in {'"', "''"} and text.count('"', 0, unit.start()) % 2 == 1)
        or (word == "pt" and not language.startswith("en"))
        or (word in {"once", "due", "chili"} and not language.startswith(("fr", "it")))
        or (word in {"个", "個", "개"} and after[:1] in {"月", "월"})
        or (word in {"寸", "米", "点", "条", "対"} and after[:1] in {"法", "心", "纹", "紋", "粉", "饭", "粒"})
        or (word == "mo" and not language.startswith("fr"))
    )
    if rejected:
        return None
    if spelling == "G" and attached:
        value = float(number) if number.isdecimal() else 0.0
        if value in {2, 3, 4, 5, 6}:
            return None
        if value in _POWERS_OF_TWO:
            return ("data", 1024)
    return meaning


def _value(number: str, meaning: tuple[str, float] | None, language: str) -> float:
    if "/" in number:
        whole, _, ratio = number.rpartition(" ")
        over, _, under = ratio.partition("/")
        return float(whole or 0) + float(over) / max(float(under), 1.0)
    fraction = _FRACTIONS.get(number[-1], 0.0)
    digits = number.rstrip("½¼¾⅓⅔⅛").strip()
    if not digits:
        return fraction
    digits = re.sub(r"[\s'’]", "", digits)
    separators = re.findall(r"[.,]", digits)
    if not separators:
        return float(digits) + fraction
    decimal = separators[-1]
    whole, _, rest = digits.rpartition(decimal)
    by_language = "," if language.partition("-")[0] in DECIMAL_COMMA else "."
    thousands = len(set(separators)) == 1 and (
        len(separators) > 1
        or (len(rest) == 3 and whole != "0" and (decimal != by_language or meaning is None or meaning in _SMALL))
    )
    if thousands:
        return float(re.sub(r"[.,]", "", digits))
    return float(re.sub(r"[.,]", "", whole) + "." + rest)


def _share_range(previous: _Measure, measure: _Measure) -> None:
    """Give the "4" of "4-9 kg" its unit."""
    ranged = measure.dimension not in (None, "count", "pack", "data", "charge")
    if ranged and previous.value < measure.value <= 20 * previous.value:
        previous.dimension, previous.factor = measure.dimension, measure.factor


def _with_lone_multiplier(chain: list[_Measure], text: str) -> list[_Measure]:
    """Mark a bare "x2" at an end, or "2x " at the start of the title, as a pack."""
    if len(chain) == 1 and chain[0].dimension is None and chain[0].is_count and chain[0].value <= 144:
        only = chain[0]
        if (_LONE_BEFORE.search(text, 0, only.start) and _ENDS.match(text, only.end)) or (
            only.start == 0 and _LONE_AFTER.match(text, only.end)
        ):
            only.dimension = "pack"
    return chain


def _interpret(chain: list[_Measure]) -> Iterator[tuple[str, float]]:
    measured = [at for at, part in enumerate(chain) if part.dimension not in (None, "count", "pack")]
    if len(chain) > 1 and measured and all(chain[at].dimension == "length" for at in measured):
        for at in range(measured[-1]):
            if chain[at].dimension is None:
                following = next(chain[later] for later in measured if later > at)
                chain[at].dimension, chain[at].factor = "length", following.factor
        measured = [at for at, part in enumerate(chain) if part.dimension == "length"]
    for at in measured:
        dimension, value = str(chain[at].dimension), chain[at].value * chain[at].factor
        yield dimension, _mains(value) if dimension == "voltage" else value
    counters = [part for part in chain if part.is_count]
    if len(chain) == 1:
        if counters and counters[0].dimension:
            yield counters[0].dimension, counters[0].value
        return
    multipliers = [part for part in counters if measured or part.dimension != "count"]
    pieces = [part for part in counters if not measured and part.dimension == "count"]
    yield from (("count", part.value) for part in pieces)
    if multipliers and (measured or pieces or any(part.dimension for part in multipliers)):
        yield "pack", math.prod(part.value for part in multipliers)


def _mains(volts: float) -> float:
    if 220 <= volts <= 240:
        return 230.0
    return 110.0 if 100 <= volts <= 127 else volts
