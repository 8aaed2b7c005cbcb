"""What a title names beside the thing: accessories and features behind "with", or before "included".

"Robot vacuum with spare brush" is no brush and no spare part; "brush with holder" is a brush.
"""

import re
from collections.abc import Iterable, Iterator

from sku_align.attributes.lexicon import Found, Lexicon, words_of
from sku_align.attributes.text import Text, fold


def _alternation(table: str) -> str:
    return alternation(__file__, table)


def alternation(module: str, table: str) -> str:
    """The words of a table beside a module, of all languages, as one pattern."""
    words = {
        fold(word).replace("*", r"\w*").replace("_", " ")
        for languages in words_of(module, table).values()
        for spelled in languages.values()
        for word in spelled.split()
    }
    return "|".join(sorted(words, key=len, reverse=True))


_BEFORE = re.compile(rf"(?<![\w-])(?:(?:{_alternation('before')})\b\.?:?|w/|(?<=\s)\+)\s")
_DIRECTLY = re.compile(rf"{_BEFORE.pattern}(?:\d+\s?x?\s|\w{{1,4}}\s)?\Z")
_WITH_BEHIND = re.compile(rf"\s?(?:{_alternation('unspaced_behind')})")
_NEAR = 30
_SET = re.compile(rf"\b(?:{_alternation('sets_latin')})\b|{_alternation('sets_unspaced')}")
_END = re.compile(r"[()\[\]|;]|\s-\s|$")
_COMMA = re.compile(r",|[()\[\]|;]|\s-\s|$")
# Of "lint filter included" two words count: in "remote control batteries included" the control is the thing.
_BEHIND = re.compile(rf"(?:[^\s,;|()\[\]]+ ){{1,2}}(?:{_alternation('behind')})\b(?=\s*(?:$|[,;|()\[\]]|\s-))")
_UNSPACED = re.compile(
    rf"(?:{_alternation('unspaced_before')})[^\s,，、;()（）|]+|[^\s,，、;()（）|]+\s?(?:{_alternation('unspaced_behind')})"
)
_WITHOUT = re.compile(rf"(?<![\w-])(?:(?:{_alternation('without')})\b|w/o)\s|{_alternation('unspaced_without')}")
# Of "without battery and charger" both; of the French "sans fil 2 batteries" none, which is cordless.
_LIST = re.compile(r"(?:[^\s,;|()]+ (?:and|or|und|oder|et|ni|ou|y|o|e|en|of|i|ani|och|eller|ja|&) )*")
_NOT_INCLUDED = re.compile(rf"\s?(?:{_alternation('sold_separately')})")
_LETTER = re.compile(r"\w")
# "compatible with Velo R3 brush", "for use with", "works with": what follows is what the thing is for.
_GOES_WITH = re.compile(rf"\b(?:{_alternation('goes_with')})\s\Z")


def _spans(text: Text, end_of_list: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Where such words stand; nothing where a set begins, whose list names the thing."""
    folded = text.folded
    found = next((word for word in _BEFORE.finditer(folded) if not _GOES_WITH.search(folded, 0, word.start())), None)
    if found and _LETTER.search(folded, 0, found.start()) and not _SET.search(folded, 0, found.start()):
        end = end_of_list.search(folded, found.end())
        yield found.start(), end.start() if end else len(folded)
    patterns = (_BEHIND,) if folded.isascii() else (_BEHIND, _UNSPACED)
    for pattern in patterns:
        for match in pattern.finditer(folded):
            if match.start():
                yield match.start() - 1, match.end()


def lacks(text: Text, word: Found) -> bool:
    """Whether a title says that something is not in the box: "without battery", "charger sold separately"."""
    if _NOT_INCLUDED.match(text.folded, word.end):
        return True
    return any(
        match.end() <= word.start and _LIST.fullmatch(text.folded, match.end(), word.start) is not None
        for match in _WITHOUT.finditer(text.folded, 0, word.start)
    )


def of_the_thing(text: Text, found: Iterable[Found], lists: bool = True) -> list[Found]:
    """The words that name the thing itself.

    Args:
        text: Title or cell.
        found: Words of a lexicon in it; one that begins with a "with" of its own ("with eyelets") counts.
        lists: Whether what follows "with" goes on behind a comma.
    """
    words = list(found)
    if not words or text.cell:
        return words
    spans = list(_spans(text, _END if lists else _COMMA))
    named = [word for word in words if not any(start < word.start < end for start, end in spans)] if spans else words
    return [word for word in named if not lacks(text, word)]


def directly_beside(text: Text, word: Found) -> bool:
    """Whether a word stands right behind a "with", but for a number: "with 2 refills", not "with almond refill".

    Or before 付き, which is a "with" of its own.
    """
    if _WITH_BEHIND.match(text.folded, word.end):
        return True
    return _DIRECTLY.search(text.folded, max(0, word.start - _NEAR), word.start) is not None


def named_of_the_thing(lexicon: Lexicon, text: Text) -> set[str]:
    """What the words of a lexicon that name the thing itself mean."""
    return {word.value for word in of_the_thing(text, lexicon.find(text))}
