"""What titles of one kind of thing say beside it: words that neither the other one nor an attribute of both explains.

"Papel higiénico 12 rollos" and "Carta igienica 12 rotoli" name one kind and one count, and no word is left over; a
plain yoghurt and a yoghurt "senza lattosio" name one kind, and one word is. Counts are rough: a kana is a quarter of a
word, another character of a script without spaces half a word, and short words of spaced scripts count as none.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.attributes.families import kind
from sku_align.attributes.text import Text, fold
from sku_align.attributes.variants import known_words

_TOKEN = re.compile(r"[぀-ヿ㐀-鿿가-힯]|[^\W_぀-ヿ㐀-鿿가-힯]+")
_KANA = re.compile(r"[぀-ヿ]")
_UNSPACED = re.compile(r"[぀-ヿ㐀-鿿가-힯]")
# Words of up to three letters are mostly articles and prepositions; chosen by eye.
_SHORT = 3


class _Title(NamedTuple):
    """The tokens of a title that are neither numbers nor brand.

    Attributes:
        words: The tokens, folded.
        sizes: How much of a word each is.
        families: The families of attributes that know each.
        kinds: Kind -> numbers of the tokens that name it.
        said: All tokens of the title, and the names of the families that know any.
    """

    words: list[str]
    sizes: list[float]
    families: list[frozenset[str]]
    kinds: Mapping[str, frozenset[int]]
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
        if shared := one.kinds.keys() & other.kinds.keys():
            result[at] = max(_left(one, other, shared), _left(other, one, shared))
    return result


def _left(title: _Title, other: _Title, kinds: set[str]) -> float:
    named = frozenset[int]().union(*(title.kinds[each] for each in kinds))
    return sum(
        size
        for at, (word, size, families) in enumerate(zip(title.words, title.sizes, title.families, strict=True))
        if at not in named and word not in other.said and families.isdisjoint(other.said)
    )


def _read(title: str, language: str | None, brand: str) -> _Title:
    text = Text.of(title, language)
    known = known_words(text)
    of_brand = set(_TOKEN.findall(fold(brand)))
    words, sizes, families, spans, behind_number = [], [], [], [], False
    said = {name for *_, names in known for name in names}
    for token in _TOKEN.finditer(text.folded):
        word, (start, end) = token[0], token.span()
        said.add(word)
        # The word behind a number is its unit: "12 rollos".
        unit, behind_number = behind_number, any(letter.isdigit() for letter in word)
        single = _UNSPACED.match(word)
        if behind_number or word in of_brand or (not single and (unit or len(word) <= _SHORT)):
            continue
        words.append(word)
        families.append(
            frozenset[str]().union(*(names for first, last, names in known if first <= start and end <= last))
        )
        sizes.append(0.25 if _KANA.match(word) else 0.5 if single else 1.0)
        spans.append((start, end))
    kinds = {
        name: frozenset(
            at for at, (start, end) in enumerate(spans) if any(first <= start and end <= last for first, last in parts)
        )
        for name, parts in kind.named(text).items()
    }
    return _Title(words, sizes, families, kinds, frozenset(said))
