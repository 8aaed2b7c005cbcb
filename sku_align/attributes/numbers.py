"""Numbers as titles write them: "1.234,5", "1 1/2", "½", ".33", "10'000"; and the Chinese and Japanese numerals."""

import re

from sku_align.attributes.text import LATIN
from sku_align.attributes.units import DECIMAL_COMMA, NUMBER_WORDS

FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125}
_SIGNS = "".join(FRACTIONS)
# Every letter but an x, also the Cyrillic one.
_RUNS_INTO = f"{LATIN.replace('A-Za-z', 'A-WYZa-wyz')}Ͱ-ϿЀ-ФЦ-фц-ӿ"

NUMBER = re.compile(
    rf"(?<![{_RUNS_INTO}_\d第])(?<!\d[.,])"
    r"(?:(?P<ratio>\d{1,2}-\d{1,2}/(?:2|4|8|16|32)(?![\d/])|(?:\d{1,2} )?\d{1,2}/\d{1,2}(?![\d/]))"
    rf"|\d+(?:[.,'’]\d+)*(?: 000(?!\d))?(?:\s?[{_SIGNS}])?|[{_SIGNS}]|(?<![\w.,)])[.,]\d+)"
)
"""A number that no letter runs into (but an x, as in "330mlx6"); `ratio` is a fraction such as "1 1/2"."""

# Halves to 64ths are how pipes, jars and bottles are measured; other ratios are dates, dress sizes and part numbers.
_DENOMINATORS = frozenset({2, 3, 4, 5, 8, 10, 16, 32, 64})
# With three digits after the mark these units are printed in thousands: "1.500 ml" is a litre and a half, while
# "1.500 kg" and "1,500 l" are read as a kilogram and a half where the language does not say otherwise.
_SMALL_UNITS = frozenset({("volume", 1), ("mass", 1), ("length", 1), ("charge", 1), ("power", 1), ("temperature", 1)})


def is_fraction(ratio: str) -> bool:
    """Whether "1/2" or "1 3/4" is a fraction of a unit rather than two numbers with a slash."""
    over, _, under = ratio.replace("-", " ").rpartition(" ")[2].partition("/")
    return int(under) in _DENOMINATORS and 0 < int(over) < int(under)


def number_value(number: str, unit: tuple[str, float] | None, language: str) -> float:
    """The value of a number.

    Args:
        number: A match of `NUMBER`.
        unit: Dimension and factor of the unit behind it; decides, with the language, whether "1.500" is 1500 or 1.5.
        language: BCP 47 tag or "".
    """
    if "/" in number:
        whole, _, ratio = number.replace("-", " ").rpartition(" ")
        over, _, under = ratio.partition("/")
        return float(whole or 0) + float(over) / max(float(under), 1.0)
    if number.isdecimal():
        return float(number)
    fraction = FRACTIONS.get(number[-1], 0.0)
    digits = re.sub(r"[\s'’]", "", number.rstrip(_SIGNS))
    if not digits:
        return fraction
    separators = re.findall(r"[.,]", digits)
    if not separators:
        return float(digits) + fraction
    decimal = separators[-1]
    whole, _, rest = digits.rpartition(decimal)
    by_language = "," if language.partition("-")[0] in DECIMAL_COMMA else "."
    grouped = len(rest) == 3 and whole not in {"", "0"}
    in_thousands = unit is None or unit in _SMALL_UNITS or (bool(language) and decimal != by_language)
    thousands = len(set(separators)) == 1 and (len(separators) > 1 or (grouped and in_thousands))
    if thousands:
        return float(re.sub(r"[.,]", "", digits))
    return float((re.sub(r"[.,]", "", whole) or "0") + "." + rest) + fraction


def han_number(word: str) -> str:
    """A Chinese or Japanese numeral up to 99 in digits: "二十四" is "24"; 两 and 双 are two."""
    if word in NUMBER_WORDS:
        return str(NUMBER_WORDS[word])
    tens, ten, ones = word.partition("十")
    if not ten:
        return word
    return str(NUMBER_WORDS.get(tens, 1) * 10 + NUMBER_WORDS.get(ones, 0))
