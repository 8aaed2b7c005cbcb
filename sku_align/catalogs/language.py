"""The language of each offer, where neither its row nor the settings say.

Titles are short and full of brand names, so the rows of a feed vote: what most rows clearly are is the prior of the
rows that could be anything. The vote runs over the sorted distinct texts, so that row order changes nothing.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LANGUAGES = "ar bg ca cs da de el en es et fi fr he hr hu id it lt lv nl no pl pt ro ru sk sl sr sv th tr uk vi"
_KANA = re.compile(r"[ぁ-ゖァ-ヺ]")
_HANGUL = re.compile(r"[가-힣]")
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_WORDY = re.compile(r"[^\W\d_]")
_CJK_WEIGHT = 3
_CLEAR_SHARE = 0.25
_SOME = 0.02
_VOTERS = 5000
_PRIOR_FLOOR = 0.002


def detect_languages(texts: Sequence[str]) -> list[str]:
    """Detect the language of every text of one feed.

    Args:
        texts: Titles, perhaps with some description; n of them.

    Returns:
        n BCP 47 tags; Chinese as zh-Hans or zh-Hant.
    """
    distinct = sorted(set(texts))
    found: dict[str, str] = {}
    scripts = {text: _script(text) for text in distinct}
    kinds = Counter(kind for kind, _ in scripts.values() if kind)
    mostly_cjk = sum(kinds[kind] for kind in ("ja", "ko", "han")) * 2 > len(distinct)
    latin = []
    for text, (kind, share) in scripts.items():
        if kind is None or (share < _CLEAR_SHARE and not mostly_cjk):
            latin.append(text)
        elif kind == "han":
            found[text] = _han(text, kinds["ja"] / (kinds["ja"] + kinds["han"]))
        else:
            found[text] = kind
    traditional = Counter(tag for tag in found.values() if tag.startswith("zh-"))
    either = "zh-Hant" if traditional["zh-Hant"] > traditional["zh-Hans"] else "zh-Hans"
    found = {text: either if tag == "zh" else tag for text, tag in found.items()}
    found |= _alphabetic(latin)
    return [found[text] for text in texts]


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
    """The language of Chinese characters without kana, given how much of the feed is surely Japanese."""
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


def _alphabetic(texts: list[str]) -> dict[str, str]:
    if not texts:
        return {}
    identifier = _identifier()
    labels = identifier.labels
    likelihood = np.stack([_likelihood(identifier, text, labels) for text in texts])
    voters = sorted(range(len(texts)), key=lambda at: blake2b(texts[at].encode(), digest_size=8).digest())[:_VOTERS]
    prior = np.full(len(labels), 1.0 / len(labels))
    for _ in range(3):
        posterior = likelihood[sorted(voters)] * prior
        posterior /= posterior.sum(axis=1, keepdims=True)
        prior = posterior.mean(axis=0) + _PRIOR_FLOOR
        prior /= prior.sum()
    best = (likelihood * prior).argmax(axis=1)
    return {text: labels[at] for text, at in zip(texts, best.tolist(), strict=True)}


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = set(identifier.labels)
    identifier.set_languages([language for language in _LANGUAGES.split() if language in known])
    return identifier


def _likelihood(identifier: Any, text: str, labels: list[str]) -> NDArray[np.float64]:
    ranked = dict(identifier.rank(text.lower()))
    return np.array([ranked[label] for label in labels], dtype=np.float64) + 1e-9
