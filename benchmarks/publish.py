"""Publish a million offers in 400,000 SKUs to PostgreSQL, and look SKUs and offers up in the views.

    python benchmarks/publish.py --db postgresql://user@127.0.0.1/name [--offers 1000000]

Prints the seconds of the first publication, of one that changes nothing and of one that changes a fiftieth of the
offers, then the plan and the milliseconds of the storefront's look-ups. The database must be empty.
"""

import math
import os
import resource
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from sku_align import schema
from sku_align.config import Settings
from sku_align.pairs import pair_columns, sort_offers
from sku_align.skus.identity import identify
from sku_align.store import Store

LANGUAGES = ("de", "fr", "en", "zh")
CATALOGS = 5


def offers_table(count: int, changed: bool = False) -> pa.Table:
    """Offers of `CATALOGS` catalogs with texts of a usual length; every fiftieth differs if `changed`."""
    number = np.arange(count)
    catalog = pa.array([f"shop-{n}" for n in range(CATALOGS)]).take(pa.array(number % CATALOGS))
    marks = ["," + " on offer" * bool(changed and n % 50 == 0) for n in range(count)]
    columns = {
        "catalog": catalog,
        "offer_id": pa.array([f"{n:08d}" for n in range(count)]),
        "language": pa.array(LANGUAGES).take(pa.array(number % len(LANGUAGES))),
        "title": pa.array([f"Product {n} of the usual kind, 500 ml{mark}" for n, mark in enumerate(marks)]),
        "brand": pa.array([f"Brand {n % 5000}" for n in range(count)]),
        "description": pa.array([f"What a shop writes about article {n}. " * 5 for n in range(count)]),
        "category": pa.array([f"Food > Kind {n % 300}" for n in range(count)]),
        "price": pa.array((number % 9000) / 100 + 0.99),
        "currency": pa.repeat("EUR", count),
        "gtin": pa.array([f"{4000000000000 + n % 400_000}" if n % 3 else None for n in range(count)]),
        "url": pa.array([f"https://shop.example/article/{n}" for n in range(count)]),
        "image_url": pa.array([f"https://images.example/{n}.jpg" for n in range(count)]),
        "quantities": pa.repeat(pa.scalar([{"dimension": "volume", "value": 0.5}], pa.list_(schema.QUANTITY)), count),
        "content_hash": pa.array([f"{n:032x}{mark}" for n, mark in enumerate(marks)]),
    }
    return sort_offers(schema.conform(columns, schema.OFFERS))


def groups_table(offers: pa.Table, skus: int) -> pa.Table:
    """Offer n belongs to cluster n modulo `skus`."""
    cluster = pa.array([int(n) % skus for n in offers["offer_id"].to_pylist()], pa.int64())
    return offers.select(["catalog", "offer_id"]).append_column("cluster", cluster)


def decisions_table(offers: pa.Table, groups: pa.Table) -> pa.Table:
    """An accepted pair between neighbours in each cluster."""
    cluster = groups["cluster"].to_numpy()
    order = np.argsort(cluster, kind="stable")
    same = cluster[order][1:] == cluster[order][:-1]
    columns = pair_columns(offers, order[:-1][same], order[1:][same])
    count = int(same.sum())
    columns |= {"probability": pa.repeat(np.float32(0.97), count)}
    columns |= {"decision": pa.repeat("auto_merge", count), "reason": pa.repeat("threshold", count)}
    return schema.conform(columns, schema.DECISIONS)


