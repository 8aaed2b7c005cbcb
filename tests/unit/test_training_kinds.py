"""Kinds that exclude each other stand in every language of the model, and no wording serves two siblings."""

import random
from collections import Counter

from training.kinds import UNSAID, contrasts, draw_siblings, say, unsaid
from training.siblings import phrases

LANGUAGES = set(next(iter(phrases().values()))[0])


def test_every_kind_has_words_in_every_language_and_shares_none_with_a_sibling() -> None:
    """A cell that two siblings share would teach that they are one product."""
    for siblings in contrasts():
        assert len(siblings) >= 2
        for language in LANGUAGES:
            said = Counter(wording.lower() for kind in siblings for wording in {*kind[language]})
            assert all(said), (siblings[0]["en"], language)
            assert set(said.values()) == {1}, (siblings[0]["en"], language, said.most_common(1))


def test_drawn_siblings_are_two_kinds_and_are_said_in_the_language_asked_for() -> None:
    """Drawing never gives one kind twice."""
    chance = random.Random(3)
    for _ in range(300):
        first, second = draw_siblings(contrasts(), chance)
        assert first is not second
        assert say(first, "ja", chance) in first["ja"]
        assert say(first, "xx", chance) in first["en"]


def test_what_leaves_a_kind_open_names_neither_sibling() -> None:
    """The words that two siblings share are their head; where they share none, nothing is left."""
    dry = {"en": ["shampoo for dry hair"]}
    oily = {"en": ["shampoo for oily hair"]}
    salt = {"en": ["sea salt"]}
    assert unsaid(dry, oily, "en") == "shampoo for hair"
    assert unsaid(dry, salt, "en") == ""
    assert 0 < UNSAID < 0.5
