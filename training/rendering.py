"""Writes an offer in one of the many ways that shops write it: fields dropped, units and brackets spelled otherwise.

Words of a title are moved but never dropped: up to version 1.2.0 they were, on one side of a match, and the model
learnt that a word on one side means nothing, which is how it took siblings for one product.
"""

import random
import re
from dataclasses import dataclass

from sku_align.scoring.scorers.encoder_text import offer_text
from training.offers import Offer

_NUMBER_UNIT = re.compile(r"(\d) ?(g|kg|ml|l|cm|mm|gb|tb|mg|oz|w|inch|in)\b", re.IGNORECASE)
_TIMES = re.compile(r"(?<=\d) ?[x×*] ?(?=\d)|(?<=\w) [x×*] ?(?=\d)", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[(（]([^()（）]{3,})[)）]\s*")


@dataclass(frozen=True, slots=True)
class Fields:
    """Which optional fields a pair shows on both sides; a single side may still lack one."""

    brand: bool
    category: bool
    price: bool
    description: bool


def draw_fields(chance: random.Random) -> Fields:
    """Draw the fields of a pair; a quarter of the pairs shows titles alone."""
    if chance.random() < 0.25:
        return Fields(False, False, False, False)
    return Fields(chance.random() < 0.7, chance.random() < 0.5, chance.random() < 0.4, chance.random() < 0.5)


def _respell(title: str, chance: random.Random) -> str:
    # Every change keeps all words and numbers.
    if chance.random() < 0.2:
        space = chance.choice(["", " "])
        title = _NUMBER_UNIT.sub(lambda match: f"{match[1]}{space}{match[2]}", title)
    if chance.random() < 0.15:
        title = _TIMES.sub(chance.choice([" x ", "x", "*", "×"]), title)
    if chance.random() < 0.10:
        title = re.sub(r"[^\w\s.,]+", " ", title)
    if chance.random() < 0.03:
        title = re.sub(r"[\W_]+", " ", title)
    if chance.random() < 0.06:
        title = _BRACKETS.sub(r" \1 ", title).strip()
    words = title.split()
    if len(words) > 4 and chance.random() < 0.06:
        cut = chance.randrange(1, len(words))
        words = words[cut:] + words[:cut]
    return " ".join(words)


def render(offer: Offer, title: str, fields: Fields, chance: random.Random) -> str:
    """Write an offer with the given title for one side of a pair.

    Args:
        title: The offer's title or a changed one.
        fields: What the pair shows; each field is left out on this side once in eight.
    """
    shown = [
        wanted and chance.random() > 0.12
        for wanted in (fields.brand, fields.category, fields.price, fields.description)
    ]
    title = _respell(title, chance)
    brand = offer.brand if shown[0] else ""
    if brand and chance.random() < 0.25 and brand.lower() not in title.lower():
        title, brand = f"{brand} {title}", ""
    price = offer.price if shown[2] else None
    category, description = offer.category if shown[1] else "", offer.description if shown[3] else ""
    return offer_text(title, brand, category, price, offer.currency, description, offer.language)
