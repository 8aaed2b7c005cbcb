"""Which feeds a run reads, and under which names."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from sku_align.config import CatalogSettings, Settings
from sku_align.errors import UserError

PACKED = (".gz", ".zst", ".bz2", ".xz", ".zip")
MAX_NAME = 200
_URL = re.compile(r"^([a-z][a-z0-9+.\-]+):/{1,2}(?=[^/])", re.IGNORECASE)
_USER_INFO = re.compile(r"(://)[^/@]*@")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class CatalogSource:
    """One feed: the catalog's name, its file or pattern (None for a URL or query) and how to read it."""

    name: str
    path: Path | None
    settings: CatalogSettings

    @property
    def where(self) -> str:
        """The feed as an error message names it; a URL without user, password and parameters."""
        if self.path:
            return str(self.path)
        if self.settings.query:
            return f"the query of catalog {self.name}"
        return _USER_INFO.sub(r"\1", (self.settings.url or "").partition("?")[0])

    @property
    def files(self) -> list[Path]:
        """The files of the catalog, sorted by name: one, or all that a pattern matches; none for a URL or query."""
        if self.path is None:
            return []
        if _exists(self.path) or not _is_pattern(self.path):
            return [self.path]
        # The part before the first wildcard is a folder; pathlib globs below it only.
        parts = self.path.parts
        first = next(at for at, part in enumerate(parts) if _is_pattern(Path(part)))
        return sorted(Path(*parts[:first]).glob(str(Path(*parts[first:]))))

    def fingerprint(self) -> tuple[object, ...] | None:
        """What the content of the feed is made of, for the identity of a run; None where only reading tells."""
        if self.path is None:
            return None
        return (self.name, self.settings, *((file.name, _hash(file)) for file in self.files))


def find_sources(paths: Sequence[Path], settings: Settings) -> list[CatalogSource]:
    """Name the feeds of a run.

    A file is called as the settings call it if a catalog there has that path, else by its file stem, without the
    suffix of a compression. A configured catalog may also be given by its name; patterns and URLs are allowed.

    Args:
        paths: Catalog files or names of configured catalogs; empty means every catalog of the settings.
        settings: All settings of the run.

    Returns:
        The sources, sorted by name.

    Raises:
        UserError: Nothing to read, a file is missing, or two catalogs have one name.
    """
    by_path = {_resolved(catalog.path): name for name, catalog in settings.catalogs.items() if catalog.path}
    if paths:
        sources = [_find(path, by_path, settings) for path in paths]
    else:
        sources = [CatalogSource(name, catalog.path, catalog) for name, catalog in settings.catalogs.items()]
    if not sources:
        raise UserError("There is no catalog to read; name catalog files, or list catalogs in the settings file.")
    seen: dict[str, CatalogSource] = {}
    for source in sources:
        _check_name(source.name)
        # Where catalogs are held back, one that is missing is found when it is read.
        if not settings.hold_back_failed_catalogs:
            check_source(source)
        if (other := seen.setdefault(source.name, source)) is not source:
            raise UserError(
                f"Two catalogs have the name {source.name}: {other.where} and {source.where}; rename one file, or give "
                "them names with paths under `catalogs` in the settings file."
            )
    return sorted(sources, key=lambda source: source.name)


def catalog_name(path: Path) -> str:
    """The name of a file's catalog: `feeds/shop.csv.gz` is `shop`, `feeds/shop-*.csv` is `shop`."""
    name = path.name
    while Path(name).suffix.lower() in PACKED:
        name = Path(name).stem
    name = Path(name).stem
    return re.sub(r"[*?\[\]]+", "", name).strip("-_. ") if _is_pattern(path) else name


def _find(path: Path, by_path: dict[Path, str], settings: Settings) -> CatalogSource:
    if url := _URL.match(str(path)):
        address = f"{url[1]}://{str(path)[url.end() :]}"
        name = catalog_name(Path(address.partition("?")[0]))
        configured = next(((n, c) for n, c in settings.catalogs.items() if c.url == address), None)
        own = configured[1] if configured else settings.catalog(name).model_copy(update={"url": address})
        return CatalogSource(configured[0] if configured else name, None, own)
    known = by_path.get(_resolved(path))
    if known is None and str(path) in settings.catalogs and not _exists(path):
        configured_here = settings.catalogs[str(path)]
        return CatalogSource(str(path), configured_here.path, configured_here)
    name = known or catalog_name(path)
    return CatalogSource(name, path, settings.catalog(name))


def check_source(source: CatalogSource) -> None:
    """See that the feed of a catalog is there.

    Raises:
        UserError: It is not, or it is not a file.
    """
    settings = source.settings
    if source.path is None:
        if not settings.url:
            raise UserError(f"The catalog {source.name} has no source; set its `path`, or its `url` and `query`.")
        if not settings.query and not _URL.match(settings.url):
            raise UserError(f"The `url` of catalog {source.name} is not a URL; write it as https://... or s3://...")
        return
    if not source.files:
        raise UserError(f"No file matches {source.path}, the `path` of catalog {source.name}; check the pattern.")
    for file in source.files:
        if not _exists(file):
            raise UserError(f"The catalog file {file} does not exist; check the path.")
        if file.is_dir():
            raise UserError(f"The catalog {file} is a folder; name the files in it.")
        if not file.is_file():
            raise UserError(f"The catalog {file} is not a regular file (a pipe or device); save the feed to a file.")


def _check_name(name: str) -> None:
    hint = "rename the file, or name the catalog in the settings file."
    if not name.strip():
        raise UserError(f"A catalog has an empty name; {hint}")
    if "#" in name:
        raise UserError(
            f"The catalog name {name!r} contains '#', which divides catalog and offer id in reviewers' sheets; {hint}"
        )
    if name != name.strip() or name[0] in "'=+-@" or not name.isprintable():
        raise UserError(
            f"The catalog name {name!r} starts or ends with a space, starts with one of ' = + - @, or holds what "
            f"cannot be printed, so that a spreadsheet would change it; {hint}"
        )
    if len(name) > MAX_NAME:
        raise UserError(f"The catalog name {name[:30]}... is longer than {MAX_NAME} characters; {hint}")


def _is_pattern(path: Path) -> bool:
    return any(mark in str(path) for mark in "*?[")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError) as error:
        raise UserError(f"The catalog file {str(path)!r} cannot be reached: {error}; check the path.") from error


def _resolved(path: Path) -> Path:
    # Path.resolve raises RuntimeError on a loop of links in Python 3.11, and OSError from 3.13 on.
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"The path {str(path)!r} leads nowhere: it is a loop of links; correct it.") from error


def _hash(path: Path) -> str:
    digest = blake2b(digest_size=16)
    try:
        # Without O_NONBLOCK, opening a pipe that took a file's place since the check would wait for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise UserError(f"The catalog {path} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()
