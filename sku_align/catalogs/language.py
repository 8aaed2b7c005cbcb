"""The language of each offer, where neither its row nor the settings say.

The script comes first. Titles in one script are short and full of brand names, so the rows of a feed vote: what most
rows clearly are is the prior of the rows that could be anything, and a feed of few rows leans on how common languages
are. A row that stays doubtful is marked by its confidence. Nothing depends on the order of rows.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sku_align.catalogs.identifying import labels, likelihoods
from sku_align.pairs import MIN_CONFIDENCE

_KANA = re.compile(r"[ぁ-ゖァ-ヺ]")
_HANGUL = re.compile(r"[가-힣]")
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_WORDY = re.compile(r"[^\W\d_]")
# What halving the constants below changes is measured in docs/experiments/language.md; all are chosen by eye.
# A character of Chinese, Japanese or Korean says about as much as three letters.
_CJK_WEIGHT = 3
# Share of a script from which it decides the language, so that "USB 充電器 65W" is no English.
_CLEAR_SHARE = 0.25
# Share of certainly Japanese titles from which titles in Chinese characters alone may be Japanese too.
_SOME = 0.02
_VOTERS = 5000
# What a language that nobody votes for still has, so that one title in it is not lost.
_PRIOR_FLOOR = 0.002
_TEXT = 120
# Share of languages before a row is seen, chosen by eye; it counts as much as _BELIEF rows do.
_COMMON = {"en": 0.3, "de": 0.12, "fr": 0.1, "es": 0.1, "it": 0.07, "nl": 0.05, "pl": 0.05, "pt": 0.05, "ru": 0.04}
_BELIEF = 6.0
# A text that is less clear than this counts as what most of its feed is, and stays marked as doubtful.
_GUESSED = 0.5
# So few letters never make a row another language than its feed is: of three words the model takes "barn door
# hinge" for Dutch with 0.9. Such a row is marked as doubtful. Chosen by eye.
_SHORT = 24
# Share of a feed from which it counts as one in a single language.
_MOSTLY = 0.5
# How sure such a row is at most; below `pairs.MIN_CONFIDENCE`, or the mark would say nothing.
_DOUBTFUL = 0.6
# Letters of a script that only these of the known languages write.
_SCRIPTS = (
    (re.compile(r"[\u0400-\u04ff]"), frozenset({"bg", "ru", "sr", "uk"})),
    (re.compile(r"[\u0370-\u03ff]"), frozenset({"el"})),
    (re.compile(r"[\u0600-\u06ff]"), frozenset({"ar"})),
    (re.compile(r"[\u0590-\u05ff]"), frozenset({"he"})),
    (re.compile(r"[\u0e00-\u0e7f]"), frozenset({"th"})),
)
_OWN_SCRIPT = frozenset({"bg", "ru", "uk", "el", "ar", "he", "th"})
# Letters that rule languages out: the languages of each are those that write it in words of their own.
_LETTERS = {
    "ß": "de", "ñ": "es", "ø": "da no", "å": "da no sv", "ł": "pl", "ő": "hu", "ű": "hu", "ğ": "tr", "ı": "tr",
    "ř": "cs",
    "ě": "cs", "ů": "cs", "ã": "pt vi", "õ": "pt et vi", "œ": "fr", "ș": "ro", "ț": "ro", "ą": "pl lt", "ę": "pl lt",
    "ė": "lt", "ū": "lt lv", "ģ": "lv", "ķ": "lv", "đ": "hr sr vi", "ľ": "sk", "ĺ": "sk", "ŕ": "sk",
}  # fmt: skip
# What is left of a language where a title has a letter that it does not write: names keep theirs ("Søstrene" in Dutch).
_FOREIGN = 0.15


class Guess(NamedTuple):
    """A language tag (BCP 47; Chinese with its script) and how sure it is, from 0 to 1."""

    tag: str
    confidence: float


@dataclass
class LanguageSurvey:
    """What the texts of one feed say together; taken in any order, in as many portions as there are."""

    kinds: Counter[str] = field(default_factory=Counter)
    chinese: Counter[str] = field(default_factory=Counter)
    texts: int = 0
    voters: dict[bytes, str] = field(default_factory=dict)
    declared: Counter[str] = field(default_factory=Counter)

    def add_declared(self, tags: Iterable[str]) -> None:
        """Take in what other rows of the feed say of themselves: it is the best prior for those that say nothing."""
        self.declared.update(tag.partition("-")[0].lower() for tag in tags)

    def add(self, texts: Sequence[str]) -> None:
        """Take in texts whose language no column declares."""
        self.texts += len(texts)
        for text in texts:
            kind, share = _script(text)
            if kind is not None:
                self.kinds[kind] += 1
                if kind == "han":
                    self.chinese[_hans_or_hant(text)] += 1
            if kind is None or share < 1:
                self.voters[blake2b(text[:_TEXT].encode("utf-8", "replace"), digest_size=8).digest()] = text[:_TEXT]
        # The texts with the smallest hashes are a sample that row order does not change.
        if len(self.voters) > 4 * _VOTERS:
            self.voters = dict(sorted(self.voters.items())[:_VOTERS])

    def prior(self) -> "LanguagePrior":
        """What the feed as a whole is, to read its rows by."""
        cjk = sum(self.kinds[kind] for kind in ("ja", "ko", "han"))
        known = self.kinds["ja"] + self.kinds["han"]
        latin = [text for _, text in sorted(self.voters.items())[:_VOTERS]]
        either = "zh-Hant" if self.chinese["zh-Hant"] > self.chinese["zh-Hans"] else "zh-Hans"
        return LanguagePrior(
            mostly_cjk=cjk * 2 > self.texts,
            japanese=self.kinds["ja"] / known if known else 0.0,
            either=either,
            weights=_vote(latin, self.declared),
        )


@dataclass(frozen=True)
class LanguagePrior:
    """What a feed is as a whole.

    Attributes:
        mostly_cjk: Most of its texts are in an East Asian script.
        japanese: Share of Japanese among its texts with Chinese characters or kana.
        either: Script of Chinese texts that could be both.
        weights: Prior probability of each language of the identifier, None where no text needs one.
    """

    mostly_cjk: bool
    japanese: float
    either: str
    weights: NDArray[np.float64] | None

    def detect(self, texts: Sequence[str]) -> list[Guess]:
        """Detect the language of each text."""
        known = {text: self._by_script(text) for text in dict.fromkeys(texts)}
        rest = [text for text, guess in known.items() if guess is None]
        if rest and self.weights is not None:
            known |= dict(zip(rest, self._by_words(rest, self.weights), strict=True))
        return [known[text] or Guess("en", 0.0) for text in texts]

    def _by_words(self, texts: Sequence[str], weights: NDArray[np.float64]) -> Iterator[Guess]:
        posterior = _likelihood(texts) * weights
        posterior /= posterior.sum(axis=1, keepdims=True)
        best, usual, names = posterior.argmax(axis=1), int(weights.argmax()), labels()
        one_language = weights[usual] >= _MOSTLY
        for text, at, row in zip(texts, best.tolist(), posterior, strict=True):
            ascii_only = text.isascii()
            # Brand names look like any language; letters with accents do not.
            if row[at] < (MIN_CONFIDENCE if ascii_only and one_language else _GUESSED):
                at = usual
            sure = float(row[at])
            if ascii_only and at != usual and sum(map(str.isalpha, text)) < _SHORT:
                sure = min(sure, _DOUBTFUL)
            yield Guess(names[at], round(sure, 3))

    def _by_script(self, text: str) -> Guess | None:
        kind, share = _script(text)
        if kind is None or not (share >= _CLEAR_SHARE or self.mostly_cjk):
            return None
        if kind != "han":
            return Guess(kind, 0.99)
        tag = _han(text, self.japanese)
        return Guess(self.either, 0.8) if tag == "zh" else Guess(tag, 0.95)


def chinese_script(texts: Sequence[str]) -> list[str]:
    """zh-Hans or zh-Hant for texts known to be Chinese; the majority decides for those that could be both."""
    own = [_hans_or_hant(text) for text in texts]
    votes = Counter(own)
    either = "zh-Hant" if votes["zh-Hant"] > votes["zh-Hans"] else "zh-Hans"
    return [tag if tag != "zh" else either for tag in own]


def _script(text: str) -> tuple[str | None, float]:
    """Which of the East Asian scripts a text is in, and its share of the letters."""
    if text.isascii():
        return None, 0.0
    kana, hangul, han = len(_KANA.findall(text)), len(_HANGUL.findall(text)), len(_HAN.findall(text))
    letters = kana + hangul + han
    if not letters:
        return None, 0.0
    others = len(_WORDY.findall(text)) - letters
    share = _CJK_WEIGHT * letters / (_CJK_WEIGHT * letters + max(others, 0))
    if kana and kana * 10 >= letters:
        return "ja", share
    return ("ko" if hangul >= han else "han"), share


def _han(text: str, japanese_share: float) -> str:
    """The language of Chinese characters without kana, given how much of the feed is certainly Japanese."""
    characters = _HAN.findall(text)
    if japanese_share >= _SOME and all(_fits(character, "shift_jis") for character in characters):
        chinese = all(_fits(character, "gb2312") or _fits(character, "big5") for character in characters)
        if japanese_share > 1 - japanese_share or not chinese:
            return "ja"
    return _hans_or_hant(text)


def _hans_or_hant(text: str) -> str:
    characters = _HAN.findall(text)
    simplified = sum(_fits(character, "gb2312") and not _fits(character, "big5") for character in characters)
    traditional = sum(_fits(character, "big5") and not _fits(character, "gb2312") for character in characters)
    if simplified == traditional:
        return "zh"
    return "zh-Hans" if simplified > traditional else "zh-Hant"


@cache
def _fits(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _vote(texts: Sequence[str], declared: Mapping[str, int]) -> NDArray[np.float64] | None:
    """Prior of each language, by what the texts are under it, three times over (expectation maximisation)."""
    if not texts:
        return None
    likelihood = _likelihood(texts)
    rest = (1 - sum(_COMMON.values())) / (len(labels()) - len(_COMMON))
    common = np.array([_COMMON.get(label, rest) for label in labels()])
    counts = np.array([float(declared.get(label, 0)) for label in labels()])
    prior = common
    for _ in range(3):
        posterior = likelihood * prior
        posterior /= posterior.sum(axis=1, keepdims=True)
        votes = posterior.sum(axis=0) + counts + _BELIEF * common
        prior = votes / votes.sum() + _PRIOR_FLOOR
        prior /= prior.sum()
    return prior


def _likelihood(texts: Sequence[str]) -> NDArray[np.float64]:
    """Likelihood of each language for each text, by its words, script and letters; shape (n, languages)."""
    lower = [text[:_TEXT].lower() for text in texts]
    found = (likelihoods(lower) + 1e-9) * _allowed("")
    for row, text in enumerate(lower):
        if not text.isascii():
            letters, script = "".join(sorted(set(text) & _TELLING)), _script_of(text)
            if letters or script >= 0:
                found[row] *= _allowed(letters, script) / _allowed("")
    return found


_TELLING = frozenset(_LETTERS)


def _script_of(text: str) -> int:
    counts = [len(pattern.findall(text)) for pattern, _ in _SCRIPTS]
    best = max(range(len(counts)), key=counts.__getitem__)
    return best if counts[best] * 2 > len(_WORDY.findall(text)) else -1


@cache
def _allowed(letters: str, script: int = -1) -> NDArray[np.float64]:
    """Weight of each language given the script and the telling letters of a text."""
    weights = np.ones(len(labels()))
    for at, label in enumerate(labels()):
        if script >= 0:
            weights[at] = 1.0 if label in _SCRIPTS[script][1] else 1e-9
        elif label in _OWN_SCRIPT:
            weights[at] = 1e-9
        for letter in letters:
            if label not in _LETTERS[letter].split():
                weights[at] *= _FOREIGN
    return weights
