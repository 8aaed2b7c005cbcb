"""What a wrong setting is told as: a sentence that names it, says what stands there and what may stand there."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from sku_align.redaction import redact

# Kind of error -> what the value must be; names in braces are what the check compared with.
_MUST_BE = {
    "bool": "true or false",
    "dict": "a mapping of names to values",
    "enum": "one of {expected}",
    "finite_number": "a finite number",
    "float": "a number",
    "greater_than": "greater than {gt}",
    "greater_than_equal": "at least {ge}",
    "int": "a whole number",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "list": "a list",
    "literal_error": "one of {expected}",
    "mapping": "a mapping of names to values",
    "model": "a section: names with values below it",
    "none_required": "empty",
    "path": "the path of a file or folder",
    "string": "a text",
    "string_too_long": "at most {max_length} character(s) long",
    "string_too_short": "at least {min_length} character(s) long",
    "too_long": "at most {max_length} long",
    "too_short": "at least {min_length} long",
    "tuple": "a list",
    "union_tag_invalid": "a section whose {discriminator} is one of {expected_tags}",
}
_MAX_SHOWN = 60
UNKNOWN_SCORER = "unknown_scorer"


def sentence(error: ValidationError, settings: str, known: Iterable[str], sections: Iterable[str] = ()) -> str:
    """The first fault of settings as a sentence.

    Args:
        error: What the check of the settings raised.
        settings: What was checked, for example "The settings file sku_align.yaml".
        known: Names of all settings, of which an unknown one may be a misspelling.
        sections: Names in locations of the error that are not levels of the settings.
    """
    first = error.errors(include_url=False)[0]
    parts = [str(part) for part in first["loc"]]
    if len(parts) > 1 and parts[1] in sections:
        # Between the outermost and the last one stand names of scorers within a scorer.
        parts = [parts[0], *(part for part in parts[2:-1] if part not in sections), *parts[2:][-1:]]
    if first["type"] == UNKNOWN_SCORER:
        parts.append("name")
    where = ".".join(parts) or "the top level"
    if first["type"] == "extra_forbidden":
        return f"{settings} has an unknown setting {where}{_meant(where, known)}."
    return f"{settings} has a wrong value at {where}: {_reason(first)}."


def _reason(found: Mapping[str, Any]) -> str:
    kind, context = str(found["type"]), found.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if "message" in context:
        return str(context["message"])
    if kind == "missing":
        return "it is missing"
    stem = kind if kind in _MUST_BE else kind.removesuffix("_type").removesuffix("_parsing").partition("_from_")[0]
    must = _MUST_BE.get(stem, "another kind of value").format(**context)
    shown = repr(found["input"])
    shown = redact(shown if len(shown) <= _MAX_SHOWN else f"{shown[:_MAX_SHOWN]}...")
    return f"{shown} stands there; it must be {must}"


def _meant(where: str, known: Iterable[str]) -> str:
    alike = get_close_matches(where.rpartition(".")[2], sorted(set(known)), n=2)
    return f" (did you mean {' or '.join(alike)}?)" if alike else "; remove or correct it"
