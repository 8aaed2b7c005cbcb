"""Kinds that exclude each other stand in every language of the model, and no wording serves two siblings."""

import random
from collections import Counter

from training.invented_runs import PRODUCTS, make_run
from training.kinds import FOLDS, UNSAID, contrasts, contrasts_without, draw_siblings, say, unsaid
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
        assert any(say(first, "ja", chance) in first["ja"] for _ in range(20))
        assert say(first, "xx", chance) in first["en"]


def test_what_leaves_a_kind_open_names_neither_sibling() -> None:
    """The words that two siblings share are their head; where they share none, nothing is left."""
    dry = {"en": ["shampoo for dry hair"]}
    oily = {"en": ["shampoo for oily hair"]}
    salt = {"en": ["sea salt"]}
    assert unsaid(dry, oily, "en") == "shampoo for hair"
    assert unsaid(dry, salt, "en") == ""
    assert 0 < UNSAID < 0.5


def test_folds_share_no_contrast_and_leave_none_out() -> None:
    """A model that leaves out a fold has met every kind of the others and none of its own."""
    folds = [contrasts(fold) for fold in range(FOLDS)]
    assert all(folds)
    assert sum(map(len, folds)) == len(contrasts()) == len({id(each) for fold in folds for each in fold})
    for fold, kinds in enumerate(folds):
        assert sorted(map(id, [*kinds, *contrasts_without(fold)])) == sorted(map(id, contrasts()))


def test_a_run_of_invented_siblings_knows_which_pairs_are_one_product() -> None:
    """Only pairs of one number may be one product, about as many as the shops share, and the two languages differ."""
    known, share = contrasts(0)[:6], 0.5
    made = make_run(known, share, None, random.Random(4)).pairs
    offers, (left, right) = made.offers.to_pylist(), made.rows.T.tolist()
    same = [offers[at]["offer_id"] == offers[to]["offer_id"] for at, to in zip(left, right, strict=True)]
    assert len({offer["language"] for offer in offers}) == 2
    assert len(offers) == 2 * PRODUCTS * len(known)
    assert 0 < made.labels.sum() < sum(same)
    assert not any(label and not one for label, one in zip(made.labels.tolist(), same, strict=True))


def test_a_kind_is_said_with_words_that_say_the_same() -> None:
    said = {say({"en": ["Garbage tin"]}, "en", random.Random(seed)) for seed in range(60)}
    assert said >= {"Garbage tin", "rubbish tin"}
    assert all(len(wording) < 20 for wording in said)
    assert {say({"en": ["qwertz"]}, "en", random.Random(seed)) for seed in range(20)} == {"qwertz"}
