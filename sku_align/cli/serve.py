"""`sku-align serve`, `sku-align match` and `sku-align api-key`."""

import ipaddress
import os
from pathlib import Path

import click

from sku_align.errors import UserError

_db = click.option("--db", required=True, envvar="SKU_ALIGN_DB", help="SQLAlchemy URL of the database.")
_run = click.option(
    "--run",
    type=click.Path(path_type=Path),
    help="Run folder: `serve` asks its questions under /review; its index counts where the database is not a file.",
)
_config = click.option(
    "--config", type=click.Path(path_type=Path), help="Settings file (YAML); its `serving` section counts here."
)
# Requests that are under way get so long to end when the service is told to stop.
GRACE_S = 30


@click.command("serve")
@_db
@_run
@_config
@click.option("--host", default="127.0.0.1", show_default=True, help="Another one needs API keys.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
def serve_command(db: str, run: Path | None, config: Path | None, host: str, port: int) -> None:
    """Answer over HTTP which SKU an offer is, find SKUs, rerank; with pages for people."""
    import logging

    import uvicorn

    from sku_align.config import Settings
    from sku_align.progress import quiet
    from sku_align.serving.app import create_app
    from sku_align.serving.gate import JsonLines
    from sku_align.serving.keys import VARIABLE, read_keys
    from sku_align.serving.publication import Keeper
    from sku_align.serving.review_page import RunDesk

    keys = read_keys(os.environ)
    if not keys and not is_loopback(host):
        raise UserError(
            f"The host {host} is reached from other machines, so API keys are required: make one by "
            f"`sku-align api-key NAME` and set {VARIABLE}, or serve on 127.0.0.1."
        )
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    quiet()
    keeper = Keeper(db, run, Settings.load(config) if config else None)
    click.echo(f"Serving on http://{host}:{port} (stop with Ctrl-C)", err=True)
    app = create_app(keeper, keys, RunDesk(run, db, config) if run else None)
    uvicorn.run(
        app, host=host, port=port, access_log=False, log_config=None, server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )  # fmt: skip


@click.command("match")
@click.argument("feed", type=click.Path(path_type=Path))
@_db
@_run
@_config
@click.option("--out", type=click.Path(path_type=Path), help="CSV or Parquet file; FEED.skus.csv beside it if absent.")
@click.option("--alternatives", default=3, show_default=True, type=click.IntRange(0, 20))
def match_command(
    feed: Path, db: str, run: Path | None, config: Path | None, out: Path | None, alternatives: int
) -> None:
    """Say which published SKU each offer of FEED is, without a run and without publishing anything."""
    from sku_align.config import Settings
    from sku_align.serving.feeds import match_feed

    path, counts = match_feed(feed, db, run, Settings.load(config) if config else None, out, alternatives)
    words = ", ".join(f"{count:,} {decision}" for decision, count in counts.items())
    click.echo(f"{path}: {words or 'no offers'}")


@click.command("api-key")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(["read", "review"]), default=["read"])
def api_key_command(name: str, scopes: tuple[str, ...]) -> None:
    """Make an API key for NAME; the key is shown once and kept nowhere."""
    from sku_align.serving.keys import VARIABLE, new_key

    if any(mark in name for mark in ":, \t"):
        raise UserError("The name of a key has no colon, comma or space.")
    key, entry = new_key(name, scopes)
    click.echo(f"key: {key}")
    click.echo(f"add to {VARIABLE}: {entry}")


def is_loopback(host: str) -> bool:
    """Whether a host is reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
