"""Strength: dioptres, tog, denier, grit, and the percentage that a food or a cleaner states."""

import re

import re2

from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import options
from sku_align.attributes.text import Text

_DIOPTRE = re2.compile(
    r"(?:^|[ (:=])([+-]\s?\d{1,2}[.,](?:00|25|5|50|75))(?:\s?(?:d|dpt|dioptri[a-z]*|"
    r"dioptr[a-z]*))?(?:$|[ ,);/])|(?:^|[ (:=])([+-]?\s?\d{1,2}[.,]?\d{0,2})\s?(?:dpt|"
    r"diopt[a-z]*)\b",
    options(),
)
_TOG = re2.compile(r"\b(\d{1,2}(?:[.,]\d)?)\s?tog\b", options())
_DENIER = re2.compile(r"\b(\d{1,4})\s?(?:den|denier|denari|den\.)\b|(\d{2,3})\s?(?:デニール|데니어)", options())
_GRIT = re2.compile(
    r"\b(?:grit|kornung|grain|grano|grana|korrel|ziarnistosc|karkeus|"
    r"korn)\s?:?\s?p?(\d{2,4})\b|\b(\d{2,4})\s?(?:grit)\b",
    options(),
)
_APERTURE = re2.compile(r"\bf\s?/?\s?(\d(?:[.,]\d)?)\b(?:$|[^\d])", options())
_PERCENT = re2.compile(r"(?:^|[^\d.,+-])(\d{1,2}(?:[.,]\d{1,2})?)\s?[%％]", options())
_DISCOUNT = re.compile(
    r"[-–]\s?\d{1,2}\s?[%％]|\d{1,2}\s?[%％]\s?(?:off|rabatt|gratis|de remise|remise|"
    r"descuento|sconto|desconto|korting|zniz|ale|rea|gratuit|mehr|free|extra|more|plus|less|"
    r"weniger|di sconto|"
    r"cotton|baumwoll|coton|algod|coton|katoen|bawel|puuvilla|bomull|wool|wolle|polyester|"
    r"elast|lycra|spandex|viscos|leinen|linen|recycl|natur|bio|organ)"
    r"|(?:save|spare|bis zu|up to|jusqu'a|hasta|fino al?|ate|tot|do)\s\d{1,2}\s?%|"
    r"\d{1,2}\s?[%％]\s?(?:的|オフ|増量|할인|棉|羊毛|綿|ポリ|면)"
)


def _extract(text: Text) -> set[str]:
    folded, found = text.folded, set()
    for name, pattern in (("dioptre", _DIOPTRE), ("tog", _TOG), ("denier", _DENIER), ("grit", _GRIT), ("f", _APERTURE)):
        for match in pattern.finditer(folded):
            number = next(group for group in match.groups() if group)
            found.add(f"{name}={float(number.replace(',', '.').replace(' ', '')):g}")
    if ("%" in folded or "％" in folded) and not _DISCOUNT.search(folded):
        found.update(f"percent={float(match[1].replace(',', '.')):g}" for match in _PERCENT.finditer(folded))
    return found


STRENGTH = Family(
    "strength",
    "strength",
    r"%|％|\bf\s?/?\s?\d[.,]\d|\bden\b|\d(?:den|tog)\b|denier|denari|デニール|데니어|dpt|diopt|\btog\b|grit|"
    r"kornung|grain|\bgran[oa]\b|korrel|ziarnist|karkeus|\bkorn\b|[+-]\s?\d{1,2}[.,]\d",
    _extract,
    agreement="keyed",
)
FAMILIES = (STRENGTH,)
