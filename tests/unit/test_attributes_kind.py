"""The attribute `kind`: which of several neighbouring things a title names, in any of twenty languages."""

from collections import defaultdict
from itertools import islice

import numpy as np
import pytest

from sku_align.attributes import compare
from sku_align.attributes.families import kind
from sku_align.attributes.text import Text
from tests.unit.titled import offers


def kinds(title: str, language: str = "en") -> set[str]:
    """Kinds of a title, without their contrasts."""
    return {value.partition("#=")[2] for value in kind.extract(Text.of(title, language))}


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Lunora Night Cream with ceramides 50 ml", "en"),
        ("LUNORA Nachtcreme 50ml", "de"),
        ("Lunora crème hydratante de nuit 50 ml", "fr"),
        ("Lunora nattkrem 50 ml", "no"),
        ("Lunora ナイトクリーム 50ml", "ja"),
        ("露诺拉 晚霜 50ml", "zh-Hans"),
        ("Lunora noční krémy 2x50 ml", "cs"),
        ("Лунора крем для лица ночной, 50 мл", "ru"),
        ("LUNORA GECE KREMİ 50 ML", "tr"),
        ("Lunora Kem Dưỡng Da Ban Đêm 50ml", "vi"),
        ("Lunora Overnight Cream 50 ml, parfümfrei", "de"),
    ],
)
def test_one_kind_is_the_same_in_every_language_and_in_english_titles_of_others(title: str, language: str) -> None:
    assert "day cream" not in kinds(title, language)
    assert "night cream" in kinds(title, language)


def test_words_of_a_wording_stand_in_any_order_but_near_each_other() -> None:
    assert "goose down duvet" not in kinds("Duvet cover with a print of a goose, suits every down or fibre filling")
    wordings = [row["en"].split("|")[0] for row in kind.rows() if len(row["en"].split("|")[0].split()) == 2]
    turned = [" ".join(reversed(wording.split())) for wording in wordings]
    missed = [text for text, wording in zip(turned, wordings, strict=True) if wording not in kinds(text)]
    assert len(missed) < 0.1 * len(wordings), missed[:10]


@pytest.mark.parametrize("step", [20, pytest.param(1, marks=pytest.mark.slow)])
def test_almost_every_wording_is_found_as_the_kind_that_it_names(step: int) -> None:
    """By itself a wording names its own kind; few are held by a longer one of the same contrast that says as much.

    All wordings take minutes, those of every twentieth row seconds.
    """
    missed = defaultdict(list)
    counted: dict[str, int] = defaultdict(int)
    for row in islice(kind.rows(), 0, None, step):
        name = f"{row['contrast']}#={row['en'].partition('|')[0]}"
        for language, cell in row.items():
            if language == "contrast":
                continue
            for wording in filter(None, cell.split("|")):
                counted[language] += 1
                if name not in kind.extract(Text.of(wording, language)):
                    missed[language].append(wording)
    assert len(counted) == 20
    for language, count in counted.items():
        assert len(missed[language]) < 0.02 * count, (language, missed[language][:10])


def test_the_longer_of_two_wordings_of_one_contrast_counts() -> None:
    assert kinds("Tagescreme", "de") == {"day cream"}
    assert {"day cream", "night cream"} <= kinds("Tagescreme und Nachtcreme im Set", "de")


def test_offers_agree_on_one_kind_and_conflict_on_two() -> None:
    """Across languages; a set of both conflicts with neither, and silence says nothing."""
    titles = [
        ("Lunora night cream 50 ml", "en"),
        ("Lunora Nachtcreme 50 ml", "de"),
        ("Lunora crème de jour 50 ml", "fr"),
        ("Lunora Tagescreme und Nachtcreme", "de"),
        ("Lunora 50 ml", "en"),
        ("Lunora noční krém 50 ml", "cs"),
        ("Lunora ночной крем 50 мл", "ru"),
        ("Lunora gündüz kremi 50 ml", "tr"),
        ("Lunora kem dưỡng ban ngày 50 ml", "vi"),
    ]
    pairs = [[0, 1], [0, 2], [1, 2], [0, 3], [2, 3], [0, 4], [1, 5], [5, 6], [2, 7], [7, 8], [6, 7], [5, 8]]
    said = compare(offers(*titles), np.array(pairs))["conflicts"].to_pylist()
    assert [bool(conflicts) for conflicts in said] == [False, True, True, *[False] * 7, True, True]
    assert "kind night cream against day cream" in said[1]


