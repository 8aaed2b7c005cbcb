"""Flavour, scent and main ingredient."""

from sku_align.attributes.family import Family, lexical
from sku_align.attributes.lexicon import words_of

FLAVOUR = lexical(
    "flavour",
    "flavour, scent or ingredient",
    words_of(__file__, "flavour"),
    agreement="mutual",
    columns="flavour flavor scent fragrance geschmack duft geschmacksrichtung gout parfum saveur sabor aroma "
    "gusto profumo "
    "smaak geur smak zapach maku tuoksu doft "
    "口味 香味 味 香り 맛 향",
)
FAMILIES: tuple[Family, ...] = (FLAVOUR,)
