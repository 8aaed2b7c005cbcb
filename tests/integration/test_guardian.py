"""The scoring process ends with the run that asked for it, however that one ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# A worker that starts an engine of its own, and both wait for ever.
WORKER = """
import os, signal, subprocess, sys
engine = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
path = sys.argv[1]
open(path + ".new", "w").write(f"{os.getpid()} {engine.pid}")
os.replace(path + ".new", path)
signal.pause()
"""
# The run: it asks for the worker through the guardian and waits.
RUN = """
import os, subprocess, sys
command = [sys.executable, "-m", "pipelines.guardian", str(os.getpid()), sys.executable, "-c", sys.argv[2], sys.argv[1]]
sys.exit(subprocess.call(command))
"""


def until(happened: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A run, and the process ids of its worker and the worker's engine."""
    ids = tmp_path / "ids"
    process = subprocess.Popen([sys.executable, "-c", RUN, str(ids), WORKER], cwd=ROOT)
    assert until(ids.exists)
    started = [int(each) for each in ids.read_text().split()]
    yield process, started
    for each in (process.pid, *started):
        if is_alive(each):
            os.kill(each, signal.SIGKILL)
    process.wait()


def test_a_killed_run_takes_its_worker_and_the_workers_engine_with_it(
    run: tuple[subprocess.Popen[bytes], list[int]],
) -> None:
    process, started = run
    assert all(map(is_alive, started))
    process.kill()
    process.wait()
    assert until(lambda: not any(map(is_alive, started)))


def test_a_killed_worker_leaves_no_engine_and_the_run_hears_of_it(
    run: tuple[subprocess.Popen[bytes], list[int]],
) -> None:
    process, started = run
    os.kill(started[0], signal.SIGKILL)
    assert process.wait(30) == 128 + signal.SIGKILL
    assert until(lambda: not any(map(is_alive, started)))


def test_a_killed_guardian_leaves_no_worker(run: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    process, started = run
    guardian = int(Path(f"/proc/{started[0]}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(guardian, signal.SIGKILL)
    process.wait(30)
    assert until(lambda: not is_alive(started[0]))
