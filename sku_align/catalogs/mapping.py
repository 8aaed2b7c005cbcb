"""Which column of a feed is which: by the settings, else by the preset, else by names that mean one thing only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sku_align.catalogs.presets import BY_NAME, NONE, Preset, fold_column, recognise, split_currency, split_locale
from sku_align.catalogs.records import Remark
from sku_align.catalogs.sources import CatalogSource
from sku_align.catalogs.vocabulary import ATTRIBUTES, CANONICAL, REQUIRED, fold, meaning
from sku_align.errors import UserError

# A nested column stands for its last part (`brand.name`), but a price of shipping is not the price.
_NOT_THE_OFFERS = {
    "shipping", "tax", "installment", "subscription cost", "product detail", "loyalty program", "seller", "shop",
    "store", "related", "reviews", "variants", "images", "options", "dimensions", "supplier", "delivery", "warranty",
}  # fmt: skip
_SETTINGS_NAME_IT = 1_000


@dataclass(frozen=True)
class ColumnMapping:
    """How the columns of one feed are read.

    Attributes:
        columns: Canonical name or name of an attribute -> the feed's own columns, of which the first filled one counts.
        preset: Whose export it is; `presets.NONE` for anybody's.
        titles: Further title columns with the language tag of each.
        further_gtins: Further columns of GTINs, such as `upc` beside `ean`.
        currency: Currency that the price column's name states.
        language: Language that the title column's name states.
        guessed: Canonical names that neither settings nor preset nor their own spelling gave.
        remarks: What a person should know.
    """

    columns: Mapping[str, tuple[str, ...]]
    preset: Preset = NONE
    titles: tuple[tuple[str, str], ...] = ()
    further_gtins: tuple[str, ...] = ()
    currency: str | None = None
    language: str | None = None
    guessed: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = field(default=(), compare=False)

    @cached_property
    def used(self) -> frozenset[str]:
        """The feed's own columns that have a canonical name."""
        own = {own for owns in self.columns.values() for own in owns}
        return frozenset(own | {own for own, _ in self.titles} | set(self.further_gtins))


def header_score(source: CatalogSource, cells: Sequence[str]) -> int:
    """How many cells of a row are names of columns; far more where the settings name them."""
    wanted = set(source.settings.columns.values())
    names = {cell.strip() for cell in cells if cell.strip()}
    if wanted and wanted <= names:
        return _SETTINGS_NAME_IT
    # A header is made of short names without repetition; prose and data are not.
    meant = {found[0] for name in names if len(name) <= 60 and (found := meaning(name))}
    preset = recognise(names)
    bonus = 10 if preset else 0
    return len(meant) + len(wanted & names) * 2 + bonus


def map_columns(source: CatalogSource, names: Sequence[str], hint: str | None = None) -> ColumnMapping:
    """Map the columns of a feed.

    Args:
        source: With the settings of the catalog.
        names: The feed's columns in their order.
        hint: Preset that the format gives away.

    Raises:
        UserError: The settings name what does not exist, or a required column is not found.
    """
    settings = source.settings
    found = ", ".join(names[:40]) + (f" and {len(names) - 40} more" if len(names) > 40 else "") or "none"
    columns: dict[str, tuple[str, ...]] = {}
    for canonical, own in settings.columns.items():
        if canonical not in CANONICAL and canonical not in ATTRIBUTES:
            raise UserError(
                f"The settings of catalog {source.name} map {canonical!r}, which is not a canonical column; those are "
                f"{', '.join([*CANONICAL, *ATTRIBUTES])}."
            )
        if own not in names and "." not in own:
            raise UserError(
                f"The catalog {source.where} has no column {own!r}, which its settings name as {canonical}; it has "
                f"{found}."
            )
        columns[canonical] = (own,)
    preset = BY_NAME.get(settings.preset or "", None) or (NONE if settings.preset else None)
    recognised = preset is None
    if preset is None:
        preset = recognise(names) or BY_NAME.get(hint or "", NONE)
    taken = {own for owns in columns.values() for own in owns}
    free = [name for name in names if name not in taken]
    titles, language = _localised(source, preset, free, columns)
    _by_preset(preset, free, columns)
    _by_own_spelling(free, columns)
    guessed = _by_meaning(source, free, columns) if settings.preset != "none" else ()
    _check_required(source, columns, found)
    remarks = [Remark("preset", f"Read as an export of {preset.name}.")] if preset is not NONE and recognised else []
    if guessed:
        mapped = ", ".join(f"{canonical}: {columns[canonical][0]}" for canonical in guessed)
        remarks.append(Remark("mapping", f"Columns were mapped by their names: {mapped}; set `columns` to change it."))
    used = {own for owns in columns.values() for own in owns}
    # Where the settings name the column of GTINs, or leave it out, the others may be those of cartons and pallets.
    by_name = "gtin" in columns and "gtin" not in settings.columns
    codes = [name for name in names if by_name and name not in used and (meaning(name) or ("",))[0] == "gtin"]
    priced = columns.get("price", ("",))[0]
    currency = split_currency(priced)
    return ColumnMapping(
        columns,
        preset,
        titles,
        tuple(codes),
        currency[1] if currency else None,
        language,
        tuple(guessed),
        tuple(remarks),
    )


