"""Discounts that shops write into titles; they tell no product from another and change every week."""

import re

_SECOND = (
    r"(?:2\w*|second\w*|deuxi\w*|zweit\w*|tweede\w*|segund\w*|drugi\w*|toise\w*|andra)[.°º]?"
    r"(?:\s(?:article|item|artikel))?"
)
_ON_SECOND = rf"(?:\s(?:sur|on|auf|op|su|en|em|na|till)\s(?:(?:le|la|the|den|das|il|lo|de|het|el|o)\s)?{_SECOND})?"
_WORDS = (
    r"(?:off|rabatt|reduziert|gunstiger|günstiger|de remise|de réduction|remise|de descuento|dto|de desconto|desconto"
    r"|di sconto|sconto|korting|taniej|rabatu|zniżki|alennus|alennuksella)\b|オフ|引き?|割引|할인"
)
_PROMOTION = re.compile(
    rf"(?<![^\s(\[,;|])[-–−]\s?\d{{1,2}}\s?%{_ON_SECOND}"
    rf"|(?<![\w.,-])(?:{_SECOND}\s(?:à|at|zum|für|for|a|mit)\s)?[-–−]?\d{{1,2}}\s?%\s?(?:{_WORDS})"
    rf"|\b{_SECOND}\s(?:à|at|zum|für|for|a|mit)\s[-–−]\s?\d{{1,2}}\s?%"
    r"|第[二2]件(?:半价|半價|\d(?:\.\d)?折)|(?<![\d.])[1-9](?:\.\d)?折(?![叠疊])",
    re.IGNORECASE,
)
_MARKS = ("%", "折", "半")


def without_promotions(text: str) -> str:
    """A title without its discounts.

    Args:
        text: A title in NFKC form.

    Example:
        >>> without_promotions("Gel douche Lavela 250 ml -50% sur le 2e")
        'Gel douche Lavela 250 ml'
    """
    if not any(mark in text for mark in _MARKS):
        return text
    shorter = _PROMOTION.sub(" ", text)
    return text if shorter == text else " ".join(shorter.replace("( )", " ").replace("[ ]", " ").split())
