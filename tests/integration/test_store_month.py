"""Thirty days of a shop's life: whatever happens, no SKU id changes behind anybody's back.

Offers appear, vanish and change their titles, a catalog is renamed, the scorer is exchanged, reviewers merge and
split. Two stores live through the same days, one on each database, the second with its rows in another order.
"""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from sku_align.store import Store
from tests.integration import postgres
from tests.integration.shop import VIEWS, offers_table, publish, read

DAYS = 30
RENAMED, EXCHANGED = 11, 18


@dataclass
class Life:
    """Products and their offers, day by day."""

    rng: random.Random = field(default_factory=lambda: random.Random(6))
    catalogs: list[str] = field(default_factory=lambda: ["de", "fr", "en", "ja"])
    product: dict[str, int] = field(default_factory=dict)
    title: dict[str, str] = field(default_factory=dict)
    linked: dict[int, int] = field(default_factory=dict)
    parted: set[str] = field(default_factory=set)
    numbers: int = 0

    def day(self, today: int) -> None:
        for _ in range(40 if today == 0 else 3):
            self._appear()
        if today == RENAMED:
            self._rename("fr", "france")
        elif today:
            for offer in self.rng.sample(sorted(self.product), 2):
                del self.product[offer], self.title[offer]
        for offer in self.rng.sample(sorted(self.title), 2):
            self.title[offer] += f" day {today}"
        if today % 5 == 3:
            one, other = self.rng.sample(sorted(set(self.product.values())), 2)
            self.linked[one] = other
        if today % 5 == 4:
            self.parted.add(self.rng.choice(sorted(self.product)))

    def _appear(self) -> None:
        self.numbers += 1
        offer = f"{self.rng.choice(self.catalogs)}#{self.numbers}"
        self.product[offer] = self.rng.randrange(25)
        self.title[offer] = f"Product {self.product[offer]} in offer {self.numbers}"

    def _rename(self, old: str, new: str) -> None:
        self.catalogs = [new if name == old else name for name in self.catalogs]
        for table in (self.product, self.title):
            for offer in [offer for offer in table if offer.startswith(f"{old}#")]:
                table[offer.replace(f"{old}#", f"{new}#")] = table.pop(offer)  # type: ignore[assignment, arg-type]

    def groups(self, today: int) -> dict[str, str]:
        """Who belongs together by today's scorer and the reviewers."""
        found = {}
        for offer, product in self.product.items():
            product = self.linked.get(product, product)
            number = int(offer.split("#")[1])
            mistaken = number % 9 == 0 if today < EXCHANGED else number % 13 == 0
            found[offer] = f"alone {number}" if mistaken or offer in self.parted else str(product)
        return found

    def offers(self) -> pa.Table:
        content = {offer: f"{offer.split('#')[1]} {title}" for offer, title in self.title.items()}
        return offers_table(self.product, title=self.title, content_hash=content)


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
    life, was, ever = Life(), {}, set()
    happened: set[str] = set()
    members: set[tuple[str, str]] = set()
    for today in range(DAYS):
        life.day(today)
        groups, offers = life.groups(today), life.offers()
        publish(stores[0], groups, offers=offers, day=today)
        shuffled = pa.array(random.Random(today).sample(range(len(offers)), len(offers)))
        publish(stores[1], dict(reversed(groups.items())), offers=offers.take(shuffled), day=today)
        views = read(stores[0])

        now = {f"{row['catalog']}#{row['offer_id']}": row["sku_id"] for row in views["storefront_offer"]}
        live = {row["sku_id"] for row in views["storefront_sku"]}
        feed = [row for row in views["storefront_change"] if row["publication_id"] == today + 1]
        named = {(row["event"], row["sku_id"], f"{row['catalog']}#{row['offer_id']}") for row in feed}
        for offer in was.keys() & now.keys():
            if was[offer] != now[offer]:
                assert {("left", was[offer], offer), ("joined", now[offer], offer)} <= named
        ended = {row["sku_id"] for row in feed if row["event"] in ("merged", "retired")}
        created = {row["sku_id"] for row in feed if row["event"] == "created"}
        assert ended == set(was.values()) - live
        assert created == live - set(was.values()) and not created & ever

        for row in feed:
            pair = (f"{row['catalog']}#{row['offer_id']}", row["sku_id"])
            if row["event"] == "joined":
                members.add(pair)
            elif row["event"] == "left":
                members.discard(pair)
        assert members == set(now.items()), "a storefront that follows the feed knows what is live"

        leads = {row["former_sku_id"]: row["sku_id"] for row in views["storefront_redirect"]}
        ever |= live
        assert leads.keys() == ever - live
        assert {target for target in leads.values() if target} <= live
        if today == RENAMED:
            assert sum(offer.startswith("france#") for offer in now) > 5
            kept = [now[o.replace("fr#", "france#")] == sku for o, sku in was.items() if o.startswith("fr#")]
            assert all(kept), "a renamed catalog keeps its ids"
        happened |= {row["event"] for row in feed}
        was = now
    assert happened == {"created", "joined", "left", "merged", "split", "retired", "updated"}
    one, other = (plain(read(store)) for store in stores)
    for view in VIEWS:
        assert one[view] == other[view]
