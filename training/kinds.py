"""Kinds of products that exclude each other ("day cream", "night cream"), phrases of sixteen languages.

Which words separate siblings is an open class: labelled sets show few of them, and a reranker that has never met a kind
takes the head noun, the brand and the size that two siblings share for the whole product. Rows of one contrast are
siblings, cells of one row are one kind, and a cell may hold several wordings, separated by `|`. The table is that of
the attribute `kind` (`sku_align.attributes.families.kind`), which looks its wordings up in titles; its table of words
that say the same makes more wordings of them.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sku_align.attributes.families.kind import rows, said_alike

# A title that leaves the kind out may mean any of them: rather another product than the same.
UNSAID = 0.2

# Contrasts are split into as many folds as there are labelled sets, so that every model that leaves out a set may leave
# out a fold of its own.
FOLDS = 6

# Share of wordings of which a word or phrase is exchanged for one that says the same, where there is one.
_OTHERWISE = 0.5
_LONGEST_PHRASE = 3

Kind = Mapping[str, Sequence[str]]
Contrast = Sequence[Kind]


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, Contrast]:
    found: dict[str, list[Kind]] = defaultdict(list)
    table = list(rows())
    # What is drawn is said in any two languages, so that only those count that no row lacks.
    languages = [name for name in table[0] if name != "contrast" and all(row[name] for row in table)]
    for row in table:
        found[row["contrast"]].append({language: row[language].split("|") for language in languages})
    return found


def contrasts(fold: int | None = None) -> list[Contrast]:
    """Return the contrasts, each a list of kinds, each a mapping of language to wordings; all, or those of one fold."""
    return [kinds for name, kinds in _by_name().items() if fold is None or _fold(name) == fold]


def contrasts_without(fold: int | None) -> list[Contrast]:
    """Return the contrasts of all folds but one; all of them without a fold."""
    return [kinds for name, kinds in _by_name().items() if fold is None or _fold(name) != fold]


def _fold(name: str) -> int:
    return hashlib.blake2b(name.encode(), digest_size=1).digest()[0] % FOLDS


def draw_siblings(known: Sequence[Contrast], chance: random.Random) -> tuple[Kind, Kind]:
    """Draw two kinds of one of the contrasts."""
    first, second = chance.sample(chance.choice(known), 2)
    return first, second


def say(kind: Kind, language: str, chance: random.Random) -> str:
    """Say a kind in a language, in one of its wordings, at times with a word that says the same as one of it."""
    wording = chance.choice(kind.get(language) or kind["en"])
    return _otherwise(wording, language, chance) if chance.random() < _OTHERWISE else wording


def _otherwise(wording: str, language: str, chance: random.Random) -> str:
    words, alike = wording.split(), _alike().get(language, {})
    found = [
        (start, end)
        for start in range(len(words))
        for end in range(start + 1, min(start + _LONGEST_PHRASE, len(words)) + 1)
        if " ".join(words[start:end]).lower() in alike
    ]
    if not found:
        return wording
    start, end = chance.choice(found)
    said = chance.choice(alike[" ".join(words[start:end]).lower()])
    return " ".join([*words[:start], said, *words[end:]])


@lru_cache(maxsize=1)
def _alike() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """By language and phrase in lower case what says the same."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for language, phrases in said_alike():
        for phrase in phrases:
            found[language][phrase.lower()] = [other for other in phrases if other != phrase]
    return found


def say_both(first: Kind, second: Kind, languages: tuple[str, str], chance: random.Random) -> tuple[str, str, str]:
    """Say the first kind in both languages and the second one in the second, in this order."""
    here, there = languages
    return say(first, here, chance), say(first, there, chance), say(second, there, chance)


def unsaid(first: Kind, second: Kind, language: str) -> str:
    """Return what two kinds have in common in a language, which names neither; nothing where they share no word."""
    here, there = (kind.get(language, kind["en"])[0].split() for kind in (first, second))
    shared = [word for word in here if word in there]
    return " ".join(shared) if any(len(word) > 3 for word in shared) else ""
