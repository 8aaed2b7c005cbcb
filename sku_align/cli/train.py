"""`sku-align train` and `sku-align export-model`: a reranker that learns from your own labels, and its other form."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from sku_align.evaluation.bootstrap import Interval
    from sku_align.finetuning.train import Trained


@click.command("train")
@click.option("--pairs", type=click.Path(path_type=Path), help="CSV with left_title, right_title, label (0 or 1), ...")
@click.option("--verdicts", is_flag=True, help="Learn from the reviewers' verdicts in --db.")
@click.option("--db", help="SQLAlchemy URL of the database that keeps the verdicts.")
@click.option(
    "--run", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Run folder with its offers."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the new model.")
@click.option("--base", default="bundled", show_default=True, help="bundled, a model folder, or a hub model.")
@click.option("--revision", help="Commit of a hub model.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML); catalogs `left` and `right`.")
@click.option("--epochs", type=click.IntRange(min=1), help="Passes over the pairs at most.")
@click.option("--full", is_flag=True, help="Train all weights of a language model but its words, not adapters alone.")
@click.option(
    "--prompt",
    type=click.Choice(["published", "short"]),
    help="How a language model is asked: as Qwen3-Reranker was published, or in a third of the tokens.",
)
@click.option("--by-brand", is_flag=True, help="Hold back whole brands, not single products.")
@click.option("--force", is_flag=True, help="Write the new model even if it is no better.")
def train_command(
    pairs: Path | None,
    verdicts: bool,
    db: str | None,
    run: Path,
    out: Path,
    base: str,
    revision: str | None,
    config: Path | None,
    epochs: int | None,
    full: bool,
    prompt: str | None,
    by_brand: bool,
    force: bool,
) -> None:
    """Fine-tune a cross-encoder, a Qwen3-Reranker or a language model of Qwen2 or Qwen3 on labelled pairs or on
    reviewers' verdicts.

    A fifth of the products is held back; the model is written to --out only if it ranks their pairs better than the
    base and than a model that lies there already.
    """
    from rich.console import Console

    from sku_align.config import Settings
    from sku_align.errors import UserError
    from sku_align.finetuning.labels import from_file, from_verdicts
    from sku_align.finetuning.reranker import Tuning, check_installed, find_base
    from sku_align.finetuning.train import train
    from sku_align.stages import run_folder

    if (pairs is None) != verdicts:
        raise UserError("Name what to learn from: either --pairs FILE, or --verdicts with --db.")
    if verdicts and db is None:
        raise UserError("--verdicts needs --db, the database that keeps the verdicts.")
    settings = Settings.load(config)
    start = find_base(base, revision)
    tuning = Tuning(full, "qwen3" if prompt == "published" else "short" if prompt else None)
    check_installed(start.kind, tuning)
    labels = from_file(pairs, settings) if pairs else from_verdicts(db or "", run_folder(run))
    trained = train(
        labels,
        start,
        out,
        settings.scoring,
        epochs=epochs,
        by_brand=by_brand,
        force=force,
        tuning=tuning,
        on_progress=click.echo,
    )
    Console().print(_table(trained))
    click.echo(_rise(trained))
    if trained.out is None:
        raise UserError(f"{trained.refused}. Nothing was written; label more pairs, or write it anyway with --force.")
    click.echo(_next(trained))


def _table(trained: "Trained") -> "Table":
    from rich.table import Table

    split = trained.split
    title = (
        f"{len(split.train)} pairs learnt from, {len(split.dev)} watched, {len(split.test)} held back, "
        f"{split.dropped} dropped because one offer of each is held back"
    )
    table = Table(title=title, title_justify="left")
    for name in ("model", "average precision", "precision >= 0.9", "recall >= 0.9", "ECE"):
        table.add_column(name, justify="left" if name == "model" else "right")
    for model in trained.models:
        figures = model.calibrated
        cells = (model.average_precision, figures.precision[0.9], figures.recall[0.9])
        table.add_row(model.name, *map(_cell, cells), f"{figures.calibration_error:.3f}")
    return table


def _cell(figure: "Interval") -> str:
    if figure.value != figure.value:
        return "-"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _rise(trained: "Trained") -> str:
    rise = trained.rise
    sure = "" if rise.low > 0 or rise.value <= 0 else "; it may be chance, more labels would tell"
    return (
        f"Average precision on held-back products changes by {rise.value:+.3f} ({rise.low:+.3f} to {rise.high:+.3f})"
        f"{sure}. At 0.9: probabilities calibrated on the held-back pairs, cross-validated by product."
    )


def _next(trained: "Trained") -> str:
    warning = f"Written although: {trained.refused}.\n" if trained.refused else ""
    return (
        f"{warning}The model lies in {trained.out}. To use it, set in the settings\n"
        f"  scoring: {{name: {trained.scorer}, model: {trained.out}}}\n"
        "and run `sku-align score` again: its scores are new ones. Its calibration lies beside it and is found by "
        "itself, but it covers no catalog;\nrun `sku-align calibrate --sample 200`, label those pairs and hand them "
        "back, before it may merge by itself as on calibrated catalogs.\nDo not calibrate on the pairs it learnt from."
    )


@click.command("export-model")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--model", type=click.Path(path_type=Path), help="Folder with model.onnx; the bundled model if absent.")
def export_model_command(out: Path, model: Path | None) -> None:
    """Write the bundled model to OUT as transformers, sentence-transformers and vLLM load it."""
    from sku_align.calibration.calibration import CALIBRATIONS
    from sku_align.errors import UserError
    from sku_align.finetuning.packed import export
    from sku_align.finetuning.reranker import require
    from sku_align.scoring.scorers.cross_encoder import WEIGHTS
    from sku_align.scoring.scorers.packed_weights import is_packed

    require("Exporting", "onnx", "safetensors")
    packed = model or WEIGHTS
    if not is_packed(packed):
        raise UserError(f"{packed} lacks model.onnx, tokenizer.json.gz or model.json: name a folder that has them.")
    export(packed, out)
    click.echo(f"{out}: model.safetensors, config.json and tokenizer.json, for scoring.name: vllm or transformers")
    if (out / CALIBRATIONS).exists():
        click.echo("Its calibration lies beside it and is found by the folder's name; it covers no catalog.")
