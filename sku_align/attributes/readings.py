"""Words that are a unit in most places and something else in some: "in" of "3 in 1", the V of a tyre's "91V".

One row per case: the words, when it holds, what the word means then (None: it is not a unit there), and a title in
which it holds with all that is read from it. The rows are test cases (tests/unit/test_size_readings.py).
"""

import re
from collections.abc import Callable
from typing import NamedTuple

Unit = tuple[str, float]


class Place(NamedTuple):
    """Where a unit word stands: the whole text, the word as printed, its start and end, and the number before it."""

    text: str
    spelling: str
    start: int
    end: int
    number: str
    attached: bool
    language: str

    @property
    def after(self) -> str:
        """The text behind the word, as far as any row looks."""
        return self.text[self.end : self.end + 24]

    @property
    def after_feet(self) -> bool:
        """Whether feet stand before the number, as in "5 ft 6 in"."""
        return _FEET_BEFORE.search(self.text[: self.start]) is not None

    def speaks(self, *languages: str) -> bool:
        """Whether the title is in one of these languages."""
        return self.language.partition("-")[0] in languages


class Reading(NamedTuple):
    """One row: `words` mean `meaning` where `holds`; `example` in `language` gives `sizes`."""

    words: str
    holds: Callable[[Place], object]
    meaning: Unit | None
    example: str
    language: str
    sizes: tuple[tuple[str, float], ...] = ()


# A quotation mark behind a digit is the sign of an inch.
_QUOTE = re.compile(r'(?<!\d)"')


def _opened(before: str) -> bool:
    """Whether a quotation is open behind a text."""
    return len(_QUOTE.findall(before)) % 2 == 1


_ONE = re.compile(r"[-\s]?(?:1|one|eins|un|uno|uma?)\b", re.IGNORECASE)
_INCH_ENDS = re.compile(r"\.|\s*(?:$|[),;x×/|-])|\s\d")
_FEET_BEFORE = re.compile(r"(?:ft|feet|foot)\.?\s?[\d.]+\s?$")
_TYRE = re.compile(r"\b\d{3}/\d{2}\s?(?:Z?R|-)\s?\d{2}", re.IGNORECASE)
_EQUIVALENT = re.compile(r"[\s-]?(?:[ée]quiv|Ersatz|ersetzt|vervang|形|相当|等效)", re.IGNORECASE)
_SCREEN = re.compile("テレビ|モニター|ディスプレイ|液晶|有機EL|TV")
_NUTRIENT = re.compile(
    r"\s?(?:of |de |di |d['’])?(?:protein|eiwei(?:ß|t)|prot[ée]in|białk|proteiini|zucker|sugar|sucre|azúcar"
    r"|zuccher|açúcar|suiker|cukr|carb|fib(?:re|er)|ballaststoff|蛋白|たんぱく|タンパク|糖質|단백질)",
    re.IGNORECASE,
)
_PER = re.compile(r"\b(?:per|pro|por|pour|par|je|na|al)\s$", re.IGNORECASE)
_POWERS_OF_TWO = frozenset(str(2**n) for n in range(4, 12))
_GENERATIONS = frozenset("23456")
_GOLD = re.compile(r"\s?(?:gold|or\b|oro|ouro|goud|złot|kulta|金|ゴールド|diamond|diamant)", re.IGNORECASE)
_YEAR = re.compile(r"19[5-9]\d|20(?!00)[0-4]\d")
_SHOE = re.compile(r"\b(?:US|UK|EU|EUR|size|gr\.?)\s?$", re.IGNORECASE)

