"""The words of all lexicons are found in one pass, and are those that each would find by itself."""

import random
import tomllib
from pathlib import Path

import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from sku_align.attributes.families import FAMILIES, contrasts
from sku_align.attributes.lexicon import Lexicon, options
from sku_align.attributes.text import Text
from sku_align.attributes.variants import extract_variants
from sku_align.attributes.word_index import Word, WordIndex

_STEMS = st.text("ab1.'", min_size=1, max_size=4).filter(lambda stem: stem[0] in "ab1" and stem.strip("*") == stem)
_UNSPACED = st.text("茶白a", min_size=1, max_size=3).filter(lambda stem: stem[0] != "a")
_WORDS = st.builds(
    lambda parts, end: Word("\0".join(parts), end),
    st.lists(_STEMS, min_size=1, max_size=3),
    st.sampled_from(["", "behind", "before"]),
) | st.builds(lambda parts: Word("\0".join(parts)), st.lists(_UNSPACED, min_size=1, max_size=2))


def _by_pattern(words: list[Word], text: str) -> list[tuple[int, int]]:
    """Where an engine of patterns finds the words: at each place the longest, without overlaps."""
    pattern = re2.compile("|".join(word.pattern for word in words), options())
    return [match.span() for match in pattern.finditer(text)]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(_WORDS, min_size=1, max_size=4), min_size=1, max_size=3), st.text("ab1 -.'茶白", max_size=14))
def test_the_index_finds_what_a_pattern_of_each_lexicon_finds(lexicons: list[list[Word]], text: str) -> None:
    found = WordIndex(lexicons).places(text)
    assert [found.get(number, []) for number in range(len(lexicons))] == [_by_pattern(one, text) for one in lexicons]


def _titles(number: int) -> list[str]:
    """Titles of words that the contrasts know, spelled as shops do, with words between that mean nothing."""
    rng = random.Random(number)
    known = [
        word
        for path in sorted(contrasts.FOLDER.glob("*.toml"))
        for table in tomllib.loads(Path(path).read_text(encoding="utf-8")).values()
        for value in table.values()
        if isinstance(value, dict)
        for words in value.values()
        for word in words.split()
    ]

    def spelled(word: str) -> str:
        ending = rng.choice(["", "", "s", "en", "7"])
        word = word.rstrip("!").replace("*", ending)
        return rng.choice([word, word.title()]).replace("_", rng.choice([" ", "-", "", "  "]))

    loose = ["Zento 500", "for", "the", "(", ")", "2.5 kg", "red", "+", "pro", "用"]
    return [
        rng.choice([" ", " ", ", ", ""]).join(
            rng.choice(loose) if rng.random() < 0.3 else spelled(rng.choice(known)) for _ in range(rng.randint(1, 6))
        )
        for _ in range(number)
    ]


def test_titles_are_read_as_if_every_family_read_every_title() -> None:
    lexicons = {lexicon for family in FAMILIES.values() for lexicon in family.lexicons}
    assert len(lexicons) > 170
    for title in _titles(300):
        text = Text.of(title, "de")
        alone = {
            (name, value)
            for name, family in FAMILIES.items()
            if not family.hint
            or re2.search(family.hint, text.folded)
            or any(lexicon.values(text) for lexicon in family.lexicons)
            for value in family.extract(text)
        }
        assert extract_variants(title, "de") == sorted(alone), title


def test_a_lexicon_finds_the_same_alone_and_among_others() -> None:
    tea = Lexicon({"green": {"en": "green_tea", "de": "grun*"}, "black": {"en": "black_tea", "zh": "红茶"}})
    assert tea.values(Text.of("Green-tea, grüner Tee und 红茶")) == {"green", "black"}
    assert tea.values(Text.of("evergreen tea, black  tea")) == set()


def test_words_of_every_script_with_spaces_end_where_their_letters_do() -> None:
    chest = Lexicon({"cat": {"ru": "кот восстановлен*", "el": "γάτα", "ar": "قطة"}})
    assert chest.values(Text.of("Корм Кот", "ru")) == {"cat"}
    assert chest.values(Text.of("Который котик", "ru")) == set()
    assert chest.values(Text.of("Телефон восстановленный", "ru")) == {"cat"}
    assert chest.values(Text.of("ΓΑΤΑ", "el")) == chest.values(Text.of("طعام قطة", "ar")) == {"cat"}


def test_dotted_and_dotless_letters_of_turkish_and_thai_vowels_are_one_spelling() -> None:
    words = Lexicon({"red": {"tr": "kırmızı"}, "black": {"th": "ดำ"}})
    assert words.values(Text.of("KIRMIZI", "tr")) == words.values(Text.of("Kırmızı", "tr")) == {"red"}
    assert words.values(Text.of("เสื้อสีดำ", "th")) == {"black"}
