"""A feed's bytes as plain local files: fetched, unpacked, and never larger than they may be.

A stranger's file may be a pipe that never ends or an archive that unpacks to more than the disk holds, so only regular
files are opened, and what comes out of an archive is bounded by ratio and size.
"""

import bz2
import gzip
import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, BinaryIO

from sku_align.catalogs.sources import PACKED, CatalogSource
from sku_align.errors import TransientError, UserError, how_to_install

MAX_BYTES = 200_000_000_000
# Deflate reaches 1032 : 1 on zeros; feeds reach 5 to 40 (chosen by eye). The ratio counts from MIN_SUSPECT bytes on.
MAX_RATIO = 200
MIN_SUSPECT = 50_000_000
_BLOCK = 1 << 20
_MAX_LAYERS = 3
_MAGIC = {
    b"\x1f\x8b": ".gz",
    b"\x28\xb5\x2f\xfd": ".zst",
    b"BZh": ".bz2",
    b"\xfd7zXZ\x00": ".xz",
    b"PK\x03\x04": ".zip",
}
_ZIPPED_FORMATS = (".xlsx", ".xlsm", ".xlsb", ".ods")


@dataclass(frozen=True)
class FeedFile:
    """A plain local file.

    Attributes:
        path: Where it lies.
        shown: As messages name it.
        suffix: Its format's suffix in lower case, without that of a compression; may be empty.
    """

    path: Path
    shown: str
    suffix: str


@contextmanager
def open_files(source: CatalogSource) -> Iterator[list[FeedFile]]:
    """Make the files of a source readable; what was fetched or unpacked is deleted afterwards.

    Raises:
        UserError: A file cannot be reached, is not a regular file, or unpacks to more than the bounds allow.
        TransientError: A file changed while it was read, or a server does not answer.
    """
    with ExitStack() as stack:

        @cache
        def work() -> Path:
            # Made when something is fetched or unpacked: on a busy disk deleting a folder takes milliseconds.
            return Path(stack.enter_context(TemporaryDirectory(prefix="sku-align-feed-")))

        plain, before = [], []
        if source.path is None:
            url = source.settings.url or ""
            target = work() / "fetched"
            _fetch(url, target, source.where)
            plain.append(_unpack(target, Path(url.partition("?")[0]).name, source.where, work))
        for file in source.files:
            before.append((file, _state(file)))
            plain.append(_unpack(file, file.name, str(file), work))
        yield plain
        for file, state in before:
            if _state(file) != state:
                raise TransientError(f"The catalog {file} changed while it was read; run again when it is complete.")


