"""Cells that a spreadsheet neither runs nor changes, and the one cell that names an offer.

An offer stands as `catalog#offer_id`, which no spreadsheet takes for a number, a date or a formula. Characters that a
spreadsheet or a person's editing would lose (quotes and spaces at the ends, separators, a formula's first character)
are written as `%` and two hexadecimal digits, as in addresses.
"""

import re
from collections.abc import Sequence
from urllib.parse import unquote

Key = tuple[str, str]

# A spreadsheet whose list separator is ";" cuts a comma file there, so a formula may begin after any separator.
_STARTS_FORMULA = re.compile(r"(^|[;,|\t\r\n])([ \u00a0\u3000]*)(?=[=+\-@＝＋－＠])")
_MAY_START = re.compile(r"[=+\-@＝＋－＠]")
NO_CELL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNSAFE = re.compile(r"[%;,|\t\r\n\"]|^[\s'=+\-@＝＋－＠]|[\s']$")
_ESCAPED = re.compile(r"%(?:[0-9A-Fa-f]{2})+")
MAX_CELL = 32_000  # Excel cuts a cell at 32,767 characters.


def harmless(value: object) -> str:
    """A value as a cell that no spreadsheet runs, whatever its separator; text that is a formula gets an apostrophe."""
    text = "" if value is None else str(value)
    if not text.isprintable():
        text = NO_CELL.sub(" ", text)
    text = text[:MAX_CELL]
    # Few cells hold a character that could start a formula, and only those need the slower search.
    return _STARTS_FORMULA.sub(r"\1\2'", text) if _MAY_START.search(text) else text


def key_cell(catalog: str, offer_id: str) -> str:
    """The cell that names an offer; `key_of` reads it."""
    return f"{_escape(catalog, '#') or '%'}#{_escape(offer_id)}"


def key_of(cell: str | None) -> Key | None:
    """The offer that a cell names, as (catalog, offer_id); None if it names none."""
    catalog, separator, offer_id = (cell or "").strip().removeprefix("'").partition("#")
    if not separator or not catalog or not offer_id:
        return None
    return ("" if catalog == "%" else _unescape(catalog)), _unescape(offer_id)


def cells_of(values: Sequence[object]) -> list[str]:
    """Harmless cells of a row."""
    return [harmless(value) for value in values]


def _escape(text: str, also: str = "") -> str:
    escaped = _UNSAFE.sub(lambda found: _percent(found.group()), NO_CELL.sub(lambda found: _percent(found[0]), text))
    return escaped.replace(also, "%23") if also else escaped


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: unquote(found.group(), errors="surrogatepass"), text)
