"""One command from the labelled data and the start weights to a distilled student: `python -m training reproduce`."""

import copy
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file
from sklearn.metrics import average_precision_score
from tokenizers import Tokenizer

from training.architecture import build, keep_layers
from training.batches import Batch, PairStream, mixed, stream
from training.corpus import build_corpora, held_back
from training.evaluation import average_precision, full_text, prevalence_weights, score
from training.fitting import Model, Schedule, fit, taught
from training.judged import Judged, JudgedBatch, JudgedStream
from training.offers import LabelledSet, read_sets
from training.sampling import SYNTHETIC_SHARE
from training.start_weights import StartWeights
from training.stored import read_encoder, save_encoder
from training.synthetic import SyntheticProducts

STUDENT_LAYERS = (0, 2, 4, 7, 9, 11)
# Of the student's batches, those that a language model judged, where there are any; each pair comes about twice.
JUDGED_SHARE = 0.5
# Highest learning rate of weights that are trained already: half of what others begin with.
FURTHER_RATE = 1e-4


@dataclass(frozen=True)
class Recipe:
    """What is trained and for how long; `toy()` is the same in seconds on a CPU.

    Attributes:
        teachers: Seeds of the teachers; without any the student learns from the labels alone.
        student: Whether the student is trained too; several GPUs may train the teachers before one trains the student.
        without: Sets that take no part in training.
        without_kinds: Fold of contrasts of kinds that takes no part in training.
        judged: Pairs that a language model judged, for the student.
        further: Folder of weights in their ordinary form, as `sku-align export-model` writes them: the student starts
            from them.
        taught_by: Folders of weights in that form that teach it; those it starts from if there are none.
        invented: Share of invented pairs.
    """

    teachers: tuple[int, ...] = (1, 2, 3)
    student: bool = True
    batch: int = 1024
    teacher_schedule: Schedule = field(default_factory=lambda: Schedule(6000, rate=1.2e-4))
    student_schedule: Schedule = field(default_factory=lambda: Schedule(8000, rate=2e-4))
    layers: tuple[int, ...] = tuple(range(12))
    student_layers: tuple[int, ...] = STUDENT_LAYERS
    workers: int = 12
    without: tuple[str, ...] = ()
    without_kinds: int | None = None
    judged: Path | None = None
    further: Path | None = None
    taught_by: tuple[Path, ...] = ()
    invented: float = SYNTHETIC_SHARE

    @staticmethod
    def toy() -> "Recipe":
        """Return a recipe of two tiny teachers and a tiny student for tests."""
        short = Schedule(3)
        return Recipe((1, 2), True, 8, short, short, (0, 1), (0,), workers=0)


def _log(text: str) -> None:
    print(text, flush=True)


