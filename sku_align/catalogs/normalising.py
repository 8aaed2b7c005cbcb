"""From the strings of a feed to the values of offers, with what could not be read named beside them."""

from collections.abc import Callable
from typing import Any, TypeVar

from sku_align.catalogs.cleaning import clean, language_tag, read_time, unescape
from sku_align.catalogs.currencies import read_currency
from sku_align.catalogs.identifiers import read_gtin
from sku_align.catalogs.language import chinese_script, detect_languages
from sku_align.catalogs.prices import Price, amount, decimal_mark, split_price
from sku_align.catalogs.reading import Cell, Feed

Columns = dict[str, list[Any]]
_DESCRIPTION_LETTERS = 200
_Value = TypeVar("_Value")


def normalise(feed: Feed) -> Columns:
    """Normalise a feed of n rows.

    Args:
        feed: As read.

    Returns:
        Columns of n values: those of the offers (all but keys, attributes and derived ones), and for the checks
        `printed_title`, `printed_language`, `unread_price`, `unread_time` and `gtin_problem`.
    """
    n = len(feed.numbers)

    def column(name: str) -> list[Cell]:
        return feed.columns.get(name) or [None] * n

    columns: Columns = {
        "offer_id": column("offer_id"),
        "printed_title": [title and unescape(title) for title in column("title")],
    }
    for name in ("title", "brand", "description", "category", "mpn"):
        columns[name] = _each(column(name), clean)
    columns["url"], columns["image_url"] = column("url"), column("image_url")
    columns["printed_language"] = column("language")
    columns["language"] = _languages(feed, columns)
    columns |= _prices(feed, column("price"), column("currency"), columns["language"])
    gtins = _each(column("gtin"), read_gtin)
    columns["gtin"] = [found[0] if found else None for found in gtins]
    columns["gtin_problem"] = [found[1] if found else None for found in gtins]
    times = _each(column("updated_at"), read_time)
    columns["updated_at"] = times
    columns["unread_time"] = [
        cell if time is None else None for cell, time in zip(column("updated_at"), times, strict=True)
    ]
    return columns


def _each(cells: list[Cell], read: Callable[[str], _Value]) -> list[_Value | None]:
    """Apply a function to every cell that is not empty, once for each distinct text."""
    known: dict[Cell, _Value | None] = {cell: read(cell) for cell in set(cells) if cell is not None}
    return [known.get(cell) for cell in cells]


def _languages(feed: Feed, columns: Columns) -> list[str]:
    """From the row, else the settings, else detection."""
    fixed = language_tag(feed.source.settings.language or "")
    tags = [tag or fixed for tag in _each(columns["printed_language"], language_tag)]
    titles, descriptions = columns["title"], columns["description"]
    unknown = [at for at, tag in enumerate(tags) if tag is None]
    texts = [f"{titles[at] or ''} {(descriptions[at] or '')[:_DESCRIPTION_LETTERS]}".strip() for at in unknown]
    for at, tag in zip(unknown, detect_languages(texts), strict=True):
        tags[at] = tag
    chinese = [at for at, tag in enumerate(tags) if tag == "zh"]
    for at, tag in zip(chinese, chinese_script([titles[at] or "" for at in chinese]), strict=True):
        tags[at] = tag
    return [str(tag) for tag in tags]


def _prices(feed: Feed, prices: list[Cell], currencies: list[Cell], languages: list[str]) -> Columns:
    """Amounts and currencies; the currency column comes first, then the sign beside the price, then the settings."""
    settings = feed.source.settings
    printed = _each(prices, split_price)
    decimal = settings.decimal or decimal_mark(price for price in printed if price)
    default = read_currency(settings.currency, None)
    codes: list[Cell] = []
    amounts: list[float | None] = []
    for price, cell, language in zip(printed, currencies, languages, strict=True):
        code = _currency(price, cell, language, default)
        codes.append(code)
        amounts.append(amount(price, decimal, code) if price else None)
    unread = [cell if value is None else None for cell, value in zip(prices, amounts, strict=True)]
    return {"price": amounts, "currency": codes, "unread_price": unread}


def _currency(price: Price | None, cell: Cell, language: str, default: Cell) -> Cell:
    if cell is not None:
        return read_currency(cell, language, default) or cell
    sign = read_currency(price.sign, language, default) if price else None
    return sign or (default if price else None)
