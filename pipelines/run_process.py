"""The process of a run: it says which one it is, and ends with the code server that started it.

So anybody on its machine can see whether a run still goes on, whatever became of its code server, and a run whose code
server is gone is gone itself: a second one never works in the same run folder beside it.
"""

import multiprocessing
import os
import signal
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from .guardian import end_with_parent

TAG = "sku_align/process"


@dataclass(frozen=True)
class RunProcess:
    """Which process runs a run.

    Attributes:
        run_id: Of the run; a re-execution takes over its parent's tags, and this one is not meant for it.
        host: Name of its machine or container.
        pid: Its process id there.
        started: When it started, in the kernel's ticks since boot: ids are given again. Empty where Linux is not.
    """

    run_id: str
    host: str
    pid: int
    started: str

    @classmethod
    def this(cls, run_id: str) -> "RunProcess":
        """This very process."""
        return cls(run_id, socket.gethostname(), os.getpid(), _started(os.getpid()))

    @classmethod
    def of(cls, run: dg.DagsterRun) -> "RunProcess | None":
        """The one that a run told of, if it did and its machine is this one."""
        run_id, host, pid, started = (run.tags.get(TAG, "").split(" ") + [""] * 4)[:4]
        if run_id != run.run_id or host != socket.gethostname():
            return None
        return cls(run_id, host, int(pid), started)

    def __str__(self) -> str:
        return f"{self.run_id} {self.host} {self.pid} {self.started}"

    def is_alive(self) -> bool:
        """Whether it still runs; one that ended and that nobody has waited for does not."""
        if self.started:
            return _started(self.pid) == self.started
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def begin(instance: dg.DagsterInstance, run_id: str) -> None:
    """Tell the instance that this process runs a run, and end with the code server where one started it.

    Calling it again changes nothing.
    """
    run = instance.get_run_by_id(run_id)
    told = str(RunProcess.this(run_id))
    if run is None or run.tags.get(TAG) == told:
        return
    # A code server starts runs by `multiprocessing`; those of `dagster job execute` have no such parent.
    if parent := multiprocessing.parent_process():
        end_with_parent(signal.SIGKILL)()
        # The kernel says nothing of a parent that died before it was asked, and macOS knows no such signal.
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    instance.add_run_tags(run_id, {TAG: told})


def _end_after(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGKILL)


def _started(pid: int) -> str:
    """Start of a living process in ticks since boot; empty if there is none, or no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    # Of proc(5), counted from the third field on: the state, and the start as field 22.
    return "" if fields[0] in "ZX" else fields[19]
