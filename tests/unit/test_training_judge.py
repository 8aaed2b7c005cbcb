"""A language model learns drawn pairs and judges others, and the student reads what it said."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("onnx")
pytest.importorskip("sklearn")

from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402

from tests.unit.test_training_reproduce import made  # noqa: E402, F401
from training import language_teacher  # noqa: E402
from training.__main__ import main  # noqa: E402
from training.batches import mixed  # noqa: E402
from training.fitting import logits, taught  # noqa: E402
from training.judged import Judged, JudgedStream  # noqa: E402
from training.language_teacher import LanguageTeacher  # noqa: E402

pytestmark = pytest.mark.torch

WORDS = ["kettle", "lamp", "rug", "vase", "red", "blue", "small", "large"]


@pytest.fixture(scope="module")
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Qwen2 with random weights, whose words are whole tokens."""
    folder = tmp_path_factory.mktemp("language")
    vocabulary = {word: at for at, word in enumerate(["<pad>", "<unk>", "yes", "no", "A", "B", "Same", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2}
    config = transformers.Qwen2Config(
        vocab_size=len(vocabulary), num_hidden_layers=2, tie_word_embeddings=True, **sizes
    )
    transformers.Qwen2ForCausalLM(config).save_pretrained(folder)
    return folder


def test_it_learns_the_labels_and_judges_pairs_alike_in_any_company(
    language_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pair's logit does not depend on the pairs beside it, however long those are."""
    monkeypatch.setattr(language_teacher, "RATE", 3e-3)
    monkeypatch.setattr(language_teacher, "STEP_TOKENS", 400)
    chance = np.random.default_rng(1)
    sides = [" ".join(chance.choice(WORDS, 3, replace=False)) for _ in range(6000)]
    pairs = [(one, two, float("large" in two)) for one, two in zip(sides[::2], sides[1::2], strict=True)]
    teacher = LanguageTeacher(language_model, "cpu")
    rows, labels = teacher.read(pairs), np.array([pair[2] for pair in pairs], np.float32)
    teacher.learn(rows, labels, seconds=600.0, log=lambda line: None)
    said = teacher.judge(rows)
    assert said[labels == 1].mean() > said[labels == 0].mean() + 1
    longer = teacher.read([(" ".join(WORDS), " ".join(WORDS[::-1]), 0.0)])
    assert np.allclose(teacher.judge([*rows[:3], *longer])[:3], said[:3], atol=1e-4)


def test_the_student_learns_from_what_was_judged(made: Path, language_model: Path, tmp_path: Path) -> None:  # noqa: F811
    """One command draws and judges, another one trains with it; labels and logits stay with their pairs."""
    out = tmp_path / "judged.parquet"
    data, start = str(made / "data"), str(made / "start")
    judging = ["--model", str(language_model), "--out", str(out), "--pairs", "60", "--learnt", "40", "--workers", "1"]
    main(["judge", "--data", data, "--start", start, *judging])
    table = pq.read_table(out)
    assert len(table) == 60
    assert np.isfinite(table["logit"].to_numpy()).all()
    assert set(table["label"].to_pylist()) <= {0.0, 0.2, 1.0}
    main(["reproduce", "--data", data, "--start", start, "--out", str(tmp_path / "t"), "--toy", "--judged", str(out)])
    assert list((tmp_path / "t").glob("student-*.safetensors"))


def test_a_judged_batch_aims_at_the_mean_of_teacher_and_language_model(made: Path) -> None:  # noqa: F811
    """Half of the aim is the language model's logit, the other half the teachers' mean."""
    from training.architecture import build
    from training.start_weights import StartWeights

    tokenizer = Tokenizer.from_file(str(made / "start" / "tokenizer.json"))
    numbers = np.arange(16, dtype=np.float32)
    judged = Judged([f"tea b{at}" for at in range(16)], ["tea"] * 16, numbers % 2, numbers - 8)
    batches = iter(JudgedStream(judged, tokenizer, 1, 4))
    teacher = build(StartWeights.load(made / "start" / "start.npz"), (0, 1)).eval()
    ids, labels, aims = next(taught(batches, [teacher], "cpu"))
    with torch.inference_mode():
        said = 2 * aims - logits(teacher, ids)
    assert torch.allclose((said.round() + 8) % 2, labels)
    assert torch.allclose(said, said.round(), atol=1e-3)


def test_of_invented_pairs_the_label_alone_teaches(made: Path) -> None:  # noqa: F811
    """Their aim is NaN, and a model is drawn to the label there, else mostly to the aim."""
    from training.architecture import build
    from training.batches import Batch
    from training.fitting import Schedule, fit
    from training.start_weights import StartWeights

    torch.manual_seed(5)
    weights = StartWeights.load(made / "start" / "start.npz")
    rows = torch.tensor([[0, 5, 6, 2, 2, 5, 6, 2], [0, 7, 8, 2, 2, 7, 8, 2]])
    batch = Batch(rows, torch.ones(2), torch.tensor([True, False]))
    teacher = build(weights, (0, 1)).eval()
    _, _, aims = next(taught(iter([batch] * 20), [teacher], "cpu"))
    assert aims.isnan().tolist() == [True, False]
    aimed = (rows, batch.labels, torch.tensor([float("nan"), -3.0]))
    model = fit(build(weights, (0,)), iter([aimed] * 200), Schedule(200, rate=2e-3, average=0.5), "cpu", lambda _: None)
    with torch.inference_mode():
        invented, other = logits(model, rows).tolist()
    assert invented > 0.5
    assert other < -0.5


def test_streams_are_mixed_at_their_share() -> None:
    """A share of .25 takes about every fourth from the second."""
    import random
    from itertools import islice, repeat

    taken = list(islice(mixed(repeat("drawn"), repeat("judged"), 0.25, random.Random(2)), 1000))
    assert 200 < taken.count("judged") < 300
