"""`sku-align align` and its stages one by one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sku_align.errors import UserError

if TYPE_CHECKING:
    from sku_align.config import Settings
    from sku_align.running import StageResult

_catalogs = click.argument("catalogs", nargs=-1, type=click.Path(path_type=Path))
_out = click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Run folder."
)
_db = click.option("--db", help="SQLAlchemy URL of the database, for example sqlite:///skus.db.")
_needed_db = click.option("--db", required=True, help="SQLAlchemy URL of the database that storefronts read.")
_config = click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
_only = click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="Read this catalog anew and keep the others; may be repeated.",
)
_data_docs = click.option(
    "--data-docs", type=click.Path(path_type=Path), help="Folder for pages of Great Expectations on every feed."
)
_scorer = click.option("--scorer", help="bundled, vllm, http, cascade or mean; the settings' if absent.")
_churn = click.option(
    "--accept-churn", is_flag=True, help="Publish although more offers change their SKU than allowed."
)


# What these do depends on verdicts, live SKU ids or the publication, if a database is named.
_ASK_DATABASE = ("decide", "cluster", "report")


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
    from sku_align.cli.program import program
    from sku_align.evaluation.clusters import read_gold
    from sku_align.progress import stage, stages
    from sku_align.report import terminal_summary

    labels = read_gold(gold) if gold else None
    with stages():
        done = align(catalogs, out, db, load_settings(config, scorer), accept_churn, around=stage, gold=labels)
    tables, facts = done.stages["report"].value
    Console().print(terminal_summary(tables, facts, program()))


def stage_command(name: str) -> click.Command:
    """The command of a declared stage, with the options that its inputs ask for."""
    from sku_align.stages import BY_NAME

    stage = BY_NAME[name]

    def call(out: Path, config: Path | None, **given: Any) -> None:
        from sku_align import progress
        from sku_align.running import Run

        churn = given.get("accept_churn", False)
        settings = load_settings(config, given.get("scorer"))
        if docs := given.get("data_docs"):
            settings = settings.model_copy(update={"data_docs": docs})
        run = Run(
            out, settings, given.get("catalogs", ()), given.get("db"), accept_churn=churn, only=given.get("only", ())
        )
        with progress.stage(name):
            result = run.do(name)
        echo_result(result)

    written = ", ".join(f"{table}.parquet" for table in stage.tables_written)
    command = click.command(name, help=f"{stage.does} Writes {written}." if written else stage.does)(call)
    command = _config(_out(command))
    if name == "ingest":
        command = _data_docs(_only(_catalogs(command)))
    if name == "score":
        command = _scorer(command)
    if name == "publish":
        command = _churn(command)
    return _needed_db(command) if stage.needs_db else _db(command) if name in _ASK_DATABASE else command


def echo_result(result: "StageResult") -> None:
    """Print what a stage did, one line per figure."""
    click.echo(f"{result.stage}: {'unchanged, kept' if result.reused else 'done'}")
    for name, value in result.facts.items():
        if isinstance(value, int | float | str):
            click.echo(f"  {name}: {value}")
    if cascade := result.facts.get("cascade"):
        from sku_align.report.findings import cascade_words

        click.echo(f"  read by both scorers: {cascade['strong_pairs']} ({cascade_words(cascade)})")
    for remark in result.facts.get("remarks", ()):
        click.echo(f"  {remark['catalog']}: {remark['sentence']}")


def __getattr__(name: str) -> click.Command:
    """`NAME_command` of a declared stage."""
    if not name.endswith("_command"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return stage_command(name.removesuffix("_command"))
