"""`sku-align sku`: a SKU's history, and a person's lasting verdicts on it."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sku_align.cli.login import login

if TYPE_CHECKING:
    from rich.console import Console

    from sku_align.store import History, Store
    from sku_align.store.corrections import Correction

F = TypeVar("F", bound=Callable[..., Any])

_db = click.option("--db", required=True, help="SQLAlchemy URL of the database that storefronts read.")


def _word(command: F) -> F:
    """The options of every command that speaks a verdict."""
    command = click.option("--yes", is_flag=True, help="Do not ask on a terminal.")(command)
    command = click.option("--dry-run", is_flag=True, help="Show what would happen, and keep nothing.")(command)
    command = click.option("--note", help="Why; kept with the verdict.")(command)
    return click.option("--reviewer", default=login, show_default="your login", help="Who decided.")(command)


@click.group("sku")
def sku_group() -> None:
    """One SKU: its history (show), and a person's lasting verdicts on it (split, unmerge, link)."""


@sku_group.command("show")
@click.argument("sku_id")
@_db
def show_command(sku_id: str, db: str) -> None:
    """Tell the history of SKU_ID: offers, the pairs that join them, refused pairs, verdicts, redirects, events."""
    from rich.console import Console

    _tell(_open(db).history(sku_id), Console())


@sku_group.command("split")
@click.argument("sku_id")
@click.argument("offers", nargs=-1, required=True, metavar="CATALOG#OFFER_ID...")
@_db
@_word
def split_command(sku_id: str, offers: tuple[str, ...], db: str, **by: Any) -> None:
    """Take the named offers out of SKU_ID, for good: they stay together, and so do the others.

    The larger part keeps the id.
    """
    from sku_align.store import corrections

    store = _open(db)
    _keep(store, corrections.split(store, sku_id, offers), **by)


@sku_group.command("unmerge")
@click.argument("former_sku_id")
@_db
@_word
def unmerge_command(former_sku_id: str, db: str, **by: Any) -> None:
    """Undo the merge of FORMER_SKU_ID into the SKU that it leads to, for good."""
    from sku_align.store import corrections

    store = _open(db)
    _keep(store, corrections.unmerge(store, former_sku_id), **by)


@sku_group.command("link")
@click.argument("sku_id")
@click.argument("other_sku_id")
@_db
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML): which catalogs have duplicates.")
@click.option("--overrule", is_flag=True, help="Take back earlier words that keep the two apart.")
@_word
def link_command(sku_id: str, other_sku_id: str, db: str, config: Path | None, overrule: bool, **by: Any) -> None:
    """Make one SKU of all offers of SKU_ID and OTHER_SKU_ID, for good."""
    from sku_align.config import Settings
    from sku_align.store import corrections

    store = _open(db)
    _keep(store, corrections.link(store, sku_id, other_sku_id, Settings.load(config), overrule), **by)


def _open(db: str) -> "Store":
    from sku_align.store import Store

    return Store.existing(db)


def _keep(store: "Store", correction: "Correction", reviewer: str, note: str | None, dry_run: bool, yes: bool) -> None:
    """Show what will happen, and keep the words unless that was all, or a person at a terminal says no."""
    click.echo(f"After the next run:\n{correction}")
    if dry_run:
        click.echo("Nothing was kept, as --dry-run asks.")
        return
    if not yes and sys.stdin.isatty() and not click.confirm("Keep this?", default=True):
        click.echo("Nothing was kept.")
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    words = correction.table(reviewer, note, now)
    store.add_verdicts(words)
    click.echo(f"{len(words)} verdict(s) are kept; the next run obeys them.")


def _tell(history: "History", console: "Console") -> None:
    if history.is_live:
        state = "on sale"
    else:
        state = f"now {history.leads_to}" if history.leads_to else "gone: its product is no longer offered"
    console.print(
        f"{history.sku_id}: {state}; first seen in publication {history.first_publication_id}", highlight=False
    )
    if history.former_ids:
        console.print(f"former ids that lead here: {', '.join(history.former_ids)}", highlight=False)
    for text in history.texts:
        console.print(f"  {text['language']}: {text['title']}", highlight=False, markup=False)
    inside = [_edge(row) for row in history.edges if row["inside"]]
    outside = [_edge(row) for row in history.edges if not row["inside"]]
    offers = [
        (f"{row['catalog']}#{row['offer_id']}", row["title"], _price(row), f"publication {row['since']}")
        for row in history.offers
    ]
    words = [(_pair(row), row["verdict"], row["reviewer"], row["note"], row["reviewed_at"]) for row in history.verdicts]
    events = [
        (
            row["publication_id"],
            f"{row['published_at']:%Y-%m-%d}",
            row["run_id"],
            row["event"],
            f"{row['catalog']}#{row['offer_id']}" if row["offer_id"] else "",
            row["other_sku_id"] if row["sku_id"] == history.sku_id else row["sku_id"],
            row["cause"],
        )
        for row in history.events
    ]
    _table(console, "offers", ("offer", "title", "price", "here since"), offers)
    _table(console, "pairs inside", ("pair", "outcome", "probability", "reason", "detail"), inside)
    _table(console, "pairs to offers of other SKUs", ("pair", "outcome", "probability", "reason", "detail"), outside)
    _table(console, "people's words", ("pair", "verdict", "reviewer", "note", "when"), words)
    _table(console, "events", ("publication", "date", "run", "event", "offer", "other SKU", "cause"), events)


def _table(console: "Console", title: str, columns: tuple[str, ...], rows: list[Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table(*columns, title=title, title_justify="left", box=None)
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)


def _edge(row: dict[str, Any]) -> tuple[str, str, str, str, str]:
    probability = "" if row["probability"] is None else f"{row['probability']:.3f}"
    return _pair(row), row["outcome"], probability, row["reason"], row["detail"]


def _pair(row: dict[str, Any]) -> str:
    return f"{row['left_catalog']}#{row['left_offer_id']} - {row['right_catalog']}#{row['right_offer_id']}"


def _price(row: dict[str, Any]) -> str:
    return "" if row["price"] is None else f"{row['price']:.2f} {row['currency'] or ''}".strip()
