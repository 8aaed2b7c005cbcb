"""Condition: new unless a word says otherwise."""

import re2

from sku_align.attributes.family import Family, named
from sku_align.attributes.lexicon import Lexicon, words_of
from sku_align.attributes.text import Text

_LEXICON = Lexicon(words_of(__file__, "condition"))
_CELL = Lexicon(
    {
        "used": {
            "en": "used gebraucht occasion usado usato gebruikt uzywany kaytetty begagnad 中古 二手 중고",
            "zh": "旧",
        },
        "new": {"en": "new neu neuf neuve nuevo nuovo novo nieuw nowy uusi ny 全新 新品 새상품 새제품"},
    }
)
# "used" is an ordinary word ("used for", "most used"): it is a condition only in brackets, at an end or beside a grade.
_USED = re2.compile(
    r"(?:^|[(\[|,/:-]\s?)used(?:\s?(?:$|[)\]|,/:-])|\s(?:like|very|good|acceptable|excellent|fair|condition)\b)"
    r"|\d\s?(?:gb|tb|mm|cm)?\s+used$|^used\s\w|\bin used condition\b"
)


def _extract(text: Text) -> set[str]:
    found = _LEXICON.values(text)
    if not found and text.cell:
        found = _CELL.values(text)
    if "used" in text.folded and _USED.search(text.folded):
        found.add("used")
    if len(found) > 1:
        # "Refurbished, used - very good" is one offer: the plainer word only grades the stronger one.
        found -= {"used"} if "refurbished" in found else set()
    return found - {"new"}


CONDITION = Family(
    "condition",
    "condition",
    r"\bused\b",
    _extract,
    lexicons=(_LEXICON,),
    columns=named(
        "condition item_condition zustand etat estado condizione condizioni condicao staat stan kunto skick "
        "商品状态 成色 状態 商品の状態 상태 상품상태"
    ),
    default="new",
    one_sided="always",
)
FAMILIES = (CONDITION,)
