"""A shop's life day by day: offers appear, vanish and change their titles; and what must hold after every day."""

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from sku_align import schema
from sku_align.clustering.cluster import cluster
from sku_align.config import Settings
from sku_align.deciding.decide import decide
from sku_align.errors import UserError
from sku_align.pairs import pair_columns
from sku_align.store import Store, corrections
from tests.integration.shop import ids, offers_table, publish, read

NAMES = ("de", "fr", "france", "en", "ja", "shop", "store")
SETTINGS = Settings.model_validate({"catalogs": {name: {"calibrated": True, "has_duplicates": True} for name in NAMES}})


@dataclass
class Life:
    """Products and their offers, day by day.

    Attributes:
        products: How many there are to offer.
        renamed: Day -> a catalog's name and the one that it has from then on.
        exchanged: Days between two exchanges of the scorer; each is blind to other offers.
    """

    products: int = 25
    renamed: dict[int, tuple[str, str]] = field(default_factory=lambda: {11: ("fr", "france")})
    exchanged: int = 18
    rng: random.Random = field(default_factory=lambda: random.Random(6))
    catalogs: list[str] = field(default_factory=lambda: ["de", "fr", "en", "ja"])
    product: dict[str, int] = field(default_factory=dict)
    title: dict[str, str] = field(default_factory=dict)
    numbers: int = 0

    def day(self, today: int) -> None:
        for _ in range(40 if today == 0 else 3):
            self._appear()
        if today in self.renamed:
            self._rename(*self.renamed[today])
        elif today:
            for offer in self.rng.sample(sorted(self.product), self._leaving()):
                del self.product[offer], self.title[offer]
        for offer in self.rng.sample(sorted(self.title), 2):
            self.title[offer] += f" day {today}"

    def _leaving(self) -> int:
        return 2

    def _appear(self) -> None:
        self.numbers += 1
        offer = f"{self.rng.choice(self.catalogs)}#{self.numbers}"
        self.product[offer] = self.rng.randrange(self.products)
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
                return corrections.link(store, one, other, SETTINGS).table("ann", None, f"day {today:03d}")
            if today % 5 == 4:
                sku_id = self.rng.choice(sorted(sku_id for sku_id, offers in members.items() if len(offers) > 1))
                leaving = [self.rng.choice(sorted(members[sku_id]))]
                return corrections.split(store, sku_id, leaving).table("ann", None, f"day {today:03d}")
        except UserError as refused:
            assert "arlier words" in str(refused)
        return schema.VERDICTS.empty_table()

    def scores(self, today: int, offers: pa.Table) -> pa.Table:
        """What today's scorer thinks of every pair of offers of one product; each scorer is blind to some offers."""
        keys = list(zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True))
        product = np.array([self.product[f"{catalog}#{number}"] for catalog, number in keys])
        scorer = today // self.exchanged
        blind = np.array([int(number) % (9 + 4 * scorer) == 0 for _, number in keys])
        left, right = np.nonzero(np.triu(product[:, None] == product[None, :], 1) & ~(blind[:, None] | blind[None, :]))
        columns = pair_columns(offers, left, right)
        columns |= {"raw_score": pa.repeat(3.0, len(left)), "probability": 0.95 + (left * 7 + right) % 5 / 100}
        return schema.conform(columns | {"scorer": pa.repeat(str(scorer), len(left))}, schema.SCORES)

    def offers(self) -> pa.Table:
        content = {offer: f"{offer.split('#')[1]} {title}" for offer, title in self.title.items()}
        return offers_table(self.product, title=self.title, content_hash=content)


def run(
    store: Store, offers: pa.Table, scores: pa.Table, today: int, random_order: random.Random | None = None
) -> None:
    """A run as `sku-align align` makes it, from scores to publication, with the rows in any order."""
    if random_order:
        scores = scores.take(pa.array(random_order.sample(range(len(scores)), len(scores))))
    decisions = decide(offers, scores, store.verdicts(offers), SETTINGS)
    numbered, _ = cluster(offers, decisions, SETTINGS)
    groups = {f"{row['catalog']}#{row['offer_id']}": str(row["cluster"]) for row in numbered.to_pylist()}
    if random_order:
        offers = offers.take(pa.array(random_order.sample(range(len(offers)), len(offers))))
        groups = dict(reversed(groups.items()))
    # A catalog that vanishes is a change that somebody accepts.
    publish(store, groups, offers=offers, decisions=decisions, day=today, accept_churn=True)


@dataclass
class Ledger:
    """What a storefront knows that read every change, and what it finds wrong.

    Attributes:
        was: Offer -> SKU of the day before.
        ever: Every id that was ever live.
        members: (offer, SKU) as the feed of changes tells it.
        happened: Kinds of changes so far.
    """

    was: dict[str, str] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)
    members: set[tuple[str, str]] = field(default_factory=set)
    happened: set[str] = field(default_factory=set)

    def check(self, store: Store) -> dict[str, str]:
        """Hold what is live today against yesterday and against today's changes; gives offer -> SKU."""
        views = read(store, "storefront_offer", "storefront_sku", "storefront_redirect", "storefront_publication")
        now = {f"{row['catalog']}#{row['offer_id']}": row["sku_id"] for row in views["storefront_offer"]}
        live = {row["sku_id"] for row in views["storefront_sku"]}
        feed = changes(store, views["storefront_publication"][0]["publication_id"])
        named = {(row["event"], row["sku_id"], f"{row['catalog']}#{row['offer_id']}") for row in feed}
        for offer in self.was.keys() & now.keys():
            if self.was[offer] != now[offer]:
                assert {("left", self.was[offer], offer), ("joined", now[offer], offer)} <= named
        ended = {row["sku_id"] for row in feed if row["event"] in ("merged", "retired")}
        created = {row["sku_id"] for row in feed if row["event"] == "created"}
        assert ended == set(self.was.values()) - live
        assert created == live - set(self.was.values()) and not created & self.ever

        for row in feed:
            pair = (f"{row['catalog']}#{row['offer_id']}", row["sku_id"])
            if row["event"] == "joined":
                self.members.add(pair)
            elif row["event"] == "left":
                self.members.discard(pair)
        assert self.members == set(now.items()), "a storefront that follows the feed knows what is live"

        leads = {row["former_sku_id"]: row["sku_id"] for row in views["storefront_redirect"]}
        self.ever |= live
        assert leads.keys() == self.ever - live
        assert {target for target in leads.values() if target} <= live
        self.happened |= {row["event"] for row in feed}
        self.was = now
        return now


def changes(store: Store, publication_id: int) -> list[dict[str, Any]]:
    """The feed of one publication."""
    statement = sa.text("SELECT * FROM storefront_change WHERE publication_id = :number ORDER BY position")
    with store.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(statement, {"number": publication_id})]
