"""Files that appear whole or not at all, and what names their content."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
