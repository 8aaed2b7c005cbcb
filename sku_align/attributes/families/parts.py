"""Part: the noun of a thing that is sold as a part of, or an accessory for, another.

"HEPA filter" alone is a product whose thing is a filter, so the noun decides nothing by itself: it counts where both
offers name one device (`model` agrees) and only one of them names the part as well.
"""

from sku_align.attributes.family import Family, lexical
from sku_align.attributes.lexicon import words_of

PART = lexical("part", "part or accessory", words_of(__file__, "part"), one_sided="same model", conflict="off")
FAMILIES: tuple[Family, ...] = (PART,)
