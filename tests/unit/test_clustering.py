from collections.abc import Iterable
from typing import Any

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sku_align import schema
from sku_align.clustering.cluster import Clustering, cluster
from sku_align.config import Settings
from sku_align.pairs import pair_columns, sort_offers

FREE = {"has_duplicates": True, "clustering": {"guard_members": False, "min_support": 0.0}}
Edge = tuple[int, int, float]


def catalog_of(offer: int, catalogs: int) -> dict[str, str]:
    return {"catalog": "abcdefgh"[offer % catalogs], "offer_id": f"{offer:03}"}


def offers(count: int, catalogs: int = 3, **changes: dict[str, Any]) -> pa.Table:
    rows = [catalog_of(at, catalogs) | {"title": "t"} | changes.get(f"o{at}", {}) for at in range(count)]
    return sort_offers(schema.conform(rows, schema.OFFERS))


def decisions(edges: Iterable[tuple[Any, ...]], catalogs: int = 3) -> pa.Table:
    rows = []
    for one, other, probability, *word in edges:
        left, right = sorted(tuple(catalog_of(at, catalogs).values()) for at in (one, other))
        decision = word[0] if word else "auto_merge"
        rows.append(
            {
                "left_catalog": left[0],
                "left_offer_id": left[1],
                "right_catalog": right[0],
                "right_offer_id": right[1],
                "probability": probability,
                "decision": {"same": "auto_merge", "different": "reject"}.get(decision, decision),
                "reason": "reviewer" if decision in ("same", "different") else "threshold",
            }
        )
    return schema.conform(rows, schema.DECISIONS)


def run(count: int, edges: Iterable[tuple[Any, ...]], catalogs: int = 3, **sections: Any) -> Clustering:
    table = offers(count, catalogs, **sections.pop("changes", {}))
    result = cluster(table, decisions(edges, catalogs), Settings.model_validate(sections))
    assert result.refused.schema == schema.REFUSED
    assert result.groups.select(["catalog", "offer_id"]).equals(table.select(["catalog", "offer_id"]))
    return result


def groups(result: Clustering) -> set[frozenset[int]]:
    """Clusters as sets of offer numbers."""
    found: dict[int, set[int]] = {}
    for row in result.groups.to_pylist():
        found.setdefault(row["cluster"], set()).add(int(row["offer_id"]))
    return {frozenset(members) for members in found.values()}


def refusals(result: Clustering) -> dict[tuple[int, int], tuple[str, str]]:
    return {
        (int(row["left_offer_id"]), int(row["right_offer_id"])): (row["reason"], row["detail"])
        for row in result.refused.to_pylist()
    }


@st.composite
def graphs(draw: st.DrawFn, plateau: bool = True) -> tuple[int, list[Edge]]:
    count = draw(st.integers(1, 30))
    number = st.integers(0, count - 1)
    probability = st.sampled_from([0.91, 0.95, 0.99]) if plateau else st.integers(9000, 9999).map(lambda n: n / 1e4)
    drawn = draw(st.lists(st.tuples(number, number, probability), max_size=80))
    edges = {(min(a, b), max(a, b)): p for a, b, p in drawn if a != b}
    return count, [(a, b, p) for (a, b), p in edges.items()]


@settings(deadline=None)
@given(graphs())
def test_without_constraints_clusters_are_the_connected_components(graph):
    count, edges = graph
    network = nx.Graph((a, b) for a, b, _ in edges)
    network.add_nodes_from(range(count))
    assert groups(run(count, edges, **FREE)) == {frozenset(part) for part in nx.connected_components(network)}


def walked(count: int, edges: list[Edge], catalogs: int, cannot: set[tuple[int, int]], max_size: int) -> set[Any]:
    """The rule as one would write it down: edge by edge from the strongest."""
    cluster_of = {at: {at} for at in range(count)}
    for one, other, _ in sorted(edges, key=lambda edge: -edge[2]):
        union = cluster_of[one] | cluster_of[other]
        alone = len({at % catalogs for at in union}) == len(union)
        apart = not any((a, b) in cannot for a in union for b in union)
        if alone and apart and len(union) <= max_size:
            cluster_of.update(dict.fromkeys(union, union))
    return {frozenset(members) for members in cluster_of.values()}


