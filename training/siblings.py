"""Makes siblings of a product by what one title says and the other does not, and listings that only advertise louder.

A reranker that is trained on pairs in which words vanish from one side learns that a word on one side means nothing. It
then takes the refill for the dispenser, the used phone for the new one and 18X for 18. Here the two kinds of words are
told apart: `siblings.tsv` holds phrases that make another product where they stand on one side only (condition, part
for it, refill, bundle, service, sample, model suffix), and advertising that changes nothing, in sixteen languages.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sku_align.attributes import advertising
from training.variants import lexicon
from training.word_tables import rows_of

NOISE = "noise"
# Of pairs with more words on one side, those whose words say what the thing comes in: a shop names the bottle or not.
_CONTAINER_SHARE = 0.4
# Of pairs with more words on one side, those with some more.
_TWICE = 0.35
# Share of drawn model suffixes: 30 of the 68 rows, which would drown the other families if rows were drawn alike.
_SUFFIX_SHARE = 0.2
_BRACKETED = 0.25

Titles = tuple[str, str]
Phrase = Mapping[str, str]


@lru_cache(maxsize=1)
def phrases() -> Mapping[str, Sequence[Phrase]]:
    """Templates by family, each a mapping of language to a text with `{}` where the title goes."""
    found: dict[str, list[Phrase]] = defaultdict(list)
    for row in rows_of("siblings"):
        found[row.pop("family")].append(row)
    found[NOISE] += [{language: f"{{}} {words}" for language, words in row.items()} for row in advertising.rows()]
    return found


@lru_cache(maxsize=1)
def _containers() -> list[Phrase]:
    return [words for kind, words in lexicon() if kind == "container"]


def draw_phrase(chance: random.Random) -> Phrase:
    """Draw a phrase that makes another product of one, families alike but for the model suffixes."""
    families = sorted(set(phrases()) - {NOISE})
    family = "suffix" if chance.random() < _SUFFIX_SHARE else chance.choice(families)
    return chance.choice(phrases()[family])


def write_phrase(phrase: Phrase, title: str, language: str, chance: random.Random) -> str:
    """Write a phrase around a title in the title's language, at times with what stands after it in brackets."""
    template = phrase.get(language) or phrase["en"]
    front, _, back = template.partition("{}")
    if back.strip() and not front and chance.random() < _BRACKETED and not set(back) & set("()[]【】+"):
        back = f" ({back.strip(' -')})" if chance.random() < 0.7 else f" - {back.strip(' -')}"
    return f"{front}{title}{back}".strip()


def one_sided(titles: Titles, languages: Titles, chance: random.Random) -> Titles:
    """Make the second title a sibling's: what it says more makes it another product."""
    return titles[0], write_phrase(draw_phrase(chance), titles[1], languages[1], chance)


def both_sided(titles: Titles, languages: Titles, chance: random.Random) -> Titles:
    """Say the same phrase on both sides, each in its language: what the two titles were to each other they stay."""
    phrase = draw_phrase(chance)
    left, right = (write_phrase(phrase, *side, chance) for side in zip(titles, languages, strict=True))
    return left, right


def advertised(titles: Titles, languages: Titles, chance: random.Random) -> Titles:
    """Add to one side what makes no other product: advertising, at times another one to each, or what it comes in."""
    sides = list(titles)
    if chance.random() < _CONTAINER_SHARE:
        side, words = chance.randrange(2), chance.choice(_containers())
        container = words.get(languages[side], words["en"])
        sides[side] = f"{sides[side]}{chance.choice([' ', ' ', ', '])}{container}"
        return sides[0], sides[1]
    for side in (0, 1) if chance.random() < 0.2 else (chance.randrange(2),):
        phrase = chance.choice(phrases()[NOISE])
        sides[side] = write_phrase(phrase, sides[side], languages[side], chance)
    return sides[0], sides[1]


def change_siblings(titles: Titles, languages: Titles, same: bool, chance: random.Random) -> tuple[Titles, bool]:
    """Make siblings, or the same with more words, of a pair.

    Args:
        titles: Both titles.
        languages: Language of each.
        same: Whether they name one product.

    Returns:
        The titles and whether they still name one product (never more than `same` did).
    """
    draw = chance.random()
    if draw < 0.10:
        return one_sided(titles, languages, chance), False
    if draw < 0.16:
        return both_sided(titles, languages, chance), same
    if draw < 0.32:
        titles = advertised(titles, languages, chance)
        return advertised(titles, languages, chance) if chance.random() < _TWICE else titles, same
    return titles, same
