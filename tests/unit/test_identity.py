"""SKU ids survive: what keeps an id, what ends it, and where a former id leads."""

import random
from collections.abc import Iterable

import networkx as nx
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sku_align import schema
from sku_align.skus.identity import ISSUED, Identified, Previous, identify

Groups = dict[str, str]
"""Offer "catalog#id" -> any name of its cluster."""


def key(offer: str) -> dict[str, str]:
    return dict(zip(("catalog", "offer_id"), offer.split("#"), strict=True))


def decided(*pairs: tuple[str, str, str, str]) -> pa.Table:
    rows = []
    for left, right, decision, reason in pairs:
        sides = {f"left_{k}": v for k, v in key(left).items()} | {f"right_{k}": v for k, v in key(right).items()}
        rows.append({**sides, "probability": 0.95, "decision": decision, "reason": reason})
    return schema.conform(rows, schema.DECISIONS)


class Shop:
    """Runs one after the other, each identified against what the one before left."""

    def __init__(self) -> None:
        self.previous = Previous.empty()
        self.runs = 0
        self.last: Identified | None = None

    def run(self, groups: Groups, content: dict[str, str] | None = None, decisions: pa.Table | None = None) -> Groups:
        """Identify a run and make it live, as the store does; offers and their ids come back."""
        offers = list(groups)
        numbers = {name: number for number, name in enumerate(dict.fromkeys(groups.values()))}
        table = schema.conform(
            [{**key(offer), "title": offer, "content_hash": (content or {}).get(offer, offer)} for offer in offers],
            schema.OFFERS,
        )
        clusters = table.select(["catalog", "offer_id"]).append_column(
            "cluster", pa.array([numbers[groups[offer]] for offer in offers], pa.int64())
        )
        found = identify(clusters, table, decided() if decisions is None else decisions, self.previous)
        self.runs += 1
        self._make_live(found, table)
        self.last = found
        return {f"{row['catalog']}#{row['offer_id']}": row["sku_id"] for row in found.clusters.to_pylist()}

    def _make_live(self, found: Identified, offers: pa.Table) -> None:
        hashes = {(row["catalog"], row["offer_id"]): row["content_hash"] for row in offers.to_pylist()}
        live = [
            {**row, "since": self.runs, "content_hash": hashes[row["catalog"], row["offer_id"]]}
            for row in found.clusters.to_pylist()
        ]
        issued = {row["sku_id"]: row["publication_id"] for row in self.previous.issued.to_pylist()}
        for row in live:
            issued.setdefault(row["sku_id"], self.runs)
        former = {row["former_sku_id"] for row in found.redirects.to_pylist()}
        ended = {row["sku_id"] for kind in ("merged", "retired") for row in self.events(kind, found)}
        departed = [row for row in self.previous.departed.to_pylist() if row["sku_id"] in former]
        departed += [
            {name: row[name] for name in ("catalog", "offer_id", "sku_id")}
            for row in self.events("left", found)
            if row["sku_id"] in ended
        ]
        self.previous = Previous(
            table=schema.conform(live, schema.PREVIOUS),
            issued=pa.Table.from_pylist(
                [{"sku_id": sku_id, "publication_id": number} for sku_id, number in sorted(issued.items())], ISSUED
            ),
            redirects=found.redirects,
            departed=schema.conform(departed, schema.CLUSTERS),
            publication_id=self.runs,
        )

    def events(self, kind: str, found: Identified | None = None) -> list[dict[str, str]]:
        chosen = found or self.last
        assert chosen
        return [row for row in chosen.events.to_pylist() if row["event"] == kind]

    @property
    def redirects(self) -> dict[str, str | None]:
        assert self.last
        return {row["former_sku_id"]: row["sku_id"] for row in self.last.redirects.to_pylist()}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_offers_of_one_cluster_share_an_id_and_strangers_do_not(shop: Shop) -> None:
    ids = shop.run({"de#1": "x", "fr#1": "x", "de#2": "y"})
    assert ids["de#1"] == ids["fr#1"] != ids["de#2"]
    assert {row["sku_id"] for row in shop.events("created")} == set(ids.values())
    assert len(shop.events("joined")) == 3


def test_a_run_that_changes_nothing_says_nothing(shop: Shop) -> None:
    groups = {"de#1": "x", "fr#1": "x", "de#2": "y"}
    first = shop.run(groups)
    assert shop.run(groups) == first
    assert shop.last and len(shop.last.events) == 0


def test_the_largest_part_of_a_split_sku_keeps_its_id(shop: Shop) -> None:
    old = shop.run(dict.fromkeys(("a#1", "b#1", "c#1"), "x"))["a#1"]
    ids = shop.run({"a#1": "alone", "b#1": "x", "c#1": "x"})
    assert ids["b#1"] == ids["c#1"] == old != ids["a#1"]
    assert [(e["sku_id"], e["other_sku_id"]) for e in shop.events("split")] == [(old, ids["a#1"])]
    assert [(e["sku_id"], e["other_sku_id"]) for e in shop.events("created")] == [(ids["a#1"], old)]


