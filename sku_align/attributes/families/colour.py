"""Colour: names in all languages with their shades, compared by how far apart they look.

A word that ends with "!" in the table counts in titles of its own languages only. Otherwise a word counts only where it
stands as an attribute (between delimiters, in brackets, before a size, at the end, or with the word for colour), so
that black tea, white wine and dark chocolate stay food. Feeds translate "navy" and "anthracite" loosely, so near names
agree and only far ones conflict.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

import re2

from sku_align.attributes.families.palette import FAR, NEAR, distance, shaded
from sku_align.attributes.family import Family, named
from sku_align.attributes.lexicon import options, words_of
from sku_align.attributes.text import LETTERS, Text, fold, is_spaced

# Words of these colours stand for little else; words of the others (gold, oak, mint, sand) are foods, scents and
# materials too, and count only between delimiters.
_PLAIN = words_of(__file__, "unambiguous")["all"]["names"].split("/")
_PLAIN_WORDS = words_of(__file__, "unambiguous")["all"]["words"].split()
_AMBIGUOUS = words_of(__file__, "ambiguous")["all"]["words"].split()
# Thai puts the word for colour before a colour, and the shade behind it.
_THAI_COLOUR, _THAI_SHADES = "สี", "อ่อน|เข้ม"
Span = tuple[int, int]
_SPACE = str.maketrans("", "", " -")
# Phrases that name no colour ("Blu-ray") have this value.
_NONE = "none"


def _spellings(table: str) -> dict[str, str]:
    """Folded word or phrase -> what it means; in most languages, where it means something else in one."""
    rows = sorted(_rows(table), key=lambda row: not row[3])
    return {word: value for value, _, word, _ in rows}


def _native(table: str) -> dict[tuple[str, str], str]:
    """Words with several meanings, by language: "acero" is steel in Spanish and maple in Italian."""
    meanings: dict[str, dict[str, str]] = {}
    for value, language, word, _ in _rows(table):
        meanings.setdefault(word.translate(_SPACE), {})[language] = value
    several = {word: own for word, own in meanings.items() if len(set(own.values())) > 1}
    return {(language, word): value for word, own in several.items() for language, value in own.items()}


def _rows(table: str) -> Iterator[tuple[str, str, str, bool]]:
    """Value, language, folded word or phrase, and whether it counts in that language only."""
    for value, languages in words_of(__file__, table).items():
        for language, words in languages.items():
            for word in words.split():
                yield value, language, fold(unicodedata.normalize("NFKC", word.rstrip("!"))), word.endswith("!")


def _own(table: str) -> dict[str, frozenset[str]]:
    """Words that count in texts of some languages only, and these: "sort" is black in Danish alone."""
    own: dict[str, set[str]] = {}
    for _, language, word, only in _rows(table):
        own.setdefault(word.translate(_SPACE), set()).add(language if only else "")
    return {word: frozenset(languages) for word, languages in own.items() if "" not in languages}


def _meanings(spelled: dict[str, str]) -> dict[str, str]:
    return {word.translate(_SPACE): value for word, value in spelled.items()}


def _script(word: str) -> str:
    return "latin" if word.isascii() else "spaced" if is_spaced(word[0]) else "unspaced"


def _alternation(spelled: dict[str, str], script: str) -> str:
    return "|".join(sorted(word.replace(" ", "[ -]?") for word in spelled if _script(word) == script))


_NAMES, _SHADES = _spellings("colour"), _spellings("shade")
_COLOUR_OF, _SHADE_OF = _meanings(_NAMES), _meanings(_SHADES)
_OWN, _NATIVE = _own("colour"), _native("colour")
_LATIN_SHADES, _LATIN_NAMES = _alternation(_SHADES, "latin"), _alternation(_NAMES, "latin")
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
# No boundary of words is known to RE2 beside letters that are not ASCII, so it is looked for afterwards.
_SPACED_NAMES, _SPACED_SHADES = _alternation(_NAMES, "spaced"), _alternation(_SHADES, "spaced")
_SPACED = re2.compile(
    rf"(?:({_SPACED_SHADES})[ -]?)?({_SPACED_NAMES})(?:[ -]({_SPACED_SHADES}))?(?: (?:цвета?|колір|кольору))?",
    options(),
)
_SPACED_LETTER = re.compile(f"[{LETTERS}]")
_CJK_NAMES, _CJK_SHADES = _alternation(_NAMES, "unspaced"), _alternation(_SHADES, "unspaced")
# 绿色食品 is organic food, 金色年华 a name: a colour word with 色 before such words is none.
_CJK = re2.compile(rf"(?:({_CJK_SHADES})色?)?({_CJK_NAMES})(色|系|カラー|색)?({_THAI_SHADES})?", options())
_ASCII_LETTER = re.compile("[a-z]{3}")
_NOT_AFTER = re.compile(r"素|食|有机|有機|环保|環保|能源|恋人|拉|谷|の|年")
_EDGES = frozenset(" (（[【「『,，、/|;:：+&·・_-・)）]】」』")
_BEFORE = frozenset(" ([,/|;:+&·-")
_OPEN = re.compile(
    r"(?:[(\[,/|;:+·-]|\b(?:colou?r|farbe|couleur|coul\.|colore|cor|kleur|kolor|vari|farg|farve|barva|farba|renk|rengi|szin"
    r"|culoare|mau|warna)|цвет|колір|χρωμα|لون)\s*$"
)
_AFTER = re.compile(
    r"(?:\s(?:colou?r|renkl?i?|barva|farba|szinu))?(?:(?P<closed>\s*$|\s*[)\],/|;+·]|\s+-)|-(?=[a-z])"
    r"|\s+(?=[&(\[\d]|(?:(?:size|vel\.?|velikost|velkost|beden|marime|meret|ukuran|размер|р\.) )?"
    r"(?:x{0,3}[sl]|m|ll)\s*(?:$|[,;)\]/|])))",
)
# A word that closes a title behind a size or a count of pieces is the colour of the thing: "Gourde 500 ml rose".
_BEHIND_SIZE = re.compile(
    r"\d[\s-]?(?:ml|cl|l|mm|cm|m|gb|tb|w|v|zoll|inch|pieces?|pcs|teilig|tlg\.?|pezzi|piezas|pecas|delig|element\w{1,2}|delar"
    r"|dele|ks|db|adet|buc|шт\.?|предмет\w*|мл|л|см|мм|м|гб|тб|вт)\s$"
)
_FINISH = re.compile(r"\sfinish\b")
_FOOD_SIZE = re.compile(r"\s*\d+(?:[.,]\d+)?\s?(?:ml|cl|g|kg|gr|gm|oz|мл|г|кг|гр|γρ|مل|جم|كجم)\b")
# A dial has a colour of its own: "blue dial", "esfera azul", "文字盤ブルー".
_DIAL = "|".join(words_of(__file__, "part")["dial"]["words"].split())
_HAS_DIAL = re2.compile(_DIAL, options())
_BEFORE_DIAL = re.compile(rf"(?:色|[ -])?(?:{_DIAL})")
_BEHIND_DIAL = re.compile(rf"(?:{_DIAL})\w{{0,2}}(?: (?:in|en|em|w))?[ :：]?$")
# Longest of the words above and what joins it to a colour.
_DIAL_LENGTH = 18
_LABEL = re.compile(
    r"(?:colou?r|farbe|couleur|coul\.|colore|\bcor|kleur|kolor|vari|farg|farve|barva|farba|renk|rengi"
    r"|\bszin|culoare|\bmau|\bwarna|цвета?|колір|кольору|χρωμα|لون|颜色|顏色|カラー|색상)\s?[:：=]?\s?$"
)


def _extract(text: Text) -> set[str]:
    found = list(_latin(text)) if _ASCII_LETTER.search(text.folded) else []
    if not text.folded.isascii():
        if _SPACED_LETTER.search(text.folded):
            found += _spaced(text)
        found += _unspaced(text)
    if _HAS_DIAL.search(text.folded):
        of_dial = _of_dial(text.folded, [(start, end) for _, start, end in found])
        found = [each for each in found if each[1:] not in of_dial]
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


def _of_dial(folded: str, places: Iterable[Span]) -> set[Span]:
    """The places of colours that are a dial's: behind the word for it, or else before it."""
    before, behind = set(), set()
    for start, end in places:
        if _BEHIND_DIAL.search(folded, max(start - _DIAL_LENGTH, 0), start):
            behind.add((start, end))
        elif _BEFORE_DIAL.match(folded, end):
            before.add((start, end))
    return behind or before


