"""A year of a shop's life: 365 publications, and no SKU id changes behind anybody's back.

Beside what a month brings, feeds break for a day, vanish for a week and return, are renamed and named back, the scorer
is exchanged every other month, and two reviewers contradict each other. Where their words hold offers of one product
apart, a rename may move offers from one of its SKUs to another; the ledger wants each such move named, as every other.
"""

import time
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from sku_align.store import Store
from sku_align.store.corrections import verdicts
from tests.integration.life import Ledger, Life, run
from tests.integration.shop import read

DAYS = 365
# The bound of ten minutes, of this process's own time: others may want the processor too.
MOST_S = 600


@dataclass
class Year(Life):
    """A life with bad days.

    Attributes:
        away: Catalog -> its offers, while its feed is missing.
    """

    away: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict)
    contradicted: int = 0

    def day(self, today: int) -> None:
        super().day(today)
        if today % 40 == 20:
            self._vanish(self.rng.choice(self.catalogs))
        if today % 40 == 27:
            self._return()

    def _leaving(self) -> int:
        # As many as appear, once the assortment is large.
        return 3 if len(self.product) > 120 else 2

    def _rename(self, old: str, new: str) -> None:
        super()._rename(old, new)
        self.away = {new if name == old else name: offers for name, offers in self.away.items()}
        self.away = {
            name: {f"{name}#{offer.split('#')[1]}": known for offer, known in offers.items()}
            for name, offers in self.away.items()
        }

    def _vanish(self, catalog: str) -> None:
        gone = [offer for offer in self.product if offer.startswith(f"{catalog}#")]
        self.away[catalog] = {offer: (self.product.pop(offer), self.title.pop(offer)) for offer in gone}

    def _return(self) -> None:
        for offers in self.away.values():
            for offer, (product, title) in offers.items():
                self.product[offer], self.title[offer] = product, title
        self.away.clear()

    def contradiction(self, today: int, now: dict[str, str]) -> pa.Table | None:
        """Every ninth day ben says of two offers of one SKU that they differ, and ann the opposite ten days later."""
        if today % 9 not in (0, 1):
            return None
        pairs = sorted((one, other) for one in now for other in now if one < other and now[one] == now[other])
        if not pairs:
            return None
        one, other = self.rng.choice(pairs)
        sides = (tuple(one.split("#")), tuple(other.split("#")))
        self.contradicted += 1
        first, second = ("different", "same") if today % 9 else ("same", "different")
        return pa.concat_tables(
            [
                verdicts([sides], first, "ann", None, f"day {today:03d} a"),
                verdicts([sides], second, "ben", "not so", f"day {today:03d} b"),
            ]
        )


@pytest.mark.slow
def test_a_year_changes_no_id_without_an_event_and_every_redirect_ends_at_a_live_sku(database_url: str) -> None:
    store, ledger = Store.open(database_url), Ledger()
    life = Year(
        renamed={day: (("fr", "france"), ("france", "fr"))[at % 2] for at, day in enumerate(range(11, DAYS, 45))},
        exchanged=60,
    )
    began, cpu, broken = time.monotonic(), time.process_time(), 0
    offers, scores = None, None
    for today in range(DAYS):
        if today:
            store.add_verdicts(life.person(today, store))
            if (words := life.contradiction(today, ledger.was)) is not None:
                store.add_verdicts(words)
        life.day(today)
        if today % 30 == 14 and offers is not None:
            # No feed can be read: yesterday's offers go on, and today's changes come tomorrow.
            broken += 1
        else:
            offers = life.offers()
            scores = life.scores(today, offers)
        run(store, offers, scores, today)
        now = ledger.check(store)
        for row in store.verdicts().to_pylist():
            sides = [now.get(f"{row[f'{side}_catalog']}#{row[f'{side}_offer_id']}") for side in ("left", "right")]
            if all(sides) and row["verdict"] == "different":
                assert sides[0] != sides[1], f"day {today}: {row}"
    assert life.contradicted > 50 and broken == 12
    assert ledger.happened == {"created", "joined", "left", "merged", "split", "retired", "updated"}
    (last,) = read(store, "storefront_publication")["storefront_publication"]
    assert last["publication_id"] == DAYS
    took, own = time.monotonic() - began, time.process_time() - cpu
    print(
        f"{database_url.split(':')[0]}: {DAYS} days in {took:.0f} s ({own:.0f} s of its own), "
        f"{len(ledger.was)} offers and {last['skus']} SKUs live, {len(ledger.ever)} ids ever, "
        f"{len(store.verdicts())} words"
    )
    assert own < MOST_S
