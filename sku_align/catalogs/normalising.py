"""From the cells of a portion of a feed to the values of offers, with what could not be read named beside them.

Every cell is cut to its field's bound before any pattern sees it, and every value is read under a guard of its own: an
exception costs the rows that have the value, with a reason, and is logged with its traceback once for each kind.
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sku_align.catalogs.cleaning import clean, language_tag, read_time, unescape, web_address
from sku_align.catalogs.currencies import read_currency
from sku_align.catalogs.families import Families
from sku_align.catalogs.identifiers import read_gtin
from sku_align.catalogs.language import Guess, LanguagePrior, chinese_script
from sku_align.catalogs.mapping import ColumnMapping
from sku_align.catalogs.presets import fold_column
from sku_align.catalogs.prices import Price, amount, split_price
from sku_align.catalogs.records import Cell
from sku_align.catalogs.sources import CatalogSource
from sku_align.catalogs.validation import MAX_TITLE_LENGTH
from sku_align.catalogs.vocabulary import CANONICAL
from sku_align.pairs import MIN_CONFIDENCE

Columns = dict[str, list[Any]]
_Row = tuple[int, dict[str, str], dict[str, str]]
DESCRIPTION_LETTERS = 200
# A title of so many letters tells its language without help.
_LONG_TITLE = 30
# Characters of a cell that are read; more is cut, or left out where a part would mean something else.
MAX_READ = {
    "offer_id": 4_000, "title": 4_000, "brand": 300, "description": 20_000, "category": 1_000, "price": 200,
    "currency": 40, "gtin": 1_100, "mpn": 200, "url": 2_048, "image_url": 2_048, "updated_at": 80, "language": 60,
}  # fmt: skip
_LEFT_OUT = {"mpn", "url", "image_url"}
MAX_ATTRIBUTE = 2_000
_MAX_ATTRIBUTES = 500
_MAX_ATTRIBUTES_JSON = 60_000
_SEVERAL = re.compile(r"[|\n,;\"]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Articles with more codes than this are groups of articles. Chosen by eye.
MAX_GTINS = 30
_USED = {
    "true": "used",
    "1": "used",
    "yes": "used",
    "ja": "used",
    "oui": "used",
    "false": "new",
    "0": "new",
    "no": "new",
}
_CODE_KINDS = {"ean", "upc", "gtin", "isbn", "jan", "gcid", "barcode", "ean13", "1", "2", "3", "4", "5"}
_Value = TypeVar("_Value")
_logger = logging.getLogger(__name__)
_logged: set[str] = set()


@dataclass
class Portion:
    """Rows of a feed as read: number and cells by the feed's own column names, empty ones left out."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    malformed: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """How the portions of one feed are read; what its rows say together is settled before any row is.

    Attributes:
        source: The feed.
        mapping: Its columns.
        families: What its rows state for one another.
        decimal: Its decimal mark, None where the prices do not tell.
        languages: What it is as a whole.
        defaults: Values that the feed states once for all rows.
    """

    source: CatalogSource
    mapping: ColumnMapping
    families: Families
    decimal: str | None
    languages: LanguagePrior
    defaults: dict[str, str] = field(default_factory=dict)


@dataclass
class Normalised:
    """Rows that can be offers.

    Attributes:
        numbers: Row numbers, n of them.
        cells: Cells as read, n of them.
        columns: n values each of the offers' columns, and for the checks `printed_title`, `printed_language`,
            `unread_price`, `unit_price`, `unread_time`, `unread_url`, `gtin_problem`, `cut` and `unreadable`.
        attributes: Name -> cell of all other columns, n of them.
        skipped: Rows that are not offers: why -> how many.
        placeholders: How many GTIN cells only fill a field.
    """

    numbers: list[int]
    cells: list[dict[str, str]]
    columns: Columns
    attributes: list[dict[str, str]]
    skipped: Counter[str]
    placeholders: int


class _Guard:
    """Reads values one by one and keeps what failed: row -> reasons."""

    def __init__(self, rows: int) -> None:
        self.failed: dict[int, str] = {}
        self.rows = rows

    def each(self, name: str, cells: Sequence[Cell], read: Callable[[str], _Value]) -> list[_Value | None]:
        """Apply a function to every cell that is not empty, once for each distinct text."""
        known: dict[str, _Value | None] = {}
        broken: dict[str, str] = {}
        for cell in set(cells):
            if cell is not None:
                try:
                    known[cell] = read(cell)
                except Exception as error:
                    broken[cell] = note_error(f"the {name}", error)
        for row, cell in enumerate(cells):
            if cell is not None and cell in broken:
                self.failed.setdefault(row, broken[cell])
        return [None if cell is None else known.get(cell) for cell in cells]


def note_error(what: str, error: Exception) -> str:
    """Log an unexpected error with its traceback, once for each kind; returns the sentence for the row."""
    kind = f"{what} {type(error).__name__}"
    if kind not in _logged:
        _logged.add(kind)
        _logger.warning("A row is quarantined because %s cannot be read", what, exc_info=error)
    return f"{what[0].upper()}{what[1:]} of this row cannot be read ({type(error).__name__})."


def normalise(portion: Portion, reading: Reading) -> Normalised:
    """Normalise a portion of a feed."""
    kept: list[_Row] = []
    skipped: Counter[str] = Counter()
    for number, cells in portion.rows:
        reason, taken = reading.families.resolve(number, cells) if reading.families.matters else (None, {})
        if reason:
            skipped[reason] += 1
        else:
            kept.append((number, cells, taken))
    guard = _Guard(len(kept))
    cut: dict[int, str] = {}
    raw = {name: _column(name, kept, reading, cut) for name in CANONICAL}
    attributes = [_attributes(cells, taken, reading) for _, cells, taken in kept]
    columns: Columns = {
        "offer_id": [cell and cell.strip() for cell in raw["offer_id"]],
        "printed_title": guard.each("title", raw["title"], unescape),
    }
    for name in ("title", "brand", "description", "category", "mpn"):
        columns[name] = guard.each(name, raw[name], clean)
    for name in ("url", "image_url"):
        columns[name] = guard.each(name, [_first_of(cell) for cell in raw[name]], web_address)
    columns["unread_url"] = [
        next((cell[:60] for cell, read in pairs if cell and not read), None)
        for pairs in zip(*(zip(raw[name], columns[name], strict=True) for name in ("url", "image_url")), strict=True)
    ]
    columns["printed_language"] = raw["language"]
    guesses = _languages(reading, guard, columns)
    columns["language"] = [guess.tag for guess in guesses]
    columns["language_confidence"] = [guess.confidence for guess in guesses]
    columns["further_titles"] = _further_titles(kept, reading, guard, columns)
    columns |= _prices(reading, guard, raw["price"], raw["currency"], columns["language"])
    _gtins(reading, guard, kept, raw["gtin"], columns, attributes)
    times = guard.each("updated_at", raw["updated_at"], read_time)
    columns["updated_at"] = times
    columns["unread_time"] = [c if time is None else None for c, time in zip(raw["updated_at"], times, strict=True)]
    columns["cut"] = [cut.get(row) for row in range(len(kept))]
    columns["unreadable"] = [guard.failed.get(row) for row in range(len(kept))]
    columns["attributes"] = [_json(cells) if cells else None for cells in attributes]
    numbers = [number for number, _, _ in kept]
    placeholders = columns.pop("placeholder").count(True)
    return Normalised(numbers, [cells for _, cells, _ in kept], columns, attributes, skipped, placeholders)


def _column(name: str, rows: Sequence[_Row], reading: Reading, cut: dict[int, str]) -> list[Cell]:
    """Cells of a canonical column: the first filled column of the feed, else what the row takes, else the default."""
    owns = reading.mapping.columns.get(name, ())
    first = owns[0] if owns else None
    default, bound = reading.defaults.get(name), MAX_READ[name]
    found: list[Cell] = []
    for row, (_, cells, taken) in enumerate(rows):
        cell = cells.get(first) if first is not None else None
        if not cell:
            cell = next((cells[own] for own in owns if own in cells), None) or taken.get(name) or default
        if cell is not None and len(cell) > bound:
            if name in {"brand", "description", "category", *_LEFT_OUT}:
                fate = "left empty" if name in _LEFT_OUT else "cut"
                cut.setdefault(row, f"The {name} has more than {bound:,} characters and is {fate}.")
            cell = None if name in _LEFT_OUT else cell[:bound]
        found.append(cell)
    return found


def _attributes(cells: dict[str, str], taken: dict[str, str], reading: Reading) -> dict[str, str]:
    """What else a row states, under the names of variant attributes where a column is one."""
    mapping = reading.mapping
    found: dict[str, str] = {}
    for name, owns in mapping.columns.items():
        if name not in CANONICAL and (own := next((own for own in owns if own in cells), None)):
            value = cells[own]
            if name == "condition" and fold_column(own) == "used":
                value = _USED.get(value.strip().lower(), value)
            found[name] = value
    options = {column for pair in reading.families.options for column in pair}
    rest = [name for name in cells if name not in mapping.used and name not in options]
    for name in sorted(rest)[:_MAX_ATTRIBUTES]:
        found.setdefault(_plain(name)[:200], cells[name])
    found |= {name: value for name, value in taken.items() if name not in CANONICAL}
    return {name: _plain(value[:MAX_ATTRIBUTE]) for name, value in sorted(found.items())}


def _plain(text: str) -> str:
    return text if text.isprintable() else _CONTROL.sub("", text)


def _json(cells: dict[str, str]) -> str:
    text = json.dumps(cells, ensure_ascii=False, sort_keys=True)
    while len(text) > _MAX_ATTRIBUTES_JSON:
        cells.pop(max(cells, key=lambda name: len(cells[name])))
        text = json.dumps(cells, ensure_ascii=False, sort_keys=True)
    return text


def _first_of(cell: Cell) -> Cell:
    """The first of several addresses in one cell."""
    if cell is None or cell.startswith("javascript"):
        return cell
    if not _SEVERAL.search(cell):
        return cell.strip("[] ").strip() or None
    return re.split(r"[|\n]|[,;]\s*(?=https?:)|\"", cell.strip('[]" '), maxsplit=1)[0].strip() or None


def _languages(reading: Reading, guard: _Guard, columns: Columns) -> list[Guess]:
    """From the row, else the settings, else the feed's title column, else detection."""
    declared = reading.source.settings.language or reading.mapping.language or ""
    fixed = language_tag(declared)
    printed = guard.each("language", columns["printed_language"], language_tag)
    tags: list[Guess | None] = [Guess(tag or fixed or "", 1.0) if tag or fixed else None for tag in printed]
    titles, descriptions = columns["title"], columns["description"]
    unknown = [at for at, tag in enumerate(tags) if tag is None]
    texts = [language_text(titles[at], descriptions[at]) for at in unknown]
    for at, guess in zip(unknown, reading.languages.detect(texts), strict=True):
        tags[at] = guess
    chinese = [at for at, guess in enumerate(tags) if guess and guess.tag == "zh"]
    for at, tag in zip(chinese, chinese_script([titles[at] or "" for at in chinese]), strict=True):
        tags[at] = Guess(tag, 0.95)
    return [guess or Guess("en", 0.0) for guess in tags]


