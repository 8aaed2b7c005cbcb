"""GTINs: check digits, and prefixes that say nothing outside one shop.

The rules are GS1's: GTIN-8, -12, -13 and -14 share one check digit when padded to 14; prefixes 02, 04 and 20 to 29 are
for a company's own use, 05 and 98 to 99 for coupons.
"""

import re
import unicodedata

_LENGTHS = (8, 12, 13, 14)
_PLACEHOLDERS = {
    "",
    "0",
    "-",
    "--",
    "n/a",
    "na",
    "none",
    "null",
    "无",
    "無",
    "なし",
    "없음",
    "keine",
    "sans",
    "n.a.",
    "x",
}


def read_gtin(text: str | None) -> tuple[str | None, str | None]:
    """Read a GTIN as catalogs print it.

    Args:
        text: Digits, perhaps with spaces or hyphens.

    Returns:
        The GTIN as 14 digits or None, and a sentence on what is wrong with it or None.
    """
    if text is None or text.strip().lower() in _PLACEHOLDERS:
        return None, None
    digits = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", text))
    if re.fullmatch(r"\d+(?:[.,]\d+)?[eE]\+?\d+", text.strip()):
        return None, f"GTIN {text} was rounded by a spreadsheet and is not used."
    if not (digits.isascii() and digits.isdigit()):
        return None, f"GTIN {text} is not a number and is not used."
    if not digits.strip("0"):
        return None, None
    if len(digits) not in _LENGTHS:
        return None, f"GTIN {text} has {len(digits)} digits instead of 8, 12, 13 or 14 and is not used."
    if not _checks(digits):
        return None, f"GTIN {text} has a wrong check digit and is not used."
    if _restricted(digits):
        return None, f"GTIN {text} has a prefix for a shop's own use and is not used."
    return digits.zfill(14), None


def _checks(digits: str) -> bool:
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _restricted(digits: str) -> bool:
    padded = digits.zfill(14)
    if not padded[:6].strip("0"):
        return padded[6] in "02"
    thirteen = padded[1:]
    return thirteen[0] == "2" or thirteen[:2] in {"02", "04", "05", "98", "99"}
