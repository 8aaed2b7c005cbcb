"""Rows of one product: which are offers, and what they take from the rows that are not.

Exports write a product with variants as a parent row and one row for each variant; a variant leaves out what its
parent states. A parent sells nothing itself and must not merge with anything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sku_align.catalogs.cleaning import language_tag
from sku_align.catalogs.identifying import KNOWN_LANGUAGES
from sku_align.catalogs.mapping import ColumnMapping
from sku_align.catalogs.presets import fold_column
from sku_align.catalogs.records import Cell
from sku_align.catalogs.sources import CatalogSource
from sku_align.catalogs.vocabulary import meaning

Cells = Mapping[str, Cell]
_INHERITED = ("title", "brand", "description", "category", "language", "currency", "image_url", "url")
_NO_OPTION = {"title", "default title", "default"}
_MAX_PAIRS = 20_000
# Store views are named by country as often as by language: Canada is not Catalan, Argentina not Arabic.
_COUNTRIES = frozenset({"uk", "ca", "ar"})
_LANGUAGE_NAMES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "francais": "fr", "français": "fr",
    "spanish": "es", "espanol": "es", "español": "es", "italian": "it", "italiano": "it", "dutch": "nl",
    "nederlands": "nl", "polish": "pl", "polski": "pl", "portuguese": "pt", "portugues": "pt", "swedish": "sv",
    "svenska": "sv", "danish": "da", "dansk": "da", "finnish": "fi", "suomi": "fi", "japanese": "ja",
    "chinese": "zh", "korean": "ko", "russian": "ru", "turkish": "tr", "czech": "cs", "norwegian": "no",
}  # fmt: skip


@dataclass
class Families:
    """What the rows of a feed state for one another; noted in a first pass, asked in a second one."""

    mapping: ColumnMapping
    kind: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    parent: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    internal_id: str | None = None
    store_view: str | None = None
    pairs: str | None = None
    needs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    inherited: dict[str, dict[str, str]] = field(default_factory=dict)
    named: dict[str, list[str]] = field(default_factory=dict)
    alias: dict[str, str] = field(default_factory=dict)
    has_children: set[str] = field(default_factory=set)
    views: dict[str, dict[str, str]] = field(default_factory=dict)
    default_view: set[str] = field(default_factory=set)
    first_view: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, source: CatalogSource, mapping: ColumnMapping, names: list[str]) -> "Families":
        """Families of a feed: columns by the preset, changed by the settings."""
        preset, settings = mapping.preset, source.settings
        own: dict[str, str] = {}
        for name in names:
            own.setdefault(fold_column(name), name)

        def found(*known: str | None) -> tuple[str, ...]:
            return tuple(own[one] for joined in known if joined for one in joined.split("|") if one in own)

        return cls(
            mapping,
            kind=found(preset.kind),
            group=(settings.group,) if settings.group else found(*preset.group),
            parent=(settings.parent,) if settings.parent else found(*preset.parent),
            options=tuple(dict.fromkeys((own[a], own[b]) for a, b in preset.options if a in own and b in own)),
            internal_id=next(iter(found(preset.internal_id)), None),
            store_view=settings.store_view or next(iter(found(preset.store_view)), None),
            pairs=next(iter(found(preset.pairs)), None),
            needs=found(*preset.needs),
            names=tuple(names),
        )

    @property
    def matters(self) -> bool:
        """Whether any row can depend on another."""
        return bool(self.kind or self.group or self.parent or self.store_view)

    @property
    def translates(self) -> bool:
        """Whether an offer may have further titles."""
        return bool(self.store_view or self.mapping.titles)

    def note(self, number: int, cells: Cells) -> None:
        """First pass: remember what a row states for others."""
        offer_id = self._value(cells, "offer_id")
        if self.store_view and offer_id:
            self._note_view(number, offer_id, cells)
        if key := self._group_key(cells):
            inherited = self.inherited.setdefault(key, {})
            for name in _INHERITED:
                if name not in inherited and (value := self._value(cells, name)):
                    inherited[name] = value
            names = [cells.get(name) or "" for name, _ in self.options]
            if any(names) and key not in self.named:
                self.named[key] = names
            if self._is_sku_row(cells):
                self.has_children.add(key)
            return
        if not (self.kind or self.parent):
            return
        if target := self._parent_key(cells):
            self.has_children.add(target)
        if offer_id and (self._is_parent(cells) or not self._parent_key(cells)):
            # Without a column that says what a row is, any row may turn out to be the parent of a later one.
            self.inherited[offer_id] = {name: value for name in _INHERITED if (value := self._value(cells, name))}
            if self.internal_id and (internal := cells.get(self.internal_id)):
                self.alias[f"id:{internal}"] = offer_id

    def resolve(self, number: int, cells: Cells) -> tuple[str | None, dict[str, str]]:
        """Second pass: what becomes of a row.

        Returns:
            Why it is not an offer (None if it is one), and what it takes from others: canonical names and options.
        """
        offer_id = self._value(cells, "offer_id")
        if self.store_view and offer_id and self._is_further_view(number, offer_id, cells):
            return "store view", {}
        taken = self._options(cells)
        if language := self._view_language(cells):
            taken["language"] = language
        if key := self._group_key(cells):
            if self._is_image(cells):
                return "further image", {}
            if self.mapping.preset.name == "rakuten" and key in self.has_children and not self._is_sku_row(cells):
                return "parent", {}
            return None, self.inherited.get(key, {}) | {"item_group_id": key} | taken
        if self._is_parent(cells) or (not self.kind and self.parent and offer_id in self.has_children):
            return "parent", {}
        if target := self._parent_key(cells):
            target = self.alias.get(target, target)
            return None, self.inherited.get(target, {}) | {"item_group_id": target} | taken
        return None, taken

    def further_titles(self, cells: Cells) -> list[tuple[str | None, str]]:
        """Titles of an offer in its other store views and in further title columns: language tag if known, title."""
        views = self.views.get(self._value(cells, "offer_id") or "", {}) if self.store_view else {}
        found = [(_language_of_view(view), title) for view, title in views.items()]
        found += [(language_tag(tag) or tag, cells[own]) for own, tag in self.mapping.titles if cells.get(own)]  # type: ignore[misc]
        return found

    def _view_language(self, cells: Cells) -> str | None:
        return _language_of_view((cells.get(self.store_view) or "").strip()) if self.store_view else None

    def _value(self, cells: Cells, canonical: str) -> Cell:
        return next((cells[own] for own in self.mapping.columns.get(canonical, ()) if cells.get(own)), None)

    def _first(self, cells: Cells, names: tuple[str, ...]) -> Cell:
        return next((cells[name] for name in names if cells.get(name)), None)

    def _group_key(self, cells: Cells) -> Cell:
        return self._first(cells, self.group)

    def _parent_key(self, cells: Cells) -> Cell:
        found = self._first(cells, self.parent)
        return self.alias.get(found, found) if found else None

    def _is_parent(self, cells: Cells) -> bool:
        kind = self._first(cells, self.kind)
        return bool(kind) and str(kind).strip().lower() in self.mapping.preset.parents

    def _is_sku_row(self, cells: Cells) -> bool:
        own = self.mapping.columns.get("offer_id", ())
        return bool(own and cells.get(own[0]) and own[0] not in self.group)

    def _is_image(self, cells: Cells) -> bool:
        return bool(self.needs) and not self._value(cells, "title") and not any(cells.get(name) for name in self.needs)

    def _options(self, cells: Cells) -> dict[str, str]:
        """Options of a row under canonical names; a later row of a group has its options' names from the first one."""
        found: dict[str, str] = {}
        names = self.named.get(self._group_key(cells) or "", [])
        for at, (name_column, value_column) in enumerate(self.options):
            name = cells.get(name_column) or (names[at] if at < len(names) else "")
            value = cells.get(value_column)
            if not name or not value or value.strip().lower() in _NO_OPTION:
                continue
            meant = meaning(name)
            found.setdefault(meant[0] if meant and meant[0] not in self.mapping.columns else name.strip(), value)
        if self.pairs and (text := cells.get(self.pairs)):
            for part in text[:_MAX_PAIRS].split(","):
                name, _, value = part.partition("=")
                if name.strip() and value.strip():
                    meant = meaning(name)
                    found.setdefault(meant[0] if meant else name.strip(), value.strip())
        return found

    def _note_view(self, number: int, offer_id: str, cells: Cells) -> None:
        view = (cells.get(self.store_view or "") or "").strip()
        if view.lower() in {"", "admin", "default", "all"}:
            self.default_view.add(offer_id)
            return
        if title := self._value(cells, "title"):
            self.views.setdefault(offer_id, {})[view] = title
        self.first_view.setdefault(offer_id, number)

    def _is_further_view(self, number: int, offer_id: str, cells: Cells) -> bool:
        view = (cells.get(self.store_view or "") or "").strip()
        if view.lower() in {"", "admin", "default", "all"}:
            return False
        return offer_id in self.default_view or self.first_view.get(offer_id) != number


def _language_of_view(view: str) -> str | None:
    """The language that the code of a store view names, such as `de_AT` or `shop_french`; None where it names none."""
    parts = re.split(r"[\s_\-]+", view.lower())
    tag = language_tag(view.replace("_", "-")) if parts[0] not in _COUNTRIES else None
    if tag and tag.partition("-")[0] in KNOWN_LANGUAGES:
        return tag
    named = [_LANGUAGE_NAMES.get(part, part) for part in parts]
    known = [part for part in named if part in KNOWN_LANGUAGES and part not in _COUNTRIES]
    return language_tag(known[-1]) if len(known) == 1 else None
