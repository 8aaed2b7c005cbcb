"""`sku-align audit`: how right a run is, from answers about a blind sample."""

from datetime import UTC, datetime
from pathlib import Path

import click

from sku_align.cli.login import login
from sku_align.cli.program import program

_out = click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Run folder."
)
_db = click.option("--db", help="SQLAlchemy URL of the database that keeps answers and certificates.")


@click.group("audit")
def audit_group() -> None:
    """Measure precision and recall of a run: a blind sample out (sample), answers in (apply)."""


@audit_group.command("sample")
@_out
@_db
@click.option("--n", "size", type=click.IntRange(2), default=100, show_default=True, help="SKUs and pairs to draw.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random start; another draws others.")
def sample_command(out: Path, db: str | None, size: int, seed: int) -> None:
    """Write a blind sheet of questions, audit.csv in the run folder; fill in `verdict` with same or different."""
    from sku_align.review.audit import draw_sample
    from sku_align.stages import run_folder
    from sku_align.store import Store

    drawn = draw_sample(run_folder(out), size, seed, Store.open(db) if db else None)
    click.echo(f"{drawn.questions} questions about {drawn.skus} SKUs and {drawn.near} near pairs in {drawn.sheet}")
    if drawn.known:
        click.echo(f"{drawn.known} of the SKUs and pairs are known from earlier answers.")
    more = f" --db {db}" if db else ""
    click.echo(f"Fill in `verdict`, then run: {program()} audit apply {drawn.sheet} --out {out}{more}")


@audit_group.command("apply")
@click.argument("file", type=click.Path(path_type=Path))
@_out
@_db
@click.option("--reviewer", default=login, show_default="your login", help="Who answered.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def apply_command(file: Path, out: Path, db: str | None, reviewer: str, as_json: bool) -> None:
    """Take the answers in FILE in and print the certificate: precision and recall with 95 % intervals."""
    import json

    from rich.console import Console

    from sku_align.report.proof import certificate_section
    from sku_align.report.terminal import render
    from sku_align.review.audit import apply_answers
    from sku_align.stages import run_folder
    from sku_align.store import Store

    now = datetime.now(UTC).isoformat(timespec="seconds")
    applied = apply_answers(run_folder(out), file, reviewer, now, Store.open(db) if db else None)
    for problem in applied.rejected:
        click.echo(f"Not taken: {problem}.", err=True)
    if applied.certificate is None:
        click.echo(
            f"These answers raise {applied.questions} questions about SKUs that hold several products: "
            f"fill in {applied.more} and apply it."
        )
        return
    if as_json:
        click.echo(json.dumps(applied.certificate.to_dict(), indent=1, ensure_ascii=False))
        return
    Console().print(render([certificate_section(applied.certificate)]))
    if applied.publication is not None:
        click.echo(f"Kept with publication {applied.publication}.")
    more = f" --db {db}" if db else ""
    click.echo(f"To put it on the page: {program()} report --out {out}{more}, with the --config of the run.")
