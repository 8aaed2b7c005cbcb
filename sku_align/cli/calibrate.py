"""`sku-align calibrate`: labels for a run's scores out, a calibration in."""

from pathlib import Path

import click


@click.command("calibrate")
@click.argument("labels", required=False, type=click.Path(path_type=Path))
@click.option("--sample", type=click.IntRange(min=1), help="Write this many pairs worth labelling to calibrate.csv.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Run folder with scores."
)
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
@click.option("--scorer", help="bundled, vllm, http, cascade or mean; the settings' if absent.")
@click.option("--db", help="SQLAlchemy URL: reviewers' verdicts kept there count as labels too.")
@click.option(
    "--target", type=click.FloatRange(0.5, 0.999), default=0.97, show_default=True, help="Precision to be sure of."
)
def calibrate_command(
    labels: Path | None,
    sample: int | None,
    out: Path,
    config: Path | None,
    scorer: str | None,
    db: str | None,
    target: float,
) -> None:
    """Make "0.9" mean 0.9 on your catalogs.

    First `--sample 200` writes the pairs worth labelling. Fill in `same` or `different`, then call the command with
    that file (LABELS), or with --db for verdicts that are kept already. The calibration is stored for the scorer;
    the catalogs it saw count as calibrated from the next run on. calibration.html in the run folder shows, for each
    pair of languages, how far the probabilities can be trusted.
    """
    from sku_align.cli.stages import load_settings
    from sku_align.errors import UserError
    from sku_align.finetuning.calibrating import calibrate, render, write_sample
    from sku_align.stages import run_folder

    settings = load_settings(config, scorer)
    if sample:
        path, written = write_sample(run_folder(out), sample)
        click.echo(f"{written} pairs to label in {path}: write `same` or `different` in the first column.")
        return
    if labels is None and db is None:
        raise UserError("Name a file with labels, or --db with reviewers' verdicts; --sample N gives pairs to label.")
    fitted = calibrate(run_folder(out), settings, labels, db, target)
    click.echo(render(fitted))
