"""Which feeds a run reads, and under which names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sku_align.config import CatalogSettings, Settings
from sku_align.errors import UserError


@dataclass(frozen=True)
class CatalogSource:
    """One feed: the catalog's name, its file (None for a query) and how to read it."""

    name: str
    path: Path | None
    settings: CatalogSettings

    @property
    def where(self) -> str:
        """The feed as an error message names it."""
        return str(self.path) if self.path else f"the query of catalog {self.name}"


def find_sources(paths: Sequence[Path], settings: Settings) -> list[CatalogSource]:
    """Name the feeds of a run.

    A file is called as the settings call it if a catalog there has that path, else by its file stem. A configured
    catalog, such as one that is a query, may also be given by its name.

    Args:
        paths: Catalog files or names of configured catalogs; empty means every catalog of the settings.
        settings: All settings of the run.

    Returns:
        The sources, sorted by name.

    Raises:
        UserError: Nothing to read, a file is missing, or two catalogs have one name.
    """
    by_path = {catalog.path.resolve(): name for name, catalog in settings.catalogs.items() if catalog.path}
    if paths:
        sources = [_find(path, by_path, settings) for path in paths]
    else:
        sources = [CatalogSource(name, catalog.path, catalog) for name, catalog in settings.catalogs.items()]
    if not sources:
        raise UserError("There is no catalog to read; name catalog files, or list catalogs in the settings file.")
    seen: dict[str, CatalogSource] = {}
    for source in sources:
        _check(source)
        if (other := seen.setdefault(source.name, source)) is not source:
            raise UserError(
                f"Two catalogs have the name {source.name}: {other.where} and {source.where}; rename one file, or give "
                "them names with paths under `catalogs` in the settings file."
            )
    return sorted(sources, key=lambda source: source.name)


def _find(path: Path, by_path: dict[Path, str], settings: Settings) -> CatalogSource:
    name = by_path.get(path.resolve())
    if name is None and str(path) in settings.catalogs and not path.exists():
        configured = settings.catalogs[str(path)]
        return CatalogSource(str(path), configured.path, configured)
    name = name or path.stem
    return CatalogSource(name, path, settings.catalog(name))


def _check(source: CatalogSource) -> None:
    settings = source.settings
    if "#" in source.name:
        raise UserError(
            f"The catalog name {source.name!r} contains '#', which divides catalog and offer id in reviewers' sheets; "
            "rename the file, or name the catalog in the settings file."
        )
    if source.path is None:
        if not (settings.url and settings.query):
            raise UserError(f"The catalog {source.name} has no source; set its `path`, or its `url` and `query`.")
        return
    if not source.path.exists():
        raise UserError(f"The catalog file {source.path} does not exist; check the path.")
    if source.path.is_dir():
        raise UserError(f"The catalog {source.path} is a folder; name the files in it.")
