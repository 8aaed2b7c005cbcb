"""Form: tablets or powder, cream or gel, eau de parfum or toilette, beans or ground, whole or sliced."""

from dataclasses import replace
from functools import partial

from sku_align.attributes.families.denied import stated
from sku_align.attributes.family import Family, lexical
from sku_align.attributes.lexicon import words_of

_FORM = lexical(
    "form",
    "form",
    words_of(__file__, "form"),
    columns="form dosage_form darreichungsform forme forma formato 剂型 劑型 剤形 제형",
)
FORM = replace(_FORM, extract=partial(stated, _FORM.lexicons[0]))
CONCENTRATION = lexical("concentration", "kind of fragrance", words_of(__file__, "concentration"))
PREPARATION = lexical("preparation", "preparation", words_of(__file__, "preparation"))
FAMILIES: tuple[Family, ...] = (FORM, CONCENTRATION, PREPARATION)
