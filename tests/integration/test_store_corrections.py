"""Whatever people say of SKUs holds in every later run, or was refused beforehand with a reason."""

import itertools
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sku_align import schema
from sku_align.clustering.cluster import cluster
from sku_align.config import Settings
from sku_align.deciding.consistency import Word, clashes, make_pair, words_of
from sku_align.deciding.decide import decide
from sku_align.errors import UserError
from sku_align.pairs import pair_columns
from sku_align.store import Store, corrections
from tests.integration.shop import ids, offers_table, publish


class Shop:
    """Offers with fixed scores; a day decides, clusters and publishes with what people said so far."""

    def __init__(self, url: str, offers: list[str], scores: dict[tuple[str, str], float], **columns: dict[str, object]):
        self.store, self.offers, self.scores, self.columns = Store.open(url), offers, scores, columns
        catalogs = {name.split("#")[0]: {"calibrated": True} for name in offers}
        self.settings = Settings.model_validate({"catalogs": catalogs})
        self.days = 0

    def day(self, without: tuple[str, ...] = ()) -> dict[str, str]:
        table = offers_table([name for name in self.offers if name not in without], **self.columns)
        at = {f"{r['catalog']}#{r['offer_id']}": n for n, r in enumerate(table.to_pylist())}
        pairs = [pair for pair in self.scores if pair[0] in at and pair[1] in at]
        chances = [self.scores[pair] for pair in pairs]
        left, right = (np.array([at[pair[side]] for pair in pairs], dtype=np.int64) for side in (0, 1))
        columns = pair_columns(table, left, right)
        columns |= {"raw_score": chances, "probability": chances, "scorer": ["test"] * len(pairs)}
        decisions = decide(table, schema.conform(columns, schema.SCORES), self.store.verdicts(table), self.settings)
        groups, _ = cluster(table, decisions, self.settings)
        numbers = {f"{r['catalog']}#{r['offer_id']}": str(r["cluster"]) for r in groups.to_pylist()}
        self.days += 1
        publish(self.store, numbers, offers=table, decisions=decisions, day=self.days, accept_churn=True)
        return ids(self.store)

    def keep(self, correction: corrections.Correction) -> None:
        self.store.add_verdicts(correction.table("ann", None, f"2026-01-01T00:00:{self.days:02d}"))


def chain(offers: list[str], chance: float = 0.95) -> dict[tuple[str, str], float]:
    return dict.fromkeys(itertools.pairwise(sorted(offers)), chance)


FOUR, THREE = ["aa#1", "bb#1", "cc#1", "dd#1"], ["ee#1", "ff#1", "gg#1"]


@pytest.mark.parametrize(
    ("across", "columns"),
    [
        ({}, {}),
        ({("aa#1", "ee#1"): 0.05, ("bb#1", "ff#1"): 0.1, ("dd#1", "gg#1"): 0.02}, {}),
        ({("cc#1", "gg#1"): 0.93, ("dd#1", "ee#1"): 0.1, ("aa#1", "ff#1"): 0.2}, {}),
        ({}, {"quantities": {"dd#1": [("mass", 250.0)], "gg#1": [("mass", 500.0)]}}),
    ],
    ids=["nothing scored between them", "scores against it", "scores for and against it", "a forbidding guard"],
)
def test_a_link_makes_one_sku_of_all_offers(
    database_url: str, across: dict[tuple[str, str], float], columns: dict[str, object]
) -> None:
    read = {
        name: {offer: [{"dimension": d, "value": v} for d, v in each] for offer, each in of.items()}  # type: ignore
        for name, of in columns.items()
    }
    shop = Shop(database_url, [*FOUR, *THREE], chain(FOUR) | chain(THREE) | across, **read)
    before = shop.day()
    assert len(set(before.values())) == 2
    shop.keep(corrections.link(shop.store, before["aa#1"], before["ee#1"]))
    assert set(shop.day().values()) == {before["aa#1"]}
    assert set(shop.day(without=("aa#1", "bb#1")).values()) == {before["aa#1"]}, "also when linked offers are gone"


def test_a_link_of_two_offers_of_a_catalog_that_lists_products_once_is_refused(database_url: str) -> None:
    shop = Shop(database_url, ["aa#1", "bb#1", "aa#2", "cc#1"], chain(["aa#1", "bb#1"]) | chain(["aa#2", "cc#1"]))
    skus = shop.day()
    with pytest.raises(UserError, match="Both SKUs hold an offer of aa, which lists each product once: aa#1 and aa#2"):
        corrections.link(shop.store, skus["aa#1"], skus["aa#2"])
    repeating = Settings.model_validate({"catalogs": {"aa": {"has_duplicates": True}}})
    assert corrections.link(shop.store, skus["aa#1"], skus["aa#2"], repeating).same
    shop.keep(corrections.link(shop.store, skus["aa#1"], skus["aa#2"], overrule=True))
    assert len(set(shop.day().values())) == 1


