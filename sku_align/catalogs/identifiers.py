"""GTINs: check digits, prefixes that say nothing outside one shop, and what spreadsheets made of them.

The rules are GS1's: GTIN-8, -12, -13 and -14 share one check digit when padded to 14; prefixes 02, 04 and 20 to 29 are
for a company's own use, 05 and 98 to 99 for coupons. A repaired code is used with a warning that shows both.
"""

import re
import unicodedata
from typing import NamedTuple

# Sixty codes with their separators.
MAX_TEXT = 1_000
_LENGTHS = (8, 12, 13, 14)
_PLACEHOLDERS = frozenset(
    [
        *(
            "",
            "0",
            "-",
            "--",
            "---",
            ".",
            "?",
            "x",
            "xx",
            "xxx",
            "n/a",
            "na",
            "n.a.",
            "n.a",
            "none",
            "null",
            "nil",
            "nan",
        ),
        *("tbd", "tba", "unknown", "unbranded", "does not apply", "doesn't apply", "not applicable", "not available"),
        *("no ean", "no gtin", "no barcode", "no upc", "keine", "kein", "keine ean", "kein ean", "kein gtin", "ohne"),
        *("nicht zutreffend", "ohne ean", "sans", "sans ean", "sans code", "pas d'ean", "non applicable"),
        *(
            "ne s'applique pas",
            "no aplica",
            "no aplicable",
            "sin ean",
            "sin código",
            "non si applica",
            "non disponibile",
        ),
        *("nessuno", "brak", "nie dotyczy", "geen", "sem ean", "sem gtin", "niet van toepassing", "não se aplica"),
        *(
            "uygulanmaz",
            "yok",
            "нет",
            "无",
            "無",
            "没有",
            "沒有",
            "不适用",
            "なし",
            "無し",
            "該当なし",
            "없음",
            "해당없음",
        ),
        "해당 없음",
    ]
)
# Codes with a good check digit that people type where a field must not be empty.
_JUNK = frozenset(
    [
        *("1234567890128", "0123456789012", "123456789012", "1234567890123", "12345670", "12345678", "01234565"),
        *("01234567", "012345678905", "00123456789012", "12345678901231", "9999999999994", "99999999999997"),
    ]
)
_LABEL = re.compile(
    r"^(?:gtin|ean|upc|jan|isbn|barcode|code|eancode)?[\s_-]?(?:8|12|13|14|10)?\s?(?:code|nr|no)?\.?\s?[:=#]\s?",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[|,;/\n]+|\s{2,}|\s(?=\d{8,14}(?:\s|$))")
_EXPONENT = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
_FORMULA = re.compile(r'^="?"?(.*?)"?"?$')


class Gtin(NamedTuple):
    """What a cell of GTINs gave.

    Attributes:
        gtin: The first sound code as 14 digits, None if there is none.
        problem: Why none was found, or what was repaired; None where there is nothing to say.
        placeholder: The cell only fills a field; such cells are counted, not named one by one.
        others: Further sound codes of the cell.
    """

    gtin: str | None
    problem: str | None = None
    placeholder: bool = False
    others: tuple[str, ...] = ()


def read_gtin(text: str | None) -> Gtin:
    """Read a GTIN as catalogs print it.

    Args:
        text: Digits, perhaps with spaces or hyphens, a label, a spreadsheet's damage, or several codes.

    Returns:
        The code, what is wrong or was repaired, and further codes.
    """
    if text is None:
        return Gtin(None)
    cell = unicodedata.normalize("NFKC", text[: MAX_TEXT + 1]).strip()
    if len(cell) > MAX_TEXT:
        return Gtin(None, f"GTIN {cell[:20]}... has more than {MAX_TEXT} characters and is not used.")
    if cell.lower().strip(" .'\"") in _PLACEHOLDERS or cell.lower() in _PLACEHOLDERS:
        return Gtin(None, placeholder=True)
    plain = cell if cell.isdecimal() else _undamaged(cell)
    whole = _one(plain)
    if whole.gtin or whole.placeholder or not _SEPARATORS.search(plain):
        return _told(whole, text, cell != plain)
    parts = [_one(_undamaged(part.strip())) for part in _SEPARATORS.split(plain) if part.strip()]
    sound = list(dict.fromkeys(part.gtin for part in parts if part.gtin))
    if not sound:
        return _told(whole, text, False)
    return Gtin(sound[0], None, others=tuple(sound[1:]))


def _undamaged(cell: str) -> str:
    """A cell without formula marks, apostrophe, label, and the fraction that a float column adds."""
    if cell.startswith("="):
        cell = _FORMULA.sub(r"\1", cell)
    cell = cell.strip("'’‘`´\" ")
    cell = _LABEL.sub("", cell)
    return re.sub(r"^(\d{6,14})[.,]0+$", r"\1", cell)


def _one(text: str) -> Gtin:
    if _EXPONENT.fullmatch(text.strip()):
        return Gtin(None, "was rounded by a spreadsheet and is not used")
    compact = text if text.isdecimal() else re.sub(r"[\s.\-‐‑–]", "", text)
    if len(compact) == 10 and re.fullmatch(r"\d{9}[\dXx]", compact) and _is_isbn10(compact):
        return Gtin(_isbn13(compact).zfill(14), "was read as ISBN-10 and is used as {used}")
    if not (compact.isascii() and compact.isdigit()):
        return Gtin(None, "is not a number and is not used")
    if not compact.strip("0") or compact in _JUNK or (len(set(compact)) == 1 and len(compact) >= 5):
        return Gtin(None, placeholder=True)
    if len(compact) >= 8 and len(set(compact[:-1])) == 1:
        return Gtin(None, placeholder=True)
    if len(compact) in _LENGTHS and _checks(compact):
        if _restricted(compact):
            return Gtin(None, "has a prefix for a shop's own use and is not used")
        expanded = _upc_e(compact) if compact[0] == "0" else None
        return (
            Gtin(compact.zfill(14))
            if expanded is None
            else Gtin(expanded.zfill(14), "is a UPC-E and is used as {used}")
        )
    if len(compact) == 8 and (expanded := _upc_e(compact)):
        return Gtin(expanded.zfill(14), "is a UPC-E and is used as {used}")
    if 8 < len(compact) < 12 and _checks(compact) and not _restricted(compact.zfill(12)):
        return Gtin(compact.zfill(14), "lost its leading zeros and is used as {used}, whose check digit fits")
    if len(compact) not in _LENGTHS:
        if len(compact) in (15, 16, 17, 18) and compact[: len(compact) - 14].strip("0") == "" and _checks(compact):
            return Gtin(compact[-14:], "has more zeros than a GTIN and is used as {used}")
        return Gtin(None, f"has {len(compact)} digits instead of 8, 12, 13 or 14 and is not used")
    return Gtin(None, "has a wrong check digit and is not used")


def _told(found: Gtin, printed: str, repaired: bool) -> Gtin:
    """The finding with its sentence."""
    shown = printed if len(printed) <= 40 else f"{printed[:40]}..."
    if found.problem:
        used = (found.gtin or "").lstrip("0").zfill(13)
        return found._replace(problem=f"GTIN {shown} {found.problem.format(used=used)}.")
    if found.gtin and repaired:
        return found._replace(problem=f"GTIN {shown} was damaged by a spreadsheet and is used as {found.gtin[1:]}.")
    return found


def _checks(digits: str) -> bool:
    return (sum(map(int, digits[::-2])) + 3 * sum(map(int, digits[-2::-2]))) % 10 == 0


def _check_digit(body: str) -> str:
    total = sum(int(digit) * (1 if at % 2 else 3) for at, digit in enumerate(reversed(body)))
    return str(-total % 10)


def _is_isbn10(text: str) -> bool:
    digits = [10 if digit in "Xx" else int(digit) for digit in text]
    return sum(weight * digit for weight, digit in zip(range(10, 0, -1), digits, strict=True)) % 11 == 0


def _isbn13(text: str) -> str:
    body = f"978{text[:9]}"
    return body + _check_digit(body)


def _upc_e(digits: str) -> str | None:
    """The UPC-A that eight digits of UPC-E shorten; None where they are none, or are a sound GTIN-8 of another kind.

    GS1 gives no GTIN-8 with the prefixes 0: those are UPC-E.
    """
    if len(digits) != 8 or digits[0] not in "01":
        return None
    system, d1, d2, d3, d4, d5, d6, check = list(digits)
    if d6 in "012":
        body = f"{system}{d1}{d2}{d6}0000{d3}{d4}{d5}"
    elif d6 == "3":
        body = f"{system}{d1}{d2}{d3}00000{d4}{d5}"
    elif d6 == "4":
        body = f"{system}{d1}{d2}{d3}{d4}00000{d5}"
    else:
        body = f"{system}{d1}{d2}{d3}{d4}{d5}0000{d6}"
    return body + check if _check_digit(body) == check else None


def _restricted(digits: str) -> bool:
    padded = digits.zfill(14)
    if not padded[:6].strip("0") and len(digits) == 8:
        return padded[6] == "2"
    thirteen = padded[1:]
    return thirteen[0] == "2" or thirteen[:2] in {"02", "04", "05", "98", "99"}
