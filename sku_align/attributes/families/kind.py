"""Kind: which of several things that stand on one shelf a title names ("day cream", "night cream", "eye cream").

`kind.tsv` holds contrasts of kinds that exclude each other. Rows of one contrast are siblings; a cell holds wordings of
one kind in one language, separated by `|`. A wording stands in a title where all its words do, in any order and near
each other, in any number or case, in one compound or apart; where one wording holds another one of its contrast
("nasal spray", "spray"), the longer counts. `kind_words.tsv` holds words and phrases of a language that say the same
("bin", "garbage"), so that a wording is found in any of them. A value is "contrast#=kind", so that two offers agree on
a kind of one contrast, whatever their languages, and conflict where they name different ones.

Sixteen languages have a wording in every row, Czech, Russian, Turkish and Vietnamese in those of everyday goods; a cell
may be empty.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from sys import intern
from threading import Lock
from typing import TypeVar

import Stemmer

from sku_align.attributes import text as text_module
from sku_align.attributes import word_table
from sku_align.attributes.compiled import compiled
from sku_align.attributes.family import Family
from sku_align.attributes.text import Text, fold

PATH = Path(__file__).with_suffix(".tsv")
WORDS_PATH = PATH.with_name("kind_words.tsv")
# Words of other things may stand between those of a wording: "Tagescreme mit Ceramiden für trockene Haut". Chosen by
# eye: two more than it has.
_BETWEEN = 2
_UNSPACED = ("zh-Hans", "zh-Hant", "ja", "ko")
_COLUMNS = {"zh": ("zh-Hans", "zh-Hant"), "nb": ("no",), "nn": ("no",)}
_STEMMED = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese",
    "nl": "dutch", "sv": "swedish", "da": "danish", "no": "norwegian", "pl": "polish", "fi": "finnish",
    "cs": "czech", "ru": "russian",
}  # fmt: skip
# Articles and prepositions of belonging and purpose, which shops use or leave out ("crème de nuit", "crème nuit");
# words for "with" and "without" are none.
_SMALL = {
    "en": "of for the",
    "de": "fur",
    "fr": "de du des d l la le les pour a au aux en",
    "es": "de del la las el los para en a",
    "it": "di del della dello d da per a al alla in",
    "pt": "de do da dos das para em a",
    "nl": "voor van",
    "sv": "for till av",
    "da": "til for af",
    "no": "til for av",
    "pl": "do na dla w",
    "cs": "do na pro ke ve z ze",
    "ru": "для на во от из",
    "tr": "icin",
    "vi": "cho của để",
}
# Endings that a stemmer knows only with the accents that folding takes ("zubního", "měkkých").
_UNACCENTED = {"cs": re.compile("(?<=[eiy])(?:ho|mu|ch)$")}
# Plural and possessive of Turkish ("krem", "gece kremi", "kremler"), whose stemmer needs the accents, and how words end
# without them ("bardak", "bardağı").
_TURKISH = re.compile("(?:l[ae]r)?(?:s?[iu])?$")
_SHORTEST_STEM = 3
_HARD = str.maketrans("bdg", "ptk")
# Two places of a tone mark on one syllable ("hoà", "hòa"), of which each writer takes one.
_TONES = {
    before + marked: last + after
    for before, after, marks, lasts in (
        ("o", "a", "àáảãạ", "òóỏõọ"),
        ("o", "e", "èéẻẽẹ", "òóỏõọ"),
        ("u", "y", "ỳýỷỹỵ", "ùúủũụ"),
    )
    for marked, last in zip(marks, lasts, strict=True)
}
_TONED = re.compile("|".join(_TONES))
# Languages that write two words as one, and shops either way.
_COMPOUNDING = ("de", "nl", "sv", "da", "no", "fi")
# Shorter parts of a compound stand in too many words ("Tee" in "Teer"); chosen by eye.
_SHORTEST_PART = 4
# What joins the parts of a compound, longest first: "Kinderwagen", "Geburtstagskarte", "varkensvlees".
_JOINTS = ("en", "es", "er", "n", "s", "e", "")
Span = tuple[int, int]
# Where a word stands: its number, counted on behind numbers, and the first and last of its characters.
_Place = tuple[int, int, int]
_WORD = re.compile(r"[^\W_]+")


# The kind, as `extract` calls it, and what names it: stems of words, or stretches of characters where a language has no
# spaces. Plain tuples of text are passed over by the garbage collector, which took a second for all languages.
_Wording = tuple[str, tuple[str, ...]]
_Filed = Mapping[str, tuple[_Wording, ...]]
# Words of phrases that begin alike, and what stands for each phrase.
_Phrases = tuple[tuple[tuple[str, ...], str], ...]
_Prepared = TypeVar("_Prepared")


class _Spaced:
    """The wordings of a language that parts its words, filed under the rarest word of each.

    Args:
        column: The language, as the table calls it.
        native: Whether titles are of this language too; in those of others its words count as they stand, because an
            ending of one language makes a word of another ("douchi", "douche").
    """

    def __init__(self, column: str, native: bool) -> None:
        self._plain = _stemmer(column) if native else str
        self._fold = _FOLDED.get(column, fold)
        self._compounds = native and column in _COMPOUNDING
        self._small = frozenset(_SMALL.get(column, "").split())
        name = column if native else f"{column}-foreign"
        self._words, self._phrases, self._used, self._filed = _compiled(name, lambda: self._prepared(column))

    def _prepared(self, column: str) -> tuple[dict[str, str], dict[str, _Phrases], dict[str, int], _Filed]:
        """What stands for each word and phrase, how many wordings have each word, and the wordings as filed."""
        phrases: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        same = [(tuple(map(self._plain, _WORD.findall(self._fold(text)))), said) for text, said in _same(column)]
        self._words = {words[0]: said for words, said in same if len(words) == 1}
        for words, said in same:
            if len(words) > 1:
                words = tuple(self._words.get(word, word) for word in words)
                phrases[words[0]].append((words, said))
        self._phrases = {first: tuple(own) for first, own in phrases.items()}
        found = {(kind, words) for text, kind in _wordings(column) for words in self._spellings(text)}
        used = dict(Counter(word for _, words in found for word in words))
        return self._words, self._phrases, used, _filed(found, lambda words: min(words, key=used.__getitem__))

    def find(self, folded: str) -> Iterator[tuple[str, list[Span]]]:
        """Kinds that a folded title names, and the words that name them."""
        places = self._places(folded)
        found = [
            wording
            for word in places.keys() & self._filed.keys()
            for wording in self._filed[word]
            if len(wording[1]) == 1 or (places.keys() >= set(wording[1]) and _near(wording[1], places))
        ]
        for kind, words in _outermost(found, lambda words, others: set(words) < set(others)):
            yield kind, [place[1:] for word in words for place in places[word]]

    def canonical(self, folded: str) -> tuple[str, ...]:
        """The words of a folded phrase, each as its stem or as what stands for it, and phrases as one."""
        stems = [self._stem(word) for word in _WORD.findall(folded)]
        said = {first: (last, said) for first, last, said in self._said(stems)}
        found, at = [], 0
        while at < len(stems):
            at, word = said.get(at, (at + 1, stems[at]))
            found.append(word)
        return tuple(found)

    def _spellings(self, text: str) -> Iterator[tuple[str, ...]]:
        """The words of a wording as they are filed: each by itself, phrases as one, and two as a compound."""
        words = _WORD.findall(self._fold(text))
        stems = [self._stem(word) for word in words]
        telling = [place for place, word in enumerate(words) if word not in self._small] or range(len(words))
        if not stems:
            return
        yield tuple(dict.fromkeys(stems[place] for place in telling))
        if phrases := list(self._said(stems)):
            inside = {place for first, last, _ in phrases for place in range(first, last)}
            rest = (stems[place] for place in telling if place not in inside)
            yield tuple(dict.fromkeys([*rest, *(said for _, _, said in phrases)]))
        if len(telling) == 2 and self._compounds:
            yield (self._stem("".join(words[place] for place in telling)),)

    def _places(self, folded: str) -> dict[str, list[_Place]]:
        """Where each word of a title stands, the parts of compounds, the compound of two neighbours, and phrases."""
        places: dict[str, list[_Place]] = defaultdict(list)
        stems: list[str] = []
        stood: list[_Place] = []
        at, before, begun = 0, "", 0
        for found in _WORD.finditer(folded):
            word, (start, end) = found[0], found.span()
            # What stands behind a number is another statement: "laptop 16 GB RAM" is no laptop RAM.
            at += _BETWEEN + 1 if word[0].isdigit() else word not in self._small
            stem, parts = self._read(word)
            for part in parts:
                places[part].append((at, start, end))
            if before and (both := self._read(before + word)[0]) in self._used:
                places[both].append((at, begun, end))
            stems.append(stem)
            stood.append((at, start, end))
            before, begun = word, start
        for first, after, said in self._said(stems):
            places[said].append((*stood[first][:2], stood[after - 1][2]))
        return places

    @lru_cache(1 << 16)  # noqa: B019 - one instance a language, kept as long as the process
    def _read(self, word: str) -> tuple[str, tuple[str, ...]]:
        """The stem of a word, and those words of wordings that it says: itself, or what it is made of."""
        stem = self._stem(word)
        if stem in self._used:
            return stem, (stem,)
        return stem, self._split(word) if self._compounds else ()

    def _stem(self, word: str) -> str:
        """The stem of a word, or what stands for all words that say the same."""
        stem = self._plain(word)
        return self._words.get(stem, stem)

    def _said(self, stems: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        """First and last place of each phrase, the longest at each place, and what stands for it."""
        at = len(stems) if self._phrases.keys().isdisjoint(stems) else 0
        while at < len(stems):
            after = at + 1
            for phrase, said in self._phrases.get(stems[at], ()):
                if tuple(stems[at : at + len(phrase)]) == phrase:
                    after = at + len(phrase)
                    yield at, after, said
                    break
            at = after

    def _split(self, word: str) -> tuple[str, ...]:
        """What a compound that no wording shows is made of: a word that wordings show, behind another or behind any."""
        ends = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
        for tail, head in ((self._stem(word[cut:]), word[:cut]) for cut in ends):
            if tail in self._used:
                heads = (self._stem(head.removesuffix(joint)) for joint in _JOINTS if head.endswith(joint))
                return (tail, *[stem for stem in heads if stem in self._used][:1])
        return ()


class _Unspaced:
    """The wordings of a language without spaces, stretches of characters, filed under the first two of the longest.

    Args:
        column: The language, as the table calls it.
    """

    def __init__(self, column: str) -> None:
        self._same, self._filed = _compiled(column, lambda: self._prepared(column))

    def _prepared(self, column: str) -> tuple[dict[str, tuple[tuple[str, str], ...]], _Filed]:
        """Stretches and what stands for each, by their first two characters, and the wordings as filed."""
        same: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for stretch, said in _same(column):
            together = _together(fold(stretch))
            same[together[:2]].append((together, said))
        self._same = {start: tuple(own) for start, own in same.items()}
        found = {(kind, words) for text, kind in _wordings(column) for words in self._spell(text)}
        return self._same, _filed(found, lambda stretches: max(stretches, key=len)[:2])

    def find(self, folded: str) -> Iterator[tuple[str, list[Span]]]:
        """Kinds that a folded title names, and the stretches that name them."""
        stands = [at for at, letter in enumerate(folded) if not letter.isspace()]
        text, places = self._alike(_together(folded))
        # Two hundred wordings a title: the first stretch alone tells nearly all of them, without a generator for each.
        found = [
            wording
            for start in {text[at : at + 2] for at in range(len(text) - 1)}
            for wording in self._filed.get(start, ())
            if wording[1][0] in text and all(stretch in text for stretch in wording[1])
        ]
        for kind, stretches in _outermost(found, _within):
            starts = [(text.index(stretch), len(stretch)) for stretch in stretches]
            spans = [(places[start][0], places[start + length - 1][1]) for start, length in starts]
            yield kind, [(stands[first], stands[last - 1] + 1) for first, last in spans]

    def canonical(self, folded: str) -> tuple[str, ...]:
        """A folded phrase with one stretch in place of each that says the same."""
        return (self._alike(_together(folded))[0],)

    def _spell(self, text: str) -> Iterator[tuple[str, ...]]:
        folded = fold(text)
        whole, _ = self._alike(_together(folded))
        if len(whole) > 1:
            yield (whole,)
        parts = tuple(self._alike(part)[0] for part in folded.split())
        if len(parts) > 1 and all(len(part) > 1 for part in parts):
            yield parts

    def _alike(self, text: str) -> tuple[str, list[Span]]:
        """The text with one stretch in place of each that says the same, and what each letter of it stands for."""
        said, stood, at = [], [], 0
        while at < len(text):
            same = (pair for pair in self._same.get(text[at : at + 2], ()) if text.startswith(pair[0], at))
            stretch, instead = next(same, (text[at], text[at]))
            said.append(instead)
            stood += [(at, at + len(stretch))] * len(instead)
            at += len(stretch)
        return "".join(said), stood


def extract(text: Text) -> set[str]:
    """Kinds that a title names, in its own language and in English."""
    return set(named(text))


def named(text: Text) -> dict[str, list[Span]]:
    """Kinds that a title names, as `extract` calls them, and where in the folded text the words stand that do."""
    columns = _COLUMNS.get(text.language, (text.language,))
    found: dict[str, list[Span]] = defaultdict(list)
    for column in dict.fromkeys((*columns, "en")):
        if column in _languages():
            folded = _FOLDED[column](text.nfkc) if column in _FOLDED else text.folded
            for kind, spans in _language(column, column in columns).find(folded):
                found[kind] += spans
    return found


def prepare() -> None:
    """Prepare the tables of all languages, so that later processes find them beside the compiled modules."""
    for column in _languages():
        _language(column, True)
    _language("en", False)


def _toned(text: str) -> str:
    """Lower case with the marks of Vietnamese, which tell words apart ("dao", "đào"); letters stand as in `fold`."""
    lower = _TONED.sub(lambda found: _TONES[found[0]], text.replace("_", " ").lower())
    folded = fold(text)
    return lower if len(lower) == len(folded) else folded


# How titles and wordings are folded where `fold` takes letters for one that are not.
_FOLDED = {"vi": _toned}


def alike(words: str, others: str, language: str) -> bool:
    """Whether two folded phrases of a language are one but for endings, or say the same by the dictionary."""
    columns = [column for column in _COLUMNS.get(language, (language,)) if column in _languages()]
    return any(
        _language(column, True).canonical(words) == _language(column, True).canonical(others) for column in columns
    )


def rows() -> Iterator[dict[str, str]]:
    """Rows of the table, by the names of its columns: `contrast` and a language each."""
    return word_table.rows(PATH)


def said_alike() -> Iterator[tuple[str, list[str]]]:
    """Words and phrases of a language that say the same, and before them the language."""
    for language, words in word_table.cells(WORDS_PATH):
        yield language, words.split("|")


@cache
def _languages() -> frozenset[str]:
    return frozenset(next(rows())) - {"contrast"}


@cache
def _language(column: str, native: bool) -> _Spaced | _Unspaced:
    return _Unspaced(column) if column in _UNSPACED else _Spaced(column, native)


def _compiled(name: str, prepare: Callable[[], _Prepared]) -> _Prepared:
    sources = (PATH, WORDS_PATH, *map(Path, (__file__, word_table.__file__, text_module.__file__)))
    return compiled(__file__, f"{name}-{Stemmer.version()}", sources, prepare)


def _wordings(column: str) -> Iterator[tuple[str, str]]:
    """Wordings of a language, and the kind that each names."""
    lines = word_table.cells(PATH)
    header = next(lines)
    place, english = header.index(column), header.index("en")
    for cells in lines:
        kind = intern(f"{cells[0]}#={cells[english].partition('|')[0]}")
        for text in filter(None, cells[place].split("|")):
            yield text, kind


def _same(column: str) -> Iterator[tuple[str, str]]:
    """Words and phrases of a language that others say as well, the longest first, and what stands for each."""
    found = []
    for language, words in said_alike():
        if language == column:
            found += [(word, f"={words[0]}") for word in words]
    yield from sorted(found, key=lambda pair: -len(pair[0]))


def _filed(wordings: Collection[_Wording], under: Callable[[tuple[str, ...]], str]) -> _Filed:
    found: dict[str, list[_Wording]] = defaultdict(list)
    for wording in sorted(wordings):
        found[under(wording[1])].append(wording)
    return {key: tuple(own) for key, own in found.items()}


def _near(words: Collection[str], places: Mapping[str, Sequence[_Place]]) -> bool:
    """Whether all words stand within a stretch of a few words more than they are."""
    room = len(words) + _BETWEEN
    for start in {place[0] for word in words for place in places[word]}:
        if all(any(start <= place[0] < start + room for place in places[word]) for word in words):
            return True
    return False


def _within(stretches: Sequence[str], others: Sequence[str]) -> bool:
    """Whether stretches of characters are a smaller part of others."""
    return stretches != others and all(any(stretch in other for other in others) for stretch in stretches)


def _outermost(found: Sequence[_Wording], within: Callable[[Sequence[str], Sequence[str]], bool]) -> Iterator[_Wording]:
    """The wordings that are no part of another one of their contrast."""
    named: dict[str, list[_Wording]] = defaultdict(list)
    for wording in found:
        named[wording[0].partition("#=")[0]].append(wording)
    for wordings in named.values():
        for kind, words in wordings:
            if not any(within(words, others) for _, others in wordings):
                yield kind, words


def _stemmer(column: str) -> Callable[[str], str]:
    """What takes endings off a folded word, or lets it be in a language whose words have none."""
    if column not in _STEMMED:
        return {"tr": _turkish}.get(column, str)
    stemming, lock, unaccented = Stemmer.Stemmer(_STEMMED[column]), Lock(), _UNACCENTED.get(column)

    @lru_cache(1 << 16)
    def stem(word: str) -> str:
        if unaccented:
            word = unaccented.sub("", word)
        # A stemmer serves one thread at a time.
        with lock:
            return str(stemming.stemWord(word))

    return stem


@lru_cache(1 << 16)
def _turkish(word: str) -> str:
    """A Turkish word without plural and possessive; the stemmer needs the accents that folding takes."""
    while len(shorter := _TURKISH.sub("", word)) >= _SHORTEST_STEM and shorter != word:
        word = shorter
    return word[:-1] + word[-1:].translate(_HARD)


def _together(folded: str) -> str:
    return "".join(folded.split())


# A dictionary is evidence, not proof: shops name a thing by its neighbour. The calibration weighs it, no guard does.
FAMILIES = (Family("kind", "kind", ".", extract, agreement="keyed", conflict="off"),)
