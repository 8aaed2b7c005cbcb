"""Colour: what a title says that a thing looks like, compared by how far apart colours look.

A title is read in three steps. `colour_words` finds the phrases that name a colour, in any script. Of these count the
ones that can mean nothing else ("dark blue"), and those that stand as an attribute: between delimiters, in brackets,
before a size or a material, at the end, or with the word for colour; so black tea, white wine and dark chocolate stay
food. Titles about things that are sold by colour (`thing` in the table) name a colour anywhere but behind "with", and
there words like "gold" and "mint" count as others do elsewhere. None counts that a dial has to itself. What is left is
joined: "white/white" has a second white part, "blu scuro-verde" is one colour in the middle.

Feeds translate "navy" and "anthracite" loosely, so near names agree and only far ones conflict (`palette`).
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import re2

from sku_align.attributes.families.beside import alternation, of_the_thing
from sku_align.attributes.families.colour_words import HINT, SCRIPTS, THAI_COLOUR, Phrase, joined
from sku_align.attributes.families.dial import of_dial
from sku_align.attributes.families.palette import FAR, NEAR, distance
from sku_align.attributes.family import Family, named
from sku_align.attributes.lexicon import Found, options
from sku_align.attributes.text import LETTERS, Text

# 绿色食品 is organic food, 金色年华 a name: a colour word with 色 before such words is none.
_NOT_AFTER = re.compile(r"素|食|有机|有機|环保|環保|能源|恋人|拉|谷|の|年")
# Phrases with the word for colour in them.
_WHOLE = re.compile(rf"[色색](?:系|カラー)?$|^{THAI_COLOUR}")
_FIRST_HANGUL = "가"
_EDGES = frozenset(" (（[【「『,，、/|;:：+&·・_-・)）]】」』")
_BEFORE = frozenset(" ([,/|;:+&·-")
_OPEN = re.compile(
    r"(?:[(\[,/|;:+·-]|\b(?:colou?r|farbe|couleur|coul\.|colore|cor|kleur|kolor|vari|farg|farve|barva|farba|renk|rengi|szin"
    r"|culoare|mau|warna)|цвет|колір|χρωμα|(?:ب|ال)?لون|ב?צבע|रंग)\s*$"
)
_SIZED = (
    r"(?:size|grosse|gr\.?|taille|pointure|talla|taglia|tg\.?|tamanho|tam\.?|t\.?|maat|rozmiar|storlek|str\.?|vel\.?"
    r"|velikost|velkost|beden|marime|meret|ukuran|размер|р\.)"
)
_AFTER = re.compile(
    r"(?:\s(?:colou?r|renkl?i?|barva|farba|szinu))?(?:(?P<closed>\s*$|\s*[)\],/|;+·]|\s+-)|-(?=[a-z])"
    rf"|\s+(?=[&(\[\d]|{_SIZED} \d|(?:{_SIZED} )?(?:x{{0,3}}[sl]|m|ll|pp?|gg?|[ex]g|ch)\s*(?:$|[,;)\]/|])))",
)
# A word that closes a title behind a size or a count of pieces is the colour of the thing: "Gourde 500 ml rose".
_BEHIND_SIZE = re.compile(
    r"\d[\s-]?(?:ml|cl|l|mm|cm|m|gb|tb|w|v|zoll|inch|pieces?|pcs|teilig|tlg\.?|pezzi|piezas|pecas|delig|element\w{1,2}|delar"
    r"|dele|ks|db|adet|buc|шт\.?|предмет\w*|мл|л|см|мм|м|гб|тб|вт|מל|מ[\"']ל|ס[\"']מ|مل|سم|لتر|मिली|लीटर|सेमी)\s$"
)
# "stainless steel colour", "oak effect", "imitation oak": what is said to look so has that colour.
_LOOKS = re.compile(r"[\s-](?:finish|colou?r(?:ed)?|effect|look|optik|dekor|nachbildung)\b")
_IMITATES = re.compile(
    r"\b(?:imitation|imitacion|imitazione|imitacao|imitace|imitacja|effet|efecto|effetto|efeito|aspect)\s$"
)
_FOLLOWS = re.compile(rf"[ -](?:{alternation(__file__, 'follows')})\b")
_GOODS = re.compile(rf"[ -](?:{alternation(__file__, 'goods')})\b")
_WORD = f"[a-z{LETTERS}]"
_THINGS = alternation(__file__, "thing").replace(r"\w", _WORD)
_IS_THING = re2.compile(rf"(?:^|[^a-z{LETTERS}])(?:{_THINGS})(?:$|[^a-z{LETTERS}])", options())
# Of such things these say what they are made of, painted or not.
_MATERIALS = frozenset(["chrome", "birch", "bamboo"])
_FOOD_SIZE = re.compile(
    r"\s*\d+(?:[.,]\d+)?\s?(?:ml|cl|g|kg|gr|gm|oz|мл|г|кг|гр|γρ|مل|جم|كجم|ग्राम|मिली|किलो|גרם|מ\"ל|ק\"ג)(?!\w)"
)
_LABEL = re.compile(
    r"(?:colou?r|farbe|couleur|coul\.|colore|\bcor|kleur|kolor|vari|farg|farve|barva|farba|renk|rengi"
    r"|\bszin|culoare|\bmau|\bwarna|цвета?|колір|кольору|χρωμα|لون|颜色|顏色|カラー|색상)(?:\s?[:：=]|\sd[eio])?\s?$"
)


def _extract(text: Text) -> set[str]:
    found = list(_attributes(text))
    of_its_dial = of_dial(text, found)
    return joined(text, [colour for colour in found if colour not in of_its_dial])


def _attributes(text: Text) -> Iterator[Phrase]:
    """The colours of a text that stand as attributes."""
    for script in SCRIPTS:
        colours = list(script.phrases(text))
        standing = _standing(text, colours, _stands if script.spaced else _stands_unspaced)
        # Of "azul/branco" both are colours where one is sure to be.
        for at, (one, other) in enumerate(pairwise(colours)):
            if standing[at] != standing[at + 1] and text.folded[one.end : other.start] == "/":
                standing[at] = standing[at + 1] = True
        yield from (colour for colour, stands_there in zip(colours, standing, strict=True) if stands_there)


def _standing(text: Text, colours: list[Phrase], stands: Callable[[str, Phrase], bool]) -> list[bool]:
    """Whether each colour stands as an attribute."""
    standing = [text.cell or stands(text.folded, colour) for colour in colours]
    if all(standing) or stands is _stands_unspaced or not _IS_THING.search(text.folded):
        return standing
    words = [Found(colour.start, colour.end, colour.value) for colour in colours]
    own = set(of_the_thing(text, words))
    return [
        there or (word in own and _is_of_thing(text.folded, colour))
        for there, word, colour in zip(standing, words, colours, strict=True)
    ]


def _is_of_thing(folded: str, colour: Phrase) -> bool:
    """Whether a word is a colour in a title about a thing that is sold by colour."""
    if colour.start and folded[colour.start - 1] not in _BEFORE:
        return False
    if colour.plain:
        return not _GOODS.match(folded, colour.end) and not folded[colour.end : colour.end + 1].isalnum()
    follows = _AFTER.match(folded, colour.end) or _FOLLOWS.match(folded, colour.end)
    return colour.value not in _MATERIALS and follows is not None


def _stands(folded: str, colour: Phrase) -> bool:
    """Whether a colour stands as an attribute, where spaces part words."""
    start, end = colour.start, colour.end
    if start and folded[start - 1] not in _BEFORE:
        return False
    if colour.sure or _LOOKS.match(folded, end):
        return True
    before = folded[max(start - 14, 0) : start]
    if _LABEL.search(before) or _IMITATES.search(before):
        return True
    after = _AFTER.match(folded, end)
    if after is None:
        return colour.plain and _FOLLOWS.match(folded, end) is not None
    if after["closed"] is not None and _opens(folded, start, end):
        return True
    return colour.plain and not _FOOD_SIZE.match(folded, end)


def _opens(folded: str, start: int, end: int) -> bool:
    """Whether a delimiter stands before a word, or a size before the last one."""
    if _OPEN.search(folded, max(start - 14, 0), start):
        return True
    return end == len(folded.rstrip()) and _BEHIND_SIZE.search(folded, max(start - 16, 0), start) is not None


def _stands_unspaced(folded: str, colour: Phrase) -> bool:
    """Whether a colour stands as an attribute, where no spaces part words."""
    start, end = colour.start, colour.end
    if _LABEL.search(folded, max(start - 6, 0), start):
        return True
    free_before = start == 0 or folded[start - 1] in _EDGES
    words = folded[start:end]
    if words[0] > _FIRST_HANGUL and _WHOLE.search(words):
        return free_before
    if _WHOLE.search(words):
        return not _NOT_AFTER.match(folded, end)
    return free_before and (end == len(folded) or folded[end] in _EDGES)


COLOUR = Family(
    "colour",
    "colour",
    HINT,
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
FAMILIES = (COLOUR,)
