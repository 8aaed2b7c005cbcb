"""Why two offers look alike or not, in words short enough for a spreadsheet cell.

Words are aligned in Latin letters, so that "Zürich" meets "ZURICH" and a name meets its other spelling. Texts in
different scripts share few words; there the quantities, numbers and identifiers speak.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from sku_align.attributes.units import format_quantity
from sku_align.attributes.variant_differences import variant_differences
from sku_align.review.phrases import name_of, say, silence_of
from sku_align.romanise import romanise

# Words of two titles at least this similar, in percent of letters, are shown as one word spelt in two ways. Chosen by
# eye.
MIN_SIMILARITY = 80.0
MAX_WORDS = 6
# Ounces and grams of one package, each rounded to what is printed on it, differ by up to 2 %: chosen by eye.
SAME_SIZE = 0.02
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W_]+(?:[.,'’-][^\W_]+)*")

Offer = Mapping[str, Any]


class Clause(NamedTuple):
    """One thing that two offers share or that differs: what kind of phrase says it, of which attribute, and values.

    `kind` is `title`, `words`, `same`, `differs`, `variant` (a variant attribute), `shown` or `price`; for `words`,
    `both` holds the words that both titles have.
    """

    kind: str
    name: str
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    both: tuple[str, ...] = ()


def compare(left: Offer, right: Offer) -> list[Clause]:
    """What two offers share and where they differ.

    Args:
        left: One offer as a mapping of `schema.OFFERS` columns.
        right: The other.
    """
    clauses = [
        _words(left["title"] or "", right["title"] or ""),
        _quantity(left, right),
        *(
            Clause("same" if each.alike else "variant", each.name, each.left, each.right)
            for each in variant_differences(left.get("variants") or (), right.get("variants") or ())
        ),
        _values("brand", _single(left, "brand"), _single(right, "brand"), alike=True),
        _gtins(left, right),
        _values("mpn", _single(left, "mpn"), _single(right, "mpn"), alike=True),
        _price(left, right),
    ]
    return [clause for clause in clauses if clause]


def differences(clauses: Iterable[Clause]) -> list[str]:
    """Names of the attributes that differ."""
    return [clause.name for clause in clauses if clause.kind in ("differs", "variant")]


def sentence(clauses: Iterable[Clause], language: str = "en") -> str:
    """Clauses in words of a language of `phrases.LANGUAGES`, English where it is another."""
    return "; ".join(_words_of(clause, language) for clause in clauses)


def explain(left: Offer, right: Offer, language: str = "en") -> str:
    """Say what two offers share and where they differ.

    Args:
        left: One offer as a mapping of `schema.OFFERS` columns.
        right: The other.
        language: One of `phrases.LANGUAGES`.

    Returns:
        Clauses joined by "; ", such as "both: ramen | only left: cup | only right: bag; quantity differs: 65 g / 91 g".
    """
    return sentence(compare(left, right), language)


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
        if not free:
            break
        plain = romanise(word)
        # Most words meet an equal one, which needs no comparison of letters.
        at = next((at for at, other in free.items() if other == plain), None)
        if at is None:
            at = max(free, key=lambda at: fuzz.ratio(plain, free[at]))
        if _alike(plain, free[at]):
            del free[at]
            found[number] = at
    return found


def _words(left: str, right: str) -> Clause:
    if romanise(left) == romanise(right):
        return Clause("title", "words")
    ours, theirs = _WORD.findall(left), _WORD.findall(right)
    partner = _partners(ours, theirs)
    shared = set(partner.values())
    return Clause(
        "words",
        "words",
        tuple(word for at, word in enumerate(ours) if at not in partner),
        tuple(word for at, word in enumerate(theirs) if at not in shared),
        tuple(word for at, word in enumerate(ours) if at in partner),
    )


def _words_of(clause: Clause, language: str) -> str:
    kind, name = clause.kind, name_of(clause.name, language)
    if kind == "title":
        return say("title", language)
    if kind == "words":
        parts = (("both", clause.both), ("only_left", clause.left), ("only_right", clause.right))
        return " | ".join(say(part, language, _shorten(words, language)) for part, words in parts if words)
    left, right = ", ".join(clause.left), ", ".join(clause.right)
    if kind == "same":
        return say("same", language, name, left)
    if kind == "variant":
        silence = silence_of(clause.name, language)
        return say("variant", language, name, left or silence, right or silence)
    return say(kind, language, name, left, right)


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if _DIGIT.search(one) or _DIGIT.search(other):
        return False
    return fuzz.ratio(one, other) >= MIN_SIMILARITY


def _shorten(words: Sequence[str], language: str) -> str:
    shown = list(dict.fromkeys(words))
    rest, text = len(shown) - MAX_WORDS, ", ".join(shown[:MAX_WORDS])
    return say("more", language, text, rest) if rest > 0 else text


def _values(name: str, left: list[str], right: list[str], alike: bool = False) -> Clause | None:
    if not left or not right:
        return None
    same = set(left) == set(right)
    if alike and not same:
        one, other = (romanise(" ".join(side)) for side in (left, right))
        if one == other:
            same = True
        elif one.isascii() and left[0].isascii() != right[0].isascii():
            return Clause("shown", name, (left[0],), (right[0],))
    return Clause("same" if same else "differs", name, tuple(left), tuple(right))


def _gtins(left: Offer, right: Offer) -> Clause | None:
    """One GTIN in common says the same, whatever further ones there are."""
    ours, theirs = ([*_single(side, "gtin"), *(side.get("further_gtins") or ())] for side in (left, right))
    shared = [code for code in ours if code in theirs]
    return _values("gtin", shared or ours, shared or theirs)


def _single(offer: Offer, column: str) -> list[str]:
    return [str(offer[column])] if offer.get(column) else []


def _quantity(left: Offer, right: Offer) -> Clause | None:
    """Sizes that a person would call different; 210 g and 7.4 oz are one size that was rounded twice."""
    ours, theirs = ({e["dimension"]: e["value"] for e in side.get("quantities") or ()} for side in (left, right))
    alike = (abs(ours[name] - theirs[name]) <= SAME_SIZE * max(ours[name], theirs[name]) for name in ours)
    if ours and ours.keys() == theirs.keys() and all(alike):
        return Clause("same", "quantity", tuple(_quantities(left)))
    return _values("quantity", _quantities(left), _quantities(right))


def _quantities(offer: Offer) -> list[str]:
    entries = sorted((entry["dimension"], entry["value"]) for entry in offer.get("quantities") or ())
    return [format_quantity(*entry) for entry in entries]


def _price(left: Offer, right: Offer) -> Clause | None:
    one, other = left.get("price"), right.get("price")
    if not one or not other or not left.get("currency") or left.get("currency") != right.get("currency"):
        return None
    if one == other:
        return Clause("same", "price", (f"{one:.2f} {left['currency']}",))
    return Clause("price", "price", (f"{one:.2f}",), (f"{other:.2f} {left['currency']}",))
