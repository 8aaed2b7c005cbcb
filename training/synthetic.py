"""Products made of category names or kinds, invented names and attributes, for languages and trades without labels."""

import csv
import gzip
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from sku_align.scoring.scorers.encoder_text import offer_text
from training.kinds import UNSAID, Contrast, contrasts, contrasts_without, draw_siblings, say, say_both, unsaid
from training.names import invent, spell
from training.siblings import change_siblings
from training.variants import lexicon

_LANGUAGE_OF_COLUMN = {"zh-CN": "zh-Hans", "pt-PT": "pt", "pt-BR": "pt", "ja-JP": "ja", "no-NO": "no"}
_COUNT_WORDS = {
    "en": ["{} pack", "pack of {}", "{} pcs", "x {}", "{} ct"],
    "de": ["{} Stück", "{}er Pack", "{} St"],
    "fr": ["lot de {}", "{} pièces"],
    "es": ["{} unidades", "pack de {}"],
    "it": ["{} pezzi", "confezione da {}"],
    "pt": ["{} unidades"],
    "nl": ["{} stuks"],
    "pl": ["{} szt", "{} szt."],
    "fi": ["{} kpl"],
    "sv": ["{} st", "{}-pack"],
    "da": ["{} stk", "{}-pak"],
    "no": ["{} stk", "{}-pakning"],
    "zh-Hans": ["{}片", "{}粒", "{}个", "*{}", "{}件装"],
    "zh-Hant": ["{}片裝", "{}個", "x {}", "{}粒"],
    "ja": ["{}個", "{}個入り", "{}錠", "×{}"],
    "ko": ["{}개", "{}개입", "{}정"],
}
_MEASURES = {
    "{} GB": [16, 32, 64, 128, 256, 512],
    "{} GB + {} GB": [4, 6, 8, 12, 16],
    "{} mg": [5, 10, 25, 50, 100, 250, 500],
    "{} g": [15, 20, 50, 100, 250],
    "{} ml": [10, 50, 100, 250, 500, 750],
    "{} cm": [20, 30, 45, 60, 80],
    '{}"': [13, 15, 24, 27, 32, 55],
    "{} W": [5, 10, 40, 60, 100],
    "{} mAh": [2000, 4000, 5000],
    "{}.0": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    "v{}": [1, 2, 3, 4, 5, 8, 10],
    "20{:02d}": [3, 4, 5, 6, 7, 8, 16, 19, 20, 21, 22, 23],
    "{} mm": [3, 5, 8, 12],
    "{} kg": [1, 2, 5, 10],
    "{} L": [1, 2, 5],
    "{} TB": [1, 2, 4],
    "{} MHz": [100, 400, 800],
    "{} user": [1, 3, 5, 10],
    "{} %": [1, 2, 5, 10],
}
# The same size in another unit: template -> (factor, template of the other unit).
_OTHER_UNITS = {
    "{} g": [(0.001, "{} kg"), (1 / 28.3495, "{} oz"), (1000.0, "{} mg")],
    "{} kg": [(1000.0, "{} g"), (2.0, "{}斤"), (2.20462, "{} lb")],
    "{} ml": [(0.001, "{} l"), (0.1, "{} cl"), (1 / 29.5735, "{} fl oz")],
    "{} L": [(1000.0, "{} ml"), (10.0, "{} dl"), (100.0, "{} cl")],
    "{} cm": [(10.0, "{} mm"), (0.01, "{} m"), (1 / 2.54, "{} in")],
    "{} mm": [(0.1, "{} cm")],
    "{} TB": [(1024.0, "{} GB")],
}
# Three of four invented pairs are made of kinds, whose siblings are nearer to each other than those of a taxonomy.
KINDS_SHARE = 0.75
_COUNTS = [2, 3, 4, 5, 6, 8, 10, 12, 14, 20, 21, 24, 28, 30, 36, 48, 50, 60, 100, 120]
Titles = tuple[str, str]


def _language(tag: str) -> str:
    return _LANGUAGE_OF_COLUMN.get(tag, tag if tag.startswith("zh") else tag.split("-")[0])


def _attribute(languages: Titles, known: Sequence[Contrast], chance: random.Random, differ: bool) -> Titles:
    """Return one attribute in two languages, alike or different."""
    draw = chance.random()
    if draw < 0.2:
        kinds = draw_siblings(known, chance)
        first_said, second_said = (
            say(kinds[side if differ else 0], language, chance) for side, language in enumerate(languages)
        )
        return ("", "") if differ and first_said.lower() == second_said.lower() else (first_said, second_said)
    if draw < 0.5:
        kind, word = chance.choice(lexicon())
        other = word
        if differ:
            other = chance.choice(
                [words for of_kind, words in lexicon() if of_kind == kind and words is not word] or [word]
            )
        found = (word.get(languages[0], word["en"]), other.get(languages[1], other["en"]))
        return ("", "") if differ and (other is word or found[0].lower() == found[1].lower()) else found
    if draw < 0.7:
        first, second = chance.sample(_COUNTS, 2)
        templates = [chance.choice(_COUNT_WORDS.get(language, _COUNT_WORDS["en"])) for language in languages]
        return templates[0].format(first), templates[1].format(second if differ else first)
    template, values = chance.choice(list(_MEASURES.items()))
    if template.count("{}") == 2:
        memory, (storage, fresh) = chance.choice(values), chance.sample([64, 128, 256, 512], 2)
        sides = [template.format(memory, storage), template.format(memory, fresh if differ else storage)]
        sides = [side.replace(" + ", chance.choice(["+", "/", " + "])) for side in sides]
    else:
        first, second = chance.sample(values, 2)
        sides = [template.format(first), template.format(second if differ else first)]
        if template in _OTHER_UNITS and chance.random() < 0.4:
            factor, other_unit = chance.choice(_OTHER_UNITS[template])
            value = (second if differ else first) * factor
            sides[1] = other_unit.format(f"{value:.3g}" if value < 1000 else f"{value:.0f}")
    spaced = [chance.random() < 0.5 for _ in sides]
    return tuple(side if space else side.replace(" ", "") for side, space in zip(sides, spaced, strict=True))  # type: ignore[return-value]