def server_seconds(store: Store) -> float:
    """CPU seconds of a PostgreSQL server on this computer so far, all its processes together; 0 for SQLite."""
    if store.engine.dialect.name != "postgresql":
        return 0.0
    with store.engine.connect() as connection:
        backend = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    if not (stat := Path(f"/proc/{backend}/stat")).exists():
        return math.nan
    postmaster = _fields(stat)[1]
    ticks = sum(int(field) for field in _fields(Path(f"/proc/{postmaster}/stat"))[11:15])
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if (fields := _fields(stat))[1] == postmaster:
                ticks += sum(int(field) for field in fields[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def _fields(stat: Path) -> list[str]:
    """What follows the name in a process's /proc/PID/stat: state, parent, ..."""
    return stat.read_text().rpartition(")")[2].split()


@contextmanager
def timed(store: Store, what: str) -> Iterator[None]:
    """Print the seconds that the block took, and those that this process and the database's computed."""
    start, here, there = time.perf_counter(), time.process_time(), server_seconds(store)
    yield
    seconds = time.perf_counter() - start
    here, there = time.process_time() - here, server_seconds(store) - there
    click.echo(f"{what}: {seconds:.1f} s, CPU {here:.1f} s here, {there:.1f} s in the database")


def run(store: Store, what: str, offers: pa.Table, groups: pa.Table, decisions: pa.Table) -> None:
    """Identify and publish, timed apart."""
    with timed(store, f"{what}, read what is live"):
        previous = store.previous()
    with timed(store, f"{what}, identify"):
        found = identify(groups, offers, decisions, previous)
    with timed(store, f"{what}, publish"):
        store.publish(
            offers=offers,
            decisions=decisions,
            clusters=found.clusters,
            refused=schema.REFUSED.empty_table(),
            events=found.events,
            previous=previous,
            settings=Settings(),
            published_at=datetime.now(UTC),
        )


def tell(store: Store) -> None:
    """Times of whole histories, as `sku-align sku show` tells them."""
    with store.engine.connect() as connection:
        known = connection.scalars(sa.text("SELECT sku_id FROM storefront_offer WHERE offer_id LIKE '%577'")).all()
    times = []
    for sku_id in known[:50]:
        start = time.perf_counter()
        store.history(sku_id)
        times.append(1000 * (time.perf_counter() - start))
    click.echo(f"\na SKU's history: median {statistics.median(times):.1f} ms, worst {max(times):.1f} ms")


def look_up(store: Store) -> None:
    """Plans and times of the look-ups that a storefront makes."""
    with store.engine.connect() as connection:
        known = connection.execute(
            sa.text("SELECT catalog, offer_id, sku_id FROM storefront_offer WHERE offer_id LIKE '%77' LIMIT 200")
        ).all()
        questions = {
            "a SKU by id": "SELECT * FROM storefront_sku WHERE sku_id = :sku_id",
            "its texts": "SELECT * FROM storefront_sku_text WHERE sku_id = :sku_id",
            "its offers": "SELECT * FROM storefront_offer WHERE sku_id = :sku_id",
            "the SKU of an offer": "SELECT sku.* FROM storefront_offer AS offer JOIN storefront_sku AS sku "
            "USING (sku_id) WHERE offer.catalog = :catalog AND offer.offer_id = :offer_id",
            "a redirect": "SELECT * FROM storefront_redirect WHERE former_sku_id = :sku_id",
        }
        for what, question in questions.items():
            times = []
            for row in known:
                start = time.perf_counter()
                connection.execute(sa.text(question), row._asdict()).all()
                times.append(1000 * (time.perf_counter() - start))
            worst = sorted(times)[int(0.99 * len(times))]
            click.echo(f"\n{what}: median {statistics.median(times):.2f} ms, 99% within {worst:.2f} ms")
            explain = (
                "EXPLAIN (ANALYZE, COSTS OFF) " if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
            )
            for line in connection.execute(sa.text(explain + question), known[0]._asdict()):
                click.echo(f"    {line[-1]}")


@click.command()
@click.option("--db", required=True, help="SQLAlchemy URL of an empty database.")
@click.option("--offers", "count", default=1_000_000, show_default=True)
def main(db: str, count: int) -> None:
    """Measure publication and look-ups."""
    store = Store.open(db)
    offers = offers_table(count)
    groups = groups_table(offers, max(1, count * 2 // 5))
    decisions = decisions_table(offers, groups)
    click.echo(f"{len(offers):,} offers, {max(1, count * 2 // 5):,} SKUs, {len(decisions):,} accepted pairs")
    run(store, "first publication", offers, groups, decisions)
    run(store, "nothing changed", offers, groups, decisions)
    run(store, "2% changed", offers_table(count, changed=True), groups, decisions)
    look_up(store)
    tell(store)
    click.echo(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB")


if __name__ == "__main__":
    main()
