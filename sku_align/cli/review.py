"""`sku-align review`: doubtful pairs out, verdicts in."""

from datetime import UTC, datetime
from pathlib import Path

import click

from sku_align.cli.login import login
from sku_align.errors import UserError

_NAMED = 10


@click.group("review")
def review_group() -> None:
    """Doubtful pairs out to a person (export), verdicts back in (apply)."""


@review_group.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Run folder.")
def export_command(file: Path | None, out: Path) -> None:
    """Write the pairs that wait for a person to FILE (default: review.csv of the run folder)."""
    from sku_align.config import Settings
    from sku_align.files import write_text
    from sku_align.running import Run

    run = Run(out, Settings())
    result = run.do("review")
    if file:
        write_text(file, run.folder.review.read_bytes().decode())
    click.echo(f"{result.facts['questions']} questions in {file or run.folder.review}")


@review_group.command("apply")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--db", required=True, help="SQLAlchemy URL of the database that keeps the verdicts.")
@click.option("--reviewer", default=login, show_default="your login", help="Who decided.")
def apply_command(file: Path, db: str, reviewer: str) -> None:
    """Take the verdicts in FILE into the database; the next `align` obeys them.

    In the column `verdict` stands `same` or `different`; rows left empty stay open questions.
    """
    from sku_align.review import apply_sheet
    from sku_align.store import Store

    receipt = apply_sheet(file, Store.open(db), reviewer, datetime.now(UTC))
    click.echo(f"{receipt.same} must-links and {receipt.different} cannot-links are kept; the next run obeys them.")
    if receipt.unknown:
        click.echo(f"{receipt.unknown} of them name an offer that is not published here; they count once it is.")
    if receipt.rejected:
        more = len(receipt.rejected) - _NAMED
        rest = f"; and {more} more" if more > 0 else ""
        raise UserError(f"These rows were not taken: {'; '.join(receipt.rejected[:_NAMED])}{rest}.")
