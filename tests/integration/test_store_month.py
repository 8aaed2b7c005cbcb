"""Thirty days of a shop's life: whatever happens, no SKU id changes behind anybody's back.

Offers appear, vanish and change their titles, a catalog is renamed, the scorer is exchanged, people link and split
SKUs. Two stores live through the same days, one on each database, the second with its rows in another order.
"""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from sku_align import schema
from sku_align.clustering.cluster import cluster
from sku_align.config import Settings
from sku_align.deciding.decide import decide
from sku_align.errors import UserError
from sku_align.pairs import pair_columns
from sku_align.store import Store, corrections
from tests.integration import postgres
from tests.integration.shop import VIEWS, ids, offers_table, publish, read

DAYS = 30
RENAMED, EXCHANGED = 11, 18
CATALOGS = ("de", "fr", "france", "en", "ja")
SETTINGS = Settings.model_validate(
    {"catalogs": {name: {"calibrated": True, "has_duplicates": True} for name in CATALOGS}}
)


@dataclass
class Life:
    """Products and their offers, day by day."""

    rng: random.Random = field(default_factory=lambda: random.Random(6))
    catalogs: list[str] = field(default_factory=lambda: ["de", "fr", "en", "ja"])
    product: dict[str, int] = field(default_factory=dict)
    title: dict[str, str] = field(default_factory=dict)
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

    def person(self, today: int, store: Store) -> pa.Table:
        """What a person says of the SKUs that are live: every fifth day a link, the day after a split."""
        members: dict[str, list[str]] = {}
        for offer, sku_id in ids(store).items():
            members.setdefault(sku_id, []).append(offer)
        try:
            if today % 5 == 3:
                one, other = self.rng.sample(sorted(members), 2)
                return corrections.link(store, one, other, SETTINGS).table("ann", None, f"day {today:02d}")
            if today % 5 == 4:
                sku_id = self.rng.choice(sorted(sku_id for sku_id, offers in members.items() if len(offers) > 1))
                leaving = [self.rng.choice(sorted(members[sku_id]))]
                return corrections.split(store, sku_id, leaving).table("ann", None, f"day {today:02d}")
        except UserError as refused:
            assert "arlier words" in str(refused)
        return schema.VERDICTS.empty_table()

    def scores(self, today: int, offers: pa.Table) -> pa.Table:
        """What today's scorer thinks of every pair of offers of one product; either scorer is blind to some offers."""
        keys = list(zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True))
        product = np.array([self.product[f"{catalog}#{number}"] for catalog, number in keys])
        blind = np.array([int(number) % (9 if today < EXCHANGED else 13) == 0 for _, number in keys])
        left, right = np.nonzero(np.triu(product[:, None] == product[None, :], 1) & ~(blind[:, None] | blind[None, :]))
        columns = pair_columns(offers, left, right)
        columns |= {"raw_score": pa.repeat(3.0, len(left)), "probability": 0.95 + (left * 7 + right) % 5 / 100}
        return schema.conform(columns | {"scorer": pa.repeat(str(today >= EXCHANGED), len(left))}, schema.SCORES)

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


def run(store: Store, offers: pa.Table, scores: pa.Table, today: int, random_order: random.Random | None) -> None:
    """A run as `sku-align align` makes it, from scores to publication, with the rows in any order."""
    if random_order:
        scores = scores.take(pa.array(random_order.sample(range(len(scores)), len(scores))))
    decisions = decide(offers, scores, store.verdicts(offers), SETTINGS)
    numbered, _ = cluster(offers, decisions, SETTINGS)
    groups = {f"{row['catalog']}#{row['offer_id']}": str(row["cluster"]) for row in numbered.to_pylist()}
    if random_order:
        offers = offers.take(pa.array(random_order.sample(range(len(offers)), len(offers))))
        groups = dict(reversed(groups.items()))
    publish(store, groups, offers=offers, decisions=decisions, day=today)


def test_thirty_days_change_no_id_without_an_event_and_replay_gives_identical_tables(stores: list[Store]) -> None:
    life, was, ever = Life(), {}, set()
    happened: set[str] = set()
    members: set[tuple[str, str]] = set()
    for today in range(DAYS):
        if today:
            words = life.person(today, stores[0])
            for store in stores:
                store.add_verdicts(words)
        life.day(today)
        offers = life.offers()
        scores = life.scores(today, offers)
        run(stores[0], offers, scores, today, None)
        run(stores[1], offers, scores, today, random.Random(today))
        views = read(stores[0])

        now = {f"{row['catalog']}#{row['offer_id']}": row["sku_id"] for row in views["storefront_offer"]}
        live = {row["sku_id"] for row in views["storefront_sku"]}
        feed = [row for row in views["storefront_change"] if row["publication_id"] == today + 1]
        named = {(row["event"], row["sku_id"], f"{row['catalog']}#{row['offer_id']}") for row in feed}
        for offer in was.keys() & now.keys():
            if was[offer] != now[offer]:
                assert {("left", was[offer], offer), ("joined", now[offer], offer)} <= named
        for row in stores[0].verdicts().to_pylist():
            one, other = (now.get(f"{row[f'{side}_catalog']}#{row[f'{side}_offer_id']}") for side in ("left", "right"))
            if one and other:
                assert (one == other) == (row["verdict"] == "same"), f"day {today}: {row}"
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
    verdicts = stores[0].verdicts().to_pylist()
    assert {(row["left_catalog"] == "france", row["verdict"]) for row in verdicts} >= {(True, "different")}
    assert happened == {"created", "joined", "left", "merged", "split", "retired", "updated"}
    one, other = (plain(read(store)) for store in stores)
    for view in VIEWS:
        assert one[view] == other[view]
