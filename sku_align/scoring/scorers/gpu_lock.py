"""One scorer a GPU, whoever starts it: a schedule, a person at a terminal, or two code servers.

Queues of an orchestrator cannot promise this, because runs from a terminal bypass them; a file lock can, and the
operating system takes it back when its holder dies.
"""

import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock, Timeout

from sku_align.errors import TransientError
from sku_align.files import private_folder, write_text
from sku_align.redaction import redact


def hold_gpus(names: Sequence[str], timeout_s: float, folder: Path | None = None) -> ExitStack:
    """Hold GPUs until the returned stack is closed or this process ends.

    Args:
        names: Names that all processes of this machine give these GPUs, such as their UUIDs.
        timeout_s: How long to wait for GPUs that another process holds.
        folder: Where the lock files lie; this user's own folder by default, because what others can write to may hold
            links to files of this user.

    Raises:
        TransientError: A GPU is still held by another process; the message names the holder.
    """
    folder = folder or private_folder("gpu-locks")
    stack = ExitStack()
    for name in sorted(names):
        path, holder = folder / f"{name}.lock", folder / f"{name}.json"
        try:
            stack.enter_context(FileLock(path, timeout=timeout_s, mode=0o600))
        except Timeout as error:
            stack.close()
            raise TransientError(
                f"GPU {name} is held by {_holder(holder)} and did not become free within {timeout_s:g} s: "
                "wait for that run, stop it, or raise scoring.lock_timeout_s."
            ) from error
        write_text(holder, json.dumps({"pid": os.getpid(), "command": redact(" ".join(sys.argv))}))
    return stack


def _holder(path: Path) -> str:
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        return f"process {entry['pid']} ({entry['command']})"
    except (OSError, ValueError, KeyError):
        return "another process"
