"""The service that lets engines share a GPU, told by a stand-in for NVIDIA's program; and engines that do without."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sku_align.config import VllmScoring
from sku_align.errors import UserError
from sku_align.gpu import Gpu
from sku_align.scoring.scorers import mps
from sku_align.scoring.scorers import vllm as vllm_scorer
from sku_align.scoring.scorers.vllm import VllmScorer
from sku_align.scoring.scorers.vllm_engine import EngineSpec

# "-d" starts it, and fails where it runs; what it is told comes by stdin, and fails where it does not run.
PROGRAM = """#!/bin/sh
state="$CUDA_MPS_PIPE_DIRECTORY/running"
if [ "$1" = "-d" ]; then
    [ -e "$state" ] && exit 1
    echo "start ${CUDA_VISIBLE_DEVICES-all}" >> "$LOG"
    touch "$state"
    exit 0
fi
[ -e "$state" ] || exit 1
read -r word
echo "$word" >> "$LOG"
[ "$word" = quit ] && rm "$state"
exit 0
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs, temporary = tmp_path / "programs", tmp_path / "tmp"
    programs.mkdir()
    temporary.mkdir()
    (programs / mps.PROGRAM).write_text(PROGRAM)
    (programs / mps.PROGRAM).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.delenv(mps.PIPES, raising=False)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(temporary))
    return tmp_path / "log"


def test_the_service_runs_for_all_gpus_until_they_are_given_back(log: Path) -> None:
    with ExitStack() as held:
        environment = mps.start_mps(held, "GPU-a")
        assert Path(environment[mps.PIPES]).name.endswith("-GPU-a")
        assert log.read_text().split("\n")[:-1] == ["start all"]
    assert log.read_text().split("\n")[:-1] == ["start all", "quit"]


def test_what_a_killed_run_left_behind_is_taken_over(log: Path) -> None:
    left = mps.start_mps(ExitStack(), "GPU-a")
    with ExitStack() as held:
        assert mps.start_mps(held, "GPU-a") == left
    assert log.read_text().split("\n")[:-1] == ["start all", "get_server_list", "quit"]


def test_a_service_of_the_users_own_is_used_and_left_running(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(mps.PIPES, "/theirs")
    with ExitStack() as held:
        assert mps.start_mps(held, "GPU-a") == {mps.PIPES: "/theirs"}
    assert not log.exists()


@pytest.mark.usefixtures("log")
def test_without_the_program_or_where_it_fails_engines_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "programs" / mps.PROGRAM).write_text("#!/bin/sh\nexit 1\n")
    assert mps.start_mps(ExitStack(), "GPU-a") == {}
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert mps.start_mps(ExitStack(), "GPU-a") == {}


@pytest.mark.parametrize("works", [True, False])
def test_engines_that_do_not_start_side_by_side_take_turns(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, works: bool
) -> None:
    class Standin:
        open = 0

        def __init__(self, spec: EngineSpec) -> None:
            self.spec = spec
            Standin.open += 1

        def wait(self) -> None:
            if mps.PIPES in self.spec.environment and not works:
                raise UserError("vLLM cannot run it: no MPS server")

        def close(self) -> None:
            Standin.open -= 1

    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"small")
    (folder / "config.json").write_text('{"architectures": ["XLMRobertaForSequenceClassification"]}')
    monkeypatch.setattr(vllm_scorer, "Engine", Standin)
    monkeypatch.setattr(vllm_scorer, "find_spec", lambda _: True)
    monkeypatch.setattr(vllm_scorer, "visible_gpus", lambda: [Gpu("1", "GPU-a", "large", 80_000)])
    monkeypatch.setattr(VllmScorer, "_tokenizer", None)
    monkeypatch.setattr(VllmScorer, "_arguments", lambda _: dict[str, Any]())
    scorer = VllmScorer(VllmScoring(model=str(folder)))
    engines = scorer._start()
    assert len(engines) == Standin.open == (vllm_scorer.ENGINES if works else vllm_scorer.IN_TURNS)
    assert all((mps.PIPES in engine.spec.environment) is works for engine in engines)
    assert all(engine.spec.share == len(engines) for engine in engines)
    assert ("take turns" in caplog.text) is not works
    scorer.close()
    assert Standin.open == 0
    assert log.read_text().split("\n")[-2] == "quit"
