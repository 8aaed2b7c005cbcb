"""Words exchanged: two titles of one language that are equal but for a word or two at one place.

Whoever lists one product words its title anew, adds and leaves out; whoever lists its sibling exchanges a word: "tripod
with ball head", "tripod with fluid head". So titles that are equal but for one place are siblings, whatever the words
are, in any language. Numbers have families of their own, and words that say the same tell nothing.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
from rapidfuzz.fuzz import ratio

from sku_align.attributes.advertising import advertising
from sku_align.attributes.families import kind
from sku_align.attributes.text import Text, fold, is_spaced
from sku_align.attributes.variants import known_words

_WORD = re.compile(r"[^\W_]+")
# As many words as may stand at the place; one letter or two are an abbreviation ("w"), and where words are not parted
# five characters are several; chosen by eye.
_MOST, _SHORT, _LONG = 2, 2, 4
# Spelled alike by so many in a hundred, words are one word with another ending or a slip; chosen by eye.
_ALIKE = 75


class Exchange(NamedTuple):
    """What two titles say at the only place where they differ.

    Attributes:
        ours: Words of the one title.
        theirs: Words of the other.
        families: Families of attributes that know words of both.
    """

    ours: str
    theirs: str
    families: frozenset[str]


class _Word(NamedTuple):
    text: str
    start: int
    end: int


class Titles:
    """Titles whose words are read when a pair asks for them.

    Args:
        offers: Table of `schema.OFFERS`.
    """

    def __init__(self, offers: pa.Table) -> None:
        self._titles, self._languages, self._brands = (offers[name] for name in ("title", "language", "brand"))
        self._words: dict[int, tuple[Text, list[_Word]]] = {}

    def exchanged(self, one: int, other: int) -> Exchange | None:
        """What two titles of one language say at the only place where they differ; None where it is not such a pair."""
        language = self._languages[one].as_py()
        if not language or language != self._languages[other].as_py():
            return None
        (text, words), (other_text, other_words) = self._read(one), self._read(other)
        place = _place([word.text for word in words], [word.text for word in other_words])
        if place is None:
            return None
        left, right = words[place[0] : place[1]], other_words[place[0] : place[2]]
        branded = {word for row in (one, other) for word in _WORD.findall(fold(self._brands[row].as_py() or ""))}
        if any(branded.issuperset(word.text for word in side) for side in (left, right)):
            return None
        if _say_the_same(left, right, text.language) or _kinds(text, left) & _kinds(other_text, right):
            return None
        both = _families(text, left) & _families(other_text, right)
        return Exchange(_phrase(left), _phrase(right), both)

    def _read(self, row: int) -> tuple[Text, list[_Word]]:
        """A title and its words but for advertising."""
        if row not in self._words:
            text = Text.of(self._titles[row].as_py() or "", self._languages[row].as_py())
            told = advertising(text)
            words = [_Word(found[0], *found.span()) for found in _WORD.finditer(text.folded)]
            kept = [word for word in words if not any(start <= word.start and word.end <= end for start, end in told)]
            self._words[row] = text, kept
        return self._words[row]


def _place(ours: Sequence[str], theirs: Sequence[str]) -> tuple[int, int, int] | None:
    """Where two titles part, and where each goes on as the other does; None where they differ otherwise."""
    if abs(len(ours) - len(theirs)) >= _MOST:
        return None
    most = min(len(ours), len(theirs))
    start = next((at for at in range(most) if ours[at] != theirs[at]), most)
    behind = next((at for at in range(most - start) if ours[-1 - at] != theirs[-1 - at]), most - start)
    sides = ours[start : len(ours) - behind], theirs[start : len(theirs) - behind]
    if start + behind == 0 or not all(1 <= len(side) <= _MOST and _tells(side) for side in sides):
        return None
    return start, len(ours) - behind, len(theirs) - behind


def _tells(words: Sequence[str]) -> bool:
    """Whether words are without digits, longer than abbreviations, and words rather than phrases without spaces."""
    longest = max(map(len, words))
    fits = longest > _SHORT if is_spaced(words[0][0]) else _SHORT <= longest <= _LONG
    return fits and "".join(words).isalpha()


def _say_the_same(left: Sequence[_Word], right: Sequence[_Word], language: str) -> bool:
    ours, theirs = ("".join(word.text for word in side) for side in (left, right))
    shorter, longer = sorted((Counter(ours), Counter(theirs)), key=Counter.total)
    # The same characters in another order, or some of them: "特级生抽", "生抽特级".
    if ratio(ours, theirs) >= _ALIKE or (shorter <= longer and (shorter == longer or not is_spaced(ours[0]))):
        return True
    return kind.alike(_phrase(left), _phrase(right), language)


def _phrase(words: Sequence[_Word]) -> str:
    return " ".join(word.text for word in words)


def _families(text: Text, words: Sequence[_Word]) -> frozenset[str]:
    """Families that know any of the words."""
    names = (names for first, last, names in known_words(text) if _touches(words, first, last))
    return frozenset[str]().union(*names)


def _kinds(text: Text, words: Sequence[_Word]) -> set[str]:
    """Kinds that the words help to name."""
    named = kind.named(text).items()
    return {name for name, spans in named if any(_touches(words, first, last) for first, last in spans)}


def _touches(words: Sequence[_Word], first: int, last: int) -> bool:
    """Whether a stretch of the title has a character of the words."""
    return first < words[-1].end and words[0].start < last
