"""Files that appear whole or not at all, and what names their content."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sku_align.errors import UserError


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Write a file beside its place and rename it into it, so that a reader sees the old file or the new one.

    Args:
        path: Where the file is to lie; its folder is made if it is missing.

    Yields:
        The file to write. It is renamed at the end of the block, and removed if the block fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # Whatever lies there is a rest of a killed process, or a link that somebody put there.
        beside.unlink(missing_ok=True)
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file whole or not at all, its line ends as they are."""
    with written_whole(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="")


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def private_folder(name: str) -> Path:
    """A folder of this user for locks and sockets, made if it is missing.

    It lies in XDG_RUNTIME_DIR, else in the user's state folder, else under a name of the user's own in the temporary
    folder.

    Raises:
        UserError: What lies there belongs to somebody else, is a link, or may be written to by others.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    try:
        state = Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser())
        base = Path(runtime) if runtime else state
        base.mkdir(parents=True, exist_ok=True)
        folder = base / "sku-align" / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        # No home, as of many services, or one that may not be written to.
        folder = Path(tempfile.gettempdir()) / f"sku-align-{os.getuid()}-{name}"
        folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise UserError(f"{folder} is a link, or others can write to it: remove it, or set XDG_RUNTIME_DIR.")
    return folder
