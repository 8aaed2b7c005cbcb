"""Expressions over a few texts and over many give the same, so that a service and a run cut words alike."""

import unicodedata

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sku_align.attributes.identity import _NOT_IN_MPN
from sku_align.blocking.identifier import _PUNCTUATION
from sku_align.blocking.tokens import _APART, _BETWEEN_WORDS, _ONE_UNSPACED
from sku_align.patterns import Pattern

REPLACED = {
    "apart": (_APART, r" \1 "),
    "words": (_BETWEEN_WORDS, r" \1"),
    "mpn": (_NOT_IN_MPN, ""),
    "key": (_PUNCTUATION, ""),
}
CHARACTERS = st.one_of(st.sampled_from("a1.,- \n漢字かกé한"), st.characters(exclude_categories=["Cs"]))
TEXTS = st.text(CHARACTERS, max_size=20)


@pytest.mark.parametrize("name", REPLACED)
@given(texts=st.lists(st.one_of(st.none(), TEXTS), max_size=8))
def test_few_texts_are_replaced_as_many_are(name: str, texts: list[str | None]) -> None:
    pattern, replacement = REPLACED[name]
    column = pa.array(texts, pa.string())
    assert pattern.replace(column, replacement).equals(
        pc.replace_substring_regex(column, pattern.expression, replacement)
    )


@pytest.mark.parametrize("pattern", [_APART, _BETWEEN_WORDS, _NOT_IN_MPN, _ONE_UNSPACED], ids=lambda p: p.expression)
def test_every_character_belongs_to_the_same_class_as_in_re2(pattern: Pattern) -> None:
    every = [chr(code) for code in range(1, 0x110000) if unicodedata.category(chr(code)) != "Cs"]
    many = pattern.found(pa.array(every, pa.string()))
    compiled = pattern._compiled
    assert [compiled.search(character) is not None for character in every] == many.tolist()


def test_nulls_stay_and_are_nothing_found() -> None:
    column = pa.array(["a-1", None, "b"])
    assert _NOT_IN_MPN.replace(column, "").to_pylist() == ["a1", None, "b"]
    assert _NOT_IN_MPN.found(column).tolist() == [True, False, False]
