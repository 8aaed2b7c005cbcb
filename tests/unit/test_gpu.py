"""What the driver's tool says of the GPUs, told by a stand-in for it."""

import signal
import time
from pathlib import Path

import pytest

from sku_align.gpu import Gpu, compute_capability, visible_gpus, watch

TOOL = """#!/bin/sh
case "$1" in
*index*) echo "0, GPU-aaa, NVIDIA Large, 81559"; echo "1, GPU-bbb, NVIDIA Small, 24564" ;;
*) printf '70000, 90\\n1000, 10\\n'; exec sleep 60 ;;
esac
"""


@pytest.fixture(autouse=True)
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia-smi").write_text(TOOL)
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_all_gpus_are_visible_where_nothing_is_said() -> None:
    assert [(gpu.index, gpu.uuid, gpu.memory_mib) for gpu in visible_gpus()] == [
        ("0", "GPU-aaa", 81559),
        ("1", "GPU-bbb", 24564),
    ]


@pytest.mark.parametrize("chosen", ["1", "GPU-b"])
def test_only_chosen_gpus_are_visible(monkeypatch: pytest.MonkeyPatch, chosen: str) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    assert [gpu.name for gpu in visible_gpus()] == ["NVIDIA Small"]


def test_no_gpu_is_visible_where_none_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert visible_gpus() == []
    with watch() as load:
        pass
    assert load.peak_mib is None


def test_even_a_short_block_knows_the_memory_of_all_gpus_together() -> None:
    with watch() as load:
        pass
    assert load.peak_mib == 71000


def test_looking_ends_with_the_block_where_requests_to_end_are_ignored() -> None:
    before, started = signal.signal(signal.SIGTERM, signal.SIG_IGN), time.monotonic()
    try:
        with watch():
            pass
    finally:
        signal.signal(signal.SIGTERM, before)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(("answer", "told"), [("9.0", 9.0), ("[N/A]", None), ("", None)])
def test_the_compute_capability_is_what_the_driver_says(tmp_path: Path, answer: str, told: float | None) -> None:
    (tmp_path / "nvidia-smi").write_text(f'#!/bin/sh\necho "{answer}"\n')
    assert compute_capability(Gpu("0", "GPU-aaa", "NVIDIA Large", 81559)) == told
