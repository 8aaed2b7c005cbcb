"""Flavour, scent and main ingredient."""

import re
from functools import partial

from sku_align.attributes.family import Family, named, with_bare
from sku_align.attributes.lexicon import Lexicon, words_of

_FLAVOURS = Lexicon(words_of(__file__, "flavour"))
_ORANGE = Lexicon(words_of(__file__, "orange"))
_TASTED = re.compile(
    r"liver oil|vitamin|effervesc|brause|tablet|lozenge|pastill|chew|\bgum\b|gumm|cand(?:y|ies)|sweets|bonbon|caramel"
    r"|lolly|sorbet|\bice (?:cream|bar|pop)|jelly|juice|\bjus\b|saft|zumo|sumo|succo|sap\b|drink|getrank|boisson|bebida"
    r"|bevanda|squash|cordial|s[iy]rup|sirop|soda|limo|nectar|nektar|electrolyt|elektrolyt|isoton|shake|smoothie"
    r"|\btea\b|\btee\b|infusion|choco|schoko|marmalad|marmelad|yog|jog|biscuit|cookie|keks|kuchen|cake|toothpaste"
)

FLAVOUR = Family(
    "flavour",
    "flavour, scent or ingredient",
    "",
    partial(with_bare, _FLAVOURS, _ORANGE, _TASTED),
    lexicons=(_FLAVOURS, _ORANGE),
    agreement="mutual",
    columns=named(
        "flavour flavor scent fragrance geschmack duft geschmacksrichtung gout parfum saveur sabor aroma "
        "gusto profumo "
        "smaak geur smak zapach maku tuoksu doft "
        "口味 香味 味 香り 맛 향"
    ),
)
FAMILIES: tuple[Family, ...] = (FLAVOUR,)
