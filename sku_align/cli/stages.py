"""`sku-align align` and its stages one by one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sku_align.errors import UserError

if TYPE_CHECKING:
    from sku_align.config import Settings
    from sku_align.job import StageResult

_catalogs = click.argument("catalogs", nargs=-1, type=click.Path(path_type=Path))
_out = click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Run folder."
)
_db = click.option("--db", help="SQLAlchemy URL of the database, for example sqlite:///skus.db.")
_config = click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
_scorer = click.option("--scorer", help="bundled, vllm or http; the settings' if absent.")
_churn = click.option(
    "--accept-churn", is_flag=True, help="Publish although more offers change their SKU than allowed."
)


def load_settings(config: Path | None, scorer: str | None = None) -> "Settings":
    """Settings of a file with the command line's scorer put in.

    Raises:
        UserError: The file or the scorer's name is wrong.
    """
    from sku_align.config import ENGINES, Settings

    if scorer is not None and scorer not in ENGINES:
        raise UserError(f"There is no scorer {scorer!r}: choose one of {', '.join(ENGINES)}.")
    return Settings.load(config, scorer)


@click.command("align")
@_catalogs
@_out
@_db
@_config
@_scorer
@_churn
@click.option(
    "--gold", type=click.Path(path_type=Path), help="Labels (catalog, offer_id, gold_product_id) to check against."
)
def align_command(
    catalogs: tuple[Path, ...],
    out: Path,
    db: str | None,
    config: Path | None,
    scorer: str | None,
    accept_churn: bool,
    gold: Path | None,
) -> None:
    """Align CATALOGs: the whole job, from files to published SKUs.

    Without CATALOG the catalogs of the settings file are read. With --db the SKUs are published there.
    """
    from rich.console import Console

    from sku_align.aligning import align
    from sku_align.evaluation.clusters import read_gold
    from sku_align.progress import stage, stages
    from sku_align.report import write_summary

    labels = read_gold(gold) if gold else None
    with stages():
        run = align(catalogs, out, db, load_settings(config, scorer), accept_churn, around=stage)
    write_summary(run, Console(), labels)


def _stage(name: str, needs_catalogs: bool, needs_db: bool, explains: str) -> click.Command:
    def call(out: Path, config: Path | None, **given: Any) -> None:
        from sku_align.job import Job
        from sku_align.progress import stage

        settings = load_settings(config, given.get("scorer"))
        job = Job(out, settings, given.get("catalogs", ()), given.get("db"))
        with stage(name):
            result = getattr(job, name)()
        echo_result(result)

    command = click.command(name, help=explains)(call)
    for option in (_out, _config, *((_catalogs,) if needs_catalogs else ()), *((_db,) if needs_db else ())):
        command = option(command)
    return _scorer(command) if name == "score" else command


def echo_result(result: "StageResult") -> None:
    """Print what a stage did, a line a figure."""
    click.echo(f"{result.stage}: {'unchanged, kept' if result.reused else 'done'}")
    for name, value in result.facts.items():
        if isinstance(value, int | float | str):
            click.echo(f"  {name}: {value}")


ingest_command = _stage("ingest", True, False, "Read CATALOGs into offers.parquet and quarantine.parquet.")
embed_command = _stage("embed", False, False, "Turn offers into vectors (embeddings.parquet).")
block_command = _stage("block", False, False, "Find candidate pairs (candidates.parquet).")
score_command = _stage("score", False, False, "Score candidate pairs (scores.parquet).")
decide_command = _stage("decide", False, True, "Apply thresholds, guards and verdicts (decisions.parquet).")
cluster_command = _stage("cluster", False, True, "Form SKUs (clusters.parquet); --db gives the ids to keep.")


@click.command("publish")
@_out
@click.option("--db", required=True, help="SQLAlchemy URL of the database that storefronts read.")
@_config
@_churn
def publish_command(out: Path, db: str, config: Path | None, accept_churn: bool) -> None:
    """Audit the run in --out and make it what storefronts read."""
    from sku_align.job import Job

    publication = Job(out, load_settings(config), (), db).publish(datetime.now(UTC), accept_churn)
    click.echo(f"publication {publication.publication_id} is live")
