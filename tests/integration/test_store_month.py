"""Thirty days of a shop's life: whatever happens, no SKU id changes behind anybody's back.

Offers appear, vanish and change their titles, a catalog is renamed, the scorer is exchanged, people link and split
SKUs. Two stores live through the same days, one on each database, the second with its rows in another order.
"""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sku_align.store import Store
from tests.integration import postgres
from tests.integration.life import Ledger, Life, run
from tests.integration.shop import VIEWS, read

DAYS = 30


def plain(views: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The same values from either database: JSON as values, moments as text."""

    def value(name: str, cell: Any) -> Any:
        if name == "published_at":
            return str(cell)[:19]
        return json.loads(cell) if isinstance(cell, str) and cell[:1] in "[{" else cell

    return {view: [{name: value(name, cell) for name, cell in row.items()} for row in views[view]] for view in views}


@pytest.fixture
def stores(tmp_path: Path, request: pytest.FixtureRequest) -> list[Store]:
    urls = [f"sqlite:///{tmp_path / 'one.db'}", f"sqlite:///{tmp_path / 'other.db'}"]
    if postgres.binaries():
        server = sa.make_url(request.getfixturevalue("postgres_server")).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text("CREATE DATABASE month"))
        engine.dispose()
        urls[1] = server.set(database="month").render_as_string()
    return [Store.open(url) for url in urls]


def test_thirty_days_change_no_id_without_an_event_and_replay_gives_identical_tables(stores: list[Store]) -> None:
    life, ledger = Life(), Ledger()
    for today in range(DAYS):
        if today:
            words = life.person(today, stores[0])
            for store in stores:
                store.add_verdicts(words)
        life.day(today)
        offers = life.offers()
        scores = life.scores(today, offers)
        run(stores[0], offers, scores, today)
        run(stores[1], offers, scores, today, random.Random(today))
        was = ledger.was
        now = ledger.check(stores[0])
        for row in stores[0].verdicts().to_pylist():
            one, other = (now.get(f"{row[f'{side}_catalog']}#{row[f'{side}_offer_id']}") for side in ("left", "right"))
            if one and other:
                assert (one == other) == (row["verdict"] == "same"), f"day {today}: {row}"
        if today in life.renamed:
            assert sum(offer.startswith("france#") for offer in now) > 5
            kept = [now[o.replace("fr#", "france#")] == sku for o, sku in was.items() if o.startswith("fr#")]
            assert all(kept), "a renamed catalog keeps its ids"
    verdicts = stores[0].verdicts().to_pylist()
    assert {(row["left_catalog"] == "france", row["verdict"]) for row in verdicts} >= {(True, "different")}
    assert ledger.happened == {"created", "joined", "left", "merged", "split", "retired", "updated"}
    first, second = (plain(read(store)) for store in stores)
    for view in VIEWS:
        assert first[view] == second[view]
