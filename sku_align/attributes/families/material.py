"""Material: what a thing is made of, where a word names it."""

from functools import partial

from sku_align.attributes.families.beside import made_of
from sku_align.attributes.family import Family, named
from sku_align.attributes.lexicon import Lexicon, words_of

_LEXICON = Lexicon(words_of(__file__, "material"))
MATERIAL = Family(
    "material",
    "material",
    "",
    partial(made_of, _LEXICON),
    lexicons=(_LEXICON,),
    columns=named(
        "material materials matiere materiaux matiere_principale materiale materiaal materiale_principale tworzywo "
        "materiaali 材质 材質 素材 소재 재질 fabric stoff tissu tejido tessuto stof tkanina kangas tyg"
    ),
)
FAMILIES: tuple[Family, ...] = (MATERIAL,)