def _dials(text: Text) -> set[str]:
    """Colours that stand beside a word for the dial."""
    if text.cell:
        return _extract(text)
    folded = text.folded
    found = {match.span(): _latin_colour(match[0], text.language)[0] for match in _LATIN_PHRASE.finditer(folded)}
    if not folded.isascii():
        for match in _CJK.finditer(folded):
            found[match.span()] = shaded(_meaning(match[2], text.language), _SHADE_OF.get(match[1] or "", ""))
    return {found[place] for place in _of_dial(folded, found)} - {_NONE}


def _mixed(one: str, other: str) -> str:
    return one if one == other else "-".join(sorted((one, other)))


def _latin(text: Text) -> Iterator[tuple[str, int, int]]:
    folded = text.folded
    found, stand = [], []
    for match in _LATIN_PHRASE.finditer(folded):
        start, end = match.span()
        colour, plain, own = _latin_colour(match[0], text.language)
        if colour == _NONE or (own and text.language not in own):
            continue
        found.append((colour, start, end))
        stand.append(text.cell or _stands_as_attribute(folded, start, end, plain))
    # Of "azul/branco" both are colours where one is sure to be.
    for at, ((_, _, end), (_, start, _)) in enumerate(pairwise(found)):
        if stand[at] != stand[at + 1] and folded[end:start] == "/":
            stand[at] = stand[at + 1] = True
    yield from (each for each, stands in zip(found, stand, strict=True) if stands)