def add_attributes(
    titles: Titles, languages: Titles, same: bool, known: Sequence[Contrast], chance: random.Random
) -> tuple[Titles, bool]:
    """Append one to three attributes to both titles; where one of them differs, the products do.

    Args:
        titles: Both titles.
        languages: Language of each.
        same: Whether they name one product.
        known: Contrasts of which a kind may be an attribute.
        chance: What draws.

    Returns:
        The titles and whether they still name one product (never more than `same` did).
    """
    differ_at = chance.randrange(3) if same and chance.random() < 0.6 else -1
    for place in range(max(chance.randint(1, 2), differ_at + 1)):
        words = _attribute(languages, known, chance, place == differ_at)
        if place == differ_at:
            if not all(words):
                continue
            same = False
        front = chance.random() < 0.15
        titles = tuple(  # type: ignore[assignment]
            title
            if not word
            else f"{word} {title}"
            if front
            else f"{title}{chance.choice([' ', ' ', ', ', ' - '])}{word}"
            for title, word in zip(titles, words, strict=True)
        )
    return titles, same


class SyntheticProducts:
    """Draws pairs of invented products in two languages: a category, a brand, at times a line, and attributes.

    Args:
        folder: The taxonomies.
        without: Fold of contrasts that no pair shows.
    """

    def __init__(self, folder: Path, without: int | None = None) -> None:
        self.kinds = contrasts_without(without)
        self._categories: list[dict[str, str]] = []
        self._siblings: dict[str, list[int]] = defaultdict(list)
        for path in sorted(folder.glob("*.csv.gz")):
            with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
                for row in csv.DictReader(lines):
                    row.pop("category_id")
                    english = row.get("en") or row.get("en-US") or ""
                    names = {_language(tag): name.split(">")[-1].strip() for tag, name in row.items() if name}
                    self._siblings[english.rpartition(">")[0]].append(len(self._categories))
                    self._categories.append({**names, "parent": english.rpartition(">")[0]})

    def texts(self) -> list[str]:
        """Return every category name and kind, for choosing the vocabulary."""
        kinds = (kind for siblings in contrasts() for kind in siblings)
        said = [wording for kind in kinds for wordings in kind.values() for wording in wordings]
        return said + [name for category in self._categories for tag, name in category.items() if tag != "parent"]

    def draw(self, chance: random.Random) -> tuple[str, str, float, bool]:
        """Draw one pair of texts, its label, and whether it is one of kinds."""
        of_kinds = chance.random() < KINDS_SHARE
        names, languages, label = self._kinds(chance) if of_kinds else self._named(chance)
        brand, line = invent(chance), invent(chance) if chance.random() < 0.4 else None
        other_brand, other_line = brand, line
        draw = chance.random()
        if draw < 0.1:
            other_brand, label = invent(chance), 0.0
        elif draw < 0.2 and line:
            other_line, label = invent(chance), 0.0
        titles: Titles = tuple(  # type: ignore[assignment]
            f"{spell(of_line, language, chance)} {title}" if of_line else title
            for of_line, language, title in zip((line, other_line), languages, names, strict=True)
        )
        same = label > 0
        titles, same = add_attributes(titles, languages, same, self.kinds, chance)
        titles, same = change_siblings(titles, languages, same, chance)
        brands = spell(brand, languages[0], chance), spell(other_brand, languages[1], chance)
        if chance.random() < 0.5:
            shown = list(zip(titles, brands, strict=True))
        else:
            shown = [(f"{brand} {title}", "") for title, brand in zip(titles, brands, strict=True)]
        left, right = (
            offer_text(title, brand, language=language)
            for (title, brand), language in zip(shown, languages, strict=True)
        )
        return left, right, label if same else 0.0, of_kinds

    def _named(self, chance: random.Random) -> tuple[Titles, Titles, float]:
        """Name one category, or two of one parent, in two languages."""
        category = chance.choice(self._categories)
        tags = sorted(tag for tag in category if tag != "parent")
        languages = (chance.choice(tags), chance.choice(tags))
        other = category
        if chance.random() < 0.3:
            other = self._categories[chance.choice(self._siblings[category["parent"]])]
        first, second, equal = category[languages[0]], other.get(languages[1], ""), category[languages[1]]
        return (first, second or equal), languages, float(second in ("", equal))

    def _kinds(self, chance: random.Random) -> tuple[Titles, Titles, float]:
        """Say one kind, or two of one contrast, or one and what leaves it open, in two languages."""
        first, second = draw_siblings(self.kinds, chance)
        tags = sorted(first)
        languages = (chance.choice(tags), chance.choice(tags))
        left, equal, other = say_both(first, second, languages, chance)
        draw = chance.random()
        if draw < 0.42 and other.lower() not in (left.lower(), equal.lower()):
            return (left, other), languages, 0.0
        if draw < 0.5 and (open_ := unsaid(first, second, languages[1])):
            return (left, open_), languages, UNSAID
        return (left, equal), languages, 1.0
