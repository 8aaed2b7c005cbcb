"""Nominal sizes: numbers that name a size without a unit, each beside a word for the thing that has it.

Threads (M6x30), screws (4x40), staples (24/6), sets of strings (10-46), drumsticks (5A) and the weight of paper or
cloth (80 g/m²). Each key is compared by itself.
"""

import re

from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import words_of
from sku_align.attributes.text import Text
from sku_align.attributes.units import UNITS

_NUMBER = r"\d{1,2}(?:[.,]\d{1,2})?"
# "M6 x 30", and with the pitch between them "M10 x 1.25 x 40".
_THREAD = re.compile(
    rf"\bm\s?(?P<thread>{_NUMBER})\s?[x×]\s?(?:(?P<pitch>[01][.,]\d{{1,2}})(?:\s?[x×]\s?(?=\d{{2}}))?)?"
    r"(?P<length>\d{1,3}(?![\d.,]?\d))?"
)
_CROSS = re.compile(rf"(?<![\w.,/-])(?<!\d[x×])(?<!\d\s[x×]\s){_NUMBER}\s?[x×]\s?\d{{2,3}}(?![\d.,/-]?\d|\s?[x×])")
_SLASHED = re.compile(r"(?<![\w.,/-])\d{2,3}/\d{1,2}(?![\w/])")
_STRUNG = re.compile(r"(?<![\w-])[.,]?0{0,2}(?P<thin>\d{1,2})\s?-\s?[.,]?0?(?P<thick>\d{2,3})(?![\w-])")
_STICK = re.compile(r"\b[2578][ab]\b")
_GRAMMAGE = re.compile(r"(?<![\d.,])(\d{2,4})\s?(?:gsm\b|gr?s?m?\s?/\s?(?:m[2q²]|qm|sqm|平))")
_UNIT = re.compile(r"\s?([^\W\d_]+)")
# The thickest string of a set is at least this much thicker than the thinnest, in thousandths of an inch.
# Chosen by eye.
_LEAST_SPREAD, _THICKEST = 12, 140


def _words(thing: str) -> re.Pattern[str]:
    """Pattern of the words for a thing in all languages."""
    return re.compile(words_of(__file__, "things")[thing]["names"])


_SCREWS, _STAPLES, _STRINGS, _STICKS = map(_words, ("screws", "staples", "strings", "drumsticks"))


def _extract(text: Text) -> set[str]:
    folded = text.folded
    found = {f"grammage={number}" for number in _GRAMMAGE.findall(folded)}
    for match in _THREAD.finditer(folded):
        if match["pitch"] or match["length"]:
            found.add(f"thread={_plain(match['thread'])}")
        if match["length"]:
            found.add(f"length={match['length']}")
    if _CROSS.search(folded) and _SCREWS.search(folded):
        found.update(
            f"screw={_product(match[0])}" for match in _CROSS.finditer(folded) if _in_millimetres(match, folded)
        )
    if _SLASHED.search(folded) and _STAPLES.search(folded):
        found.update(f"staple={size}" for size in _SLASHED.findall(folded))
    if _STRUNG.search(folded) and _STRINGS.search(folded):
        for match in _STRUNG.finditer(folded):
            thin, thick = int(match["thin"]), int(match["thick"])
            if thin + _LEAST_SPREAD <= thick <= _THICKEST:
                found.add(f"gauge={thin}-{thick}")
    if _STICK.search(folded) and _STICKS.search(folded):
        found.update(f"stick={size}" for size in _STICK.findall(folded))
    return found


def _in_millimetres(match: re.Match[str], folded: str) -> bool:
    """Whether no other unit follows: "2 x 310 ml" is no screw."""
    unit = _UNIT.match(folded, match.end())
    return unit is None or unit[1] in ("mm", "毫米", "ミリ") or unit[1] not in UNITS


def _product(cross: str) -> str:
    return "x".join(_plain(number.strip()) for number in re.split("[x×]", cross))


def _plain(number: str) -> str:
    return f"{float(number.replace(',', '.')):g}"


NOMINAL = Family(
    "nominal_size",
    "nominal size",
    r"\bm\s?\d{1,2}(?:[.,]\d{1,2})?\s?[x×]|\d\s?[x×]\s?\d{2}|\d{2}/\d|\d\s?-\s?[.,]?\d{2}|\d\s?gsm|\d\s?gr?s?m?\s?/|\b[2578][ab]\b",
    _extract,
    agreement="keyed",
)
FAMILIES = (NOMINAL,)
