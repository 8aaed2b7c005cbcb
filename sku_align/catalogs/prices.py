"""Prices as shops print them: "1.234,56 €", "¥1,980", "1 299,00", "CHF 1'299.–", ",89 €", "$1.2k", "14,90 €/Stück".

A text that holds more than one price is never guessed at: a range and a price with a struck-out one are left unread,
and a price per kilo or litre keeps its currency but is not the price of the offer.
"""

import re
from typing import Literal, NamedTuple

from sku_align.catalogs.currencies import WITHOUT_CENTS

# Longer numbers are not prices (an id, a phone number). Chosen by eye.
_LONGEST = 20
MAX_TEXT = 120
# A stranger's text of at most MAX_TEXT characters, so that no pattern can take long.
_NOISE = re.compile(
    r"(?i)\b(?:ab|from|nur|only|starting|at|von|dès|des|a partire da|à partir de|a partir de|desde|od|vanaf|från|fra"
    r"|alkaen|incl?|inkl|vat|mwst|iva|tva|tax|ttc|ht|uvp|rrp|ca|approx|just|now|jetzt)\b\.?"
    r"|税込み?|税抜き?|含税|約|约|起|から|부터|от|[()（）:*†²³]"
)
_FREE = re.compile(r"(?i)^\W*(?:kostenlos|gratis|free|umsonst|gratuit|gratuito|無料|免费|免費|무료|бесплатно)\W*$")
_PER_UNIT = re.compile(
    r"(?i)^(.*\d.*?)\s*(?:/|\bper\b|\bpro\b|\bje\b|\bpar\b|\bpor\b|\bal\b)\s*(?:"
    r"(?:\d+(?:[.,]\d+)?\s*)?(?P<measure>kg|g|mg|l|ml|cl|m|m2|m²|qm|cm|oz|lb|lbs|litre|liter|litro|kilo|meter|mètre|metro)"
    r"|stück|stk|st|piece|pieces|pc|pcs|unit|each|ea|pack|packung|unité|unidad|pieza|pezzo|szt|kus|個|点|枚|本|件|个|只|台|개)?\.?$"
)
_PRICE = re.compile(
    r"(?P<before>[^\d+−.,-]*?)(?P<sign>[-−+]?)(?P<rest>[^\d−.,-]*?)(?P<number>[.,]?\d(?:[\d.,'’ ]*[\d.,])?)"
    r"(?P<thousand>\s?[kK](?![A-Za-zčČ]))?\s*(?P<dash>[-–—−]*)\s*(?P<after>\D*)"
)
_DIGITS = re.compile(
    r"\d+(?:[.,]\d+)?|[.,]\d{1,2}|\d{1,3}(?:([.,])\d{3}(?:\1\d{3})*)(?:[.,]\d+)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"
)
_PLAIN = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{2})?")
_RAISED_CENTS = re.compile(r"(\d{1,3}(?: \d{3})*|\d+) (\d\d)")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")


class Price(NamedTuple):
    """A price as printed: digits with separators, whether negative, and what stands around it.

    A space in the digits stands before cents that have no other mark.
    """

    digits: str
    negative: bool
    sign: str
    factor: int = 1
    kind: Literal["price", "per unit"] = "price"


def split_price(text: str) -> Price | None:
    """Take a printed price apart; None where it is not one number.

    Args:
        text: A cell; more than 120 characters are not a price.
    """
    if len(text) > MAX_TEXT:
        return None
    if _PLAIN.fullmatch(text):
        return Price(text, False, "")
    if _FREE.match(text):
        return Price("0", False, "")
    cleaned = _SPACES.sub(" ", text).strip()
    unit = _PER_UNIT.match(cleaned)
    if unit:
        cleaned = unit[1]
    cleaned = _SPACES.sub(" ", _NOISE.sub(" ", cleaned)).strip()
    match = _PRICE.fullmatch(cleaned)
    if not match:
        return None
    around = f"{match['before']}{match['rest']}{match['after']}".replace(" ", "").strip(".,")
    if len(around) > 8:
        return None
    raised = _RAISED_CENTS.fullmatch(match["number"])
    printed = re.sub(r"[ '’]", "", raised[1] if raised else match["number"])
    digits = printed.rstrip(".,")
    if not _DIGITS.fullmatch(digits) or len(digits) > _LONGEST:
        return None
    trailing_minus = match["dash"] in {"-", "−"} and digits == printed and not match["after"]
    # "29,-" is an even price, "12,50-" a credit: a credit states its cents.
    trailing_minus = trailing_minus and not (match["dash"] == "-" and "." not in digits and "," not in digits)
    negative = match["sign"] in {"-", "−"} or trailing_minus
    factor = 1000 if match["thousand"] else 1
    return Price(
        f"{digits} {raised[2]}" if raised else digits,
        negative,
        around,
        factor,
        "per unit" if unit and unit["measure"] else "price",
    )


def decimal_vote(price: Price) -> str | None:
    """The decimal mark that one price uses beyond doubt."""
    marks = re.findall(r"[.,]", price.digits)
    if not marks:
        return None
    rest = price.digits.rpartition(marks[-1])[2]
    if len(set(marks)) == 2 or (len(marks) == 1 and (len(rest) != 3 or price.digits.startswith("0"))):
        return str(marks[-1])
    return None


def winner(votes: dict[str, int]) -> str | None:
    """The mark with more votes."""
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
        grouping = len(rest) == 3 and not whole.startswith("0") and bool(whole) and price.factor == 1
        if repeated or (grouping and (not by_setting or currency in WITHOUT_CENTS)):
            whole, rest = digits, ""
    value = float(f"{re.sub('[.,]', '', whole) or '0'}.{rest or cents or '0'}") * price.factor
    return -value if price.negative else value
