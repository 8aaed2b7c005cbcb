"""How an offer reads to a language model: the facts that tell products apart, within a budget of tokens.

The title comes first, then brand, category, part number, attributes and price; the description gets what is left,
and of a long one the first sentence and the sentences with numbers stay, because sizes, counts and models lie there.
Sizes are written in one form (`attributes.spelling.canonical_sizes`).
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import pyarrow as pa

from sku_align.attributes.spelling import canonical_sizes

SEPARATOR = " | "
CHARACTERS_PER_TOKEN = 12  # more than any language has: what lies beyond can be left out without counting tokens
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\s*[\r\n•]+\s*")
_CONTROL = re.compile(r"<(?=[|/A-Za-z])|\[(?=[A-Z]+\])")
COLUMNS = ("title", "brand", "category", "mpn", "attributes", "price", "currency", "description", "language")


class Tokenizer(Protocol):
    """What this module needs of a tokenizer."""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of texts, without any special token."""


def offer_texts(offers: pa.Table, tokenizer: Tokenizer, budget: int) -> list[str]:
    """Write offers as one line each, of at most about `budget` tokens.

    Args:
        offers: Table with the columns of `schema.OFFERS`, n rows.
        tokenizer: The model's own.
        budget: Tokens an offer may have; a caller that needs an exact bound cuts the token ids.

    Returns:
        Texts, length n; control tokens of chat templates and encoders in them are made harmless.
    """
    rows = offers.select(COLUMNS).to_pylist()
    heads = [_clean(SEPARATOR.join(_facts(row))) for row in rows]
    sentences = [_worthiest(_sentences(row), budget * CHARACTERS_PER_TOKEN) for row in rows]
    described = [number for number, parts in enumerate(sentences) if parts]
    taken = tokenizer.encode([heads[number] for number in described])
    room = {number: budget - len(ids) for number, ids in zip(described, taken, strict=True)}
    wanted = [number for number in described if room[number] > 1]
    sizes = iter(tokenizer.encode([part for number in wanted for part in sentences[number]]))
    texts = list(heads)
    for number in wanted:
        lengths = [len(next(sizes)) for _ in sentences[number]]
        if kept := _keep(sentences[number], lengths, room[number] - 1):
            texts[number] += SEPARATOR + " ".join(kept)
    return texts


def _facts(row: dict[str, Any]) -> Iterable[str]:
    language = row["language"]
    yield canonical_sizes(row["title"] or "", language)
    yield from (row[name] for name in ("brand", "category", "mpn") if row[name])
    attributes = json.loads(row["attributes"]) if row["attributes"] else {}
    yield from (
        f"{name}: {canonical_sizes(str(value), language)}" for name, value in sorted(attributes.items()) if value
    )
    if row["price"] is not None:
        yield f"{row['price']:.10g} {row['currency'] or ''}"


def _sentences(row: dict[str, Any]) -> list[str]:
    text = (row["description"] or "").strip()
    title = (row["title"] or "").strip()
    if title and text.lower().startswith(title.lower()):
        text = text[len(title) :].lstrip(" /-|.,:")
    parts = (canonical_sizes(_clean(part), row["language"]) for part in _SENTENCE_END.split(text))
    return [part for part in parts if part]


def _by_worth(parts: list[str]) -> list[int]:
    return sorted(range(len(parts)), key=lambda i: (i != 0 and not any(c.isdigit() for c in parts[i]), i))


def _worthiest(parts: list[str], characters: int) -> list[str]:
    if sum(map(len, parts)) <= characters:
        return parts
    kept: dict[int, str] = {}
    for i in _by_worth(parts):
        if characters <= 0:
            break
        kept[i] = parts[i][:characters]
        characters -= len(kept[i])
    return [kept[i] for i in sorted(kept)]


def _keep(parts: list[str], lengths: list[int], room: int) -> list[str]:
    kept = []
    for i in _by_worth(parts):
        if lengths[i] <= room:
            kept.append(i)
            room -= lengths[i]
        elif room >= 8:
            parts[i] = parts[i][: max(1, len(parts[i]) * room // lengths[i])]
            kept.append(i)
            break
    return [parts[i] for i in sorted(kept)]


def _clean(text: str) -> str:
    return _CONTROL.sub(lambda match: match.group() + " ", " ".join(text.split()))
