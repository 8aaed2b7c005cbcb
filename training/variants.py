"""Makes another product out of one: a number, a model code, or a word that sets variants apart is changed.

Which words set variants apart is read off the data (titles of one catalog that differ in one stretch only) and off
`lexicon.tsv`, a small table of attribute words in sixteen languages.
"""

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from training.word_tables import rows_of

NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
CODE = re.compile(r"(?<![\w-])(?=[\w/-]*\d)(?=[\w/-]*[A-Za-z])[A-Za-z\d][A-Za-z\d/-]{3,}(?![\w-])")
_STRETCHES = re.compile(
    r"\d+(?:[.,]\d+)?|[A-Za-zÀ-ɏ]+|[\u3040-\u30ff]+|[\uac00-\ud7a3]+|[\u4e00-\u9fff]|\S", re.UNICODE
)

Swaps = dict[str, list[str]]


@lru_cache(maxsize=1)
def lexicon() -> list[tuple[str, dict[str, str]]]:
    """Return (kind, word by language) for every concept of the table."""
    return [(row.pop("kind"), row) for row in rows_of("lexicon")]


def _differing(first: list[str], second: list[str]) -> tuple[list[str], list[str]]:
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    end = 0
    while end < min(len(first), len(second)) - start and first[-1 - end] == second[-1 - end]:
        end += 1
    return first[start : len(first) - end], second[start : len(second) - end]


def mine_swaps(titles: Sequence[str], longest: int = 3) -> Swaps:
    """Find words that set variants apart: stretches in which two titles of one catalog differ, the rest being equal.

    Args:
        titles: Titles of one catalog, each a different product.
        longest: Longest stretch, in words (or Han characters), that counts as one attribute.

    Returns:
        For each word its alternatives, sorted; numbers are left out, since they have a rule of their own.
    """
    split = [_STRETCHES.findall(title.lower()) for title in titles]
    ends: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, parts in enumerate(split):
        for size in (2, 3):
            if len(parts) > size:
                ends["^", *parts[:size]].append(index)
                ends["$", *parts[-size:]].append(index)
    found: dict[str, set[str]] = defaultdict(set)
    for members in ends.values():
        for place, first in enumerate(members[:60]):
            for second in members[place + 1 : 60]:
                gone, come = _differing(split[first], split[second])
                shared = len(split[first]) - len(gone)
                if not gone or not come or max(len(gone), len(come)) > longest or shared < max(3, len(gone) + 1):
                    continue
                before, after = _spelled(titles[first], gone), _spelled(titles[second], come)
                if before and after and not any(character.isdigit() for character in before + after):
                    found[before].add(after)
                    found[after].add(before)
    return {word: sorted(others) for word, others in sorted(found.items())}


def _spelled(title: str, parts: list[str]) -> str:
    """Return the stretch as the title spells it, or nothing where it is only punctuation."""
    pattern = r"\s*".join(re.escape(part) for part in parts)
    match = re.search(pattern, title.lower())
    return match[0] if match and any(part[0].isalnum() for part in parts) else ""


def change_number(title: str, other: str, chance: random.Random) -> str | None:
    """Return the title with one number changed that the other title shows too, or None where there is none."""
    spans = [match for match in NUMBER.finditer(title) if match[0] in NUMBER.findall(other)]
    if not spans:
        return None
    match = chance.choice(spans)
    value = float(match[0].replace(",", "."))
    options = [
        value * 2,
        value / 2,
        value + 1,
        value - 1,
        value * 10,
        value * 1.5,
        value + 10,
        float(chance.randint(1, 12) * 50),
    ]
    fresh = f"{max(abs(chance.choice(options)), 0.1):.4g}".replace("e+", "0")
    return None if fresh == match[0] else title[: match.start()] + fresh + title[match.end() :]


def change_code(title: str, other: str, chance: random.Random) -> str | None:
    """Return the title with one character of a model code changed that the other title shows too."""
    bare = re.sub(r"[^a-z\d]", "", other.lower())
    spans = [match for match in CODE.finditer(title) if re.sub(r"[^a-z\d]", "", match[0].lower()) in bare]
    if not spans:
        return None
    match = chance.choice(spans)
    code = list(match[0])
    place = chance.choice([index for index, character in enumerate(code) if character.isalnum()])
    pool = "0123456789" if code[place].isdigit() else "abcdefghklmnprstvwx"
    code[place] = chance.choice([character for character in pool if character != code[place].lower()])
    return title[: match.start()] + "".join(code) + title[match.end() :]


def applicable(title: str, swaps: Swaps) -> list[str]:
    """List the words of `swaps` that stand in a title (whole words where words have spaces)."""
    low = title.lower()
    stretches = _STRETCHES.findall(low)
    size = 4
    texts = {
        "".join(stretches[i:j]) for i in range(len(stretches)) for j in range(i + 1, min(i + size, len(stretches) + 1))
    }
    texts |= {
        " ".join(stretches[i:j]) for i in range(len(stretches)) for j in range(i + 2, min(i + size, len(stretches) + 1))
    }
    return sorted(text for text in texts if text in swaps and text in low)


def swap_word(title: str, words: Sequence[str], swaps: Swaps, chance: random.Random) -> str | None:
    """Return the title with one of `words` replaced by an alternative."""
    if not words:
        return None
    word = chance.choice(words)
    start = title.lower().find(word)
    if start < 0:
        return None
    return title[:start] + chance.choice(swaps[word]) + title[start + len(word) :]
