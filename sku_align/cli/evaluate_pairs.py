"""`sku-align evaluate pairs`: scorers side by side against labelled pairs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.table import Table

    from sku_align.config import Settings
    from sku_align.evaluation.bootstrap import Interval
    from sku_align.evaluation.pairs import LabelledPairs, PairFigures

BASELINES = ("bm25", "embeddings")
_OF_PROBABILITIES = ("precision", "recall", "calibration_error")


@click.command("pairs")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--scorer",
    "scorers",
    multiple=True,
    help="bundled, vllm, http, bm25 or embeddings; the settings' if absent; given again, they stand side by side.",
)
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML); catalogs `left` and `right`.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def evaluate_pairs_command(
    files: tuple[Path, ...], scorers: tuple[str, ...], config: Path | None, as_json: bool
) -> None:
    """Average precision, best F1, precision, recall and calibration error on labelled pairs.

    FILES are CSVs with left_title, right_title, label (0 or 1) and other left_/right_ columns. Intervals are 95 %
    bootstrap intervals over products. The scores of bm25 and embeddings are not probabilities, so that they have no
    precision at 0.9 and no calibration error.
    """
    from rich.console import Console

    from sku_align.cli.stages import load_settings
    from sku_align.evaluation.pairs import judge_by_language, read_pairs

    settings = load_settings(config)
    names = scorers or (settings.scoring.name,)
    judged: dict[str, dict[str, dict[str, PairFigures]]] = {name: {} for name in names}
    fingerprints: dict[str, str] = {}
    for file in files:
        pairs = read_pairs(file, settings)
        for name in names:
            fingerprints[name], scores = _scores(name, pairs, settings if not scorers else _with(name, config))
            judged[name][str(file)] = dict(judge_by_language(pairs, scores))
    if as_json:
        documents = [
            {
                "name": name,
                "scorer": fingerprints[name],
                "files": {
                    file: {tag: _document(name, each) for tag, each in found.items()} for file, found in of.items()
                },
            }
            for name, of in judged.items()
        ]
        click.echo(json.dumps({**documents[0], "scorers": documents}, indent=1))
        return
    console = Console()
    for name, fingerprint in fingerprints.items():
        console.print(f"{name}: {fingerprint}")
    for path in map(str, files):
        console.print(_table(path, {name: of[path] for name, of in judged.items()}))


def _with(name: str, config: Path | None) -> "Settings":
    from sku_align.cli.stages import load_settings

    return load_settings(config, None if name in BASELINES else name)


def _scores(name: str, pairs: "LabelledPairs", settings: "Settings") -> "tuple[str, NDArray[Any]]":
    """Fingerprint and probabilities of a scorer; a baseline's scores are stretched over 0 to 1 and keep their order."""
    from sku_align.calibration.calibration import load_calibration
    from sku_align.embedding.embed import load_embedder
    from sku_align.retrieval.baselines import score_by_vectors, score_by_words
    from sku_align.scoring.load import load_scorer

    if name in BASELINES:
        embedder = load_embedder(settings.embedding)
        by_words = name == "bm25"
        raw = (
            score_by_words(pairs.offers, pairs.rows)
            if by_words
            else score_by_vectors(pairs.offers, pairs.rows, embedder)
        )
        low, high = raw.min(initial=0.0), raw.max(initial=1.0)
        return ("words of titles and brands" if by_words else embedder.fingerprint), (raw - low) / (high - low)
    backend = load_scorer(settings.scoring)
    own = (settings.scoring.calibrations, settings.scoring.model_calibrations)
    calibration = load_calibration(backend.fingerprint, *own)
    # A list of picked pairs has no run around it: of a cascade, the strong scorer reads all of it.
    scores = backend.score(pairs.offers, pairs.rows)
    return backend.fingerprint, calibration.probability(pairs.offers, pairs.rows, scores)


def _document(name: str, figures: "PairFigures") -> dict[str, Any]:
    values = figures.to_dict()
    return {key: value for key, value in values.items() if name not in BASELINES or key not in _OF_PROBABILITIES}


def _table(title: str, by_scorer: "dict[str, dict[str, PairFigures]]") -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    heads = ("languages", "scorer", "pairs", "matches", "average precision", "best F1", "precision >= 0.9")
    for head in (*heads, "recall >= 0.9", "ECE"):
        table.add_column(head, justify="left" if head in heads[:2] else "right")
    for languages in next(iter(by_scorer.values())):
        for name, by_language in by_scorer.items():
            of = by_language[languages]
            cells = [_cell(of.average_precision), _cell(of.best_f1)]
            if name in BASELINES:
                cells += ["-"] * 3
            else:
                cells += [_cell(of.precision[0.9]), _cell(of.recall[0.9]), f"{of.calibration_error:.3f}"]
            table.add_row(languages, name, str(of.pairs), str(of.positives), *cells)
        table.add_section()
    return table


def _cell(figure: "Interval") -> str:
    if figure.value != figure.value:
        return "-"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
