"""Side and position: left or right, front or rear, upper or lower."""

from sku_align.attributes.family import Family, lexical
from sku_align.attributes.lexicon import words_of

SIDE = lexical("side", "side", words_of(__file__, "side"), one_sided="always")
POSITION = lexical("position", "position", words_of(__file__, "position"))
FAMILIES: tuple[Family, ...] = (SIDE, POSITION)
