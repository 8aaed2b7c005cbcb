"""What can go wrong before training starts is said in a sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sku_align.errors import UserError
from sku_align.finetuning import reranker
from sku_align.finetuning.fitting import FEW_STEPS, SCHEDULES
from sku_align.finetuning.reranker import Tuning, check_installed, find_base, kind_of
from tests.conftest import Command


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "either --pairs FILE, or --verdicts with --db"),
        (("--pairs", "p.csv", "--verdicts"), "either --pairs FILE, or --verdicts with --db"),
        (("--verdicts",), "--verdicts needs --db"),
        (
            ("--pairs", "p.csv", "--base", "some/model"),
            "some/model is not a folder, and as a hub model it needs --revision",
        ),
    ],
)
def test_unclear_wishes_are_answered(sku_align: Command, tmp_path: Path, words: tuple[str, ...], sentence: str):
    done = sku_align("train", "--out", tmp_path / "model", *words, check=False)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_missing_package_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reranker, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="Training needs torch, safetensors, peft: install the extra `train`"):
        check_installed("decoder", Tuning())
    with pytest.raises(UserError, match="Training needs torch, safetensors: install the extra `train`"):
        check_installed("decoder", Tuning(full=True))


def test_a_model_that_is_no_reranker_is_refused(tmp_path: Path):
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["BertForMaskedLM"]}), encoding="utf-8")
    with pytest.raises(UserError, match="is a BertForMaskedLM, not a reranker"):
        kind_of(tmp_path)
    with pytest.raises(UserError, match=r"has no readable config\.json"):
        find_base(str(tmp_path / ".."), None)


def test_many_labels_move_the_bundled_model_no_further_than_a_few():
    schedule = SCHEDULES["bundled"]
    few = FEW_STEPS // schedule.epochs * schedule.batch
    assert schedule.highest_rate(1) == schedule.highest_rate(few) == schedule.rate
    far = schedule.rate * FEW_STEPS
    assert [schedule.highest_rate(few * times) * schedule.steps(few * times) for times in (2, 4)] == pytest.approx(
        [far] * 2
    )
    assert schedule.highest_rate(few * 100) == schedule.lasting_rate


def test_the_module_loads_without_torch():
    code = (
        "import sys, pkgutil, importlib, sku_align.finetuning as t\n"
        "[importlib.import_module('sku_align.finetuning.' + m.name) for m in pkgutil.iter_modules(t.__path__)]\n"
        "print([name for name in ('torch', 'peft', 'onnx', 'dagster', 'great_expectations') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
