"""Training data: no product on both sides, changed products really changed, texts that read as offers."""

import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sku_align import schema
from training.fit_calibration import QuantileMatched
from training.groups import DEV, TEST, TRAIN, Components, check_no_leak, side
from training.kinds import contrasts
from training.names import Renamer, invent, spell
from training.offers import Offer
from training.raw_scores import StoredScores, collect, pair_keys
from training.rendering import Fields, draw_fields, render
from training.siblings import NOISE, change_siblings, phrases
from training.synthetic import add_attributes
from training.variants import NUMBER, applicable, change_code, change_number, lexicon, mine_swaps, swap_word

OFFER = Offer("shop", "shop-en", "en", "Cola 330 ml x 6", "Fizz", "Food > Drinks", 4.5, "EUR", "Cold.", "p1", "g1")


def test_a_product_on_both_sides_of_the_split_is_refused() -> None:
    other = replace(OFFER, title="Cola, sixpack", group="g2")
    with pytest.raises(ValueError, match=r"1 held-back offers stand in training too, such as p1 \(Cola, sixpack\)"):
        check_no_leak([OFFER], [other])


def test_a_group_or_a_wording_on_both_sides_is_refused_too() -> None:
    with pytest.raises(ValueError, match="held-back"):
        check_no_leak([OFFER], [replace(OFFER, title="Lemonade", product="p2")])
    with pytest.raises(ValueError, match="held-back"):
        check_no_leak([OFFER], [replace(OFFER, title="COLA 330  ml x 6", product="p2", group="g2")])


def test_other_products_may_be_held_back() -> None:
    check_no_leak([OFFER], [replace(OFFER, title="Lemonade", product="p2", group="g2")])


def test_the_split_depends_on_the_group_alone_and_has_the_promised_shares() -> None:
    sides = [side(f"group {number}") for number in range(4000)]
    assert sides == [side(f"group {number}") for number in range(4000)]
    assert abs(sides.count(TRAIN) / 4000 - 0.7) < 0.03
    assert abs(sides.count(DEV) / 4000 - 0.1) < 0.03
    assert abs(sides.count(TEST) / 4000 - 0.2) < 0.03


def test_components_have_the_same_name_whatever_the_order() -> None:
    links = [("d", "c"), ("b", "a"), ("c", "b")]
    names = []
    for order in (links, links[::-1]):
        components = Components()
        for pair in order:
            components.join(*pair)
        names.append([components.find(name) for name in "abcd"])
    assert names == [["a"] * 4] * 2


def test_words_that_set_variants_apart_are_read_off_titles_and_swapped() -> None:
    swaps = mine_swaps(["Soda can lemon 330 ml", "Soda can orange 330 ml", "Bread sliced 500 g"])
    assert swaps == {"lemon": ["orange"], "orange": ["lemon"]}
    words = applicable("Lemon cake 1 kg", swaps)
    assert swap_word("Lemon cake 1 kg", words, swaps, random.Random(0)) == "orange cake 1 kg"
    assert swap_word("Bread", applicable("Bread", swaps), swaps, random.Random(0)) is None


def test_only_a_number_that_both_titles_show_is_changed() -> None:
    changed = {change_number("汽水 330毫升", "Soda 330 ml", random.Random(seed)) for seed in range(20)} - {None}
    assert changed
    assert all("330" not in NUMBER.findall(str(title)) for title in changed)
    assert change_number("汽水 500毫升", "Soda 330 ml", random.Random(0)) is None


def test_a_model_code_is_changed_by_one_character_where_the_other_side_shows_it() -> None:
    changed = change_code("Camera DSC-W150", "dscw150 camera", random.Random(3))
    assert changed is not None
    assert sum(a != b for a, b in zip(changed, "Camera DSC-W150", strict=True)) == 1
    assert change_code("Camera DSC-W150", "another camera", random.Random(3)) is None


def test_added_attributes_either_agree_or_make_two_products() -> None:
    outcomes = set()
    for seed in range(200):
        titles, same = add_attributes(("Phone", "手机"), ("en", "zh-Hans"), True, contrasts(), random.Random(seed))
        assert titles != ("Phone", "手机") or same
        outcomes.add(same)
        assert not add_attributes(("Phone", "Tablet"), ("en", "en"), False, contrasts(), random.Random(seed))[1]
    assert outcomes == {True, False}


def test_the_lexicon_has_a_word_in_every_language() -> None:
    assert len(lexicon()) > 80
    assert all(all(words.values()) and len(words) == 16 for _, words in lexicon())


def test_an_offer_is_written_in_many_ways_that_all_keep_its_numbers() -> None:
    chance = random.Random(1)
    texts = {render(OFFER, OFFER.title, draw_fields(chance), chance) for _ in range(200)}
    assert len(texts) > 30
    assert all("330" in text and "6" in text for text in texts)
    bare = render(OFFER, OFFER.title, Fields(False, False, False, False), random.Random(5))
    assert "Fizz" not in bare
    assert "4.5" not in bare


def test_no_word_of_a_title_is_dropped_on_one_side_of_a_match() -> None:
    chance, title = random.Random(3), "Vekta Turbo 18X (Renewed) Hair Dryer [UK plug] 2 nozzles"
    words = sorted(re.findall(r"\w+", title.lower()))
    for _ in range(300):
        written = render(replace(OFFER, title=title), title, Fields(False, False, False, False), chance)
        assert sorted(re.findall(r"\w+", written.lower())) == words


