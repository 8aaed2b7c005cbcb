"""A GPU has one scorer at a time, whoever starts it."""

import multiprocessing
import os
import threading
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from sku_align.errors import UserError
from sku_align.scoring.scorers.gpu_lock import hold_gpus


def _hold(folder: Path, held: Event) -> None:
    with hold_gpus(["GPU-1"], 0, folder):
        held.set()
        threading.Event().wait()


@pytest.fixture
def holder(tmp_path: Path):  # type: ignore[no-untyped-def]
    context = multiprocessing.get_context("spawn")
    held = context.Event()
    process = context.Process(target=_hold, args=(tmp_path, held), daemon=True)
    process.start()
    assert held.wait(60)
    yield process
    process.kill()
    process.join()


def test_a_held_gpu_is_refused_after_the_timeout_and_the_holder_is_named(
    holder: multiprocessing.Process, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=rf"GPU-1 is held by process {holder.pid} .* within 0\.1 s"):
        hold_gpus(["GPU-0", "GPU-1"], 0.1, tmp_path)
    with hold_gpus(["GPU-0"], 0, tmp_path):
        pass


def test_a_gpu_is_free_again_when_its_holder_was_killed(holder: multiprocessing.Process, tmp_path: Path) -> None:
    holder.kill()
    with hold_gpus(["GPU-1"], 30, tmp_path):
        assert f'"pid": {os.getpid()}' in (tmp_path / "GPU-1.json").read_text()