def evaluate(
    models: Sequence[Model], tokenizer: Tokenizer, sets: Sequence[LabelledSet], device: str, without: Sequence[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score the held-back pairs with the mean of the models.

    Returns:
        One row per pair (set, part, languages, label, forward and backward logit), one row per set with its figures.
    """
    rows, figures = [], []
    for labelled in sets:
        for part, pairs in held_back(labelled, labelled.name in without).items():
            if not pairs:
                continue
            texts = [(full_text(pair.left), full_text(pair.right)) for pair in pairs]
            both = np.mean([score(model, tokenizer, texts, device) for model in models], axis=0)
            labels = np.array([pair.label for pair in pairs])
            table = pd.DataFrame(
                {
                    "set": labelled.name,
                    "part": part,
                    "left_language": [pair.left.language for pair in pairs],
                    "right_language": [pair.right.language for pair in pairs],
                    "group": [pair.left.group for pair in pairs],
                    "left": [text[0] for text in texts],
                    "right": [text[1] for text in texts],
                    "label": labels.astype(int),
                    "forward": both[0].round(4),
                    "backward": both[1].round(4),
                }
            )
            rows.append(table)
            file = np.array([pair.label for pair in labelled.pairs if pair.source == pairs[0].source])
            found = average_precision(labels, both.mean(0), table["group"].tolist())
            weights = prevalence_weights(labels, float(file.mean()))
            at_file = average_precision_score(labels, both.mean(0), sample_weight=weights)
            figures.append({"set": labelled.name, "part": part, **asdict(found), "at_file_prevalence": at_file})
    return pd.concat(rows, ignore_index=True), pd.DataFrame(figures)


def reproduce(data: Path, start: Path, out: Path, recipe: Recipe, device: str) -> None:
    """Train the teachers and the student, and write their encoders, the student's held-back scores and all figures.

    Teachers that `out` holds already are not trained again, and every encoder is written before it is judged.

    Args:
        data: Folder of the labelled sets.
        start: Folder that `python -m training start` wrote.
        out: Receives `teacher-SEED-N.safetensors`, `student-N.safetensors`, `scores.csv.gz` and `figures.json`.
    """
    begun = time.monotonic()
    torch.set_float32_matmul_precision("high")
    out.mkdir(parents=True, exist_ok=True)
    weights, tokenizer = StartWeights.load(start / "start.npz"), Tokenizer.from_file(str(start / "tokenizer.json"))
    sets, synthetic = read_sets(data), SyntheticProducts(data / "taxonomies", recipe.without_kinds)
    trained = [labelled for labelled in sets if labelled.name not in recipe.without]
    torch.manual_seed(0)
    corpora = build_corpora(trained, build(weights, recipe.layers), tokenizer, device)
    teachers_device = "cuda:1" if device == "cuda" and torch.cuda.device_count() > 1 else device
    count = sum(len(corpus.offers) for corpus in corpora)
    _log(f"prepared {len(corpora)} sets, {count} offers, {time.monotonic() - begun:.0f} s")
    results: dict[str, list[dict[str, object]]] = {}

    def train(name: str, seed: int, start_model: Model, schedule: Schedule, teachers: Sequence[Model] = ()) -> Model:
        torch.manual_seed(seed)
        pairs = PairStream(corpora, synthetic, tokenizer, seed, recipe.batch, recipe.invented)
        drawn: Iterator[Batch] = stream(pairs, recipe.workers)
        read: Iterator[tuple[torch.Tensor, ...]]
        if teachers and recipe.judged:
            stored = JudgedStream(Judged.load(recipe.judged), tokenizer, seed, recipe.batch)
            judging: Iterator[JudgedBatch] = stream(stored, -(-recipe.workers // 2))
            read = taught(mixed(drawn, judging, JUDGED_SHARE, random.Random(seed)), teachers, teachers_device)
        elif teachers:
            read = taught(drawn, teachers, teachers_device)
        else:
            read = ((batch.ids, batch.labels) for batch in drawn)
        model = fit(start_model, read, schedule, device, lambda text: _log(f"{name} {text}"))
        save_encoder({key: value.cpu().numpy() for key, value in model.state_dict().items()}, out, name)
        return model

    def judge(name: str, models: Sequence[Model]) -> pd.DataFrame:
        scores, figures = evaluate(models, tokenizer, sets, device, recipe.without)
        results[name] = [{str(key): value for key, value in row.items()} for row in figures.to_dict("records")]
        _log(f"{name} {time.monotonic() - begun:.0f} s\n{figures.round(4).to_string(index=False)}")
        return scores

    def finish(first: Model, schedule: Schedule, teachers: Sequence[Model]) -> None:
        scores = judge("student", [train("student", 100, first, schedule, teachers)])
        scores[scores["set"].isin(recipe.without or scores["set"])].to_csv(out / "scores.csv.gz", index=False)
        (out / "figures.json").write_text(json.dumps(results, indent=1))
        _log(f"done in {time.monotonic() - begun:.0f} s")

    if recipe.further:
        before, *others = (
            _shipped(folder, build(weights, recipe.student_layers)).to(device)
            for folder in (recipe.further, *recipe.taught_by)
        )
        judge("before", [before])
        schedule = replace(recipe.student_schedule, rate=min(recipe.student_schedule.rate, FURTHER_RATE))
        if recipe.student:
            finish(copy.deepcopy(before), schedule, others or [before])
        return
    teachers = []
    for seed in recipe.teachers:
        name = f"teacher-{seed}"
        torch.manual_seed(seed)
        teacher = build(weights, recipe.layers)
        if stored := read_encoder(out, name):
            teacher.load_state_dict({key: torch.from_numpy(value) for key, value in stored.items()}, strict=False)
        else:
            teacher = train(name, seed, teacher, recipe.teacher_schedule)
            judge(name, [teacher])
        teachers.append(teacher.to(device))
    if not recipe.student:
        return
    if len(teachers) > 1:
        judge("teachers", teachers)
    first = keep_layers(teachers[0], recipe.student_layers) if teachers else build(weights, recipe.student_layers)
    finish(first, recipe.student_schedule, teachers)


def _shipped(folder: Path, model: Model) -> Model:
    """Fill a model with shipped weights; word embeddings, which are frozen, and positions beyond theirs stay."""
    state, own = load_file(folder / "model.safetensors"), model.state_dict()
    for name, value in state.items():
        if "word_embeddings" not in name:
            own[name][: len(value)] = value
    model.load_state_dict(own)
    return model
