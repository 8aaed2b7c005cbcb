"""`sku-align review`: questions out to people, verdicts in."""

from datetime import UTC, datetime
from pathlib import Path

import click

from sku_align.cli.login import login
from sku_align.cli.stages import stage_command
from sku_align.errors import UserError

_NAMED = 10
_out = click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Run folder."
)
_db = click.option("--db", required=True, help="SQLAlchemy URL of the database that keeps the verdicts.")


@click.group("review")
def review_group() -> None:
    """Questions out to people (export), verdicts back in (apply, take), or both on a page (serve)."""


@review_group.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_out
@click.option("--db", help="SQLAlchemy URL of the database: what was answered or skipped since the run is minded.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
@click.option("--language", default="en", show_default=True, help="Of the drop-down in a workbook, and of the words.")
@click.option("--checks", is_flag=True, help="Write spot checks of SKUs that stand already, instead of questions.")
@click.option("--split-by", type=click.Choice(["languages", "category", "catalog"]), help="One file per value.")
@click.option("--reviewers", type=click.IntRange(min=1), default=1, show_default=True, help="One file per reviewer.")
@click.option(
    "--overlap", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Share that every reviewer answers."
)
def export_command(
    file: Path | None,
    out: Path,
    db: str | None,
    config: Path | None,
    language: str,
    checks: bool,
    split_by: str | None,
    reviewers: int,
    overlap: float,
) -> None:
    """Write the questions of a run to FILE, CSV or XLSX (default: review.csv of the run folder).

    With --split-by or --reviewers several files are written, named after FILE.
    """
    from sku_align.review.exporting import Export, export
    from sku_align.store import Store

    wanted = Export(language, checks, split_by, reviewers, overlap)
    for path, count in export(out, config, file, wanted, Store.existing(db) if db else None):
        click.echo(f"{count} questions in {path}")


@review_group.command("apply")
@click.argument("file", type=click.Path(path_type=Path))
@_db
@click.option("--reviewer", default=login, show_default="your login", help="Who decided.")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder that asked, if it was not published.")
@click.option("--overrule", is_flag=True, help="Take answers although another person said the opposite.")
@click.option("--receipt", type=click.Path(path_type=Path), help="Write what became of each row to this file.")
def apply_command(file: Path, db: str, reviewer: str, out: Path | None, overrule: bool, receipt: Path | None) -> None:
    """Take the verdicts in FILE into the database; the next `align` obeys them.

    In the column `verdict` stands `same`, `different` or `skip`, in any of twelve languages; rows left empty stay open
    questions.
    """
    from sku_align.files import write_text
    from sku_align.folder import RunFolder
    from sku_align.review import apply_sheet
    from sku_align.store import Store

    offers = RunFolder(out).read("offers") if out else None
    taken = apply_sheet(file, Store.open(db), reviewer, datetime.now(UTC), offers, overrule)
    if receipt:
        write_text(receipt, f"{taken}\n")
    click.echo(f"{taken.same} must-links and {taken.different} cannot-links are kept; the next run obeys them.")
    if taken.unknown:
        click.echo(f"{taken.unknown} of them name an offer that is not published here; they count once it is.")
    if taken.rejected:
        more = len(taken.rejected) - _NAMED
        rest = f"; and {more} more" if more > 0 else ""
        raise UserError(f"These rows were not taken: {'; '.join(taken.rejected[:_NAMED])}{rest}.")


@review_group.command("agreement")
@_db
@click.option("--out", type=click.Path(path_type=Path), help="Run folder, for the agreement on each pair of languages.")
def agreement_command(db: str, out: Path | None) -> None:
    """Show how far reviewers agree on pairs that several answered: Cohen's kappa for each two of them.

    Answers that were not taken because another person had said the opposite count as well.
    """
    from sku_align.folder import RunFolder
    from sku_align.review.agreement import Answered, languages_of
    from sku_align.store import Store

    store = Store.existing(db)
    answered = Answered(store.all_verdicts(), store.asked.asides())
    rows = answered.by_two()
    if not rows:
        click.echo("No pair was answered by two reviewers: export with --reviewers 2 --overlap 0.2.")
    if len(rows) > 1:
        rows += answered.by_reviewer()
    if rows and out:
        rows += answered.by_languages(languages_of(RunFolder(out).read("offers")))
    for row in rows:
        who = f"on {row.languages}" if row.languages != "all" else f"{row.one} and {row.other}"
        click.echo(f"{who}: {row.pairs} pairs, agree on {row.agreed:.0%}, kappa {row.kappa:.2f}")


@review_group.command("serve")
@_out
@_db
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8010, show_default=True)
def serve_command(out: Path, db: str, config: Path | None, host: str, port: int) -> None:
    """Answer the questions of a run on a page, one at a time, several reviewers at once."""
    from sku_align.serving.review_page import serve

    click.echo(f"The questions are at http://{host}:{port}/review; stop with Ctrl-C.")
    serve(out, db, config, host, port)


review_group.add_command(stage_command("verdicts"), "take")