@pytest.mark.parametrize(
    ("title", "language", "kind"),
    [
        ("Lunora creme nutritive pour la nuit, 50 ml", "fr", "night cream"),
        ("Lunora krem odżywczy do twarzy na noc, 50 ml", "pl", "night cream"),
        ("Opakowanie kawy mielonej Lunora 500 g", "pl", "ground coffee"),
        ("Lunora cremas de noche 50 ml", "es", "night cream"),
        ("Peanut Butters, crunchy", "en", "crunchy peanut butter"),
        ("Vetmor náhradní hlavice zubního kartáčku, měkkého", "cs", "soft toothbrush"),
        ("Балио корма сухого для взрослых кошек 2 кг", "ru", "dry cat food"),
        ("Vetmor kışlık lastikleri 205/55 R16", "tr", "winter tyre"),
        ("Vetmor bardak seti, bira bardağı 6 adet", "tr", "beer glass"),
        ("Máy điều hoà Vetmor 9000 BTU", "vi", "air conditioner"),
    ],
)
def test_number_case_and_small_words_do_not_count(title: str, language: str, kind: str) -> None:
    assert kind in kinds(title, language)


def test_marks_of_vietnamese_tell_words_apart() -> None:
    """Without them a peach is a knife; where a tone stands in its syllable does not count."""
    assert kinds("Vetmor dao cắt bánh mì 20 cm", "vi") >= {"bread knife"}
    assert "peach yogurt" in kinds("Sữa chua Vetmor vị đào 100 g", "vi")
    assert "peach yogurt" not in kinds("Sữa chua Vetmor kèm dao 100 g", "vi")
    assert kinds("Máy điều hoà", "vi") == kinds("Máy điều hòa", "vi")


def test_words_that_say_the_same_stand_for_each_other() -> None:
    """A wording of the table that holds a word of a class is found with another word of the class in its place."""
    classes: dict[str, dict[str, str]] = defaultdict(dict)
    with kind.WORDS_PATH.open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            language, words = line.rstrip("\n").split("\t")
            first, *others = words.split("|")
            if " " not in words:
                classes[language][first] = others[0]
    assert len(classes) == 16
    for language in ("en", "de", "fr", "pl"):
        asked = missed = 0
        for row in kind.rows():
            spoken = row[language].split("|")[0].split()
            said = [classes[language].get(word, word) for word in spoken]
            if said != spoken:
                asked += 1
                name = f"{row['contrast']}#={row['en'].partition('|')[0]}"
                missed += name not in kind.extract(Text.of(" ".join(said), language))
        assert asked > 50, language
        assert missed < 0.05 * asked, (language, missed, asked)


def test_a_compound_is_read_as_the_words_that_it_is_made_of() -> None:
    """German and its neighbours write as one word what others write as two, with or without what joins them."""
    apart, together = kinds("Lunora Creme für die Nacht", "de"), kinds("Lunora Nachtcreme", "de")
    assert together <= apart | {"night cream"}
    assert "night cream" in together


def test_the_words_that_name_a_kind_are_known_by_their_places() -> None:
    """Of a phrase all words, in any script; what stands between them is none."""
    for title, language, words in (
        ("Vetmor: papel higiénico de 12 rollos", "es", {"papel", "higienico"}),
        ("ヴェトモル ナイトクリーム 50ml", "ja", {"ナイトクリーム"}),
        ("Lunora Tages- und Nachtcreme", "de", {"nachtcreme"}),
    ):
        text = Text.of(title, language)
        stood = [text.folded[start:end] for spans in kind.named(text).values() for start, end in spans]
        assert words <= set(stood), (title, stood)
        assert all(span.strip() == span for span in stood)
