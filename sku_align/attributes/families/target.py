"""Target: for whom a thing is made: men or women, grown-ups, children or babies, cats or dogs, and of what age."""

from sku_align.attributes.family import Family, lexical, named
from sku_align.attributes.lexicon import Lexicon, words_of
from sku_align.attributes.text import Text

_GENDERS = Lexicon(words_of(__file__, "gender"))
_AGE_WORDS = Lexicon(words_of(__file__, "age"))
# For whom a thing is that names boys, and of what age they are; a "chico" may be either.
_SEXES = {"boys": "men", "girls": "women", "young men": "men", "young women": "women"}
_CHILDREN, _GROWN = frozenset({"boys", "girls"}), frozenset({"men", "women"})
_GROWN_UPS = frozenset({"adults", "seniors"})


def _genders(text: Text) -> set[str]:
    return {_SEXES.get(value, value) for value in _GENDERS.values(text)}


def _ages(text: Text) -> set[str]:
    """Ages that a text names; boys and girls are children, and men and women grown-ups where no other age is named."""
    found, genders = _AGE_WORDS.values(text), _GENDERS.values(text)
    if not genders.isdisjoint(_CHILDREN):
        found.add("children")
    if not found and not genders.isdisjoint(_GROWN):
        found |= _GROWN_UPS
    return found


def for_children(text: Text) -> bool:
    """Whether a text names children or babies."""
    return not _ages(text) <= _GROWN_UPS


GENDER = Family(
    "gender",
    "for whom",
    "",
    _genders,
    lexicons=(_GENDERS,),
    columns=named("gender geschlecht genre sexe genero sesso geslacht plec sukupuoli kon 性别 性別 성별 適用性別"),
)
AGE = Family(
    "age",
    "age group",
    "",
    _ages,
    lexicons=(_AGE_WORDS, _GENDERS),
    columns=named(
        "age_group agegroup altersgruppe tranche_d'age grupo_de_edad fascia_d'eta faixa_etaria "
        "leeftijdsgroep grupa_wiekowa ikaryhma aldersgrupp aldersgruppe 年龄段 年齢層 연령대 适用人群"
    ),
)
ANIMAL = lexical("animal", "animal", words_of(__file__, "animal"))
FAMILIES: tuple[Family, ...] = (GENDER, AGE, ANIMAL)
