"""Tables that take long to prepare, kept beside Python's compiled modules for the next process."""

import hashlib
import marshal
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from threading import get_ident
from typing import Any, TypeVar

Table = TypeVar("Table")


def compiled(module: str, name: str, sources: Sequence[Path], prepare: Callable[[], Table]) -> Table:
    """What `prepare` returns, read from a file where a process has prepared it from the same sources.

    A folder that cannot be written to costs the time of preparing, nothing else; as for modules,
    `PYTHONDONTWRITEBYTECODE` keeps the file from being written, and `PYTHONPYCACHEPREFIX` says where it lies.

    Args:
        module: `__file__` of the module that asks.
        name: Name of the table, and of what it depends on beside the sources.
        sources: Files that the table is made of: data, and the modules that prepare it.
        prepare: Makes the table, of dicts, tuples, text and numbers only.
    """
    kept = Path(cache_from_source(module)).with_suffix(f".{name}.marshal")
    digest = _digest(tuple(sources))
    try:
        content = kept.read_bytes()
        if content.startswith(digest):
            return marshal.loads(content[len(digest) :])  # type: ignore[no-any-return]
    except (OSError, EOFError, ValueError, TypeError):
        pass
    table: Any = prepare()
    if not sys.dont_write_bytecode:
        _keep(kept, digest + marshal.dumps(table))
    return table  # type: ignore[no-any-return]


@cache
def _digest(sources: tuple[Path, ...]) -> bytes:
    digest = hashlib.blake2b()
    for source in sources:
        digest.update(hashlib.blake2b(source.read_bytes()).digest())
    return digest.digest()


def _keep(path: Path, content: bytes) -> None:
    """Write a file that other processes see whole or not at all."""
    own = path.with_name(f"{path.name}.{os.getpid()}.{get_ident()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        own.write_bytes(content)
        own.replace(path)
