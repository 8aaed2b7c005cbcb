"""What a person reads about a question in five languages: why it is asked, what is alike, what differs."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from sku_align.attributes.families import FAMILIES

LANGUAGES = ("en", "de", "fr", "es", "zh")

_Table = Mapping[str, Mapping[str, str]]
_TABLES: Mapping[str, _Table] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_NAMES, _SAYS, _REASONS = _TABLES["names"], _TABLES["says"], _TABLES["reasons"]
_CONTRASTS: _Table = tomllib.loads(Path(__file__).with_name("contrasts.toml").read_text(encoding="utf-8"))


def name_of(name: str, language: str = "en") -> str:
    """What people call an attribute, such as "colour"; the name itself where it has no translation."""
    if name in _NAMES:
        return _NAMES[name][_known(language)]
    english = FAMILIES[name].words if name in FAMILIES else name.replace("_", " ")
    return _CONTRASTS.get(name, {}).get(_known(language), english)


def say(phrase: str, language: str, *values: object) -> str:
    """A phrase with its values."""
    return _SAYS[phrase][_known(language)].format(*values)


def silence_of(name: str, language: str = "en") -> str:
    """What it means that an offer says nothing of an attribute."""
    return say(f"silent_{name}" if f"silent_{name}" in _SAYS else "silent", language)


def reason_words(reason: str | None, kind: str | None = None, language: str = "en") -> str:
    """Why a question is asked, in words that a buyer uses; a reason without words as it is written."""
    found = [_REASONS[each][_known(language)] for each in (kind or "", reason or "") if each in _REASONS]
    return "; ".join(found) or (reason or "").replace("guard:", "").replace("_", " ")


def _known(language: str) -> str:
    tag = language.split("-")[0].lower()
    return tag if tag in LANGUAGES else "en"
