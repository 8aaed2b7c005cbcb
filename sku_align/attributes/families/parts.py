"""Part: the noun of a thing that is sold as a part of, or an accessory for, another.

"HEPA filter" alone is a product whose thing is a filter, so the noun decides nothing by itself: it counts where both
offers name one device (`model` agrees) and only one of them names the part as well, and not behind a "with".
"""

from functools import partial

from sku_align.attributes.families.beside import lacks, named_of_the_thing
from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import Lexicon, words_of
from sku_align.attributes.text import Text

PARTS = Lexicon(words_of(__file__, "part"))
_of_the_thing = partial(named_of_the_thing, PARTS)


def _beside(text: Text) -> set[str]:
    """Parts behind a "with", as "filter=included": each is a key of its own, so that they never conflict."""
    named = {word.value for word in PARTS.find(text) if not lacks(text, word)}
    return {f"{value}=included" for value in named - _of_the_thing(text)}


PART = Family(
    "part",
    "part or accessory",
    "",
    _of_the_thing,
    lexicons=(PARTS,),
    one_sided="same model",
    excused_by="beside",
    conflict="off",
)
BESIDE = Family("beside", "what comes with it", "", _beside, lexicons=(PARTS,), agreement="keyed")
FAMILIES: tuple[Family, ...] = (PART, BESIDE)
