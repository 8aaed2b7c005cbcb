"""Prices as shops print them: "1.234,56 €", "¥1,980", "1 299,00", "CHF 1'299.–", and "14 99" with raised cents."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from sku_align.catalogs.currencies import WITHOUT_CENTS

_LONGEST = 20
_PRICE = re.compile(
    r"(?P<before>[^\d+−-]*?)(?P<sign>[-−+]?)(?P<rest>[^\d−-]*?)(?P<number>\d(?:[\d.,'’ ]*[\d.,])?)"
    r"\s*(?P<dash>[-–—−]*)\s*(?P<after>\D*)"
)
_DIGITS = re.compile(r"\d+(?:[.,]\d+)?|\d{1,3}(?:([.,])\d{3}(?:\1\d{3})*)(?:[.,]\d+)?")
_RAISED_CENTS = re.compile(r"(\d{1,3}(?: \d{3})*|\d+) (\d\d)")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_NOISE = re.compile(
    r"\b(?:ab|from|nur|only|à partir de|desde|incl?|inkl|ttc|ht|税込|税抜|含税|約|约)\b\.?|税込|税抜|含税|[()（）:]",
    re.IGNORECASE,
)


class Price(NamedTuple):
    """A price as printed: digits with separators, whether negative, and what stands around it.

    A space in the digits stands before cents that have no other mark.
    """

    digits: str
    negative: bool
    sign: str


def split_price(text: str) -> Price | None:
    """Take a printed price apart; None where it is not one number."""
    cleaned = _SPACES.sub(" ", _NOISE.sub(" ", text)).strip()
    match = _PRICE.fullmatch(cleaned)
    if not match:
        return None
    around = f"{match['before']}{match['rest']}{match['after']}".replace(" ", "")
    if len(around) > 8:
        return None
    raised = _RAISED_CENTS.fullmatch(match["number"])
    printed = re.sub(r"[ '’]", "", raised[1] if raised else match["number"])
    digits = printed.rstrip(".,")
    if not _DIGITS.fullmatch(digits) or len(digits) > _LONGEST:
        return None
    trailing_minus = match["dash"] in {"-", "−"} and digits == printed
    return Price(f"{digits} {raised[2]}" if raised else digits, match["sign"] in {"-", "−"} or trailing_minus, around)


def decimal_mark(prices: Iterable[Price]) -> str | None:
    """The decimal mark that the unambiguous prices of a feed use; None where they do not tell."""
    votes = {".": 0, ",": 0}
    for price in prices:
        marks = re.findall(r"[.,]", price.digits)
        if not marks:
            continue
        rest = price.digits.rpartition(marks[-1])[2]
        if len(set(marks)) == 2 or (len(marks) == 1 and (len(rest) != 3 or price.digits.startswith("0"))):
            votes[marks[-1]] += 1
    if votes["."] == votes[","]:
        return None
    return max(votes, key=lambda mark: votes[mark])


def amount(price: Price, decimal: str | None, currency: str | None) -> float:
    """The number a price stands for.

    Args:
        price: From `split_price`.
        decimal: The feed's decimal mark; None goes by the digits: three after a single mark are thousands.
        currency: ISO 4217 code; a currency without cents has no decimals.
    """
    digits, _, cents = price.digits.partition(" ")
    if cents and currency in WITHOUT_CENTS:
        digits, cents = digits + cents, ""
    marks = sorted(set(re.findall(r"[.,]", digits)))
    last = max(digits.rfind("."), digits.rfind(","))
    whole, rest = (digits, "") if last < 0 else (digits[:last], digits[last + 1 :])
    if last >= 0 and len(marks) == 1:
        repeated = digits.count(digits[last]) > 1
        by_setting = decimal is not None and digits[last] == decimal
        grouping = len(rest) == 3 and not whole.startswith("0")
        if repeated or (grouping and (not by_setting or currency in WITHOUT_CENTS)):
            whole, rest = digits, ""
    value = float(f"{re.sub('[.,]', '', whole) or '0'}.{rest or cents or '0'}")
    return -value if price.negative else value
