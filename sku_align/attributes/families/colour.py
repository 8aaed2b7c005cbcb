"""Colour: names in all languages with their shades, compared by how far apart they look.

A word counts only where it stands as an attribute (between delimiters, in brackets, before a size, at the end, or with
the word for colour), so that black tea, white wine and dark chocolate stay food. Feeds translate "navy" and
"anthracite" loosely, so near names agree and only far ones conflict.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import re2

from sku_align.attributes.families.palette import FAR, NEAR, distance, shaded
from sku_align.attributes.family import Family, named
from sku_align.attributes.lexicon import options, words_of
from sku_align.attributes.text import Text, fold

# Words of these colours stand for little else; words of the others (gold, oak, mint, sand) are foods, scents and
# materials too, and count only between delimiters.
_PLAIN = words_of(__file__, "unambiguous")["all"]["names"].split("/")
_PLAIN_WORDS = words_of(__file__, "unambiguous")["all"]["words"].split()
_AMBIGUOUS = words_of(__file__, "ambiguous")["all"]["words"].split()
_SPACE = str.maketrans("", "", " -")
# Phrases that name no colour ("Blu-ray") have this value.
_NONE = "none"


def _spellings(table: str) -> dict[str, str]:
    """Folded word or phrase -> what it means."""
    return {
        fold(word.rstrip("!")): value
        for value, languages in words_of(__file__, table).items()
        for words in languages.values()
        for word in words.split()
    }


def _own(table: str) -> dict[str, str]:
    """Folded word that counts only in texts of one language -> that language; "sort" is black in Danish alone."""
    return {
        fold(word.rstrip("!")): language
        for languages in words_of(__file__, table).values()
        for language, words in languages.items()
        for word in words.split()
        if word.endswith("!")
    }


def _meanings(spelled: dict[str, str]) -> dict[str, str]:
    return {word.translate(_SPACE): value for word, value in spelled.items()}


def _alternation(spelled: dict[str, str], latin: bool) -> str:
    return "|".join(sorted(word.replace(" ", "[ -]?") for word in spelled if word.isascii() == latin))


_NAMES, _SHADES = _spellings("colour"), _spellings("shade")
_COLOUR_OF, _SHADE_OF = _meanings(_NAMES), _meanings(_SHADES)
_OWN = _own("colour")
_LATIN_SHADES, _LATIN_NAMES = _alternation(_SHADES, latin=True), _alternation(_NAMES, latin=True)
_ENDINGS = "(?:es|er|en|e|em|s)?"
# "gris vert" is one colour; two names apart by a space are two in any other pair.
_GREY = "(?:gris|grigio|grigia|cinza|cinzento|cinzenta)"
# Captures make RE2 slow, so they are read once for each phrase that is found.
_PHRASE = (
    rf"\b(?:(?:{_LATIN_SHADES}){_ENDINGS}[ -]?)?(?:{_LATIN_NAMES})(?:n?-?(?:{_LATIN_NAMES}))?"
    rf"(?:[ -](?:{_LATIN_SHADES}))?\b|\b{_GREY} (?:{_LATIN_NAMES})\b"
)
_LATIN_PHRASE = re2.compile(_PHRASE, options())
_LATIN_PARTS = re2.compile(
    rf"(?:({_LATIN_SHADES}){_ENDINGS}[ -]?)?({_LATIN_NAMES})(?:n?[ -]?({_LATIN_NAMES}))?(?:[ -]({_LATIN_SHADES}))?",
    options(),
)
_CJK_NAMES, _CJK_SHADES = _alternation(_NAMES, latin=False), _alternation(_SHADES, latin=False)
# 绿色食品 is organic food, 金色年华 a name: a colour word with 色 before such words is none.
_CJK = re2.compile(rf"(?:({_CJK_SHADES})色?)?({_CJK_NAMES})(色|系|カラー|색)?", options())
_ASCII_LETTER = re.compile("[a-z]{3}")
_NOT_AFTER = re.compile(r"素|食|有机|有機|环保|環保|能源|恋人|拉|谷|の|年")
_EDGES = frozenset(" (（[【「『,，、/|;:：+&·・_-・)）]】」』")
_BEFORE = frozenset(" ([,/|;:+&·-")
_OPEN = re.compile(r"(?:[(\[,/|;:+·-]|\b(?:colou?r|farbe|couleur|coul\.|colore|cor|kleur|kolor|vari|farg|farve))\s*$")
_AFTER = re.compile(
    r"(?:\s(?:colou?r))?(?:(?P<closed>\s*$|\s*[)\],/|;+·]|\s+-)|-(?=[a-z])"
    r"|\s+(?=[&(\[\d]|(?:size )?(?:x{0,3}[sl]|m|ll)\s*(?:$|[,;)\]/|])))",
)
# A word that closes a title behind a size or a count of pieces is the colour of the thing: "Gourde 500 ml rose".
_BEHIND_SIZE = re.compile(
    r"\d[\s-]?(?:ml|cl|l|mm|cm|m|gb|tb|w|v|zoll|inch|pieces?|pcs|teilig|tlg\.?|pezzi|piezas|pecas|delig|element\w{1,2}|delar"
    r"|dele)\s$"
)
_FINISH = re.compile(r"\sfinish\b")
_FOOD_SIZE = re.compile(r"\s*\d+(?:[.,]\d+)?\s?(?:ml|cl|g|kg|gr|gm|oz)\b")
_LABEL = re.compile(
    r"(?:colou?r|farbe|couleur|coul\.|colore|\bcor|kleur|kolor|vari|farg|farve|颜色|顏色|カラー|색상)\s?[:：=]?\s?$"
)


def _extract(text: Text) -> set[str]:
    found = list(_latin(text)) if _ASCII_LETTER.search(text.folded) else []
    if not text.folded.isascii():
        found += _unspaced(text)
    values = {value for value, _, _ in found}
    for (one, _, end), (other, start, _) in pairwise(found):
        between = text.folded[end:start].strip()
        if one == other and between == "/":
            # "white/white" is said of a thing whose second part is white as well, unlike "white/chrome".
            values.add(f"{one}+{one}")
        elif between == "-":
            # "blu scuro-verde" is one colour in the middle.
            values -= {one, other}
            values.add(_mixed(one, other))
    return values


def _mixed(one: str, other: str) -> str:
    return one if one == other else "-".join(sorted((one, other)))


def _latin(text: Text) -> Iterator[tuple[str, int, int]]:
    folded = text.folded
    for match in _LATIN_PHRASE.finditer(folded):
        start, end = match.span()
        colour, plain, own = _latin_colour(match[0])
        if colour == _NONE or (own and own != text.language):
            continue
        if text.cell or _stands_as_attribute(folded, start, end, plain):
            yield colour, start, end


@lru_cache(maxsize=4096)
def _latin_colour(phrase: str) -> tuple[str, bool, str]:
    """The colour of a phrase, whether its words stand for nothing else, and the one language where they are colours."""
    before_shade, word, second, after_shade = _LATIN_PARTS.fullmatch(phrase).groups()
    name = _COLOUR_OF.get(f"{word}{second or ''}".translate(_SPACE), "")
    if _NONE in (name, _COLOUR_OF[word.translate(_SPACE)]):
        return _NONE, False, ""
    if not name:
        name = _mixed(_COLOUR_OF[word.translate(_SPACE)], _COLOUR_OF[second.translate(_SPACE)])
    shade = _SHADE_OF.get((before_shade or after_shade or "").translate(_SPACE), "")
    plain = bool(second or shade) or word in _PLAIN_WORDS or (name in _PLAIN and word not in _AMBIGUOUS)
    return shaded(name, shade), plain, _OWN.get(word) or _OWN.get(second or "", "")


def _stands_as_attribute(folded: str, start: int, end: int, plain: bool) -> bool:
    if start and folded[start - 1] not in _BEFORE:
        return False
    if _LABEL.search(folded, max(start - 14, 0), start) or _FINISH.match(folded, end):
        return True
    after = _AFTER.match(folded, end)
    if after is None:
        return False
    enclosed = after["closed"] is not None and (
        _OPEN.search(folded, max(start - 14, 0), start) is not None
        or (end == len(folded.rstrip()) and _BEHIND_SIZE.search(folded, max(start - 16, 0), start) is not None)
    )
    return enclosed or (plain and not _FOOD_SIZE.match(folded, end))


def _unspaced(text: Text) -> Iterator[tuple[str, int, int]]:
    folded = text.folded
    for match in _CJK.finditer(folded):
        shade, word, suffix = match.groups()
        start, end = match.start(), match.end()
        free_before = start == 0 or folded[start - 1] in _EDGES
        free_after = end == len(folded) or folded[end] in _EDGES
        whole = word[-1] in "色색" or (suffix in ("色", "색"))
        if whole:
            stands = not _NOT_AFTER.match(folded, end)
            if word[0] > "가":
                stands = free_before
        else:
            stands = free_before and free_after
        if text.cell or stands or _LABEL.search(folded, max(start - 6, 0), start):
            yield shaded(_COLOUR_OF[word], _SHADE_OF.get(shade or "", "")), start, end


def is_colour(word: str) -> bool:
    """Whether one folded word is the name of a colour."""
    return word.translate(_SPACE) in _COLOUR_OF


COLOUR = Family(
    "colour",
    "colour",
    rf"{_PHRASE}|{_CJK_NAMES}",
    _extract,
    agreement="near",
    distance=distance,
    limits=(NEAR, FAR),
    columns=named(
        "color colour colors farbe farben couleur couleurs colore colori kleur kleuren kolor vari farg farve cor cores "
        "颜色 顏色 颜色分类 カラー 色 색상 컬러 颜色名 color_name colour_name color_family"
    ),
)
FAMILIES = (COLOUR,)