def _state(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise UserError(f"The catalog {path} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"The catalog {path} is not a regular file (a pipe or device); save the feed to a file.")
    return status.st_ino, status.st_size, status.st_mtime_ns


def _open(path: Path) -> BinaryIO:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UserError(f"The catalog {path} is not a regular file (a pipe or device); save the feed to a file.")
        return os.fdopen(descriptor, "rb")
    except OSError as error:
        raise UserError(f"The catalog {path} cannot be read: {error.strerror}.") from error


def _fetch(url: str, target: Path, shown: str) -> None:
    """Copy a URL to a file; credentials come from the environment of the file system's own library."""
    import fsspec

    try:
        with fsspec.open(url, "rb") as remote, target.open("wb") as file:
            _copy(remote, file, shown, None)
    except UserError:
        raise
    except ImportError as error:
        raise UserError(
            f"To read {shown} a package is missing ({error.name or error}); {how_to_install('remote')}."
        ) from error
    except FileNotFoundError as error:
        raise UserError(f"There is no feed at {shown}; check the `url`.") from error
    except ValueError as error:
        raise UserError(f"The feed's address {shown} is of no known kind; use https, s3, gs or sftp.") from error
    except Exception as error:
        # The text of a library's error may hold the URL with its secrets, so only its kind is told.
        raise TransientError(f"The feed at {shown} cannot be fetched ({type(error).__name__}); try again.") from None


def _unpack(path: Path, name: str, shown: str, work: Callable[[], Path]) -> FeedFile:
    for layer in range(_MAX_LAYERS + 1):
        suffix = Path(name).suffix.lower()
        with _open(path) as file:
            head = file.read(8)
        kind = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
        if kind == ".zip" and (suffix in _ZIPPED_FORMATS or _is_workbook(path)):
            _check_members(path, shown)
            return FeedFile(path, shown, suffix if suffix in _ZIPPED_FORMATS else _is_workbook(path) or "")
        if kind is None:
            if suffix in PACKED:
                raise UserError(f"The catalog {shown} is not a readable {suffix} archive; pack it again.")
            return FeedFile(path, shown, suffix)
        if layer == _MAX_LAYERS:
            break
        target = work() / f"{path.stem[:50]}-{layer + 1}"
        inner = _inflate(path, kind, target, shown)
        name = inner or (Path(name).stem if suffix in PACKED else name)
        path = target
    raise UserError(f"The catalog {shown} is an archive in an archive in an archive; unpack it first.")


def _is_workbook(path: Path) -> str | None:
    """The suffix of a workbook that is named otherwise, None for any other ZIP file."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist()[:1000])
    except (zipfile.BadZipFile, OSError):
        return None
    if "[Content_Types].xml" in names:
        return ".xlsx"
    return ".ods" if {"mimetype", "content.xml"} <= names else None


def _check_members(path: Path, shown: str) -> None:
    """Refuse a workbook that unpacks to more than the bounds allow, by what its directory says."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        return
    _bound(size, path.stat().st_size, shown)


def _inflate(path: Path, kind: str, target: Path, shown: str) -> str | None:
    """Unpack one layer; returns the name of a ZIP's file."""
    packed = path.stat().st_size
    try:
        with _open(path) as raw, target.open("wb") as out:
            if kind != ".zip":
                with _decompressor(kind, raw) as stream:
                    _copy(stream, out, shown, packed)
                return None
            with zipfile.ZipFile(raw) as archive:
                members = [m for m in archive.infolist() if not m.is_dir() and not _is_clutter(m.filename)]
                if len(members) != 1:
                    names = ", ".join(member.filename for member in members[:5]) or "none"
                    raise UserError(
                        f"The archive {shown} holds {len(members)} files ({names}) where one is expected; unpack it "
                        "and name the file, or a pattern for several."
                    )
                if members[0].flag_bits & 1:
                    raise UserError(f"The archive {shown} is encrypted; unpack it first.")
                with archive.open(members[0]) as stream:
                    _copy(stream, out, shown, packed)
                return Path(members[0].filename).name
    except (
        EOFError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        OSError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise UserError(f"The archive {shown} is cut off or damaged; fetch or pack it again.") from error
    except Exception as error:
        if type(error).__name__ != "ZstdError":
            raise
        raise UserError(f"The archive {shown} is cut off or damaged; fetch or pack it again.") from error


def _is_clutter(name: str) -> bool:
    return name.startswith("__MACOSX/") or Path(name).name in {".DS_Store", "Thumbs.db"}


def _decompressor(kind: str, raw: BinaryIO) -> Any:
    if kind == ".gz":
        return gzip.GzipFile(fileobj=raw)
    if kind == ".bz2":
        return bz2.BZ2File(raw)
    if kind == ".xz":
        return lzma.LZMAFile(raw)
    return _Zstd(raw)


class _Zstd:
    """Frames of a Zstandard file; zstandard's own reader takes a file that is cut off for one that ends."""

    def __init__(self, raw: BinaryIO) -> None:
        import zstandard

        # The window bounds the memory of one frame: 128 MB is what `zstd -d` allows too.
        self.engine = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        self.raw, self.frame = raw, self.engine.decompressobj()

    def __enter__(self) -> "_Zstd":
        return self

    def __exit__(self, *error: object) -> None:
        self.raw.close()

    def read(self, _: int = -1) -> bytes:
        """Some bytes, none at the end of the last frame."""
        # 4 KB of repeated blocks become 128 MB at most, so that one step stays in memory.
        while block := self.raw.read(1 << 12):
            out = b""
            while block:
                if self.frame.eof:
                    self.frame = self.engine.decompressobj()
                out += self.frame.decompress(block)
                block = self.frame.unused_data if self.frame.eof else b""
            if out:
                return out
        if not self.frame.eof:
            raise EOFError
        return b""


def _copy(stream: IO[bytes], out: IO[bytes], shown: str, packed: int | None) -> None:
    size = 0
    while block := stream.read(_BLOCK):
        size += len(block)
        _bound(size, packed, shown)
        out.write(block)


def _bound(size: int, packed: int | None, shown: str) -> None:
    if size > MAX_BYTES or (packed is not None and size > MIN_SUSPECT and size > MAX_RATIO * max(packed, 1)):
        raise UserError(
            f"The archive {shown} unpacks to more than {MAX_RATIO} times its size, as no feed does; check it."
        )
