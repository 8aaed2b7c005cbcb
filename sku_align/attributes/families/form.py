"""Form: tablets or powder, cream or gel, eau de parfum or toilette, beans or ground, whole or sliced."""

from dataclasses import replace
from functools import partial

from sku_align.attributes.families.denied import stated
from sku_align.attributes.family import Family, lexical
from sku_align.attributes.lexicon import Lexicon, words_of
from sku_align.attributes.text import Text

_FORM = lexical(
    "form",
    "form",
    words_of(__file__, "form"),
    columns="form dosage_form darreichungsform forme forma formato 剂型 劑型 剤形 제형",
)
FORM = replace(_FORM, extract=partial(stated, _FORM.lexicons[0]))
CONCENTRATION = lexical("concentration", "kind of fragrance", words_of(__file__, "concentration"))
_LINE = Lexicon(words_of(__file__, "fragrance"))


def _line(text: Text) -> set[str]:
    """The line of a fragrance, and whether it is a tester: "intense" says so only beside a kind of fragrance."""
    return _LINE.values(text) if CONCENTRATION.extract(text) else set()


# Chinese shops translate the name of a line.
FRAGRANCE = Family(
    "fragrance", "line of the fragrance", "", _line, "same", lexicons=(_LINE,), one_sided="always", unless="[一-鿿]"
)
PREPARATION = lexical("preparation", "preparation", words_of(__file__, "preparation"))
FAMILIES: tuple[Family, ...] = (FORM, CONCENTRATION, FRAGRANCE, PREPARATION)