def _by_preset(preset: Preset, names: Iterable[str], columns: dict[str, tuple[str, ...]]) -> None:
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(fold_column(name), name)
        if split := split_currency(name):
            folded.setdefault(fold(split[0]), name)
    for canonical, known in preset.columns.items():
        owns = tuple(folded[one] for one in known if one in folded)
        if owns and canonical not in columns:
            columns[canonical] = owns


def _by_own_spelling(names: Iterable[str], columns: dict[str, tuple[str, ...]]) -> None:
    # One column may be two things (a food's code is its GTIN), but not by its spelling.
    taken = {own for owns in columns.values() for own in owns}
    for name in names:
        canonical = name.strip().lower().replace(" ", "_")
        if canonical.startswith("g:"):
            canonical = canonical[2:]
        if canonical in {*CANONICAL, *ATTRIBUTES} and canonical not in columns and name not in taken:
            columns[canonical] = (name,)
            taken.add(name)


def _by_meaning(source: CatalogSource, names: Iterable[str], columns: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Columns whose name, or whose last part, means one thing; optional ones only where the settings map nothing."""
    taken = {own for owns in columns.values() for own in owns}
    best: dict[str, tuple[int, str]] = {}
    for name in names:
        if name in taken:
            continue
        found, penalty = meaning(name), 0
        split = split_currency(name)
        if found is None and split and (found := meaning(split[0])):
            penalty = 50
        if found is None and "." in name:
            *outer, last = name.split(".")
            if not _NOT_THE_OFFERS.intersection(fold(part) for part in outer):
                inner = {"name", "value", "text", "amount", "current"}
                found = meaning(outer[-1]) if fold(last) in inner else meaning(last)
                penalty = 100
        if found and (found[0] not in best or found[1] + penalty < best[found[0]][0]):
            best[found[0]] = (found[1] + penalty, name)
    guessed = []
    for canonical, (_, name) in best.items():
        wanted = canonical in REQUIRED or canonical in ATTRIBUTES or not source.settings.columns
        if canonical not in columns and wanted:
            columns[canonical] = (name,)
            if canonical in CANONICAL:
                guessed.append(canonical)
    return tuple(guessed)


def _localised(
    source: CatalogSource, preset: Preset, names: Sequence[str], columns: dict[str, tuple[str, ...]]
) -> tuple[tuple[tuple[str, str], ...], str | None]:
    """Columns such as `name-de_DE`: one gives the title, in the catalog's language if there; others further titles."""
    wanted = (source.settings.language or "").partition("-")[0].lower()
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        split = split_locale(name)
        if not split:
            continue
        own = fold(split[0])
        canonical = (
            next((key for key, known in preset.columns.items() if own in known), None) or (meaning(own) or ("",))[0]
        )
        if canonical in {"title", "description", "category"}:
            groups.setdefault(canonical, []).append((name, split[1]))
    language = None
    for canonical, found in groups.items():
        if canonical in columns:
            continue
        first = next((one for one in found if one[1].partition("-")[0] == wanted), found[0])
        columns[canonical] = (first[0],)
        if canonical == "title":
            language = first[1]
    main = columns.get("title", ("",))[0]
    return tuple(one for one in groups.get("title", []) if one[0] != main), language


def _check_required(source: CatalogSource, columns: Mapping[str, tuple[str, ...]], found: str) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        needed = ", ".join(f"{name}: <its column>" for name in missing)
        raise UserError(
            f"The catalog {source.where} has no column {' and no column '.join(missing)}, only {found}; write "
            f"`catalogs: {{{source.name}: {{columns: {{{needed}}}}}}}` in the settings, or let `sku-align init` do it."
        )