def test_the_part_that_was_there_first_keeps_the_id_of_a_sku_split_in_halves(shop: Shop) -> None:
    old = shop.run({"b#1": "x"})["b#1"]
    shop.run({"a#1": "x", "b#1": "x"})
    members = shop.previous.table.to_pylist()
    since = [2 if row["catalog"] == "a" else 1 for row in members]
    table = shop.previous.table.set_column(3, "since", pa.array(since, pa.int64()))
    shop.previous = Previous(**{**vars(shop.previous), "table": table})
    assert shop.run({"a#1": "new", "b#1": "x"})["b#1"] == old


def test_a_merged_sku_leads_to_the_one_that_brought_more_offers(shop: Shop) -> None:
    ids = shop.run({"a#1": "x", "b#1": "y", "c#1": "y"})
    merged = shop.run(dict.fromkeys(("a#1", "b#1", "c#1"), "y"))
    assert set(merged.values()) == {ids["b#1"]}
    assert shop.redirects == {ids["a#1"]: ids["b#1"]}
    assert [(e["sku_id"], e["other_sku_id"]) for e in shop.events("merged")] == [(ids["a#1"], ids["b#1"])]


def test_the_older_of_two_equal_skus_survives_their_merge(shop: Shop) -> None:
    old = shop.run({"z#1": "x"})["z#1"]
    young = shop.run({"z#1": "x", "a#1": "y"})["a#1"]
    assert set(shop.run({"z#1": "x", "a#1": "x"}).values()) == {old}
    assert shop.redirects == {young: old}


def test_a_chain_of_merges_redirects_in_one_step(shop: Shop) -> None:
    first = shop.run({"a#1": "x", "b#1": "y", "b#2": "y", "c#1": "z", "c#2": "z", "c#3": "z", "c#4": "z"})
    shop.run({"a#1": "y", "b#1": "y", "b#2": "y", "c#1": "z", "c#2": "z", "c#3": "z", "c#4": "z"})
    last = shop.run(dict.fromkeys(first, "all"))
    assert set(last.values()) == {first["c#1"]}
    assert shop.redirects == {first["a#1"]: first["c#1"], first["b#1"]: first["c#1"]}


def test_a_retired_id_leads_nowhere_and_is_never_given_out_again(shop: Shop) -> None:
    gone = shop.run({"a#1": "x", "b#1": "y"})["a#1"]
    shop.run({"b#1": "y"})
    assert shop.redirects == {gone: None}
    assert [e["sku_id"] for e in shop.events("retired")] == [gone]
    back = shop.run({"a#1": "x", "b#1": "y"})["a#1"]
    assert back != gone


def test_when_a_product_comes_back_its_former_ids_lead_to_it(shop: Shop) -> None:
    ids = shop.run({"a#1": "x", "a#2": "y", "a#3": "y", "b#9": "z"})
    shop.run({"a#1": "y", "a#2": "y", "a#3": "y", "b#9": "z"})
    shop.run({"b#9": "z"})
    assert shop.redirects == {ids["a#1"]: ids["a#2"], ids["a#2"]: None}
    back = shop.run({"a#2": "y", "b#9": "z"})["a#2"]
    assert shop.redirects == {ids["a#1"]: back, ids["a#2"]: back}


def test_when_a_merge_is_undone_the_former_id_leads_to_its_own_offers_again(shop: Shop) -> None:
    ids = shop.run({"a#1": "x", "b#1": "y", "c#1": "y"})
    shop.run(dict.fromkeys(("a#1", "b#1", "c#1"), "y"))
    undone = shop.run({"a#1": "x", "b#1": "y", "c#1": "y"})
    assert undone["b#1"] == ids["b#1"] and undone["a#1"] != ids["a#1"]
    assert shop.redirects == {ids["a#1"]: undone["a#1"]}


def test_a_renamed_catalog_keeps_its_ids(shop: Shop) -> None:
    before = {"old#1": "x", "old#2": "y", "old#3": "z", "b#1": "x"}
    ids = shop.run(before, content={"old#1": "c1", "old#2": "c2", "old#3": "c3"})
    after = {"new#1": "x", "new#2": "y", "new#3": "z", "b#1": "x"}
    renamed = shop.run(after, content={"new#1": "c1", "new#2": "c2", "new#3": "changed that day as well"})
    assert [renamed[f"new#{n}"] for n in "123"] == [ids[f"old#{n}"] for n in "123"]
    assert {e["cause"] for e in shop.events("joined")} == {"was old#1", "was old#2", "was old#3"}
    assert not shop.events("created") and not shop.events("retired")


