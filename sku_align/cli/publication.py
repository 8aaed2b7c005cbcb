"""`sku-align publications` and `sku-align rollback`."""

from datetime import UTC, datetime
from pathlib import Path

import click

_db = click.option("--db", required=True, help="SQLAlchemy URL of the database that storefronts read.")


@click.command("publications")
@_db
def publications_command(db: str) -> None:
    """List what was published, the newest first; the first one is live."""
    from rich.console import Console
    from rich.table import Table

    from sku_align.store import Store

    table = Table("publication", "published at", "offers", "SKUs", "run", "what it is", box=None)
    for number, publication in enumerate(Store.existing(db).publications()):
        state = "live" if number == 0 else "kept" if publication.status == "published" else "pruned"
        back = f", publication {publication.republishes} again" if publication.republishes else ""
        when = f"{publication.published_at:%Y-%m-%d %H:%M:%S} UTC"
        counts = (f"{publication.offers:,}", f"{publication.skus:,}")
        table.add_row(str(publication.publication_id), when, *counts, publication.run_id or "", state + back)
    Console().print(table if table.row_count else "Nothing was published to this database yet.")


@click.command("rollback")
@_db
@click.option("--to", type=int, help="Publication to show again; the one before the live one if absent.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
def rollback_command(db: str, to: int | None, config: Path | None) -> None:
    """Show an earlier publication again, as a new one; SKU ids given out since lead to the SKUs it holds."""
    from sku_align.config import Settings
    from sku_align.store import Store

    settings = Settings.load(config).publishing
    publication = Store.existing(db).rollback(to, published_at=datetime.now(UTC), settings=settings)
    click.echo(
        f"publication {publication.publication_id} is live: it shows publication {publication.republishes} again "
        f"({publication.offers:,} offers, {publication.skus:,} SKUs)"
    )
