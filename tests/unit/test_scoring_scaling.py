"""How much faster several GPUs are is measured by processes that work at the same time."""

import multiprocessing
import multiprocessing.context

import pytest

from sku_align.cli.bench import _groups
from sku_align.config import BundledScoring, HttpScoring, VllmScoring
from sku_align.errors import UserError
from sku_align.gpu import Gpu
from sku_align.scoring.scaling import measure_scaling

CARDS = [Gpu(str(at), f"GPU-{at}", "card", 80_000) for at in range(4)]


def test_two_processes_score_pairs_of_their_own_at_the_same_time() -> None:
    one, two = measure_scaling(BundledScoring(threads=1), ["0", "1"], [1, 2], batch=40, length=20, calls=2)
    assert (one.gpus, one.pairs, one.times, one.efficiency) == (1, 80, 1.0, 1.0)
    assert (two.gpus, two.pairs) == (2, 160)
    assert two.pairs_per_s == pytest.approx(160 / two.seconds)
    assert two.times == pytest.approx(two.pairs_per_s / one.pairs_per_s)
    assert two.efficiency == pytest.approx(two.times / 2)


def test_what_keeps_a_process_from_scoring_is_said_and_the_others_end() -> None:
    with pytest.raises(UserError, match="is not a cross-encoder"):
        measure_scaling(BundledScoring(model="nowhere"), ["0", "1"], [2], batch=20, length=20, calls=1)


def test_a_process_that_is_killed_ends_the_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    start = multiprocessing.context.SpawnProcess.start

    def killed_at_once(process: multiprocessing.context.SpawnProcess) -> None:
        start(process)
        if len(multiprocessing.active_children()) == 2:
            process.kill()

    monkeypatch.setattr(multiprocessing.context.SpawnProcess, "start", killed_at_once)
    with pytest.raises(UserError, match="ended unexpectedly"):
        measure_scaling(BundledScoring(threads=1), ["0", "1"], [2], batch=20, length=20, calls=1)


def test_each_process_gets_the_gpus_that_an_engine_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sku_align.gpu.visible_gpus", lambda: CARDS)
    assert _groups(BundledScoring(device="cuda"), 2) == ["0", "1", "2", "3"]
    assert _groups(VllmScoring(tensor_parallel_size=2), 2) == ["0,1", "2,3"]
    with pytest.raises(UserError, match=r"--gpus 3 asks for 3 processes of 2 each, but 4 GPUs are visible"):
        _groups(VllmScoring(tensor_parallel_size=2), 3)


@pytest.mark.parametrize("settings", [BundledScoring(), HttpScoring()])
def test_a_scorer_without_a_gpu_is_refused(settings: BundledScoring | HttpScoring) -> None:
    with pytest.raises(UserError, match="--gpus measures scorers that run on a GPU here"):
        _groups(settings, 1)
