"""Numbers that name a variant: years, editions of a book, tyre indexes, and the codes of shades and finishes."""

import re
from collections.abc import Iterator

import re2

from sku_align.attributes.families.contrasts import FOLDER
from sku_align.attributes.family import Family, named
from sku_align.attributes.lexicon import Lexicon, options, tables
from sku_align.attributes.text import Text
from sku_align.attributes.units import unit_of

_YEAR = re.compile(
    r"(?<![\w.,/-])(20(?:0[1-9]|[1-3]\d))(?:\s?[-/]\s?(?:20)?(\d{2}))?(?![\w.,]*\d|\s?(?:w|ml|g|mg|mm|cm|"
    r"m|mah|kg|l|pcs|x|stk|lm|lumen|watt|v|hz|rpm|k|iu|ie|i\.e|ui|u\.i|j\.\s?m|jm|mcg|μg|ug|btu|pa|kcal)\b|[a-z]"
    r"|\s?[×x]\s?\d)"
)
_YEAR_CJK = re.compile(r"(?<!\d)(20[0-3]\d)\s?(?:年|년)")


def _years(text: Text) -> set[str]:
    found = set()
    for match in _YEAR.finditer(text.folded):
        found |= {match[1], f"20{match[2]}"} if match[2] else {match[1]}
    return found | {match[1] for match in _YEAR_CJK.finditer(text.folded)}


_TYRE = re2.compile(
    r"\b(\d{3})\s?/\s?(\d{2})\s?[a-z]{0,2}\s?r?\s?-?\s?(\d{2})c?\b(?:[ -]*(\d{2,3}(?:/\d{2,3})?)\s?([a-z])\b)?",
    options(),
)


# Tyres of bicycles: "700x25C" is "25-622", and inner tubes fit a range of widths; widths in inches are rounded in too
# many ways to be compared with those in millimetres.
_RIMS = {"700": "622", "650": "584"}
_BICYCLE_TYRE = re2.compile(
    r"\b(700|650)\s?[x×]\s?(\d{2})(?:\s?[-/]\s?(\d{2}))?\s?[abc]?\b"
    r"|\b(\d{2})(?:[-/](\d{2}))?-(622|630|635|590|584|571|559|507|451|406|355|349|305|254|203)\b"
    r"|\b(1[0246]|20|24|26|27[.,]5|28|29)\s?[x×]\s?(\d[.,]\d{1,3})\b(?:$|\s*(?:$|[^\s\dx×cm\"]))",
    options(),
)


def _bicycle_tyres(folded: str) -> set[str]:
    found = set()
    for rim, narrow, wide, width, widest, diameter, inches, inch in (
        m.groups() for m in _BICYCLE_TYRE.finditer(folded)
    ):
        if inches:
            found.add(f"inches={inches.replace(',', '.')}x{float(inch.replace(',', '.')):g}")
            continue
        last = wide or widest
        found.add(f"width={narrow or width}{f'-{last}' if last else ''}-{_RIMS.get(rim) or diameter}")
    return found


def _tyres(text: Text) -> set[str]:
    found = _bicycle_tyres(text.folded)
    for width, height, rim, load, speed in (match.groups() for match in _TYRE.finditer(text.folded)):
        found.add(f"size={width}/{height}R{rim}")
        if load:
            found.add(f"index={load}{speed.upper()}")
    return found


_CODE = re2.compile(
    r"\b(?:ral|ncs|pantone)\s?:?\s?([a-z]?\d{3,4}(?:-[a-z0-9]+)?)\b"
    r"|(?:\b(?:nr|no|nº|n°|n\.|nro|num|shade|farbton|nuance|teinte|tono|tonalita|tom|kleurnummer|"
    r"odcien|savy|farg)\.?|№|番号|色号|色號|"
    r"호수)\s?[:.#]?\s?(\d{1,4}(?:[.,/-]\d{1,3})?[a-z]?)\b"
    r"|#(\d{1,3})\b|(\d{1,3})\s?(?:号色|號色|号|號|호|番色)",
    options(),
)


def _shaded() -> dict[str, dict[str, str]]:
    """Words of make-up and hair dyes, which are sold in shades that have numbers."""
    care = tables(FOLDER / "care.toml")["care"]
    things = {"not": care["not"]} | {
        name: words for name, words in care.items() if name.startswith("makeup=") and name not in _SHADELESS
    }
    return things | {"dye": care["hair=dye"]}


