"""What tests share: the samples, the command line, and one finished run."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "data_samples"

# On a busy machine an example may wait for the processor; what must be fast has a test that says so.
settings.register_profile("sku_align", deadline=None)
settings.load_profile("sku_align")

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def sku_align() -> Command:
    """Run the command line in a process of its own."""

    def run(*words: object, check: bool = True, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-c", "from sku_align.cli import main; main()", *map(str, words)],
            capture_output=True,
            text=True,
            cwd=cwd,
            env=os.environ | {"COLUMNS": "200"},
        )
        if check and done.returncode:
            raise AssertionError(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    return run


@pytest.fixture(scope="session")
def sample_run(sku_align: Command, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The samples aligned and published once: run folder, database URL, what was printed."""
    folder = tmp_path_factory.mktemp("samples")
    db = f"sqlite:///{folder / 'skus.db'}"
    done = sku_align(
        "align",
        "--config",
        SAMPLES / "sku_align.yaml",
        "--out",
        folder / "out",
        "--db",
        db,
        "--gold",
        SAMPLES / "gold.csv",
    )
    return folder / "out", db, done.stdout
