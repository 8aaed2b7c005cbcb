"""Target: for whom a thing is made: men or women, grown-ups, children or babies, cats or dogs, and of what age."""

from sku_align.attributes.family import Family, lexical
from sku_align.attributes.lexicon import words_of

GENDER = lexical(
    "gender",
    "for whom",
    words_of(__file__, "gender"),
    columns=("gender geschlecht genre sexe genero sesso geslacht plec sukupuoli kon 性别 性別 성별 適用性別"),
)
AGE = lexical(
    "age",
    "age group",
    words_of(__file__, "age"),
    columns=(
        "age_group agegroup altersgruppe tranche_d'age grupo_de_edad fascia_d'eta faixa_etaria "
        "leeftijdsgroep grupa_wiekowa ikaryhma aldersgrupp 年龄段 年齢層 연령대 适用人群"
    ),
)
ANIMAL = lexical("animal", "animal", words_of(__file__, "animal"))
FAMILIES: tuple[Family, ...] = (GENDER, AGE, ANIMAL)
