"""Blocking lets true pairs through, keeps to its budget, and is not flooded by a bad feed."""

import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.attributes.extract import extract_attributes
from sku_align.blocking.block import Blocked, block
from sku_align.config import BlockingSettings
from sku_align.pairs import sort_offers


def offers_of(rows: list[dict[str, object]]) -> pa.Table:
    return sort_offers(schema.conform([{"offer_id": f"{i:05d}", **row} for i, row in enumerate(rows)],
                                             schema.OFFERS))  # fmt: skip


def vectors_of(offers: pa.Table, values: np.ndarray | None = None) -> pa.Table:
    """No meaning at all unless values are given, so that only the other channels speak."""
    values = np.zeros((len(offers), 8), dtype=np.float32) if values is None else values.astype(np.float32)
    flat = pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
    keys = {name: offers[name] for name in ("catalog", "offer_id")}
    return schema.conform({**keys, "vector": flat}, schema.embeddings_schema(values.shape[1]))


def found(blocked: Blocked) -> dict[tuple[str, str], list[str]]:
    return {(row["left_offer_id"], row["right_offer_id"]): row["channels"] for row in blocked.candidates.to_pylist()}


def test_offers_that_share_a_gtin_or_an_mpn_of_one_brand_are_candidates() -> None:
    offers = offers_of([
        {"catalog": "a", "title": "aaa", "gtin": "4006381333931"},
        {"catalog": "a", "title": "bbb", "mpn": "KDL-40X", "brand": "Sony"},
        {"catalog": "b", "title": "ccc", "gtin": "04006381333931"},
        {"catalog": "b", "title": "ddd", "mpn": "kdl40x", "brand": "SONY"},
        {"catalog": "b", "title": "eee", "mpn": "KDL40X", "brand": "Whirlpool"},
    ])  # fmt: skip
    assert found(block(offers, vectors_of(offers), BlockingSettings())) == {
        ("00000", "00002"): ["identifier"],
        ("00001", "00003"): ["identifier", "lexical"],
    }


def test_brands_that_share_gtins_count_as_one_where_a_part_number_is_shared() -> None:
    mpns = [{"catalog": name, "title": name * 3, "mpn": "QX-4711", "brand": brand}
            for name, brand in (("a", "Cameo"), ("b", "Oetker"), ("b", "Haribo"))]  # fmt: skip
    gtins = [{"catalog": name, "title": f"{name}{i}", "gtin": f"400638133393{i}", "brand": brand}
             for i in range(3) for name, brand in (("a", "Cameo"), ("b", "Oetker"))]  # fmt: skip
    offers = offers_of([*mpns, *gtins])
    assert ("00000", "00001") in found(block(offers, vectors_of(offers), BlockingSettings()))
    assert ("00000", "00002") not in found(block(offers, vectors_of(offers), BlockingSettings()))
    alone = offers_of(mpns)
    assert ("00000", "00001") not in found(block(alone, vectors_of(alone), BlockingSettings()))


def read(title: str) -> dict[str, object]:
    return {name: rows[0] for name, rows in extract_attributes({}, [0], [title], ["en"]).items()}


def test_a_part_number_finds_its_offer_among_many_of_one_range() -> None:
    long = [f"Nordvik digital cordless phone with answering system - KXV{number}T" for number in range(6100, 6160)]
    short = [f"Nordvik KX-V{number}T phone" for number in range(6100, 6160)]
    rows = [{"catalog": "a", "title": title} for title in (*long, "KXV6177T")]
    rows += [{"catalog": "b", "title": title} for title in short]
    rows += [{"catalog": "b", "title": "Answering system", "mpn": "KX-V6177T"}]
    offers = offers_of([row | read(row["title"]) for row in rows])
    pairs = found(block(offers, vectors_of(offers), BlockingSettings(max_candidates_per_offer=1)))
    assert {(int(one), int(other) - len(long) - 1) for one, other in pairs} == {(at, at) for at in range(len(long) + 1)}
    assert all("part_number" in channels for channels in pairs.values())


def test_names_meet_across_scripts_and_model_codes_across_languages() -> None:
    offers = offers_of([
        {"catalog": "en", "title": "Kimono Akuma Sakura"},
        {"catalog": "en", "title": "Washing machine WX-5510Z"},
        {"catalog": "ja", "title": "キモノ アクマ サクラ"},
        {"catalog": "ja", "title": "洗濯機 wx5510z"},
    ])  # fmt: skip
    pairs = found(block(offers, vectors_of(offers), BlockingSettings(max_candidates_per_offer=1)))
    assert set(pairs) == {("00000", "00002"), ("00001", "00003")}


def test_the_nearest_meaning_in_each_target_catalog_is_a_candidate() -> None:
    offers = offers_of([{"catalog": name, "title": title} for name, title in
                        (("a", "x"), ("a", "y"), ("b", "p"), ("b", "q"), ("c", "v"), ("c", "w"))])  # fmt: skip
    meaning = np.eye(8)[[0, 1, 1, 0, 0, 1]] + 0.01
    pairs = found(block(offers, vectors_of(offers, meaning), BlockingSettings(neighbours=1)))
    assert set(pairs) == {("00000", "00003"), ("00001", "00002"), ("00000", "00004"), ("00001", "00005"),
                          ("00003", "00004"), ("00002", "00005")}  # fmt: skip