READINGS = (
    Reading("go mo to", lambda at: not (at.speaks("fr") and at.spelling[0].isupper()), None, "2 to 4 players", "en"),
    Reading(
        "in",
        lambda at: _ONE.match(at.after) or not (at.attached or _INCH_ENDS.match(at.after) or at.after_feet),
        None,
        "Charger 3 in 1",
        "en",
    ),
    Reading("cal cale", lambda at: not at.attached or _ONE.match(at.after), None, "Bateria 2 cale", "pl"),
    Reading("cal", lambda at: not at.speaks("pl"), None, "Snack 90cal", "en"),
    Reading("w", lambda at: re.match(r"-?\d|\s1\b", at.after), None, "Motor oil 5W-30", "en"),
    Reading("w", lambda at: _EQUIVALENT.match(at.after), None, "Ampoule LED 60W équivalent", "fr"),
    Reading("w v", lambda at: _TYRE.search(at.text), None, "Reifen Gripora 205/55 R16 91V", "de"),
    Reading(
        "k",
        lambda at: not (at.spelling == "K" and re.fullmatch(r"[1-9]\d{3,4}", at.number)),
        None,
        "Screen 4K",
        "en",
    ),
    Reading("m", lambda at: at.spelling == "M" and (not at.attached or at.number == "3"), None, "3M tape", "en"),
    Reading("m", lambda at: at.after.startswith("+"), None, "Puzzle 12m+", "en"),
    Reading(
        "m",
        lambda at: at.spelling == "M" and (_SHOE.search(at.text[: at.start - len(at.number)]) or ".5" in at.number),
        None,
        "Trail shoe US 9M",
        "en",
    ),
    Reading("m cm", lambda at: at.after[:1] in {"2", "3", "²", "³"}, None, "Fan 25 m3/h", "en"),
    Reading("\" ''", lambda at: _opened(at.text[: at.start]), None, 'Album "The 12" vinyl', "en"),
    Reading("st", lambda at: not at.speaks("de", "nl", "sv"), None, "Main road 5 st", "en"),
    Reading("gt bares", lambda at: not at.speaks("fi", "es", "pt"), None, "Racer 3 GT", "en"),
    Reading("hg etti etto", lambda at: not at.speaks("it"), None, "Rollo 2 HG", "en"),
    Reading("comp. comp", lambda at: not at.speaks("es", "pt"), None, "Pc 2 comp.", "en"),
    Reading(
        "p",
        lambda at: not (at.speaks("ko") and at.spelling == "P" and at.attached and len(at.number) < 3),
        None,
        "Chain 10p",
        "en",
    ),
    Reading("型 v型", lambda at: not _SCREEN.search(at.text), None, "収納ケース 3型", "ja"),
    Reading("pt", lambda at: not at.speaks("en"), None, "Ring 950 pt", "de"),
    Reading("once chili", lambda at: not at.speaks("fr", "it"), None, "Sauce 3 chili", "de"),
    Reading("pond", lambda at: not at.speaks("nl"), None, "Pump 2 pond", "en"),
    Reading("dag", lambda at: not at.speaks("pl"), None, "Kuur 30 dag", "nl"),
    Reading("par", lambda at: not at.speaks("pl", "pt", "es"), None, "Lot vendu 2 par 2", "fr"),
    Reading(
        # One pair of curtains is two pieces elsewhere; of several pairs both shops count the pairs.
        "pair pairs paar paare paire paires par pares paio paia pary paria 对 對 пара pár çift pereche ζευγάρι đôi คู่ "
        "زوج",
        lambda at: at.number == "1",
        ("count", 2),
        "Curtain holders 1 pair",
        "en",
        (("count", 2),),
    ),
    Reading("un", lambda at: not at.speaks("es", "pt"), None, "Il 2 un tour", "fr"),
    Reading("в", lambda at: at.spelling != "В" or _ONE.match(at.after), None, "Зарядка 3 в 1", "ru"),
    Reading("м", lambda at: at.spelling == "М" and not at.attached, None, "Футболка 2 М", "ru"),
    Reading("м см", lambda at: at.after[:1] in {"2", "3", "²", "³"}, None, "Вытяжка 650 м3/ч", "ru"),
    Reading(
        "г г.",
        lambda at: _YEAR.fullmatch(at.number) and not (at.attached and at.spelling == "г"),
        None,
        "Календарь 2024 г.",
        "ru",
    ),
    # Pieces in Hungarian; decibels with a capital letter there and everywhere else.
    Reading("db db.", lambda at: not at.speaks("hu") or at.spelling[1] == "B", None, "Porszívó 72 dB", "hu"),
    Reading("ad.", lambda at: not at.speaks("tr"), None, "Slot 5 ad.", "en"),
    Reading("gam", lambda at: not at.speaks("vi"), None, "Mod 3 gam", "en"),
    Reading("role", lambda at: not at.speaks("ro", "cs"), None, "Game for 4 role players", "en"),
    Reading("lon chai koli", lambda at: not at.speaks("vi", "tr"), None, "Mix 3 chai", "en"),
    Reading("barras", lambda at: not at.speaks("es", "pt"), None, "Rio 3 barras", "en"),
    Reading("dozen", lambda at: at.speaks("nl"), ("pack", 1), "Thee 3 dozen", "nl", (("pack", 3),)),
    Reading("bars", lambda at: at.speaks("en"), ("count", 1), "Oat snack 6 bars", "en", (("count", 6),)),
    Reading("个 個 개 枚", lambda at: at.after[:1] in {"月", "월"}, None, "奶粉 3个月以上", "zh-Hans"),
    Reading("寸 米 点 条 食", lambda at: at.after[:1] in set("法心纹紋粉饭粒品物材譜"), None, "杂粮 8米饭", "zh-Hans"),
    Reading("食", lambda at: at.speaks("zh"), None, "零食 3食", "zh-Hans"),
    Reading("节 節", lambda at: at.after[:1] in set("课課目省约"), None, "英语 12节课", "zh-Hans"),
    Reading("切", lambda at: not at.speaks("ja"), None, "9切", "zh-Hans"),
    Reading("合", lambda at: not at.speaks("ja") or at.after[:1] in set("目成"), None, "衣架 3合1", "zh-Hans"),
    Reading("升", lambda at: at.speaks("ja"), ("volume", 1803.9), "清酒 1升", "ja", (("volume", 1803.9),)),
    Reading("斤", lambda at: at.speaks("ja"), None, "食パン 1斤", "ja"),
    Reading("斤", lambda at: at.language == "zh-Hant", ("mass", 600), "白米 2斤", "zh-Hant", (("mass", 1200),)),
    Reading("两 兩", lambda at: at.after[:1] in set("用面边邊种種侧側个個件只条"), None, "包 2两用", "zh-Hans"),
    Reading(
        "g gr gram grams gramm gramme grammes gramos grammi gramas gramów",
        lambda at: (
            (len(at.number) < 3 and _NUTRIENT.match(at.after))
            or _PER.search(at.text[: at.start - len(at.number)].rstrip() + " ")
        ),
        None,
        "Riegel mit 20 g Protein",
        "de",
    ),
    Reading("ct", lambda at: _GOLD.match(at.after), None, "Ring 9 ct gold", "en"),
    Reading("g", lambda at: at.spelling == "G" and at.attached and at.number in _GENERATIONS, None, "5G router", "en"),
    Reading(
        "g",
        lambda at: at.spelling == "G" and at.attached and at.number in _POWERS_OF_TWO,
        ("data", 1024),
        "手机 128G",
        "zh-Hans",
        (("data", 131072),),
    ),
)
"""First row that holds decides; a word without rows always means what `units.UNITS` says."""

BY_WORD: dict[str, list[Reading]] = {}
for _reading in READINGS:
    for _word in _reading.words.split():
        BY_WORD.setdefault(_word, []).append(_reading)


def read_unit(word: str, meaning: Unit, place: Place) -> Unit | None:
    """What a unit word means in its place; None where it is something else.

    Args:
        word: As `units.UNITS` spells it.
        meaning: What it means without a row.
        place: Where it stands.
    """
    for reading in BY_WORD.get(word, ()):
        if reading.holds(place):
            return reading.meaning
    return meaning
