"""Names and shades of colours in all languages, and the phrases that titles make of them ("dark grey", "gris vert").

A word that ends with "!" in the table counts in titles of its own languages only.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import re2

from sku_align.attributes.families.palette import mixed, parts, shaded
from sku_align.attributes.lexicon import options, words_of
from sku_align.attributes.text import LETTERS, Text, fold, is_spaced

_FILE = str(Path(__file__).with_name("colour.py"))
# Words of these colours stand for little else; words of the others (gold, oak, mint, sand) are foods, scents and
# materials too.
_PLAIN = words_of(_FILE, "unambiguous")["all"]["names"].split("/")
_PLAIN_WORDS = words_of(_FILE, "unambiguous")["all"]["words"].split()
_AMBIGUOUS = words_of(_FILE, "ambiguous")["all"]["words"].split()
_PLAIN_IN = {language: words.split() for language, words in words_of(_FILE, "unambiguous")["own"].items()}
_SPACE = str.maketrans("", "", " -")
# Phrases that name no colour ("Blu-ray") have this value.
_NONE = "none"


class Phrase(NamedTuple):
    """A colour that a title names.

    Attributes:
        value: Its canonical name, such as "dark grey".
        start: Where its words start in the folded text.
        end: Where they end.
        plain: Whether they stand for little else.
        sure: Whether they can mean nothing else ("dark blue", "bottle green"), wherever they stand.
    """

    value: str
    start: int
    end: int
    plain: bool
    sure: bool


def is_colour(word: str) -> bool:
    """Whether one folded word is the name of a colour."""
    return word.translate(_SPACE) in _COLOUR_OF


def _rows(table: str) -> Iterator[tuple[str, str, str, bool]]:
    """Value, language, folded word or phrase, and whether it counts in that language only."""
    for value, languages in words_of(_FILE, table).items():
        for language, words in languages.items():
            for word in words.split():
                yield value, language, fold(unicodedata.normalize("NFKC", word.rstrip("!"))), word.endswith("!")


def _spellings(table: str) -> dict[str, str]:
    """Folded word or phrase -> what it means; in most languages, where it means something else in one."""
    rows = sorted(_rows(table), key=lambda row: not row[3])
    return {word: value for value, _, word, _ in rows}


def _native(table: str) -> dict[tuple[str, str], str]:
    """Words with several meanings, by language: "acero" is steel in Spanish and maple in Italian."""
    meanings: dict[str, dict[str, str]] = {}
    for value, language, word, _ in _rows(table):
        meanings.setdefault(word.translate(_SPACE), {})[language] = value
    several = {word: own for word, own in meanings.items() if len(set(own.values())) > 1}
    return {(language, word): value for word, own in several.items() for language, value in own.items()}


def _own(table: str) -> dict[str, frozenset[str]]:
    """Words that count in texts of some languages only, and these: "sort" is black in Danish alone."""
    own: dict[str, set[str]] = {}
    for _, language, word, only in _rows(table):
        own.setdefault(word.translate(_SPACE), set()).add(language if only else "")
    return {word: frozenset(languages) for word, languages in own.items() if "" not in languages}


def _meanings(spelled: dict[str, str]) -> dict[str, str]:
    return {word.translate(_SPACE): value for word, value in spelled.items()}


def _script(word: str) -> str:
    return "latin" if word.isascii() else "spaced" if is_spaced(word[0]) else "unspaced"


def _alternation(spelled: dict[str, str], script: str) -> str:
    return "|".join(sorted(word.replace(" ", "[ -]?") for word in spelled if _script(word) == script))


_NAMES, _SHADES = _spellings("colour"), _spellings("shade")
_COLOUR_OF, _SHADE_OF = _meanings(_NAMES), _meanings(_SHADES)
_LANGUAGES: dict[str, set[str]] = {}
for _value, _language, _word, _only in _rows("colour"):
    _LANGUAGES.setdefault(_word, set()).add(_language)
# What mixes another colour with a touch of its own: "szaro-", "bluish".
_STEMS = {fold(word): name for name, words in words_of(_FILE, "stem").items() for word in str(words).split()}
_TINTS = {fold(word): name for name, words in words_of(_FILE, "tint").items() for word in str(words).split()}
_OWN, _NATIVE = _own("colour"), _native("colour")


def _meaning(word: str, language: str) -> str:
    """The colour of a word or phrase in a language; empty where it is none."""
    key = word.translate(_SPACE)
    return _NATIVE.get((language, key)) or _COLOUR_OF.get(key, "")


def _shade(*words: str | None) -> str:
    """The shade that some words name; finishes such as "matt" only where none makes a colour lighter or darker."""
    shades = [_SHADE_OF[word.translate(_SPACE)] for word in words if word]
    return next((shade for shade in shades if shade in ("light", "dark")), "")


def _is_plain(word: str, name: str, language: str) -> bool:
    if word in _PLAIN_WORDS or word in _PLAIN_IN.get(language, ()):
        return True
    return (name in _PLAIN and word not in _AMBIGUOUS) or _holds_plain(word)


# Single words for plain colours.
_PLAIN_NAMES = frozenset(
    word for word, name in _NAMES.items() if name in _PLAIN and word not in _AMBIGUOUS and len(word) > 2
)
# What the Vietnamese write before a colour.
_VIETNAMESE_COLOUR = "mau "


@lru_cache(maxsize=1 << 12)
def _holds_plain(word: str) -> bool:
    """Whether a plain colour is a part of a word or phrase: "verde menta", "flaschengrün"."""
    parts = re.split(r"[ '-]", word)
    if len(parts) > 1:
        return word.startswith(_VIETNAMESE_COLOUR) or not _PLAIN_NAMES.isdisjoint(parts)
    return any(word[at:] in _PLAIN_NAMES for at in range(2, len(word) - 2))


_LATIN_SHADES, _LATIN_NAMES = _alternation(_SHADES, "latin"), _alternation(_NAMES, "latin")
_ENDINGS = "(?:es|er|en|e|em|s)?"
# "gris vert" and "blu verde" are one colour; two names apart by a space are two in any other pair.
_GREY, _BLUE = "(?:gris|grigio|grigia|cinza|cinzento|cinzenta)", "(?:bleu|blu|azul|azzurro|azzurra)"
# Captures make RE2 slow, so they are read once for each phrase that is found.
_BEFORE = rf"(?:(?:{_LATIN_SHADES}){_ENDINGS}[ -]?){{0,2}}"
_TINTED = "|".join(_TINTS)
_TOUCH = rf"(?:{'|'.join(word for word in _STEMS if word.isascii())})[ -]?|(?:{_TINTED})[ -]"
_BEHIND = rf"(?:[ -](?:{_TINTED}))?(?:[ -](?:{_LATIN_SHADES})){{0,2}}"
_LATIN = (
    rf"\b{_BEFORE}(?:{_TOUCH})?(?:{_LATIN_NAMES})(?:n?-?(?:{_LATIN_NAMES}))?{_BEHIND}\b"
    rf"|\b(?:{_GREY} (?:{_LATIN_NAMES})|(?:{_BLUE}|vert|verde|beige|bege) {_GREY}|{_BLUE} (?:vert|verde)){_BEHIND}\b"
)
_SHADE_BEFORE, _SHADE_BEHIND = rf"(?:({_LATIN_SHADES}){_ENDINGS}[ -]?)?", rf"(?:[ -]({_LATIN_SHADES}))?"
_LATIN_PARTS = re2.compile(
    rf"{_SHADE_BEFORE}{_SHADE_BEFORE}({_TOUCH})?({_LATIN_NAMES})(?:n?[ -]?({_LATIN_NAMES}))?(?:[ -]({_TINTED}))?"
    rf"{_SHADE_BEHIND}{_SHADE_BEHIND}",
    options(),
)
# No boundary of words is known to RE2 beside letters that are not ASCII, so it is looked for afterwards.
_SPACED_NAMES, _SPACED_SHADES = _alternation(_NAMES, "spaced"), _alternation(_SHADES, "spaced")
_SPACED_STEMS = "|".join(word for word in _STEMS if not word.isascii())
_SPACED = (
    rf"(?:({_SPACED_SHADES})[ -]?)?(?:({_SPACED_STEMS})-?)?({_SPACED_NAMES})(?:[ -]({_SPACED_SHADES}))?"
    "(?: (?:цвета?|колір|кольору|रंग|कलर))?"
)
# Thai puts the word for colour before a colour, and the shade behind it.
THAI_COLOUR = "สี"
_CJK_NAMES, _CJK_SHADES = _alternation(_NAMES, "unspaced"), _alternation(_SHADES, "unspaced")
_CJK = rf"(?:({_CJK_SHADES})色?)?({_CJK_NAMES})(?:色|系|カラー|색)?(อ่อน|เข้ม)?"
HINT = rf"{_LATIN}|{_CJK_NAMES}|{_SPACED_NAMES}"


class _Meaning(NamedTuple):
    """What a phrase of Latin letters means.

    Attributes:
        value: The colour.
        plain: Whether its words stand for little else.
        sure: Whether they can mean nothing else.
        only: The only languages that it is a colour in; empty for all.
    """

    value: str
    plain: bool = False
    sure: bool = False
    only: frozenset[str] = frozenset()


@lru_cache(maxsize=1 << 14)
def _latin(words: str, language: str) -> _Meaning:
    whole = words.translate(_SPACE)
    if name := _meaning(whole, language):  # "merah muda" is pink, though red and light by its words
        return _Meaning(name, _is_plain(words, name, language), _holds_plain(words), _OWN.get(whole, frozenset()))
    *before, stem, word, second, tint, behind, behind2 = _LATIN_PARTS.fullmatch(words).groups()
    name, first = _meaning(f"{word}{second or ''}", language), _meaning(word, language)
    if _NONE in (name, first) or (second and not name and not _is_compound(words, word, second)):
        return _Meaning(_NONE)
    if not name:
        name = mixed(first, _meaning(second, language))
    touch = (stem or tint or "").strip(" -")
    if touch:
        name = mixed(name, _STEMS.get(touch) or _TINTS[touch])
    shades = [*before, behind, behind2]
    shade = _shade(*shades)
    plain = any(_is_plain(part, _meaning(part, language), language) for part in (word, second) if part)
    mixture = bool(touch or second)
    own = _OWN.get(word.translate(_SPACE)) or _OWN.get((second or "").translate(_SPACE)) or frozenset()
    return _Meaning(shaded(name, shade), plain or mixture or any(shades), plain and bool(mixture or shade), own)


def _is_compound(words: str, one: str, other: str) -> bool:
    """Whether two names that are written as one word are of one language, unlike those of "Rossared"."""
    return f"{one}{other}" not in words or not _LANGUAGES[one].isdisjoint(_LANGUAGES[other])


def _read_latin(match: Any, language: str) -> Phrase | None:
    meaning = _latin(match[0], language)
    if meaning.value == _NONE or (meaning.only and language not in meaning.only):
        return None
    return Phrase(meaning.value, match.start(), match.end(), meaning.plain, meaning.sure)


def _read_spaced(match: Any, language: str) -> Phrase | None:
    before, stem, word, behind = match.groups()
    name = _COLOUR_OF[word.translate(_SPACE)]
    if name == _NONE or _inside_word(match.string, match.start(), match.end()):
        return None
    plain = _is_plain(word, name, language)
    if stem:
        name = mixed(name, _STEMS[stem])
    shade = _shade(before, behind)
    sure = bool(stem) or (plain and bool(shade))
    return Phrase(shaded(name, shade), match.start(), match.end(), plain or bool(before or behind or stem), sure)


def _inside_word(folded: str, start: int, end: int) -> bool:
    """Whether letters stand on either side, also beyond a hyphen: "черно-белый" is of two colours."""
    before, behind = folded[max(start - 2, 0) : start], folded[end : end + 2]
    return before.removesuffix("-")[-1:].isalnum() or behind.removeprefix("-")[:1].isalnum()


def _read_unspaced(match: Any, language: str) -> Phrase | None:
    before, word, behind = match.groups()
    return Phrase(
        shaded(_meaning(word, language), _shade(before, behind)), match.start(), match.end(), plain=False, sure=False
    )


@dataclass(frozen=True)
class Script:
    """How colours are written in scripts of one kind.

    Attributes:
        letters: Matches folded texts that have letters of it.
        pattern: Matches a phrase.
        read: The colour of such a match in a language; None where it names none.
        spaced: Whether spaces part its words.
    """

    letters: re.Pattern[str]
    pattern: Any
    read: Callable[[Any, str], Phrase | None]
    spaced: bool = True

    def phrases(self, text: Text) -> Iterator[Phrase]:
        """The colours that a text names, from left to right, wherever they stand."""
        if self.letters.search(text.folded):
            read = (self.read(match, text.language) for match in self.pattern.finditer(text.folded))
            yield from filter(None, read)


SCRIPTS = (
    Script(re.compile("[a-z]{3}"), re2.compile(_LATIN, options()), _read_latin),
    Script(re.compile(f"[{LETTERS}]"), re2.compile(_SPACED, options()), _read_spaced),
    Script(re.compile("[^\x00-\x7f]"), re2.compile(_CJK, options()), _read_unspaced, spaced=False),
)


def joined(text: Text, colours: Sequence[Phrase]) -> set[str]:
    """The colours of a thing, where a text names some that belong together.

    Args:
        text: A title or cell.
        colours: What it names, from left to right.
    """
    values = {colour.value for colour in colours}
    for one, other in pairwise(colours):
        between = text.folded[one.end : other.start].strip()
        if one.value == other.value and between == "/":
            # "white/white" is said of a thing whose second part is white as well, unlike "white/chrome".
            values.add(f"{one.value}+{one.value}")
        elif between == "-":
            values -= {one.value, other.value}
            values.add(mixed(one.value, other.value))
    return {part for value in values for part in parts(value)}
