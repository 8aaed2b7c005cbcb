"""`sku-align review`: doubtful pairs out, verdicts in."""

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click
import pyarrow.compute as pc

from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.folder import RunFolder
from sku_align.job import Job


@click.group("review")
def review_group() -> None:
    """Doubtful pairs out to a person (export), verdicts back in (apply)."""


@review_group.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Run folder.")
def export_command(file: Path | None, out: Path) -> None:
    """Write the pairs that wait for a person to FILE (default: review.csv of the run folder)."""
    job = Job(out, Settings())
    result = job.export_review()
    if file:
        RunFolder(file.parent).write_text(file, job.folder.review.read_text(encoding="utf-8"))
    click.echo(f"{result.facts['questions']} questions in {file or job.folder.review}")


@review_group.command("apply")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--db", required=True, help="SQLAlchemy URL of the database that keeps the verdicts.")
@click.option("--reviewer", default=getpass.getuser, show_default="your login", help="Who decided.")
def apply_command(file: Path, db: str, reviewer: str) -> None:
    """Take the verdicts in FILE into the database; the next `align` obeys them.

    In the column `verdict` stands `same` or `different`; rows left empty stay open questions.
    """
    from sku_align.review import read_verdicts
    from sku_align.store import Store

    verdicts = read_verdicts(file, reviewer, datetime.now(UTC).isoformat(timespec="seconds"))
    Store.open(db).add_verdicts(verdicts.table)
    same = pc.sum(pc.equal(verdicts.table["verdict"], "same")).as_py() or 0
    click.echo(f"{same} must-links and {len(verdicts.table) - same} cannot-links are kept; the next run obeys them.")
    if verdicts.rejected:
        raise UserError("These rows were not taken: " + "; ".join(verdicts.rejected) + ".")