def test_an_article_with_a_new_number_keeps_its_id(shop: Shop) -> None:
    ids = shop.run({"a#1": "x", "a#2": "y"}, content={"a#1": "c1", "a#2": "c2"})
    assert shop.run({"a#77": "x", "a#2": "y"}, content={"a#77": "c1", "a#2": "c2"})["a#77"] == ids["a#1"]


def test_equal_content_in_another_catalog_is_no_reason_to_keep_an_id(shop: Shop) -> None:
    ids = shop.run({"a#1": "x", "a#2": "y"}, content={"a#1": "c1", "a#2": "c2"})
    after = shop.run({"b#1": "x", "a#2": "y"}, content={"b#1": "c1", "a#2": "c2"})
    assert after["b#1"] != ids["a#1"]


def test_content_that_two_offers_share_follows_neither(shop: Shop) -> None:
    ids = shop.run({"a#1": "x", "a#2": "y"}, content={"a#1": "same", "a#2": "same"})
    after = shop.run({"a#8": "x", "a#9": "y"}, content={"a#8": "same", "a#9": "same"})
    assert not set(after.values()) & set(ids.values())


def test_a_merge_names_the_pair_that_caused_it(shop: Shop) -> None:
    shop.run({"a#1": "x", "b#1": "y", "c#1": "y"})
    shop.run(dict.fromkeys(("a#1", "b#1", "c#1"), "y"), decisions=decided(("a#1", "c#1", "auto_merge", "threshold")))
    assert [e["cause"] for e in shop.events("merged")] == ["threshold 0.950: a#1 and c#1"]


def test_a_split_names_the_reviewer_who_wanted_it(shop: Shop) -> None:
    shop.run(dict.fromkeys(("a#1", "b#1", "c#1"), "x"))
    shop.run({"a#1": "y", "b#1": "x", "c#1": "x"}, decisions=decided(("a#1", "b#1", "reject", "reviewer")))
    assert [e["cause"] for e in shop.events("split")] == ["reviewer parts a#1 and b#1"]


OFFERS = [f"{catalog}#{number}" for catalog in "abc" for number in range(4)]


@st.composite
def histories(draw: st.DrawFn) -> list[Groups]:
    def day() -> Groups:
        present = draw(st.lists(st.sampled_from(OFFERS), unique=True, max_size=len(OFFERS)))
        return {offer: str(draw(st.integers(0, 5))) for offer in present}

    return [day() for _ in range(draw(st.integers(1, 5)))]


def replay(history: Iterable[Groups], seed: int) -> tuple[list[Groups], list[Identified]]:
    shop, results, found = Shop(), [], []
    shuffled = random.Random(seed)
    for groups in history:
        offers = list(groups)
        shuffled.shuffle(offers)
        results.append(shop.run({offer: groups[offer] for offer in offers}))
        assert shop.last
        found.append(shop.last)
    return results, found


@given(histories())
@settings(max_examples=20, deadline=None)
def test_any_history_keeps_the_promises_of_an_id(history: list[Groups]) -> None:
    results, found = replay(history, 1)
    again, same = replay(history, 2)
    assert results == again
    assert all(
        left.events.equals(right.events) and left.redirects.equals(right.redirects)
        for left, right in zip(found, same, strict=True)
    )
    ever: set[str] = set()
    members: set[tuple[str, str]] = set()
    for groups, ids, step in zip(history, results, found, strict=True):
        partition = nx.Graph()
        partition.add_nodes_from(groups)
        partition.add_edges_from((one, two) for one in groups for two in groups if ids[one] == ids[two])
        assert all(len({groups[offer] for offer in part}) == 1 for part in nx.connected_components(partition))
        assert len(set(ids.values())) == len(set(groups.values()))

        live, events = set(ids.values()), step.events.to_pylist()
        was_live = {sku_id for _, sku_id in members}
        for row in events:
            offer = f"{row['catalog']}#{row['offer_id']}"
            if row["event"] == "joined":
                members.add((offer, row["sku_id"]))
            elif row["event"] == "left":
                members.remove((offer, row["sku_id"]))
        assert members == set(ids.items()), "joined and left, replayed, give what is live"

        created = {row["sku_id"] for row in events if row["event"] == "created"}
        ended = {row["sku_id"] for row in events if row["event"] in ("merged", "retired")}
        assert created == live - was_live and not created & ever, "no id is given out twice"
        assert ended == was_live - live, "no id ends without an event that names it"
        ever |= live

        leads = {row["former_sku_id"]: row["sku_id"] for row in step.redirects.to_pylist()}
        assert set(leads) == ever - live, "every former id is known"
        for target in leads.values():
            assert target is None or target in live or leads[target] is None