def _further_titles(
    rows: Sequence[_Row], reading: Reading, guard: _Guard, columns: Columns
) -> list[list[dict[str, str | None]] | None]:
    """Titles of each row in other store views and languages, one per language, without the title itself."""
    if not reading.families.translates:
        return [None] * len(rows)
    found: list[list[dict[str, str | None]] | None] = []
    cells = [reading.families.further_titles(cells) for _, cells, _ in rows]
    texts = {title for further in cells for _, title in further}
    clean_of = dict(zip(texts, guard.each("title", [text[: MAX_READ["title"]] for text in texts], clean), strict=True))
    for row, further in enumerate(cells):
        titles: dict[str, str | None] = {}
        for tag, text in further:
            title = clean_of[text]
            if title and len(title) <= MAX_TITLE_LENGTH and title != columns["title"][row]:
                titles.setdefault(title, tag or _told_language(title, reading.languages))
        found.append([{"language": tag, "title": title} for title, tag in sorted(titles.items())] or None)
    return found


def _told_language(title: str, languages: LanguagePrior) -> str | None:
    (guess,) = languages.detect([title])
    return guess.tag if guess.confidence >= MIN_CONFIDENCE else None


def language_text(title: Cell, description: Cell) -> str:
    """What the language of a row is detected by."""
    if not description or (title and len(title) >= _LONG_TITLE):
        return title or ""
    return f"{title or ''} {description[:DESCRIPTION_LETTERS]}".strip()


