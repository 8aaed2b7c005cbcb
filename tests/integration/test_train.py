"""`sku-align train` learns from labels, replaces a model only by a better one, and writes what scorers run."""

import csv
import random
import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")
pytest.importorskip("onnx")
pytest.importorskip("peft")

from sku_align.calibration.calibration import load_calibration  # noqa: E402
from sku_align.config import BundledScoring, Settings, VllmScoring  # noqa: E402
from sku_align.finetuning.judging import TorchScorer  # noqa: E402
from sku_align.finetuning.labels import from_file  # noqa: E402
from sku_align.finetuning.reranker import Reranker, find_base  # noqa: E402
from sku_align.finetuning.train import Trained, refusal, train  # noqa: E402
from sku_align.scoring.load import load_scorer  # noqa: E402
from sku_align.scoring.scorers.bundled import BundledScorer  # noqa: E402
from sku_align.scoring.scorers.encoder_text import offer_text  # noqa: E402
from sku_align.scoring.scorers.vllm import VllmScorer  # noqa: E402
from tests.conftest import Command  # noqa: E402
from tests.integration import tiny_models  # noqa: E402

pytestmark = pytest.mark.torch

# Words of two shops that no dictionary knows: which belong together can only be learnt from labels.
WORDS = {"korvu": "balme", "tisto": "renga", "plofa": "umdek", "gyrin": "sotla", "mebbo": "cavix", "zulat": "hirpe"}


def write_pairs(path: Path, products: int, seed: int = 0) -> Path:
    """Pairs of invented words; strangers share the number, so that only the words tell."""
    chance = random.Random(seed)
    ours, theirs = list(WORDS), list(WORDS.values())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["left_title", "left_language", "right_title", "right_language", "label"])
        for number in range(1000, 1000 + products):
            kind, other = chance.sample(range(len(ours)), 2)
            writer.writerow([f"{ours[kind]} {number}", "en", f"{theirs[kind]} {number}", "en", 1])
            writer.writerow([f"{ours[kind]} {number}", "en", f"{theirs[other]} {number}", "en", 0])
    return path


def write_easy(path: Path) -> Path:
    """Pairs on which the bundled model makes no mistake."""
    things = ["USB cable", "green tea", "garden hose", "desk lamp", "cat food", "tennis racket"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["left_title", "right_title", "label"])
        for number in range(120):
            thing, other = things[number % 6], things[(number + 1) % 6]
            writer.writerow([f"{thing} A{number}X", f"{thing} A{number}X", 1])
            writer.writerow([f"{thing} A{number}X", f"{other} B{number + 500}Y", 0])
            writer.writerow([f"{thing} A{number}X", f"{other} C{number + 700}Z", 0])
    return path


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trained, Path]:
    """The bundled model after a short training on invented words."""
    home = tmp_path_factory.mktemp("train")
    pairs = write_pairs(home / "pairs.csv", 260)
    labels = from_file(pairs, Settings())
    return pairs, train(labels, find_base("bundled", None), home / "model", BundledScoring()), home / "model"


def test_it_learns_what_two_shops_call_the_same_thing(learnt: tuple[Path, Trained, Path]) -> None:
    _, trained, out = learnt
    before, after = trained.models
    assert before.average_precision.value < 0.8
    assert after.average_precision.value > before.average_precision.value + 0.2
    assert trained.rise.low > 0
    assert trained.out == out


def test_onnx_runtime_and_transformers_score_the_written_folder_alike(learnt: tuple[Path, Trained, Path]) -> None:
    pairs, _, out = learnt
    labels = from_file(pairs, Settings())
    chosen = labels.rows[:40]
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(out)
    model = AutoModelForSequenceClassification.from_pretrained(out).eval()
    texts = [offer_text(title) for title in labels.offers["title"].to_pylist()]
    wanted = []
    for left, right in chosen.tolist():
        with torch.no_grad():
            both = [
                model(**tokenizer(*sides, return_tensors="pt")).logits.item()
                for sides in ((texts[left], texts[right]), (texts[right], texts[left]))
            ]
        wanted.append(np.mean(both))
    found = BundledScorer(out).score(labels.offers, chosen)
    sure = found > -3  # below, the bundled scorer reads a pair in one direction only
    assert sure.sum() > 10
    np.testing.assert_allclose(found[sure], np.array(wanted)[sure], atol=0.02)


def test_training_reads_pairs_as_the_bundled_scorer_does(learnt: tuple[Path, Trained, Path], tmp_path: Path) -> None:
    pairs, _, out = learnt
    labels = from_file(pairs, Settings())
    model = Reranker(find_base(str(out), None), BundledScoring(), tmp_path, "cpu")
    both = [model.score(model.read(labels.offers, rows)) for rows in (labels.rows, labels.rows[:, ::-1])]
    found = BundledScorer(out).score(labels.offers, labels.rows)
    sure = found > -3
    np.testing.assert_allclose(found[sure], np.mean(both, axis=0)[sure], atol=0.02)


