"""Material: what a thing is made of, where a word names it."""

from sku_align.attributes.family import Family, lexical
from sku_align.attributes.lexicon import words_of

MATERIAL = lexical(
    "material",
    "material",
    words_of(__file__, "material"),
    columns="material materials matiere materiaux matiere_principale materiale materiaal materiale_principale tworzywo "
    "materiaali 材质 材質 素材 소재 재질 fabric stoff tissu tejido tessuto stof tkanina kangas tyg",
)
FAMILIES: tuple[Family, ...] = (MATERIAL,)