def _spaced(text: Text) -> Iterator[tuple[str, int, int]]:
    """Colours in Greek, Cyrillic, Hebrew and Arabic letters."""
    folded = text.folded
    for match in _SPACED.finditer(folded):
        before, word, behind = match.groups()
        start, end = match.span()
        if _inside_word(folded, start, end):
            continue
        name, shade = _COLOUR_OF[word.translate(_SPACE)], (before or behind or "").translate(_SPACE)
        plain = bool(shade) or word in _PLAIN_WORDS or (name in _PLAIN and word not in _AMBIGUOUS)
        if text.cell or _stands_as_attribute(folded, start, end, plain):
            yield shaded(name, _SHADE_OF.get(shade, "")), start, end


def _inside_word(folded: str, start: int, end: int) -> bool:
    """Whether letters stand on either side, also beyond a hyphen: "черно-белый" is of two colours."""
    before, behind = folded[max(start - 2, 0) : start], folded[end : end + 2]
    return before.removesuffix("-")[-1:].isalnum() or behind.removeprefix("-")[:1].isalnum()


def _meaning(word: str, language: str) -> str:
    """The colour of a word or phrase in a language; empty where it is none."""
    key = word.translate(_SPACE)
    return _NATIVE.get((language, key)) or _COLOUR_OF.get(key, "")


@lru_cache(maxsize=1 << 14)
def _latin_colour(phrase: str, language: str) -> tuple[str, bool, frozenset[str]]:
    """The colour of a phrase, whether its words stand for nothing else, and the only languages it is a colour in."""
    whole = phrase.translate(_SPACE)
    if name := _meaning(whole, language):  # "merah muda" is pink, though red and light by its words
        plain = phrase in _PLAIN_WORDS or (name in _PLAIN and phrase not in _AMBIGUOUS)
        return name, plain, _OWN.get(whole, frozenset())
    before_shade, word, second, after_shade = _LATIN_PARTS.fullmatch(phrase).groups()
    name, first = _meaning(f"{word}{second or ''}", language), _meaning(word, language)
    if _NONE in (name, first):
        return _NONE, False, frozenset()
    if not name:
        name = _mixed(first, _meaning(second, language))
    shade = _SHADE_OF.get((before_shade or after_shade or "").translate(_SPACE), "")
    plain = bool(second or shade) or word in _PLAIN_WORDS or (name in _PLAIN and word not in _AMBIGUOUS)
    own = _OWN.get(word.translate(_SPACE)) or _OWN.get((second or "").translate(_SPACE))
    return shaded(name, shade), plain, own or frozenset()


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
        before, word, suffix, behind = match.groups()
        start, end = match.start(), match.end()
        free_before = start == 0 or folded[start - 1] in _EDGES
        free_after = end == len(folded) or folded[end] in _EDGES
        whole = word[-1] in "色색" or suffix in ("色", "색") or word.startswith(_THAI_COLOUR)
        if whole:
            stands = not _NOT_AFTER.match(folded, end)
            if word[0] > "가":
                stands = free_before
        else:
            stands = free_before and free_after
        if text.cell or stands or _LABEL.search(folded, max(start - 6, 0), start):
            yield shaded(_meaning(word, text.language), _SHADE_OF.get(before or behind or "", "")), start, end


def is_colour(word: str) -> bool:
    """Whether one folded word is the name of a colour."""
    return word.translate(_SPACE) in _COLOUR_OF


COLOUR = Family(
    "colour",
    "colour",
    rf"{_PHRASE}|{_CJK_NAMES}|{_SPACED_NAMES}",
    _extract,
    agreement="near",
    distance=distance,
    limits=(NEAR, FAR),
    columns=named(
        "color colour colors farbe farben couleur couleurs colore colori kleur kleuren kolor vari farg farve cor cores "
        "barva farba renk цвет колір szin culoare χρωμα mau_sac warna สี اللون لون "
        "颜色 顏色 颜色分类 カラー 色 색상 컬러 颜色名 color_name colour_name color_family"
    ),
)
DIAL = Family(
    "dial",
    "colour of the dial",
    _DIAL,
    _dials,
    agreement="near",
    distance=distance,
    limits=(NEAR, FAR),
    columns=named(
        "dial_color dial_colour zifferblattfarbe couleur_du_cadran color_de_la_esfera colore_quadrante 文字盤カラー"
    ),
)
FAMILIES = (COLOUR, DIAL)
