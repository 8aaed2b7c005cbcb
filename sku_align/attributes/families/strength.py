"""Strength: dioptres and shapes of lenses, tog, denier, grit, percentages, and doses of vitamins and cultures."""

import re

import re2

from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import options
from sku_align.attributes.text import Text

_DIOPTRE = re2.compile(
    r"(?:^|[ (:=【】\[/])([+-]\s?\d{1,2}[.,](?:00?|25|5|50|75))(?:\s?(?:d|dpt|dioptri[a-z]*|"
    r"dioptr[a-z]*))?(?:$|[ ,);/])|(?:^|[ (:=])([+-]?\s?\d{1,2}[.,]?\d{0,2})\s?(?:dpt|"
    r"diopt[a-z]*)\b",
    options(),
)
# Chinese shops state hundredths of a dioptre: 老花镜 200度.
_DEGREES = re.compile(r"(?<![\d.])(\d{2,4})\s?度")
_FAR_SIGHTED, _SHORT_SIGHTED = re.compile("老花|遠視|远视"), re.compile("近視|近视")
# What a lens has beside its dioptres: base curve, diameter, cylinder, axis, addition.
_LENS = re2.compile(
    r"\b(bc|dia|cyl|zyl|ax|axis|achse|axe|eje|asse|add)\b[ :.=]*([+-]?\d{1,3}(?:[.,]\d{1,2})?)",
    options(),
)
_LENS_KEYS = {"zyl": "cyl", "axis": "ax", "achse": "ax", "axe": "ax", "eje": "ax", "asse": "ax"}
_NUMBER = r"(\d{1,3}(?:[., ']\d{3})+|\d+(?:[.,]\d{1,2})?)"
_UNITS = re2.compile(
    _NUMBER + r"\s?(?:iu|i\.e|ie|ui|u\.i|j\.\s?m|jm|国际单位|國際單位|国際単位)(?:$|[^a-z])", options()
)
_MICROGRAMS = re2.compile(_NUMBER + r"\s?(?:μg|mcg|ug|微克|マイクログラム|마이크로그램)(?:$|[^a-z])", options())
_CULTURES = re2.compile(
    r"(\d{1,4}(?:[.,]\d)?)\s?(?:(billions?|bn|mrd|milliarden|milliards?|mil millones|miliard[a-z]*|mld|mil milhoes"
    r"|bilhoes|miljard(?:er|en)?)\b|(亿|億|억))",
    options(),
)
_OF_CULTURES = re.compile(r"cfu|kbe|ufc|jtk|kve|益生菌|乳酸菌|유산균|プロバイオ")
_GROUPS = re.compile(r"[., '](?=\d{3}(?:\D|$))")
# Fewer units are no dose of a vitamin; chosen by eye.
_FEWEST_UNITS = 100
_TOG = re2.compile(r"\b(\d{1,2}(?:[.,]\d)?)\s?tog\b", options())
_DENIER = re2.compile(r"\b(\d{1,4})\s?(?:den|denier|denari|den\.)\b|(\d{2,3})\s?(?:デニール|데니어)", options())
# "80D" is a denier beside a word for what is knitted or woven, and a model elsewhere.
_DENIER_SIGN = re.compile(r"\b(\d{2,4})d\b")
_KNITTED = re.compile(
    r"tights|stocking|pantyhose|oxford|ripstop|袜|襪|ストッキング|タイツ|스타킹|타이츠|레깅스"
    r"|牛津布|尼龙布|尼龍布|オックスフォード|リップストップ|옥스포드|옥스퍼드"
)
_GRIT = re2.compile(
    r"\b(?:grit|kornung|grain|grano|grana|korrel|ziarnistosc|karkeus|"
    r"korn)\s?:?\s?p?(\d{2,4})\b|\b(\d{2,4})\s?(?:grit)\b",
    options(),
)
# "P120" is a grit beside a word for what sands, and a model elsewhere.
_COATED = re.compile(r"\bp\s?(\d{2,4})\b")
_SANDS = re.compile(
    r"sand(?:ing|paper| ?disc| ?belt| ?sheet)|abrasi[vf]|schleif|poncage|ponceuse|papier de verre|lija|lixa"
    r"|carta vetrata|levigat|schuur|scierny|scierna|hioma"
    r"|slip(?:papper|rondell|band|papir)|砂纸|砂紙|研磨|サンドペーパー|ペーパー|사포|샌딩"
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
    if any(value.startswith("dioptre") for value in found):
        found.update(
            f"{_LENS_KEYS.get(name, name)}={float(number.replace(',', '.')):g}"
            for name, number in (match.groups() for match in _LENS.finditer(folded))
        )
    for name, pattern in (("units", _UNITS), ("micrograms", _MICROGRAMS)):
        for match in pattern.finditer(folded):
            number = float(_GROUPS.sub("", match[1]).replace(",", "."))
            if name != "units" or number >= _FEWEST_UNITS:
                found.add(f"{name}={number:g}")
    if _OF_CULTURES.search(folded):
        for number, _, hundred_millions in (match.groups() for match in _CULTURES.finditer(folded)):
            billions = float(number.replace(",", ".")) * (0.1 if hundred_millions else 1)
            found.add(f"billion cultures={billions:g}")
    if "度" in folded:
        found |= _degrees(folded)
    if _DENIER_SIGN.search(folded) and _KNITTED.search(folded):
        found.update(f"denier={number}" for number in _DENIER_SIGN.findall(folded))
    if _COATED.search(folded) and _SANDS.search(folded):
        found.update(f"grit={number}" for number in _COATED.findall(folded))
    if ("%" in folded or "％" in folded) and not _DISCOUNT.search(folded):
        found.update(f"percent={float(match[1].replace(',', '.')):g}" for match in _PERCENT.finditer(folded))
    return found


def _degrees(folded: str) -> set[str]:
    sign = 1 if _FAR_SIGHTED.search(folded) else -1 if _SHORT_SIGHTED.search(folded) else 0
    return {f"dioptre={sign * int(number) / 100:g}" for number in _DEGREES.findall(folded) if sign}


STRENGTH = Family(
    "strength",
    "strength",
    r"%|％|\bf\s?/?\s?\d[.,]\d|\bden\b|\d(?:den|tog|d)\b|denier|denari|デニール|데니어|dpt|diopt|\btog\b|grit|"
    r"\d\s?(?:iu|i\.e|ie|ui|u\.i|j\.\s?m|jm|μg|mcg|ug)(?:$|[^a-z])|国际单位|國際單位|国際単位|微克|マイクログラム|마이크로그램"
    r"|cfu|kbe|ufc|jtk|kve|亿|億|억|\d度|"
    r"kornung|grain|\bgran[oa]\b|korrel|ziarnist|karkeus|\bkorn\b|\bp\s?\d{2}|[+-]\s?\d{1,2}[.,]\d",
    _extract,
    agreement="keyed",
)
FAMILIES = (STRENGTH,)
