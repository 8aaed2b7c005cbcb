"""Role: the thing itself unless a word says that it is a refill, a part or an accessory, a service, or a sample."""

from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import Lexicon, words_of
from sku_align.attributes.text import Text

_LEXICON = Lexicon(words_of(__file__, "role"))


def _extract(text: Text) -> set[str]:
    found = _LEXICON.values(text)
    # A spare refill is a refill: the plainer word adds nothing.
    return found - {"part"} if "refill" in found else found


ROLE = Family("role", "role", _LEXICON.pattern, _extract, default="the thing itself", one_sided="always")
FAMILIES = (ROLE,)
