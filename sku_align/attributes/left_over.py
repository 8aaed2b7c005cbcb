"""What titles of one kind of thing say beside it: words that neither the other one nor an attribute of both explains.

"Papel higiénico 12 rollos" and "Carta igienica 12 rotoli" name one kind and one count, and no word is left over; a
plain yoghurt and a yoghurt "senza lattosio" name one kind, and one word is. Advertising is never left over, nor is what
a product comes in, which one shop says and the other does not, nor a name that the other title spells in another
script. Counts are rough: a kana is a quarter of a word, another character of a script without spaces half a word, as is
a syllable of Vietnamese, and short words of other spaced scripts count as none.
"""

import re
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz.fuzz import ratio

from sku_align.attributes.advertising import advertising
from sku_align.attributes.families import kind
from sku_align.attributes.text import Text, fold
from sku_align.attributes.variants import known_words
from sku_align.romanise import romanise

_KANA = re.compile("[぀-ヿ]")
# A character of a script without spaces; every one is a token, and any other run of letters and digits is one.
_UNSPACED = re.compile("[぀-ヿ㐀-鿿가-힯]")
_TOKEN = re.compile(rf"{_UNSPACED.pattern}|[^\W_{_UNSPACED.pattern[1:-1]}]+")
# Words of up to three letters are mostly articles and prepositions; chosen by eye.
_SHORT = 3
# Languages that write each syllable by itself.
_SYLLABIC = ("vi",)
# The family that says what a product comes in.
_CONTAINER = "container"
# A name in two scripts (トレルバ, "Torrelba"): at least so many Latin letters, spelled alike by so many in a hundred
# once the other is romanised, and at most so many characters there. Chosen by eye.
_NAME_LETTERS, _NAME_ALIKE, _NAME_CHARACTERS = 4, 70, 8


class _Token(NamedTuple):
    """A token of a title that is neither a number nor of the brand.

    Attributes:
        word: The token, folded.
        start: Where it starts in the title.
        size: How much of a word it is.
        families: The families of attributes that know it.
        kinds: The kinds that it names.
    """

    word: str
    start: int
    size: float
    families: frozenset[str]
    kinds: frozenset[str]


class _Title(NamedTuple):
    """A title as it is compared.

    Attributes:
        tokens: What may be left over.
        kinds: The kinds that it names.
        said: All its tokens, and the names of the families that know any.
    """

    tokens: list[_Token]
    kinds: frozenset[str]
    said: frozenset[str]


def left_over(offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """How many words are left over of the title that says more, where both name one kind.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).

    Returns:
        Words, shape (m,); infinitely many where the titles do not name one kind.
    """
    result = np.full(len(pairs), np.inf, dtype=np.float32)
    used, positions = np.unique(pairs, return_inverse=True)
    columns = (offers[name].take(pa.array(used)).to_pylist() for name in ("title", "language", "brand"))
    titles = [_read(title or "", language, brand or "") for title, language, brand in zip(*columns, strict=True)]
    for at, (left, right) in enumerate(positions.reshape(-1, 2).tolist()):
        one, other = titles[left], titles[right]
        if shared := one.kinds & other.kinds:
            sides = _left(one, other, shared), _left(other, one, shared)
            names = {*_one_name(*sides), *_one_name(*reversed(sides))}
            result[at] = max(sum(token.size for token in side if token not in names) for side in sides)
    return result


def _left(title: _Title, other: _Title, kinds: frozenset[str]) -> list[_Token]:
    return [
        token
        for token in title.tokens
        if kinds.isdisjoint(token.kinds) and token.word not in other.said and other.said.isdisjoint(token.families)
    ]


def _one_name(unspaced: list[_Token], latin: list[_Token]) -> list[_Token]:
    """Tokens of two titles that spell one name in two scripts."""
    words = [token for token in latin if len(token.word) >= _NAME_LETTERS and token.word.isascii()]
    if not words:
        return []
    for at, token in enumerate(unspaced):
        opens = not at or unspaced[at - 1].start + 1 < token.start
        if not opens or not _UNSPACED.match(token.word):
            continue
        run = [token]
        for following in unspaced[at + 1 : at + _NAME_CHARACTERS]:
            if following.start > run[-1].start + 1:
                break
            run.append(following)
        for end in range(len(run), 1, -1):
            spelled = romanise("".join(part.word for part in run[:end])).replace(" ", "")
            alike = [word for word in words if ratio(spelled, word.word) >= _NAME_ALIKE]
            if alike:
                return [*run[:end], alike[0]]
    return []


def _read(title: str, language: str | None, brand: str) -> _Title:
    text = Text.of(title, language)
    known, named = known_words(text), kind.named(text)
    naming = [(*span, name) for name, spans in named.items() for span in spans]
    of_brand = set(_TOKEN.findall(fold(brand)))
    told = [(first, last) for first, last, names in known if _CONTAINER in names] + advertising(text)
    tokens, behind_number = [], False
    said = {name for *_, names in known for name in names}
    for found in _TOKEN.finditer(text.folded):
        word, (start, end) = found[0], found.span()
        said.add(word)
        # The word behind a number is its unit: "12 rollos".
        unit, behind_number = behind_number, any(letter.isdigit() for letter in word)
        single, syllable = _UNSPACED.match(word), text.language in _SYLLABIC
        short = not syllable and len(word) <= _SHORT
        if behind_number or word in of_brand or (not single and (unit or short)):
            continue
        if any(first <= start and end <= last for first, last in told):
            continue
        size = 0.25 if _KANA.match(word) else 0.5 if single or syllable else 1.0
        families = (names for first, last, names in known if first <= start and end <= last)
        kinds = frozenset(name for first, last, name in naming if first <= start and end <= last)
        tokens.append(_Token(word, start, size, frozenset[str]().union(*families), kinds))
    return _Title(tokens, frozenset(named), frozenset(said))