_SHADELESS = frozenset({"makeup=nail polish remover", "makeup=setting spray", "makeup=primer"})
_SHADED = Lexicon(_shaded())
# The number of a shade stands alone: "Lipstick 214 Dusty Rose"; hair dyes have parts or one figure ("6.0", "7/1", "5").
_SHADE = re.compile(
    r"(?<![\w.,/+#-])(\d{1,3}(?:[.,/-]\d{1,2})?)(?![\w%+°]|[.,]\d|\s?[x×*%])(?=(?:[\s-]?(?P<word>[^\W\d]+))?)"
)
_NO_SHADE_BEFORE = re.compile(r"(?:spf|lsf|fps|x|×|up to|bis zu|jusqu'a|hasta|fino a|tot|do|upp till)\s?\Z")
_NO_SHADE_BEHIND = re.compile(
    r"(?:in|w|en|v|shades?|colou?rs?|farben|ton[eos]*|teintes?|couleurs|tonos|colori|cores|kleuren|tinten|kolor\w*"
    r"|odcieni|farger|nyanser|h|hrs?|hours?|std|stunden|heures|horas|ore|uur|godz\w*|timmar\w*|days?|tage|jours|dias|dni"
    r"|weeks?|wochen|semaines|years?|jahre)\Z"
)


def _shades(text: Text) -> Iterator[str]:
    things = _SHADED.values(text)
    if not things:
        return
    for match in _SHADE.finditer(text.folded):
        number, word = match[1], match["word"] or ""
        if "dye" not in things and not (number.isdecimal() and len(number) > 1):
            continue
        behind = word and (unit_of(word) or _NO_SHADE_BEHIND.match(word))
        if not behind and not _NO_SHADE_BEFORE.search(text.folded, max(0, match.start() - 12), match.start()):
            yield number


def _codes(text: Text) -> set[str]:
    words = [next(group for group in match.groups() if group) for match in _CODE.finditer(text.folded)]
    return {_code(word) for word in (*words, *_shades(text))}


def _code(word: str) -> str:
    """One form of a number: "05" is "5", and "6.0", "6/0" and "6-0" are "6"."""
    whole, *parts = re.split("[.,/-]", word)
    return ".".join([whole.lstrip("0") or "0", *(part for part in parts if part != "0")])


# "4th edition", "2., überarbeitete Auflage", "3e druk", "wyd. 5", "第3版"; an anniversary has no number of its own.
_EDITION = re2.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th) (?:(?:revised|updated|new|international|rev\.) )?(?:edition|edn?)\b"
    r"|\b(\d{1,2})\.,? ?(?:[a-z]{5,15}(?: und [a-z]{5,15})? )?(?:auflage|aufl|upplagan?|utgava|utgave|udgave|painos)\b"
    r"|\b(\d{1,2})(?:\.?[aoªº]|eme|re|e) ?(?:edition|edicion|edicao|edizione|ed\.|druk|editie)"
    r"|\b(?:auflage|aufl\.|wydanie|wyd\.|edition no\.?) ?(\d{1,2})\b"
    r"|第 ?(\d{1,2}|[一二三四五六七八九十]) ?版|제? ?(\d{1,2})판(?:$|[^\pL])",
    options(),
)
_HAN = {digit: str(number) for number, digit in enumerate("一二三四五六七八九十", start=1)}


def _editions(text: Text) -> set[str]:
    words = (next(group for group in match.groups() if group) for match in _EDITION.finditer(text.folded))
    return {_HAN.get(word) or str(int(word)) for word in words}


YEAR = Family(
    "year",
    "year",
    r"\b20[0-3]\d\b|20[0-3]\d\s?[年년]",
    _years,
    columns=named("year model_year jahr annee ano anno jaar rok vuosi ar 年份 年式 연도"),
)
TYRE = Family(
    "tyre",
    "tyre size and index",
    r"\d{3}\s?/\s?\d{2}\s?[a-z]{0,2}\s?\d{2}|\d{3}\s?/\s?\d{2}\s?r"
    r"|[76][05]0\s?[x×]\s?\d{2}|\d{2}-[2-6]\d{2}\b|\d\s?[x×]\s?\d[.,]\d",
    _tyres,
    agreement="keyed",
)
CODE = Family(
    "code",
    "number of the shade or kind",
    (
        r"ral|ncs|pantone|\b(?:nr|no|nro|num|shade|farbton|nuance|teinte|tono|tonalita|"
        r"kleurnummer|odcien)\b|[n][º°]|\bn\.\s?\d|№|番号|色号|色號|#\d|\d\s?[号號호番]"
    ),
    _codes,
    lexicons=(_SHADED,),
    columns=named("shade farbton teinte farbnummer color_number 色号"),
)
EDITION = Family(
    "edition_number",
    "number of the edition",
    r"\d(?:st|nd|rd|th|[eaoªº]|\.[aoªº]|eme|re)? ?(?:[a-z.]+ )?(?:ed|druk)"
    r"|aufl|upplag|utgav|udgave|painos|\bwyd|edition no|第 ?[\d一二三四五六七八九十]+ ?版|\d판",
    _editions,
)
FAMILIES = (YEAR, EDITION, TYRE, CODE)
