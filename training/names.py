"""Invented names in several scripts, and labelled pairs that get them in place of the names their offers share.

The labelled sets hold few brands, so a model can remember them. Names that nobody has seen have to be compared.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from training.offers import plain
from training.variants import CODE
from training.word_tables import rows_of

APART = 0.25
COMMON = 0.01
# What follows a number is its unit or currency, not a name.
_LATIN = re.compile(r"(?<![A-Za-zÀ-ɏ\d])(?<!\d )[A-Za-zÀ-ɏ]{3,}(?![A-Za-zÀ-ɏ\d])")
_STRETCHES = {
    "ja": re.compile(r"[\u3040-\u30ff]{2,}"),
    "ko": re.compile(r"[\uac00-\ud7a3]{2,}"),
    "zh-Hans": re.compile(r"[\u4e00-\u9fff]{2,}"),
}
_LETTERS, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"


@lru_cache(maxsize=1)
def _syllables() -> list[dict[str, str]]:
    return rows_of("syllables")


def invent(chance: random.Random) -> dict[str, str]:
    """Invent a name of two to four syllables: its spelling in Latin letters and, by language, in other scripts."""
    drawn = [chance.choice(_syllables()) for _ in range(chance.choice((2, 2, 3, 3, 4)))]
    return {script: "".join(syllable[script] for syllable in drawn) for script in drawn[0]}


def spell(name: dict[str, str], language: str, chance: random.Random) -> str:
    """Spell a name as a shop of this language may: in its own script more often than not."""
    return name[language] if language in name and chance.random() < 0.6 else name["latin"].capitalize()


class Renamer:
    """Gives pairs of one set other names, which changes what they are called but not whether they are the same.

    Args:
        texts: What the offers of the set say; words of more than one in a hundred are not names.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counts = Counter(word for text in texts for word in set(_names(text)))
        self._common = {word for word, count in counts.items() if count > max(3, COMMON * len(texts))}
        self._known = sorted(word for word in counts if word not in self._common and len(word) > 3)

    def rename(self, left: str, right: str, label: float, chance: random.Random) -> tuple[str, str, float]:
        """Rename what both sides share.

        Returns:
            Both sides and their label. Mostly both get the same new names and the label stays; of the same products
            one in four gets its name on one side only and is another product. No name is dropped: whether a word that
            one side lacks is a brand or what tells a sibling apart cannot be seen from the word.
        """
        shared = sorted((set(_names(left)) & set(_names(right))) - self._common)
        codes = _shared_codes(left, right)
        for language, stretches in _STRETCHES.items():
            if stretch := _shared_stretch(stretches, left, right, chance):
                name = invent(chance)[language]
                left, right = left.replace(stretch, name), right.replace(stretch, name)
        if not shared and not codes:
            return left, right, label
        draw = chance.random() if label and shared else 1.0
        if draw < APART:
            word = chance.choice(shared)
            return left, _replaced(right, {word: self._fresh(chance)}), 0.0
        fresh = {word: self._fresh(chance) for word in shared if chance.random() < 0.7}
        for code in codes:
            if chance.random() < 0.7:
                other = "".join(chance.choice(_DIGITS if c.isdigit() else _LETTERS) for c in code)
                left, right = _recoded(left, code, other), _recoded(right, code, other)
        return _replaced(left, fresh), _replaced(right, fresh), label

    def _fresh(self, chance: random.Random) -> str:
        """A name nobody has seen, or one of another product."""
        return chance.choice(self._known) if self._known and chance.random() < 0.4 else invent(chance)["latin"]


def _names(text: str) -> Iterable[str]:
    return _LATIN.findall(text.lower())


def _replaced(text: str, fresh: dict[str, str]) -> str:
    return _LATIN.sub(lambda match: fresh.get(match[0].lower(), match[0]), text) if fresh else text


def _shared_codes(left: str, right: str) -> list[str]:
    return sorted({plain(code) for code in CODE.findall(left)} & {plain(code) for code in CODE.findall(right)})


def _shared_stretch(pattern: re.Pattern[str], left: str, right: str, chance: random.Random) -> str | None:
    """Draw a stretch of two to four characters of one script that both sides show; a long one if there is one."""
    runs = pattern.findall(left)
    for size in (4, 3, 2):
        found = [run[at : at + size] for run in runs for at in range(len(run) - size + 1)]
        if common := [stretch for stretch in found if stretch in right]:
            return chance.choice(common)
    return None


def _recoded(text: str, code: str, other: str) -> str:
    """Put another code of the same length in place of one, with its hyphens."""

    def write(match: re.Match[str]) -> str:
        if plain(match[0]) != code:
            return match[0]
        characters = iter(other)
        return "".join(next(characters) if character.isalnum() else character for character in match[0])

    return CODE.sub(write, text)
