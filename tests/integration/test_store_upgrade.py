"""A database that the first schema's own code wrote (revision 0001) is brought up to date and goes on.

`data/released_1.*.sql` are dumps of three publications with a merge, a split, a retired product and two verdicts, made
by the code of that day; they are never made anew.
"""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sku_align.store import Store
from sku_align.store.database import MIGRATION
from tests.integration.shop import VIEWS, ids, publish, read, redirects

DATA = Path(__file__).with_name("data")
GROUPS = {"de#1": "a", "fr#1": "a", "de#2": "b", "fr#2": "b", "en#3": "d", "de#3": "g", "en#4": "f"}


@pytest.fixture
def old(database_url: str) -> sa.Engine:
    """The database as it was, before this release opens it."""
    engine = sa.create_engine(database_url)
    script = (DATA / f"released_1.{engine.dialect.name}.sql").read_text("utf-8")
    if engine.dialect.name == "sqlite":
        with sqlite3.connect(engine.url.database) as connection:
            connection.executescript(script)
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql(script.replace("%", "%%"))
        # The dump's empty search path holds for its connection only.
        engine.dispose()
    return engine


def revision(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        return connection.execute(sa.text(f"SELECT version_num FROM {MIGRATION}")).scalar_one()


def test_every_row_that_storefronts_read_survives_the_upgrade(old: sa.Engine, database_url: str) -> None:
    before = read(old)
    assert revision(old) == "0001"
    assert len(before["storefront_offer"]) == 7 and len(before["storefront_redirect"]) == 2
    store = Store.open(database_url)
    after = read(store)
    assert revision(store.engine) > "0001"
    for view in VIEWS:
        known = [{name: row[name] for name in was} for was, row in zip(before[view], after[view], strict=True)]
        assert [_plain(row) for row in known] == [_plain(row) for row in before[view]], view


def test_ids_verdicts_redirects_and_the_way_back_go_on_after_the_upgrade(old: sa.Engine, database_url: str) -> None:
    assert revision(old) == "0001"
    store = Store.open(database_url)
    was, led = ids(store), redirects(store)
    assert [(row["verdict"], row["reviewer"], row["note"]) for row in store.verdicts().to_pylist()] == [
        ("different", "ben", None),
        ("same", "ann", 'wie "gesagt"'),
    ]
    made = publish(store, GROUPS | {"fr#5": "f"}, "fourth", day=3)
    assert made.publication_id == 4
    assert {offer: sku for offer, sku in ids(store).items() if offer in was} == was
    assert ids(store)["fr#5"] == was["en#4"], "a new offer joins a product of the old release"
    assert redirects(store) == led
    store.rollback(2, published_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert ids(store)["de#3"] == ids(store)["en#3"], "as it was before the split"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(cell) for name, cell in row.items()}