def test_a_split_moves_the_named_offers_and_no_other(database_url: str) -> None:
    # Everything hangs on bb#1, which leaves: the others have nothing between them but low scores.
    scores = {("aa#1", "bb#1"): 0.96, ("bb#1", "cc#1"): 0.95, ("bb#1", "dd#1"): 0.94, ("bb#1", "ee#1"): 0.93}
    shop = Shop(database_url, ["aa#1", "bb#1", "cc#1", "dd#1", "ee#1"], scores)
    sku_id = shop.day()["bb#1"]
    shop.keep(corrections.split(shop.store, sku_id, ["bb#1", "ee#1"]))
    after = shop.day()
    assert {offer for offer, sku in after.items() if sku == sku_id} == {"aa#1", "cc#1", "dd#1"}
    assert after["bb#1"] == after["ee#1"] != sku_id
    again = shop.day(without=("aa#1",))
    assert again["cc#1"] == again["dd#1"] != again["bb#1"]


def test_a_link_that_contradicts_earlier_words_is_refused_and_names_them(database_url: str) -> None:
    shop = Shop(database_url, ["aa#1", "bb#1", "cc#1"], {})
    skus = shop.day()
    pair = [(("bb", "1"), ("cc", "1"))]
    shop.store.add_verdicts(corrections.verdicts(pair, "different", "ben", None, "2026-01-01"))
    shop.keep(corrections.link(shop.store, skus["aa#1"], skus["bb#1"]))
    with pytest.raises(UserError, match="bb#1 and cc#1 are different \\(ben on 2026-01-01\\)"):
        corrections.link(shop.store, skus["aa#1"], skus["cc#1"])


OFFERS = ["aa#1", "aa#2", "bb#1", "bb#2", "cc#1", "cc#2", "dd#1"]
PAIRS = [pair for pair in itertools.combinations(OFFERS, 2) if pair[0][:2] != pair[1][:2]]


class People(RuleBasedStateMachine):
    """People link, split and judge in any order, with runs in between."""

    @initialize(chances=st.lists(st.sampled_from([0.1, 0.75, 0.92, 0.97]), min_size=len(PAIRS), max_size=len(PAIRS)))
    def open(self, chances: list[float]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self.folder.name) / 'skus.db'}"
        self.shop = Shop(url, OFFERS, dict(zip(PAIRS, chances, strict=True)))
        self.live = self.shop.day()
        self.said: dict[frozenset[str], str] = {}

    def teardown(self) -> None:
        self.shop.store.close()
        self.folder.cleanup()

    @rule(one=st.sampled_from(OFFERS), other=st.sampled_from(OFFERS))
    def link(self, one: str, other: str) -> None:
        self._try(lambda: corrections.link(self.shop.store, self.live[one], self.live[other]))

    @rule(offers=st.lists(st.sampled_from(OFFERS), min_size=1, max_size=2, unique=True))
    def split(self, offers: list[str]) -> None:
        leaving = [offer for offer in offers if self.live[offer] == self.live[offers[0]]]
        self._try(lambda: corrections.split(self.shop.store, self.live[offers[0]], leaving))

    @rule(pair=st.sampled_from(PAIRS), verdict=st.sampled_from(["same", "different"]))
    def judge(self, pair: tuple[str, str], verdict: str) -> None:
        keys = make_pair(*((each.split("#")[0], each.split("#")[1]) for each in pair))  # type: ignore[arg-type]
        if clashes([Word(keys, verdict, "now")], words_of(self.shop.store.verdicts())):
            return
        self.shop.store.add_verdicts(corrections.verdicts([keys], verdict, "ben", None, f"{self.shop.days:04d}"))
        self.said[frozenset(pair)] = verdict

    @rule()
    def run(self) -> None:
        self.live = self.shop.day()
        for pair, verdict in self.said.items():
            one, other = sorted(pair)
            assert (self.live[one] == self.live[other]) == (verdict == "same"), (one, other, verdict)

    def _try(self, plan: "object") -> None:
        try:
            correction: corrections.Correction = plan()  # type: ignore[operator]
        except UserError as error:
            assert len(str(error)) > 20
            return
        self.shop.keep(correction)
        for pairs, verdict in ((correction.same, "same"), (correction.different, "different")):
            self.said |= {frozenset(f"{c}#{i}" for c, i in pair): verdict for pair in pairs}
        self.run()
        for (_, ours), (_, theirs) in itertools.combinations(correction.groups, 2):
            assert not {self.live[f"{c}#{i}"] for c, i in ours} & {self.live[f"{c}#{i}"] for c, i in theirs}
        for _, group in correction.groups:
            assert len({self.live[f"{c}#{i}"] for c, i in group}) == 1


People.TestCase.settings = settings(
    max_examples=6,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # Each step publishes to a database: shrinking a failure takes minutes, and its steps are few as it is.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
TestPeople = People.TestCase