@settings(deadline=None)
@given(graphs(plateau=False), st.integers(2, 8), st.sets(st.tuples(st.integers(0, 29), st.integers(0, 29))), st.data())
def test_rounds_give_what_the_edge_by_edge_walk_gives(graph, catalogs, cannot, data):
    count, edges = graph
    ranks = data.draw(st.permutations(range(len(edges))))
    edges = [
        (a, b, 0.9 + rank / 1000) for (a, b, _), rank in zip(edges, ranks, strict=True) if a % catalogs != b % catalogs
    ]
    cannot = {(a, b) for a, b in cannot if a < b < count}
    follow = [edge for edge in edges if edge[:2] not in cannot]
    verdicts = [(a, b, 0.5, "different") for a, b in sorted(cannot)]
    result = run(count, follow + verdicts, catalogs, clustering={"max_size": 5, "min_support": 0.0})
    assert groups(result) == walked(count, follow, catalogs, cannot, 5)


@settings(deadline=None)
@given(graphs(), st.integers(2, 5))
def test_no_cluster_holds_two_offers_of_a_catalog_and_every_edge_is_followed_or_refused(graph, catalogs):
    count, edges = graph
    result = run(count, edges, catalogs)
    found = groups(result)
    assert all(len({at % catalogs for at in members}) == len(members) for members in found)
    cluster_of = {at: members for members in found for at in members}
    apart = {tuple(sorted(edge[:2])) for edge in edges if cluster_of[edge[0]] != cluster_of[edge[1]]}
    assert {tuple(sorted(edge)) for edge in refusals(result)} == apart