def _prices(
    reading: Reading, guard: _Guard, prices: list[Cell], currencies: list[Cell], languages: list[str]
) -> Columns:
    """Amounts and currencies; the currency column comes first, then the sign beside the price, then the settings."""
    settings = reading.source.settings
    printed = guard.each("price", prices, split_price)
    fixed = reading.mapping.preset.fixed.get("currency")
    default = read_currency(settings.currency or reading.mapping.currency or fixed, None)
    codes: list[Cell] = []
    amounts: list[float | None] = []
    for price, cell, language in zip(printed, currencies, languages, strict=True):
        code = _currency(price, cell, language, default)
        codes.append(code)
        amounts.append(amount(price, reading.decimal, code) if price and price.kind == "price" else None)
    per_unit = [
        cell if price is not None and price.kind == "per unit" else None
        for cell, price in zip(prices, printed, strict=True)
    ]
    unread = [
        cell[:60] if cell and value is None and unit is None else None
        for cell, value, unit in zip(prices, amounts, per_unit, strict=True)
    ]
    return {"price": amounts, "currency": codes, "unread_price": unread, "unit_price": per_unit}


def _currency(price: Price | None, cell: Cell, language: str, default: Cell) -> Cell:
    if cell is not None:
        return read_currency(cell, language, default) or cell
    sign = read_currency(price.sign, language, default) if price else None
    return sign or (default if price else None)


