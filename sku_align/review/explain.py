"""Why two offers look alike or not, in words short enough for a spreadsheet cell.

Words are aligned in Latin letters, so that "Zürich" meets "ZURICH" and a name meets its other spelling. Texts in
different scripts share few words; there the quantities, numbers and identifiers speak.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

from sku_align.attributes.telling import tell
from sku_align.attributes.units import said
from sku_align.romanise import romanise

MIN_SIMILARITY = 80.0
MAX_WORDS = 6
# Ounces and grams of one package, each rounded to what is printed on it, differ by up to 2 %: chosen by eye.
SAME_SIZE = 0.02
_WORD = re.compile(r"[^\W_]+(?:[.,'’-][^\W_]+)*")

Offer = Mapping[str, Any]


def explain(left: Offer, right: Offer) -> str:
    """Say what two offers share and where they differ.

    Args:
        left: One offer as a mapping of `schema.OFFERS` columns.
        right: The other.

    Returns:
        Clauses joined by "; ", such as "both: ramen | only left: cup | only right: bag; quantity differs: 65 g / 91 g".
    """
    clauses = [
        _words(left["title"] or "", right["title"] or ""),
        _quantity(left, right),
        *tell(left.get("variants") or (), right.get("variants") or ()),
        _values("brand", _single(left, "brand"), _single(right, "brand"), alike=True),
        _values("GTIN", _single(left, "gtin"), _single(right, "gtin")),
        _values("part number", _single(left, "mpn"), _single(right, "mpn"), alike=True),
        _price(left, right),
    ]
    return "; ".join(clause for clause in clauses if clause)


def explain_all(left: Sequence[Offer], right: Sequence[Offer]) -> list[str]:
    """Explain pairs of offers, one sentence each."""
    return [explain(one, other) for one, other in zip(left, right, strict=True)]


def marked(left: str, right: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Cut two titles into pieces, each with whether it is a word that the other title lacks."""
    ours, theirs = ([found.span() for found in _WORD.finditer(text)] for text in (left, right))
    partner = _partners([left[a:b] for a, b in ours], [right[a:b] for a, b in theirs])
    shared = set(partner.values())
    return (
        _pieces(left, [span for at, span in enumerate(ours) if at not in partner]),
        _pieces(right, [span for at, span in enumerate(theirs) if at not in shared]),
    )


def _pieces(text: str, spans: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in (*pieces, (text[at:], False)) if piece[0]]


def _partners(ours: Sequence[str], theirs: Sequence[str]) -> dict[int, int]:
    """Positions of words of one text, with those of the words of the other that they meet."""
    free = {at: romanise(word) for at, word in enumerate(theirs)}
    found = {}
    for number, word in enumerate(ours):
        plain = romanise(word)
        at = max(free, key=lambda at: fuzz.ratio(plain, free[at]), default=None)
        if at is not None and _alike(plain, free[at]):
            del free[at]
            found[number] = at
    return found


def _words(left: str, right: str) -> str:
    if romanise(left) == romanise(right):
        return "same title"
    ours, theirs = _WORD.findall(left), _WORD.findall(right)
    partner = _partners(ours, theirs)
    shared = set(partner.values())
    both = [word for at, word in enumerate(ours) if at in partner]
    only_left = [word for at, word in enumerate(ours) if at not in partner]
    only_right = [word for at, word in enumerate(theirs) if at not in shared]
    parts = (("both", both), ("only left", only_left), ("only right", only_right))
    return " | ".join(f"{name}: {_shorten(words)}" for name, words in parts if words)


def _alike(one: str, other: str) -> bool:
    if any(character.isdigit() for character in one + other):
        return one == other
    return fuzz.ratio(one, other) >= MIN_SIMILARITY


def _shorten(words: list[str]) -> str:
    shown = list(dict.fromkeys(words))
    rest = len(shown) - MAX_WORDS
    return ", ".join(shown[:MAX_WORDS]) + (f" and {rest} more" if rest > 0 else "")


def _values(name: str, left: list[str], right: list[str], alike: bool = False) -> str:
    if not left or not right:
        return ""
    same = set(left) == set(right)
    if alike and not same:
        one, other = (romanise(" ".join(side)) for side in (left, right))
        if one == other:
            same = True
        elif one.isascii() and left[0].isascii() != right[0].isascii():
            return f"{name}: {left[0]} / {right[0]}"
    if same:
        return f"same {name} {', '.join(left)}"
    return f"{name} differs: {', '.join(left)} / {', '.join(right)}"


def _single(offer: Offer, column: str) -> list[str]:
    return [str(offer[column])] if offer.get(column) else []


def _quantity(left: Offer, right: Offer) -> str:
    """Sizes that a person would call different; 210 g and 7.4 oz are one size that was rounded twice."""
    ours, theirs = ({e["dimension"]: e["value"] for e in side.get("quantities") or ()} for side in (left, right))
    alike = (abs(ours[name] - theirs[name]) <= SAME_SIZE * max(ours[name], theirs[name]) for name in ours)
    if ours and ours.keys() == theirs.keys() and all(alike):
        return f"same quantity {', '.join(_quantities(left))}"
    return _values("quantity", _quantities(left), _quantities(right))


def _quantities(offer: Offer) -> list[str]:
    entries = sorted((entry["dimension"], entry["value"]) for entry in offer.get("quantities") or ())
    return [said(*entry) for entry in entries]


def _price(left: Offer, right: Offer) -> str:
    one, other = left.get("price"), right.get("price")
    if not one or not other or not left.get("currency") or left.get("currency") != right.get("currency"):
        return ""
    if one == other:
        return f"same price {one:.2f} {left['currency']}"
    return f"price {one:.2f} / {other:.2f} {left['currency']}"