@settings(deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_row_order_changes_nothing(graph, random):
    count, edges = graph
    expected = run(count, edges)
    shuffled = random.sample(edges, len(edges))
    result = run(count, shuffled)
    assert result.groups.equals(expected.groups)
    assert result.refused.equals(expected.refused)


def test_the_stronger_edge_wins_and_the_weaker_is_kept_with_its_reason():
    result = run(4, [(0, 1, 0.95), (3, 1, 0.99)])
    assert groups(result) == {frozenset({0}), frozenset({1, 3}), frozenset({2})}
    assert refusals(result) == {(0, 1): ("one_to_one", "a#000 and a#003: one catalog, which lists a product once")}


def test_of_two_equal_partners_an_offer_takes_the_one_that_nobody_else_wants():
    found = groups(run(6, [(0, 1, 0.95), (3, 1, 0.95), (0, 4, 0.95)]))
    assert {frozenset({3, 1}), frozenset({0, 4})} <= found


def test_a_catalog_with_duplicates_lists_a_product_twice():
    edges = [(0, 1, 0.95), (3, 1, 0.99)]
    duplicates = Settings.model_validate({"catalogs": {"a": {"has_duplicates": True}}})
    assert frozenset({0, 1, 3}) in groups(cluster(offers(4), decisions(edges), duplicates))


def test_what_a_reviewer_set_apart_stays_apart_over_any_detour():
    edges = [(0, 1, 0.99), (1, 2, 0.98), (0, 2, 0.97, "different")]
    result = run(3, edges)
    assert groups(result) == {frozenset({0, 1}), frozenset({2})}
    assert refusals(result)[(1, 2)] == ("cannot_link", "a#000 and c#002: a reviewer called them different")


def test_what_a_reviewer_joined_is_joined_against_every_rule():
    table = offers(4, o0=size(330), o3=size(500))
    result = cluster(table, decisions([(0, 3, None, "same"), (3, 1, 0.95)]), Settings())
    assert frozenset({0, 1, 3}) in groups(result)
    assert refusals(result) == {}


def test_of_contradicting_verdicts_the_one_that_sets_apart_counts():
    verdicts = [(0, 1, None, "same"), (1, 2, None, "same"), (0, 2, None, "different")]
    result = run(3, verdicts)
    assert not any({0, 2} <= members for members in groups(result))
    assert [reason for reason, _ in refusals(result).values()] == ["cannot_link"]
    assert result.refused["probability"].to_pylist() == [None]


def size(value: float) -> dict[str, Any]:
    return {"quantities": [{"dimension": "volume", "value": value}]}


def test_a_chain_does_not_join_what_a_guard_keeps_apart():
    edges = [(0, 1, 0.99), (1, 2, 0.98)]
    table = offers(3, o0=size(330), o2=size(500))
    result = cluster(table, decisions(edges), Settings())
    assert groups(result) == {frozenset({0, 1}), frozenset({2})}
    assert refusals(result)[(1, 2)] == ("guard:quantity", "a#000 and c#002: volume 330 against 500")
    lenient = Settings.model_validate({"clustering": {"guard_members": False}})
    assert frozenset({0, 1, 2}) in groups(cluster(table, decisions(edges), lenient))


def test_a_cluster_stops_growing_at_its_largest_size():
    edges = [(at, at + 1, 0.99 - at / 1000) for at in range(7)]
    result = run(8, edges, 8, clustering={"max_size": 4})
    assert groups(result) == {frozenset(range(4)), frozenset(range(4, 8))}
    assert refusals(result) == {(3, 4): ("max_size", "more than 4 offers")}


def test_scores_that_speak_against_a_union_stop_a_chain():
    edges = [(0, 1, 0.99), (1, 2, 0.95), (0, 2, 0.01, "reject")]
    result = run(3, edges, clustering={"min_support": 0.5})
    assert groups(result) == {frozenset({0, 1}), frozenset({2})}
    assert refusals(result) == {(1, 2): ("support", "a#000 and c#002: probability 0.010")}
    assert frozenset({0, 1, 2}) in groups(run(3, edges, clustering={"min_support": 0.0}))


def test_pairs_that_wait_for_a_person_join_nothing():
    assert groups(run(2, [(0, 1, 0.85, "review")])) == {frozenset({0}), frozenset({1})}


def test_no_offers_give_no_clusters():
    result = cluster(offers(0), decisions([]), Settings())
    assert len(result.groups) == len(result.refused) == 0


def test_a_decision_on_an_unknown_offer_is_refused():
    with pytest.raises(ValueError, match="not among the offers"):
        run(2, [(0, 2, 0.9)])


def test_a_long_tie_settles():
    chain = [(at, at + 1, 0.95) for at in range(3000)]
    rows = [{"catalog": "ab"[at % 2], "offer_id": f"{at:05}", "title": "t"} for at in range(3001)]
    table = sort_offers(schema.conform(rows, schema.OFFERS))
    left, right = np.array([edge[:2] for edge in chain]).T
    position = {
        key: at for at, key in enumerate(zip(*(table[c].to_pylist() for c in ("catalog", "offer_id")), strict=True))
    }
    row_of = np.array([position[(row["catalog"], row["offer_id"])] for row in rows])
    columns = pair_columns(table, row_of[left], row_of[right])
    columns |= {
        "probability": pa.array([0.95] * 3000),
        "decision": ["auto_merge"] * 3000,
        "reason": ["threshold"] * 3000,
    }
    result = cluster(table, schema.conform(columns, schema.DECISIONS), Settings())
    sizes = np.bincount(result.groups["cluster"].to_numpy())
    assert sizes.max() == 2
    assert len(result.refused) == 3000 - (sizes == 2).sum()


def test_more_catalogs_than_bits_are_still_kept_apart():
    names = [f"{at:03}" for at in range(80)]
    rows = [{"catalog": name, "offer_id": number, "title": "t"} for name in names for number in "12"]
    table = sort_offers(schema.conform(rows, schema.OFFERS))
    hub = 0
    pairs = np.array([[hub, at] for at in range(2, len(rows))])
    columns = pair_columns(table, pairs[:, 0], pairs[:, 1])
    columns["probability"] = pa.array(np.linspace(0.99, 0.9, len(pairs)), pa.float32())
    columns |= {"decision": ["auto_merge"] * len(pairs), "reason": ["threshold"] * len(pairs)}
    result = cluster(table, schema.conform(columns, schema.DECISIONS), Settings())
    members = result.groups.filter(pa.compute.equal(result.groups["cluster"], result.groups["cluster"][hub]))
    assert members["catalog"].to_pylist() == names
    assert set(result.refused["reason"].to_pylist()) == {"one_to_one"}
    assert result.refused["detail"].to_pylist()[-1] == "079#1 and 079#2: one catalog, which lists a product once"


def test_an_offer_that_names_no_colour_does_not_join_a_red_and_a_blue_one():
    red, blue = ({"variants": [{"attribute": "color", "value": value}]} for value in ("red", "blue"))
    table = offers(3, o0=red, o2=blue)
    result = cluster(table, decisions([(0, 1, 0.99), (1, 2, 0.98)]), Settings())
    assert groups(result) == {frozenset({0, 1}), frozenset({2})}
    reason, detail = refusals(result)[(1, 2)]
    assert reason == "guard:variant"
    assert detail.startswith("a#000 and c#002: ")
