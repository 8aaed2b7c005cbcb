"""A language model becomes a reranker: trained by `sku-align train --base`, and served by vLLM with the same scores."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")
pytest.importorskip("peft")

from sku_align.config import BundledScoring, Settings, VllmScoring  # noqa: E402
from sku_align.errors import UserError  # noqa: E402
from sku_align.finetuning.judging import TorchScorer  # noqa: E402
from sku_align.finetuning.labels import from_file  # noqa: E402
from sku_align.finetuning.reranker import Reranker, Tuning, find_base  # noqa: E402
from sku_align.finetuning.train import train  # noqa: E402
from sku_align.scoring.scorers.prompt import READS  # noqa: E402
from sku_align.scoring.scorers.vllm import VllmScorer  # noqa: E402
from tests.conftest import Command  # noqa: E402
from tests.integration import tiny_models  # noqa: E402
from tests.integration.test_train import WORDS, write_pairs  # noqa: E402

pytestmark = pytest.mark.torch


def marked_pairs(path: Path) -> Path:
    """Pairs of which the strangers are marked by a word, so that a tiny model can learn them in a few passes."""
    write_pairs(path, 200)
    path.write_text(re.sub(r"(\d),en,0$", r"\1 used,en,0", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
    return path


@pytest.fixture(scope="module")
def qwen2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2 language model after a full training with the short prompt."""
    home = tmp_path_factory.mktemp("qwen2")
    tiny_models.write_qwen2(home / "base", [*WORDS, *WORDS.values(), "used"])
    labels = from_file(marked_pairs(home / "pairs.csv"), Settings())
    base, settings = find_base(str(home / "base"), None), BundledScoring()
    trained = train(labels, base, home / "model", settings, epochs=6, force=True, tuning=Tuning(full=True))
    before, after = trained.models
    assert trained.scorer == "vllm"
    assert after.average_precision.value > before.average_precision.value + 0.1
    return home


def test_a_language_model_of_qwen2_learns_all_its_weights_but_words(qwen2: Path) -> None:
    from safetensors.numpy import load_file

    old, new = (load_file(qwen2 / name / "model.safetensors") for name in ("base", "model"))
    still = {name for name in old if np.array_equal(old[name], new[name])}
    assert still == {"model.embed_tokens.weight"}
    config = json.loads((qwen2 / "model" / "config.json").read_text(encoding="utf-8"))
    assert (config["architectures"], config[READS]) == (["Qwen2ForCausalLM"], "short")


def test_a_prompt_scores_the_same_beside_a_longer_one(qwen2: Path, tmp_path: Path) -> None:
    labels = from_file(qwen2 / "pairs.csv", Settings())
    model = Reranker(find_base(str(qwen2 / "model"), None), BundledScoring(), tmp_path, "cpu")
    prompts = model.read(labels.offers, labels.rows[:40])
    sizes = [len(ids) for ids in prompts.ids]
    shortest, longest = int(np.argmin(sizes)), int(np.argmax(sizes))
    assert sizes[shortest] < sizes[longest]
    with torch.inference_mode():
        alone = model.logits(prompts, [shortest])
        beside = model.logits(prompts, [shortest, longest])
    torch.testing.assert_close(beside[:1], alone, atol=1e-5, rtol=0)


def test_a_language_model_of_qwen3_learns_by_adapters_in_few_words(tmp_path: Path, sku_align: Command) -> None:
    tiny_models.write_qwen3(tmp_path / "base", [*WORDS, *WORDS.values(), "used"])
    pairs, out = marked_pairs(tmp_path / "pairs.csv"), tmp_path / "model"
    words = ("--base", tmp_path / "base", "--prompt", "short", "--epochs", 1, "--force", "--out", out)
    assert f"scoring: {{name: vllm, model: {out}}}" in sku_align("train", "--pairs", pairs, *words).stdout
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert (config["architectures"], config[READS]) == (["Qwen3ForCausalLM"], "short")
    assert not list(out.glob("adapter*"))


def test_a_cross_encoder_knows_no_adapters_to_leave_out(tmp_path: Path) -> None:
    tiny_models.write_bert(tmp_path / "bert", [*WORDS, *WORDS.values()])
    labels = from_file(marked_pairs(tmp_path / "pairs.csv"), Settings())
    base = find_base(str(tmp_path / "bert"), None)
    with pytest.raises(UserError, match="is not a language model: --full and --prompt are for these alone"):
        train(labels, base, tmp_path / "model", BundledScoring(), tuning=Tuning(full=True))


@pytest.mark.vllm
def test_vllm_serves_the_trained_language_model_with_the_scores_it_was_judged_by(qwen2: Path, tmp_path: Path) -> None:
    labels = from_file(qwen2 / "pairs.csv", Settings())
    rows = labels.rows[:60]
    base = find_base(str(qwen2 / "model"), None)
    wanted = TorchScorer(Reranker(base, BundledScoring(), tmp_path, "cpu"), "as judged").score(labels.offers, rows)
    assert np.ptp(wanted) > 0.5
    scorer = VllmScorer(VllmScoring(model=str(qwen2 / "model"), dtype="float32", max_model_len=512))
    try:
        np.testing.assert_allclose(scorer.score(labels.offers, rows), wanted, atol=0.02)
    finally:
        scorer.close()
