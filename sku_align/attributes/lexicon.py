"""Words with a meaning in many languages, found in one pass over the text.

A table maps value -> language -> words, words apart by spaces. In a word `_` stands for an optional space or hyphen,
a trailing `*` for any ending ("reconditionne*"), a leading `*` for the front of a compound ("*hulle"), a trailing `!`
for a word that counts only in texts of its own language ("do!", which is "for" in Polish and a verb in English). Words
of scripts without spaces match inside longer ones, but for the false friends that short ones have there: a katakana
word, a single Han character, and a hangul word of up to two syllables stand alone (リア is in イタリア), unless a
`*` opens that end. The value "not" marks phrases that mean something else ("right_guard"): the longest word wins, so
such a phrase hides the word inside it. Shops that write Romance languages leave prepositions of belonging out, so that
a phrase stands for itself without them too ("gel_de_ducha", "gel ducha"). A word that several languages have means in
each what its own row says. Of Vietnamese, whose accents tell words apart, a single syllable with accents counts in rows
of its own only ("cắt" is no cat).
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import re2

from sku_align.attributes.text import Places, Text, fold, is_spaced
from sku_align.attributes.word_index import Word, WordIndex

Table = Mapping[str, Mapping[str, str]]
NOT = "not"
# Bytes that an automaton may take; RE2 gives up beyond them.
_MEMORY = 1 << 28


def words_of(module: str, family: str) -> Table:
    """The words of a family: the table of its name in the TOML file beside its module.

    Args:
        module: `__file__` of the module.
        family: Name of the family.
    """
    return tables(Path(module).with_suffix(".toml"))[family]


@cache
def tables(path: Path) -> dict[str, dict[str, Any]]:
    """All tables of a TOML file, by the names of their families."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


class Found(NamedTuple):
    """A word of a lexicon in the folded text."""

    start: int
    end: int
    value: str


def options() -> Any:
    """Options of linear-time patterns: the longest alternative wins, with room for large tables."""
    chosen = re2.Options()
    chosen.longest_match = True
    chosen.max_mem = _MEMORY
    chosen.log_errors = False
    return chosen


class _Meaning(NamedTuple):
    """What a word means in a language, and whether it counts in texts of that language only."""

    value: str
    language: str
    own: bool


class Lexicon:
    """Words of one family.

    Args:
        table: Value -> language -> words.
    """

    def __init__(self, table: Table) -> None:
        self._exact: dict[str, list[_Meaning]] = {}
        self._prefixes: dict[str, list[_Meaning]] = {}
        self._suffixes: dict[str, list[_Meaning]] = {}
        self._open: dict[str, str] = {}
        words: dict[Word, None] = {}
        brief: list[tuple[str, _Meaning]] = []
        for value, languages in table.items():
            for language, spelled in languages.items():
                for word in spelled.split():
                    plain = fold(unicodedata.normalize("NFKC", word.rstrip("!").replace("_", "\0")))
                    stem = plain.strip("*")
                    key = _key(stem.replace("\0", ""))
                    kept, end = self._exact, ""
                    if not is_spaced(stem[0]):
                        self._open[key] = plain.replace(stem, "-")
                    elif plain.endswith("*"):
                        kept, end = self._prefixes, "behind"
                    elif plain.startswith("*"):
                        kept, end = self._suffixes, "before"
                    meaning = _Meaning(value, language, word.endswith("!"))
                    kept.setdefault(key, []).append(meaning)
                    words[Word(stem, end)] = None  # type: ignore[arg-type]
                    if kept is self._exact and (short := _BELONGING.sub("\0", stem)) != stem:
                        brief.append((short, meaning))
        known = set(self._exact)
        for short, meaning in brief:
            key = _key(short.replace("\0", ""))
            if key not in known:
                self._exact.setdefault(key, []).append(meaning)
                words[Word(short, "")] = None
        self.words: tuple[Word, ...] = tuple(words)
        """What is to be found in texts."""

    @cached_property
    def _index(self) -> WordIndex:
        return WordIndex([self.words])

    def find(self, text: Text) -> Iterator[Found]:
        """The words of the table in a text, from left to right, without overlaps."""
        number = text.places.numbers.get(self) if text.places else None
        if text.places is None or number is None:
            places = self._index.places(text.folded).get(0, [])
        else:
            places = text.places.found.get(number, [])
        for start, end in places:
            word = _key(text.folded[start:end])
            value = self._value(word, text.language, _is_accented_syllable(text, start, end))
            if value not in (None, NOT) and (is_spaced(word[0]) or self._stands(word, text.folded, start, end)):
                yield Found(start, end, str(value))

    def values(self, text: Text) -> set[str]:
        """What the words of a text mean."""
        return {found.value for found in self.find(text)}

    def _stands(self, word: str, text: str, start: int, end: int) -> bool:
        """Whether a word of a script without spaces is not a part of a longer word there."""
        edges = self._open[word]
        if _KATAKANA.fullmatch(word):
            alike = _KATAKANA
        elif len(word) == 1:
            alike = _CJK
        elif len(word) == 2 and _HANGUL.fullmatch(word):
            return edges[0] == "*" or not (start and _HANGUL.fullmatch(text[start - 1]))
        else:
            return True
        before = edges[0] != "*" and start > 0 and alike.fullmatch(text[start - 1])
        after = edges[-1] != "*" and end < len(text) and alike.fullmatch(text[end])
        return not (before or after)

    def _value(self, word: str, language: str, only_own: bool) -> str | None:
        meanings = self._exact.get(word)
        if meanings is None and self._prefixes:
            meanings = next(
                (self._prefixes[word[:n]] for n in range(len(word), 1, -1) if word[:n] in self._prefixes), None
            )
        if meanings is None and self._suffixes:
            meanings = next((self._suffixes[word[n:]] for n in range(len(word)) if word[n:] in self._suffixes), None)
        if meanings is None:
            return None
        native = next((meaning.value for meaning in meanings if meaning.language == language), None)
        if native is not None or only_own:
            return native
        return next((meaning.value for meaning in meanings if not meaning.own), None)


class Lexicons:
    """Lexicons whose words are found together, in one pass over a text.

    Args:
        lexicons: n lexicons.
    """

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        self.numbers = {lexicon: number for number, lexicon in enumerate(dict.fromkeys(lexicons))}
        self._index = WordIndex([lexicon.words for lexicon in self.numbers])

    def look_up(self, text: Text) -> tuple[Text, Iterable[int]]:
        """The text with the places of their words, which each of them then reads; and who has any, by number."""
        found = self._index.places(text.folded)
        return Text(text.nfkc, text.folded, text.language, text.cell, Places(self.numbers, found)), found


# Folded, and apart by what stands for a space.
_BELONGING = re.compile(r"\0(?:d[eiao]s?|du|del(?:l[aoe])?|de\0l[ao]s?|a\0la)\0|\0(?:d|dell|de\0l)'")
_KATAKANA = re.compile(r"[ァ-ヺー]+")
_HANGUL = re.compile(r"[가-힣]+")
_CJK = re.compile(r"[\u3005\u3041-ヺー一-鿿가-힣]")
_SEPARATORS = re.compile(r"[ -]")


def _is_accented_syllable(text: Text, start: int, end: int) -> bool:
    """Whether a word is one syllable of Vietnamese that folding has robbed of its accents."""
    if text.language != "vi" or len(text.nfkc) != len(text.folded):
        return False
    spelled = text.nfkc[start:end]
    return not spelled.isascii() and spelled.isalpha()


def _key(word: str) -> str:
    return _SEPARATORS.sub("", word)
