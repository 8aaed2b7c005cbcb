"""Runs a command so that it ends when the process that asked for it ends, together with all processes it started.

The scoring process holds the GPU, the run folder's lock and perhaps engines of its own. Where the run that waits for it
was killed with signal 9, nobody would tell it: it scored on for minutes under a run that Dagster called failed, and
every later run waited. So this process stands between both. It holds nothing, sleeps until its child ends, and on
Linux the kernel wakes it when its parent dies; elsewhere it looks every second.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from types import FrameType

LOOK_EVERY_S = 1.0
# What a terminated run gets to keep its finished shard, before it is killed; chosen by eye.
GRACE_S = 10.0
_PR_SET_PDEATHSIG = 1


def main(command: list[str], parent: int) -> int:
    """Run a command in a session of its own until it ends or this process's parent does.

    Args:
        command: Program and arguments.
        parent: Process id of the parent, as the parent knew it: it may have ended before this process looks.

    Returns:
        The exit code to end with.
    """
    child = subprocess.Popen(command, start_new_session=True, preexec_fn=end_with_parent(signal.SIGKILL))

    def stop(number: int, frame: FrameType | None) -> None:
        _end(child)
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    end_with_parent(signal.SIGTERM)()
    ended = threading.Event()
    threading.Thread(target=_watch, args=(parent, ended), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
    code = child.wait()
    ended.set()
    # An engine that outlives its worker would hold the GPU.
    _kill_group(child.pid, signal.SIGKILL)
    return code if code >= 0 else 128 - code


def _watch(parent: int, ended: threading.Event) -> None:
    while not ended.wait(LOOK_EVERY_S):
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
            return


def _end(child: "subprocess.Popen[bytes]") -> None:
    _kill_group(child.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_S)
    _kill_group(child.pid, signal.SIGKILL)


def _kill_group(leader: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def end_with_parent(number: int) -> Callable[[], object]:
    """A call that asks Linux for a signal at the parent's death; it does nothing elsewhere."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    # Loaded before the fork: between fork and exec a process may not import.
    libc = ctypes.CDLL(None, use_errno=True)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], int(sys.argv[1])))
