"""Material: what a thing is made of, where a word names it."""

from sku_align.attributes.families.beside import of_the_thing
from sku_align.attributes.families.denied import not_denied
from sku_align.attributes.family import Family, named
from sku_align.attributes.lexicon import Lexicon, words_of
from sku_align.attributes.text import Text

_LEXICON = Lexicon(words_of(__file__, "material"))


def _made_of(text: Text) -> set[str]:
    """What the words mean that name the thing itself; where none does ("table with glass top"), what all mean."""
    words = not_denied(text, _LEXICON.find(text))
    return {word.value for word in of_the_thing(text, words) or words}


MATERIAL = Family(
    "material",
    "material",
    "",
    _made_of,
    lexicons=(_LEXICON,),
    columns=named(
        "material materials matiere materiaux matiere_principale materiale materiaal materiale_principale tworzywo "
        "materiaali 材质 材質 素材 소재 재질 fabric stoff tissu tejido tessuto stof tkanina kangas tyg"
    ),
)
FAMILIES: tuple[Family, ...] = (MATERIAL,)
