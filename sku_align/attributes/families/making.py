"""How a thing is made: what its recipe leaves out, power, network, season, firmness, place, fit and sleeves."""

import re
from functools import partial

import re2

from sku_align.attributes.family import Family, lexical, with_bare
from sku_align.attributes.lexicon import Lexicon, options, words_of
from sku_align.attributes.text import Text

_AGES = re2.compile(
    r"\b(\d{1,2})(?:\s?(?:-|to|a|bis|tot|do)\s?\d{1,2})?(?:\s?\+?\s?|-)(?:"
    r"(months?|monate?n?|mois|meses|mesi|maanden|miesi[ae]\w*|kk|manader)|(years?|yo|yrs?|"
    r"jahren?|jahrig\w*|ans|anos|anni|jaar|lat|vuotta|ar))\b"
    r"|(\d{1,2})(?:\s?[-~]\s?\d{1,2})?\s?\+?\s?(?:(个月|個月|ヶ月|か月|カ月|개월)|(岁|歲|歳|才|세(?:용|이상|부터|까지|[^\pL]|$)))",
    options(),
)
_STAGE = re2.compile(
    r"\b(?:stage|stufe|etape|etapa|fase|krok|vaihe|steg|phase|step|level|niveau|nivel|livello|poziom|taso)\s?(\d)\b"
    r"|([1-6一二三四])\s?(?:段|단계|阶段|階段)(?:奶粉|[^\pL]|$)",
    options(),
)
# What is sold by its age, and that age: "12年 單一麥芽威士忌".
_AGED = re.compile(
    "威士忌|[麥麦]芽|ウイスキー|ウィスキー|モルト|위스키|몰트|白[蘭兰]地|ブランデー|브랜디|干邑|陳年|陈年|陳釀|陈酿|[紹绍]興|花雕|古酒|[陳陈]皮|老酒"
)
_YEARS_OLD = re2.compile(r"(?:^|[^\d.])(\d{1,2})\s?[年년](?:[^\d代保質质]|$)", options())
# How long a thing lasts, is covered or waits is no age: "60 tablets, 2 months supply", "2 Jahre Garantie".
_LASTS_BEHIND = re2.compile(
    r"[ -]?(?:supply|supplies|course|protection|warranty|guarantee|life|vorrat|kur\b|schutz|garanti|gewahrleist"
    r"|waarborg|bescherm|beskyttelse|skydd|takuu|gwaranc|ochron|de (?:garant|protec|trait|cure|tratam)"
    r"|di (?:garanz|protez|trattam)|保証|保证|保固|质保|質保|保修|보증|分|量|用量|분)",
    options(),
)
_LASTS_BEFORE = re2.compile(
    r"(?:warranty|guarantee|garanti[aek]?|garanzia|gwarancja|gwarancji|takuu|protection|supply|vorrat|schutz|protezione"
    r"|proteccion|every|alle|tous les|cada|ogni|elke|co|var|lasts|保証|保证|保固|质保|質保|보증)"
    r"(?: (?:of|for|de|di|von|van|na|fur|up to|pour))?[ :]{0,2}$",
    options(),
)
_FAR = 30
_HAN = {"一": "1", "二": "2", "三": "3", "四": "4"}


def _stages(text: Text) -> set[str]:
    """Stages of formula and the ages that a title names, in months."""
    found = set()
    for match in _AGES.finditer(text.folded):
        start, end = match.span()
        if _LASTS_BEHIND.match(text.folded, end) or _LASTS_BEFORE.search(text.folded[max(0, start - _FAR) : start]):
            continue
        number, months, _, number2, months2, _ = match.groups()
        count = int(number or number2)
        found.add(f"age={count if months or months2 else 12 * count} months")
    if not text.folded.isascii() and _AGED.search(text.folded):
        found.update(f"age={12 * int(match[1])} months" for match in _YEARS_OLD.finditer(text.folded))
    for latin, cjk in (match.groups() for match in _STAGE.finditer(text.folded)):
        found.add(f"stage={latin or _HAN.get(cjk, cjk)}")
    return found


_RECIPE = Lexicon(words_of(__file__, "recipe"))
_LIGHT = Lexicon(words_of(__file__, "light"))
# Drinks and what they come in (a bag of 25 litres is none), and what is sold with less fat.
_LIGHT_FOOD = re.compile(
    r"cola\b|kola\b|limo|tonic|ginger|soda|drink|getrank|boisson|bebida|bevanda|bibita|napoj|refresc|ice ?tea|eistee"
    r"|the glace|te frio|nectar|nektar|sirup|sirop|jarabe|spezi|orangeade|aranciata|yog|jog|iogurt|milch|lait|leche"
    r"|latte|leite|melk|kase\b|fromage|queso|formaggio|queijo|kaas\b|\bser\b|mayo|majo|maione|chips\b|margarin"
    r"|\d\s?x\s?\d[\d.,]*\s?(?:ml|cl|l)\b|\d\s?(?:ml|cl)\b|(?<![\d.,])[0-2](?:[.,]\d+)?\s?l\b"
)
_recipes = partial(with_bare, _RECIPE, _LIGHT, _LIGHT_FOOD)
RECIPE = Family("recipe", "what is left out", "", _recipes, lexicons=(_RECIPE, _LIGHT), one_sided="always")
POWER = lexical("power", "power", words_of(__file__, "power"))
NETWORK = lexical("network", "network", words_of(__file__, "network"))
SEASON = lexical("season", "season", words_of(__file__, "season"))
FIRMNESS = lexical("firmness", "firmness", words_of(__file__, "firmness"))
PLACE = lexical("place", "place", words_of(__file__, "place"))
FIT = lexical("fit", "fit", words_of(__file__, "fit"), columns="fit passform coupe corte vestibilita pasvorm")
SLEEVES = lexical("sleeves", "sleeves", words_of(__file__, "sleeves"))
STAGE = Family(
    "stage",
    "stage or age",
    r"\d\s?\+?[\s-]?(?:yo\b|yr|jahr|month|monat|mois|mes|maand|miesi|kk\b|manad|year|jahr|ans\b|ano|anni|jaar|lat\b|vuotta|ar\b)"
    r"|\d\s?\+?\s?[个個ヶかカ]月|\d\s?개월|\d\s?[年년]|\d\s?\+?[岁歲歳才세]|\b(?:stage|stufe|etap|fase|krok|vaihe|steg|phase|step|level|niveau"
    r"|nivel|livello|poziom|taso)\w*\s?\d|[\d一二三四]\s?(?:段|단계|阶|階)",
    _stages,
    agreement="keyed",
)
FAMILIES: tuple[Family, ...] = (RECIPE, POWER, NETWORK, SEASON, FIRMNESS, PLACE, FIT, SLEEVES, STAGE)
