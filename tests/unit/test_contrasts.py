"""Contrasts of every domain are read in every language, tell siblings apart, and have no false friends."""

import pytest

from sku_align.attributes.families import FAMILIES
from sku_align.attributes.families.contrasts import FOLDER
from sku_align.attributes.lexicon import tables
from sku_align.attributes.variants import extract_variants
from tests.unit.contrasts import FALSE_FRIENDS, READ, SAME, SIBLINGS
from tests.unit.test_attribute_families import compared


@pytest.mark.parametrize(("family", "value", "language", "title"), READ)
def test_a_word_is_read_in_its_language_and_as_nothing_else(family: str, value: str, language: str, title: str) -> None:
    found = {own for name, own in extract_variants(title, language) if name == family}
    # A family of "key=value" reads several keys in one title.
    assert value in found and ("=" in value or found == {value})


@pytest.mark.parametrize(("language", "title", "other", "translated"), SAME)
def test_two_titles_of_one_product_agree(language: str, title: str, other: str, translated: str) -> None:
    pair = compared(title, translated, language, other)
    agree = {name for name, signal in pair.attributes.items() if signal[0] > 0}
    apart = {name for name, signal in pair.attributes.items() if signal[0] < 0}
    assert agree and apart | {name for name, silent in pair.telling_silence.items() if silent[0]} == set()


@pytest.mark.parametrize(("family", "language", "left", "right"), SIBLINGS)
def test_two_siblings_conflict_whichever_comes_first(family: str, language: str, left: str, right: str) -> None:
    for pair in (compared(left, right, language), compared(right, left, language)):
        silent = pair.telling_silence.get(family)
        assert pair.attributes[family][0] < 0 or (silent is not None and silent[0])


@pytest.mark.parametrize(("family", "language", "title"), FALSE_FRIENDS)
def test_a_word_of_another_meaning_is_not_read(family: str, language: str, title: str) -> None:
    assert family in FAMILIES
    assert family not in dict(extract_variants(title, language))


def test_no_name_stands_for_two_families() -> None:
    files = [set(tables(file)) for file in FOLDER.glob("*.toml")]
    assert sum(map(len, files)) == len(set().union(*files)) == len(set().union(*files) & FAMILIES.keys())
