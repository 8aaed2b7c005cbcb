"""`sku-align evaluate pairs`: a scorer against labelled pairs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from sku_align.evaluation.bootstrap import Interval
    from sku_align.evaluation.pairs import PairFigures


@click.command("pairs")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--scorer", help="bundled, vllm or http; the settings' if absent.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML); catalogs `left` and `right`.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def evaluate_pairs_command(files: tuple[Path, ...], scorer: str | None, config: Path | None, as_json: bool) -> None:
    """Average precision, precision, recall and calibration error on labelled pairs.

    FILES are CSVs with left_title, right_title, label (0 or 1) and other left_/right_ columns. Intervals are 95 %
    bootstrap intervals over products.
    """
    from rich.console import Console

    from sku_align.calibration.calibration import load_calibration
    from sku_align.cli.stages import load_settings
    from sku_align.evaluation.pairs import judge_by_language, read_pairs
    from sku_align.scoring.load import load_scorer

    settings = load_settings(config, scorer)
    judged: dict[str, dict[str, PairFigures]] = {}
    backend = load_scorer(settings.scoring)
    own = (settings.scoring.calibrations, settings.scoring.model_calibrations)
    calibration = load_calibration(backend.fingerprint, *own)
    for file in files:
        pairs = read_pairs(file, settings)
        raw = backend.score(pairs.offers, pairs.rows)
        probability = calibration.probability(pairs.offers, pairs.rows, raw)
        judged[str(file)] = dict(judge_by_language(pairs, probability))
    if as_json:
        document = {
            name: {languages: figures.to_dict() for languages, figures in by_language.items()}
            for name, by_language in judged.items()
        }
        click.echo(json.dumps({"scorer": backend.fingerprint, "files": document}, indent=1))
        return
    console = Console()
    console.print(f"scorer: {backend.fingerprint}")
    for name, by_language in judged.items():
        console.print(_table(name, by_language))


def _table(title: str, by_language: "dict[str, PairFigures]") -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    names = ("languages", "pairs", "matches", "average precision", "precision >= 0.9", "recall >= 0.9", "ECE")
    for name in names:
        table.add_column(name, justify="left" if name == "languages" else "right")
    for name, figures in by_language.items():
        cells = [_cell(figures.average_precision), _cell(figures.precision[0.9]), _cell(figures.recall[0.9])]
        table.add_row(name, str(figures.pairs), str(figures.positives), *cells, f"{figures.calibration_error:.3f}")
    return table


def _cell(figure: "Interval") -> str:
    if figure.value != figure.value:
        return "-"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
