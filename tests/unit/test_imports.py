"""`import sku_align` stays light: code servers and short commands must not load models or frameworks."""

import errno
import subprocess
import sys

import pytest

HEAVY = ("dagster", "torch", "vllm", "transformers", "great_expectations", "gradio", "onnxruntime", "faiss")


@pytest.mark.parametrize(
    "module", ["sku_align", "sku_align.cli", "sku_align.cli.stages", "sku_align.stages", "sku_align.running"]
)
def test_importing_loads_no_framework(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_help_reads_no_table_and_no_settings() -> None:
    code = (
        "import sys\nfrom sku_align.cli import main\nmain(['--help'])\n"
        "print([name for name in ('pyarrow', 'numpy', 'pydantic', 'sqlalchemy', 'rich') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "Commands:" in shown
    assert shown.splitlines()[-1] == "[]"


def test_a_full_disk_is_a_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import sku_align.cli as cli

    def full(*words: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "out/scores.parquet")

    monkeypatch.setattr(cli.cli, "main", full)
    with pytest.raises(SystemExit, match="2"):
        cli.main(["align"])
    assert capsys.readouterr().err.startswith("Error: No space left on device (out/scores.parquet). Finished stages")
