"""A mapping for a feed that nobody has described yet, from its columns' names and what stands in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sku_align.catalogs.currencies import CODES
from sku_align.catalogs.identifiers import read_gtin
from sku_align.catalogs.language import LanguageSurvey
from sku_align.catalogs.mapping import ColumnMapping, map_columns
from sku_align.catalogs.opening import open_files
from sku_align.catalogs.presets import NONE
from sku_align.catalogs.prices import split_price
from sku_align.catalogs.reading import column_names, open_table
from sku_align.catalogs.records import Record, Table, text_of
from sku_align.catalogs.sources import CatalogSource
from sku_align.catalogs.vocabulary import REQUIRED
from sku_align.errors import UserError

# Rows that are looked at, and the share of filled cells that must look like a column for it to be proposed. Chosen by
# eye.
SAMPLE = 500
_MOST = 0.6
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_IMAGE = re.compile(r"\.(?:jpe?g|png|webp|gif)(?:\?|$)", re.IGNORECASE)


@dataclass
class Column:
    """A proposed column: the feed's own name, how sure the proposal is from 0 to 1, and what it was seen by."""

    own: str
    sure: float
    why: str


@dataclass
class Proposal:
    """What was seen in a feed.

    Attributes:
        source: The feed.
        columns: Canonical name -> proposed column.
        names: All columns of the feed.
        preset: Whose export it is, None for anybody's.
        language: The language of nearly all titles, None where they differ.
        currency: Currency of the preset's prices, where no column states it.
        rows: Rows looked at.
        remarks: What a person should know.
    """

    source: CatalogSource
    columns: dict[str, Column]
    names: list[str]
    preset: str | None = None
    language: str | None = None
    currency: str | None = None
    rows: int = 0
    remarks: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """Required columns for which nothing was found."""
        return [name for name in REQUIRED if name not in self.columns]


def propose(source: CatalogSource) -> Proposal:
    """Look at the first rows of a feed and propose how to read it.

    Raises:
        UserError: The feed cannot be read or has no rows.
    """
    with open_files(source) as files:
        if not files:
            raise UserError(f"The catalog {source.name} has no file to look at.")
        table = open_table(source, files[0])
        head = list(islice(table.rows, SAMPLE))
        rows = [{name: text_of(value) for name, value in row[1].items()} for row in head if not isinstance(row, Record)]
    names = table.names if table.names is not None else column_names(head)
    if not names or not rows:
        raise UserError(f"The catalog {source.where} has no rows to look at; export it again.")
    mapping = _mapping(source, names, table)
    columns = _named(mapping, source) if mapping else {}
    values = {name: [str(row[name]).strip() for row in rows if row.get(name)] for name in names}
    _by_values(values, len(rows), columns)
    titles = values.get(columns["title"].own, []) if "title" in columns else []
    preset = mapping.preset if mapping and mapping.preset is not NONE else None
    fixed = preset.fixed.get("currency") if preset else None
    found = [remark.sentence for remark in table.remarks]
    language = None if "language" in columns else _language(titles)
    currency = None if "currency" in columns else fixed
    return Proposal(source, columns, list(names), preset.name if preset else None, language, currency, len(rows), found)


def _mapping(source: CatalogSource, names: Sequence[str], table: Table) -> ColumnMapping | None:
    try:
        return map_columns(source, names, table.hint)
    except UserError:
        return None


def _named(mapping: ColumnMapping, source: CatalogSource) -> dict[str, Column]:
    found = {}
    for canonical, owns in mapping.columns.items():
        guessed = canonical in mapping.guessed
        why = "by its name" if guessed or mapping.preset is NONE else f"as in exports of {mapping.preset.name}"
        found[canonical] = Column(owns[0], 0.9 if guessed else 0.99, why)
    return found


def _by_values(values: dict[str, list[str]], rows: int, columns: dict[str, Column]) -> None:
    """Fill what names did not give, by check digits, currency codes, addresses, prices, and uniqueness."""
    taken = {column.own for column in columns.values()}
    free = {name: cells for name, cells in values.items() if name not in taken and cells}

    def best(canonical: str, measure: Any, why: str, least: float = _MOST) -> None:
        if canonical in columns:
            return
        scored = [(measure(cells), name) for name, cells in free.items()]
        share, name = max(scored, default=(0.0, ""), key=lambda entry: entry[0])
        if share >= least:
            columns[canonical] = Column(name, round(min(share, 0.95), 2), why.format(f"{share:.0%}"))
            free.pop(name)

    best("gtin", lambda cells: _share(read_gtin(cell).gtin for cell in cells), "{} are codes with a good check digit")
    best("currency", lambda cells: _share(cell.upper() in CODES for cell in cells), "{} are codes of ISO 4217", 0.9)
    best("image_url", lambda cells: _share(_URL.match(c) and _IMAGE.search(c) for c in cells), "{} are images")
    best("url", lambda cells: _share(_URL.match(cell) for cell in cells), "{} are web addresses")
    best("title", lambda cells: _title_likeness(cells, rows), "it reads like product names ({})", 0.3)
    best("offer_id", lambda cells: _id_likeness(cells, rows), "its values are short and all different ({})")
    best("price", lambda cells: _share((p := split_price(c)) and re.search(r"[.,]\d\d?$", p.digits) for c in cells),
         "{} are amounts with cents")  # fmt: skip


def _share(truths: Any) -> float:
    found = [bool(truth) for truth in truths]
    return sum(found) / len(found) if found else 0.0


def _title_likeness(cells: list[str], rows: int) -> float:
    """High for columns of a few words each, most of them different."""
    worded = _share(
        8 <= len(cell) <= 200 and " " in cell and sum(map(str.isalpha, cell)) > len(cell) / 2 for cell in cells
    )
    cjk = _share(any("\u3040" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af" for letter in c) for c in cells)
    return max(worded, cjk) * len(set(cells)) / max(rows, 1)


def _id_likeness(cells: list[str], rows: int) -> float:
    short = _share(len(cell) <= 40 and " " not in cell for cell in cells)
    return short * len(set(cells)) / max(rows, 1)


def _language(titles: list[str]) -> str | None:
    """The language of a feed of one language; None where titles are doubtful or of several."""
    if not titles:
        return None
    survey = LanguageSurvey()
    survey.add(titles)
    guesses = survey.prior().detect(titles)
    tags = [guess.tag for guess in guesses if guess.confidence >= 0.7]
    common = max(sorted(set(tags)), key=tags.count, default=None)
    return common if common and tags.count(common) >= 0.9 * len(titles) else None
