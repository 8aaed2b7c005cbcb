"""Colour of a dial, which a watch names beside its own: "blue dial", "esfera azul", "文字盤ブルー"."""

import re
from collections.abc import Iterable

import re2

from sku_align.attributes.families.colour_words import SCRIPTS, Phrase, joined
from sku_align.attributes.families.palette import FAR, NEAR, distance
from sku_align.attributes.family import Family, named
from sku_align.attributes.lexicon import options, words_of
from sku_align.attributes.text import Text

_DIAL = "|".join(words_of(__file__, "dial")["all"]["words"].split())
_HAS_DIAL = re2.compile(_DIAL, options())
_BEFORE_DIAL = re.compile(rf"(?:色|[ -])?(?:{_DIAL})")
_BEHIND_DIAL = re.compile(rf"(?:{_DIAL})\w{{0,2}}(?: (?:in|en|em|w))?[ :：]?$")
# Longest of the words above and what joins it to a colour.
_LENGTH = 18


def of_dial(text: Text, colours: Iterable[Phrase]) -> set[Phrase]:
    """The colours that are a dial's: those behind a word for it, or else those before one."""
    before: set[Phrase] = set()
    behind: set[Phrase] = set()
    if not _HAS_DIAL.search(text.folded):
        return behind
    for colour in colours:
        if _BEHIND_DIAL.search(text.folded, max(colour.start - _LENGTH, 0), colour.start):
            behind.add(colour)
        elif _BEFORE_DIAL.match(text.folded, colour.end):
            before.add(colour)
    return behind or before


def _colours(text: Text) -> set[str]:
    colours = [colour for script in SCRIPTS for colour in script.phrases(text)]
    return joined(text, colours) if text.cell else {colour.value for colour in of_dial(text, colours)}


DIAL = Family(
    "dial",
    "colour of the dial",
    _DIAL,
    _colours,
    agreement="near",
    distance=distance,
    limits=(NEAR, FAR),
    columns=named(
        "dial_color dial_colour zifferblattfarbe couleur_du_cadran color_de_la_esfera colore_quadrante 文字盤カラー"
    ),
)
FAMILIES = (DIAL,)