def _gtins(
    reading: Reading,
    guard: _Guard,
    kept: Sequence[_Row],
    cells: list[Cell],
    columns: Columns,
    attributes: list[dict[str, str]],
) -> None:
    """Codes of the offers, of several cells and several columns; ids that are not codes (ASIN) are attributes too."""
    kinds = _kind_columns(reading)
    if kinds:
        for row, (_, cells_of, _) in enumerate(kept):
            kind = next((cells_of[name] for name in kinds if name in cells_of), None)
            if kind and cells[row] and kind.strip().lower() not in _CODE_KINDS:
                attributes[row][_plain(kind.strip().lower())[:40]] = _plain(str(cells[row]))
                cells[row] = None
    found = guard.each("gtin", cells, read_gtin)
    columns["gtin"] = [one.gtin if one else None for one in found]
    columns["gtin_problem"] = [one.problem if one else None for one in found]
    columns["placeholder"] = [bool(one and one.placeholder) for one in found]
    codes, bound = [list(one.others) if one else [] for one in found], MAX_READ["gtin"]
    for own in reading.mapping.further_gtins:
        further = [cells_of[own][:bound] if own in cells_of else None for _, cells_of, _ in kept]
        for row, one in enumerate(guard.each("gtin", further, read_gtin)):
            if one and one.gtin:
                codes[row] += [one.gtin, *one.others]
    for row, (gtin, others) in enumerate(zip(columns["gtin"], codes, strict=True)):
        if not gtin and others:
            columns["gtin"][row] = gtin = others[0]
        codes[row] = [code for code in dict.fromkeys(others) if code != gtin][:MAX_GTINS]
    columns["further_gtins"] = [others or None for others in codes]


def _kind_columns(reading: Reading) -> list[str]:
    wanted = (reading.mapping.preset.gtin_type or "").split("|")
    return [name for name in reading.families.names if fold_column(name) in wanted]