def test_settings_that_name_the_folder_load_it_with_its_own_calibration(learnt: tuple[Path, Trained, Path]) -> None:
    _, trained, out = learnt
    settings = BundledScoring(model=str(out))
    scorer = load_scorer(settings)
    assert scorer.fingerprint.startswith("bundled onnx:model@")
    assert scorer.fingerprint != BundledScorer().fingerprint
    calibration = load_calibration(scorer.fingerprint, settings.model_calibrations)
    assert calibration.fitted_on["pairs"] == len(trained.split.test)
    assert calibration.catalogs == ()
    through_vllm = VllmScoring(model=str(out))
    fitted = load_calibration(VllmScorer(through_vllm).fingerprint, through_vllm.model_calibrations)
    assert fitted.fitted_on["pairs"] == len(trained.split.test)
    assert fitted.raw_scale == "probability"


def test_a_model_that_is_right_already_is_not_replaced(sku_align: Command, tmp_path: Path) -> None:
    pairs = write_easy(tmp_path / "pairs.csv")
    done = sku_align("train", "--pairs", pairs, "--out", tmp_path / "model", "--epochs", 1, check=False)
    assert done.returncode == 2
    assert re.search(
        r"no better on held-back products than the one before \(average precision [\d.]+, was 1\.000\)", done.stderr
    )
    assert "Nothing was written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.csv"]


def test_a_better_model_that_lies_there_already_is_kept(learnt: tuple[Path, Trained, Path], tmp_path: Path) -> None:
    pairs, _, out = learnt
    before = {path.name: path.read_bytes() for path in out.glob("*.json")}
    tiny = tmp_path / "tiny"
    tiny_models.write_bert(tiny, [*WORDS, *WORDS.values()])
    trained = train(from_file(pairs, Settings()), find_base(str(tiny), None), out, BundledScoring(), epochs=1)
    assert [model.name for model in trained.models] == ["before", "after", f"now in {out}"]
    assert "no better" in trained.refused
    assert {path.name: path.read_bytes() for path in out.glob("*.json")} == before


def test_a_refused_model_is_written_by_force_only(tmp_path: Path) -> None:
    tiny, out = tmp_path / "tiny", tmp_path / "model"
    tiny_models.write_bert(tiny, [*WORDS, *WORDS.values()])
    labels, base = from_file(write_pairs(tmp_path / "pairs.csv", 200), Settings()), find_base(str(tiny), None)
    assert train(labels, base, out, BundledScoring(), epochs=1).out is None
    assert not out.exists()
    trained = train(labels, base, out, BundledScoring(), epochs=1, force=True)
    assert trained.refused
    assert trained.out == out
    assert load_calibration(trained.models[1].calibration.scorer, out / "calibrations").fitted_on["pairs"] > 20


def test_a_model_that_no_longer_knows_the_known_pairs_is_refused(learnt: tuple[Path, Trained, Path]) -> None:
    _, trained, _ = learnt

    class Forgetful:
        fingerprint = "bundled forgetful"

        def score(self, offers: object, pairs: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
            return np.zeros(len(pairs), np.float32)

    why = refusal(trained.models[0], trained.models[1], trained.rise, Forgetful())
    assert re.match("The new model has forgotten what every reranker must know: .*bundled forgetful fails", why)


def test_a_qwen3_reranker_learns_on_its_yes_and_no(tmp_path: Path) -> None:
    tiny, out = tmp_path / "qwen3", tmp_path / "model"
    tiny_models.write_taught_qwen3(tiny, [*WORDS, *WORDS.values()])
    path = write_pairs(tmp_path / "pairs.csv", 200)
    marked = re.sub(r"(\d),en,0$", r"\1 used,en,0", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(marked, encoding="utf-8")
    labels = from_file(path, Settings())
    trained = train(labels, find_base(str(tiny), None), out, BundledScoring(), epochs=4, force=True)
    before, after = trained.models
    assert trained.scorer == "vllm"
    assert after.average_precision.value > before.average_precision.value + 0.1
    scorer = TorchScorer(Reranker(find_base(str(out), None), BundledScoring(), tmp_path, "cpu"), "written")
    from sku_align.scoring.scorers.prompt import INSTRUCTION, HubTokenizer
    from sku_align.scoring.scorers.prompt_text import offer_texts

    texts = offer_texts(labels.offers, HubTokenizer(str(out)), 96)
    wanted = tiny_models.yes_no_softmax(out, INSTRUCTION, [(texts[a], texts[b]) for a, b in labels.rows[:20].tolist()])
    np.testing.assert_allclose(scorer.score(labels.offers, labels.rows[:20]), wanted, atol=1e-3)
