"""Connectors: the ends of a cable or adapter, plugs or sockets, and the port that a device charges by."""

import re
from itertools import pairwise, zip_longest

from sku_align.attributes.family import Family
from sku_align.attributes.lexicon import Found, Lexicon, words_of
from sku_align.attributes.text import Text

_CONNECTORS = Lexicon(words_of(__file__, "connector"))
_CABLES = Lexicon(words_of(__file__, "cable"))
_SEXES = Lexicon(words_of(__file__, "sexes"))
_JOINTS = frozenset(words_of(__file__, "joints")["to"]["all"].split())
_WORD = re.compile(r"\w+")
# A device has one port to charge by; those for screens and sound are lists that every shop cuts elsewhere.
_CHARGING = frozenset(["USB-C", "micro USB", "Lightning"])
# With more of them the thing is a hub, whose list every shop cuts elsewhere.
_MAX_CONNECTORS = 2


def _connectors(text: Text) -> set[str]:
    """Connectors as "plug=HDMI", the ends of a cable as "ends=HDMI to HDMI", sockets as "sexes=male to female"."""
    found = _without_prefixes(list(_CONNECTORS.find(text)), text.folded)
    cable = bool(_CABLES.values(text))
    named = {each.value for each in found}
    if not cable:
        named &= _CHARGING
        return {f"plug={value}" for value in named} if len(named) == 1 else set()
    extracted = {f"sexes={value}" for value in _SEXES.values(text)}
    if "USB" in named:
        # Beside another connector the plain word is the usual plug; alone it may be any.
        named = named - {"USB"} | ({"USB-A"} if len(named) > 1 else set())
    if len(named) <= _MAX_CONNECTORS:
        extracted |= {f"plug={value}" for value in named} | _ends(found, text.folded)
    return extracted


def _without_prefixes(found: list[Found], text: str) -> list[Found]:
    """In "USB 3.1 Type-C" the first word names no end of its own."""
    return [
        one
        for one, other in zip_longest(found, found[1:])
        if not (one.value == "USB" and other and not text[one.end : other.start].strip())
    ]


def _ends(found: list[Found], text: str) -> set[str]:
    """Two connectors with nothing but a word for "to" or a sign between them are the two ends of one cable."""
    for one, other in pairwise(found):
        between = text[one.end : other.start]
        if "," not in between and "+" not in between and _JOINTS.issuperset(_WORD.findall(between)):
            ends = sorted(re.sub(r"^USB$", "USB-A", each.value) for each in (one, other))
            return {f"ends={' to '.join(ends)}"}
    return set()


CONNECTORS = Family(
    "connectors",
    "connectors",
    "",
    _connectors,
    lexicons=(_CONNECTORS, _SEXES, _CABLES),
    agreement="keyed",
    columns=(
        "connector",
        "connector type",
        "anschluss",
        "connecteur",
        "conector",
        "connettore",
        "zlacze",
        "接口",
        "接口类型",
    ),
)
FAMILIES: tuple[Family, ...] = (CONNECTORS,)
