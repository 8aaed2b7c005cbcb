"""The noun that a title is about: "case" in "Case for Velto 12", "Velto 12 case black" and "Coque Velto 12".

Two titles that are about one part are about it whether or not both say what it is for, or that it is a replacement.
"""

import re

from sku_align.attributes.families.beside import of_the_thing
from sku_align.attributes.families.colour_words import is_colour
from sku_align.attributes.families.contents import FOR_WORDS
from sku_align.attributes.families.parts import PARTS
from sku_align.attributes.lexicon import Found
from sku_align.attributes.text import Text

# Where the noun comes first and what describes it follows.
_NOUN_FIRST = frozenset({"fr", "es", "it", "pt", "pl"})
_CLAUSE = re.compile(r"[^\s,;()（）\[\]【】|/+](?:[^,;()（）\[\]【】|/+]*?)(?=\s+[-–]\s|\s*[,;()（）\[\]【】|/+]|\s*$)")
_WORD = re.compile(r"[^\s,;()]+")
# Behind the name of a device these say what it has: "Staubsauger R3 Akku", "air purifier R3 HEPA filter".
_FEATURES = frozenset({"akku", "accu", "filter", "filters", "filtr", "suodatin", "滤网", "濾網", "フィルター", "필터"})


def heads(title: str, language: str | None) -> frozenset[str]:
    """The part that a title is about, as far as its words tell.

    Args:
        title: The title of an offer.
        language: Its BCP 47 tag.

    Returns:
        The part that the noun names, such as "case"; empty where it names none or what a title is about does not show.
    """
    text = Text.of(title, language)
    clause = _CLAUSE.search(text.folded)
    if clause is None:
        return frozenset()
    start, end = clause.span()
    target = next((word for word in FOR_WORDS.find(text) if word.start < end), None)
    parts = of_the_thing(text, PARTS.find(text))
    if text.language in _NOUN_FIRST:
        first = next((found for found in parts if found.start == start), None)
        if first:
            return frozenset({first.value})
    if target:
        end = target.start
    spelled = (Found(*word.span(), word[0]) for word in _WORD.finditer(text.folded, start, end))
    words = of_the_thing(text, spelled)
    while words and (any(letter.isdigit() for letter in words[-1].value) or is_colour(words[-1].value)):
        words.pop()
    if not words or words[-1].value in _FEATURES:
        return frozenset()
    return frozenset(found.value for found in parts if found.end == words[-1].end)