def test_words_are_translated_by_what_the_run_itself_shows() -> None:
    colours = [("red", "rouge"), ("green", "vert"), ("blue", "bleu"), ("black", "noir")]
    things = [("chair", "siege"), ("lamp", "luminaire"), ("shelf", "etagere"), ("mirror", "reflet")]
    rows = [(f"{c} {t}", f"{tt} {cc}") for c, cc in colours for t, tt in things]
    offers = offers_of([{"catalog": "en", "title": one} for one, _ in rows]
                       + [{"catalog": "fr", "title": other} for _, other in rows])  # fmt: skip
    size = len(rows)
    meaning = np.tile(np.eye(size), (2, 1))
    meaning[[size - 1, 2 * size - 1]] = 0
    blocked = block(offers, vectors_of(offers, meaning), BlockingSettings(neighbours=1))
    assert found(blocked)[(f"{size - 1:05d}", f"{2 * size - 1:05d}")] == ["translation"]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [{"catalog": name, "offer_id": f"{i}", "title": f"thing {i % 17} {i % 5} ml"}
            for name in "abc" for i in range(60)]  # fmt: skip
    meaning = np.random.default_rng(1).standard_normal((len(rows), 8)).astype(np.float32)
    by_key = {(row["catalog"], row["offer_id"]): vector for row, vector in zip(rows, meaning, strict=True)}
    tables = []
    for ordered in (rows, rows[::-1]):
        offers = offers_of(ordered)
        vectors = np.stack([by_key[(row["catalog"], row["offer_id"])] for row in offers.to_pylist()])
        tables.append(block(offers, vectors_of(offers, vectors), BlockingSettings()).candidates)
    assert tables[0].equals(tables[1])


@pytest.mark.parametrize("budget", [1, 5])
def test_no_offer_has_more_candidates_in_a_catalog_than_the_budget(budget: int) -> None:
    offers = offers_of([{"catalog": "a" if i % 9 else "b", "title": f"red lamp {i % 4}"} for i in range(300)])
    blocked = block(offers, vectors_of(offers), BlockingSettings(max_candidates_per_offer=budget))
    for side in ("left_offer_id", "right_offer_id"):
        assert (
            max(row["counts"] for row in blocked.candidates[side].combine_chunks().value_counts().to_pylist()) <= budget
        )
    assert blocked.report.most_per_offer == budget


def test_within_one_catalog_the_budget_counts_both_sides() -> None:
    offers = offers_of([{"catalog": "a", "title": f"red lamp {i % 4} {i}"} for i in range(100)])
    blocked = block(offers, vectors_of(offers), BlockingSettings(max_candidates_per_offer=3), has_duplicates=["a"])
    both = [offer_id for pair in found(blocked) for offer_id in pair]
    assert max(both.count(offer_id) for offer_id in set(both)) == blocked.report.most_per_offer == 3


def poisoned() -> tuple[Blocked, pa.Table, float]:
    """What becomes of a good feed beside a bad one, and the gigabytes that blocking took."""
    good = [{"catalog": "good", "title": f"cable model{i} offer", "gtin": f"{i:014d}"} for i in range(500)]
    same = [{"catalog": "bad", "title": "USB cable offer"} for _ in range(10_000)]
    shared = [{"catalog": "bad", "title": f"plug {i} offer", "gtin": "00000000000001"} for i in range(5_000)]
    empty = [{"catalog": "bad", "title": title, "gtin": None} for title in ("", None) for _ in range(1_000)]
    true = [{"catalog": "bad", "title": f"offer: cable model{i}", "gtin": None} for i in range(500)]
    offers = offers_of([*good, *same, *shared, *empty, *true])
    bags = [" ".join(sorted((title or "").replace(":", "").split())) for title in offers["title"].to_pylist()]
    names, at = np.unique(bags, return_inverse=True)
    meaning = np.random.default_rng(2).standard_normal((len(names), 64)) * (names != "")[:, None]
    vectors = vectors_of(offers, (meaning / np.maximum(np.linalg.norm(meaning, axis=1, keepdims=True), 1e-9))[at])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    blocked = block(offers, vectors, BlockingSettings())
    return blocked, offers, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20


def test_a_poisoned_feed_neither_floods_the_candidates_nor_the_memory_nor_hides_its_hubs() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        blocked, offers, gigabytes = alone.submit(poisoned).result()
    assert len(blocked.candidates) <= 4 * 500
    assert gigabytes < 0.5
    hubs = {(hub.kind, hub.key): hub.offers for hub in blocked.report.hubs}
    assert hubs == {
        ("gtin", "00000000000001"): 5_001,
        ("title", "USB cable offer"): 10_000,
        ("title", ""): 2_000,
        ("word", "offer"): 15_500,
        ("word", "cable"): 10_500,
    }
    pairs = found(blocked)
    titles = dict(zip(offers["offer_id"].to_pylist(), offers["title"].to_pylist(), strict=True))
    assert not any(titles[left] in ("", None) for left, _ in pairs)
    assert all((f"{17_500 + i:05d}", f"{i:05d}") in pairs for i in range(500))


def test_a_catalog_that_may_repeat_a_product_is_searched_within_itself() -> None:
    offers = offers_of([{"catalog": "a", "title": title} for title in ("blue teapot 2 l", "teapot blue 2 l", "sock")])
    assert found(block(offers, vectors_of(offers), BlockingSettings())) == {}
    pairs = found(block(offers, vectors_of(offers), BlockingSettings(), has_duplicates=["a"]))
    assert pairs[("00000", "00001")] == ["lexical"] and ("00000", "00000") not in pairs


def test_nothing_in_gives_nothing_out() -> None:
    offers = offers_of([])
    blocked = block(offers, vectors_of(offers), BlockingSettings())
    assert blocked.candidates.schema == schema.CANDIDATES and len(blocked.candidates) == 0
