"""Role: the thing itself unless a word says that it is a refill, a part or an accessory, a service, or a sample."""

from sku_align.attributes.families.beside import directly_beside, of_the_thing
from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import Lexicon, words_of
from sku_align.attributes.text import Text

_LEXICON = Lexicon(words_of(__file__, "role"))


def _extract(text: Text) -> set[str]:
    words = list(_LEXICON.find(text))
    found = {word.value for word in of_the_thing(text, words, lists=False)}
    # "Soap with almond refill" is a refill, "dispenser with refill" is none.
    found |= {word.value for word in words if word.value == "refill" and not directly_beside(text, word)}
    # A spare refill is a refill: the plainer word adds nothing.
    return found - {"part"} if "refill" in found else found


def _apart(one: str, other: str) -> float:
    """A spare roll is a refill in the next language, so these two roles do not conflict."""
    return 0.0 if one == other or {one, other} == {"part", "refill"} else 1.0


ROLE = Family(
    "role",
    "role",
    "",
    _extract,
    lexicons=(_LEXICON,),
    agreement="near",
    default="the thing itself",
    one_sided="always",
    distance=_apart,
)
FAMILIES = (ROLE,)