def test_a_phrase_on_one_side_makes_a_sibling_and_advertising_does_not() -> None:
    outcomes = Counter()
    for seed in range(2000):
        chance = random.Random(seed)
        (left, right), same = change_siblings(("Vekta 500", "Vekta 500"), ("en", "de"), True, chance)
        said = {side: text.replace("Vekta 500", "").strip() for side, text in (("left", left), ("right", right))}
        outcomes[bool(said["left"]), bool(said["right"]), same] += 1
        noise = {row[lang].replace("{}", "").strip() for row in phrases()[NOISE] for lang in ("en", "de")}
        advertised = all(not word or word in noise or word.strip("() -") in noise for word in said.values())
        assert same or not advertised
        assert change_siblings(("a", "b"), ("ja", "zh-Hant"), False, random.Random(seed))[1] is False
    assert outcomes[False, True, False] > 100
    assert outcomes[True, True, True] > 100
    assert outcomes[False, True, True] > 20
    assert outcomes[True, False, False] == 0


def test_every_phrase_stands_in_every_language_around_the_title() -> None:
    for family, rows in phrases().items():
        for row in rows:
            assert len(row) == 16
            assert all(text.count("{}") == 1 and text.strip() != "{}" for text in row.values()), (family, row)


def test_the_same_size_in_another_unit_stays_the_same_size() -> None:
    pairs = {
        add_attributes(("A", "B"), ("en", "de"), False, contrasts(), random.Random(seed))[0] for seed in range(4000)
    }
    shown = {(re.sub(r"^A[ ,-]*", "", left), re.sub(r"^B[ ,-]*", "", right)) for left, right in pairs}
    assert {(left.replace(" ", ""), right.replace(" ", "")) for left, right in shown} & {
        ("500ml", "0.5l"),
        ("250g", "0.25kg"),
    }


def test_a_pair_with_other_names_is_the_same_product_unless_only_one_side_has_them() -> None:
    renamer, left, right = Renamer(["lamp"] * 9), "Vekta lamp 40 W | 12 EUR", "VEKTA desk lamp 40 W | 12 EUR"
    kinds = set()
    for seed in range(300):
        one, other, label = renamer.rename(left, right, 1.0, random.Random(seed))
        # A word of every offer is not a name, nor is a unit or a currency.
        assert one.endswith("lamp 40 W | 12 EUR")
        assert other.endswith("desk lamp 40 W | 12 EUR")
        names = one.split()[0].lower(), other.split()[0].lower()
        if one != left:
            assert names[0] == names[1] != "vekta"
            assert label
        else:
            assert bool(label) == (names[1] == "vekta")
        kinds.add((one != left, other != right, label))
        assert renamer.rename(left, right, 0.0, random.Random(seed))[2] == 0.0
        # Whether a name that one side lacks is a brand or tells a sibling apart cannot be seen, so none is dropped.
        assert len(other.split()) == len(right.split())
    assert kinds == {(True, True, 1.0), (False, True, 0.0), (False, False, 1.0)}


def test_shared_codes_and_stretches_of_other_scripts_get_new_ones_on_both_sides() -> None:
    renamer, chance = Renamer([]), random.Random(1)
    for _ in range(20):
        one, other, _ = renamer.rename("TX-450b 加湿器大", "加湿器 tx450b", 1.0, chance)
        stretch = other.split()[0]
        assert stretch != "加湿器"
        assert stretch in one
        code = one.split()[0]
        assert code[2] == "-" and code.replace("-", "").lower() == other.split()[1].lower()
        assert [c.isdigit() for c in code] == [c.isdigit() for c in "TX-450b"]


def test_an_invented_name_is_spelled_in_the_script_of_its_language() -> None:
    chance = random.Random(2)
    for language, letters in {
        "ja": r"[ァ-ヴー]+",
        "ko": r"[가-힣]+",
        "zh-Hans": r"[一-鿿]+",
        "de": "[A-Z][a-z]+",
    }.items():
        spelled = {spell(invent(chance), language, chance) for _ in range(50)}
        assert all(re.fullmatch(letters, name) or re.fullmatch("[A-Z][a-z]+", name) for name in spelled)
        assert any(re.fullmatch(letters, name) for name in spelled)


def test_scores_of_a_less_sure_model_are_spread_as_those_of_the_shipped_one() -> None:
    sure = np.random.default_rng(0).normal(0, 3, 2000).astype(np.float32)

    class LessSure:
        def score(self, offers: object, pairs: np.ndarray) -> np.ndarray:
            return sure[pairs[:, 0]] / 3 + 1

    everything = np.arange(2000)[:, None].repeat(2, axis=1)
    stretched = QuantileMatched(LessSure(), None, everything, sure).score(None, everything)  # type: ignore[arg-type]
    inside = np.abs(sure) < 6
    np.testing.assert_allclose(stretched[inside], sure[inside], atol=0.15)
    assert (np.diff(stretched[np.argsort(sure)]) >= 0).all()


def test_stored_scores_are_those_of_the_texts_and_a_pair_that_was_not_collected_is_an_error(tmp_path: Path) -> None:
    rows = [{"catalog": "a", "offer_id": str(n), "title": title} for n, title in enumerate(("Lamp", "Lampe", "Chair"))]
    offers = schema.conform(rows, schema.OFFERS)
    pairs = np.array([[0, 1], [1, 0], [0, 2]])
    assert collect([(offers, pairs), (offers, pairs[:1])], tmp_path) == 3
    keys = pair_keys(offers, pairs)
    order = np.argsort(keys)
    np.savez(tmp_path / "scores.npz", keys=keys[order], raw=np.array([3.0, 2.0, -5.0])[order])
    stored = StoredScores(tmp_path / "scores.npz", "bundled test")
    assert stored.score(offers, pairs[::-1]).tolist() == [-5.0, 2.0, 3.0]
    with pytest.raises(KeyError, match="1 of 2 pairs have no stored score"):
        stored.score(offers, np.array([[0, 1], [2, 1]]))
