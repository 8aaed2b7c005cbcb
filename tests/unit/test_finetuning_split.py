"""Labels become a split in which no product is both learnt from and held back."""

import csv
import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sku_align import schema
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.finetuning.labels import Labels, from_file, from_verdicts
from sku_align.finetuning.split import Split, split
from sku_align.folder import RunFolder
from sku_align.store import Store


def labels_of(offers: list[dict[str, object]], pairs: list[tuple[int, int, bool]]) -> Labels:
    rows = [{"catalog": "a", "offer_id": f"{at:04}", **offer} for at, offer in enumerate(offers)]
    ids = [row.pop("product_id", None) for row in rows]
    left, right, same = zip(*pairs, strict=True)
    return Labels(schema.conform(rows, schema.OFFERS), np.stack([left, right], axis=1), np.array(same), ids)


def shop(products: int, **shared: object) -> Labels:
    """Two offers a product and two pairs of strangers a product."""
    offers = [{"title": f"thing {n} {side}", **shared} for n in range(products) for side in "ab"]
    pairs = [(2 * n, 2 * n + 1, True) for n in range(products)]
    pairs += [(2 * n, 2 * ((n + step) % products) + 1, False) for n in range(products) for step in (1, 2)]
    return labels_of(offers, pairs)


def sides(labels: Labels, parts: Split) -> tuple[set[int], set[int]]:
    learnt = set(labels.rows[parts.train].ravel().tolist())
    held = set(labels.rows[parts.test].ravel().tolist())
    return learnt, held


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_product_stands_on_both_sides_whatever_joins_its_offers(data: st.DataObject):
    count = 120
    few = st.integers(0, 80)
    offers = [
        {
            "title": f"title {data.draw(few)}",
            "gtin": data.draw(st.sampled_from([None, "04006381333931", f"0000000000{at:04}"])) if at < 8 else None,
            "product_id": data.draw(st.sampled_from([None, "p1", "p2"])) if at < 12 else None,
        }
        for at in range(count)
    ]
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.booleans())
    labels = labels_of(offers, data.draw(st.lists(pair, min_size=200, max_size=300)))
    try:
        parts = split(labels)
    except UserError:
        return
    graph = nx.Graph((int(left), int(right)) for left, right in labels.rows[labels.same])
    graph.add_nodes_from(range(count))
    for row, offer in enumerate(offers):
        keys = [("title", offer["title"]), ("gtin", offer["gtin"]), ("id", offer["product_id"])]
        graph.add_edges_from((row, key) for key in keys if key[1])
    learnt, held = sides(labels, parts)
    for product in nx.connected_components(graph):
        assert not (product & learnt and product & held)


def test_most_products_are_learnt_from_and_every_pair_is_accounted_for():
    labels = shop(400)
    parts = split(labels)
    learnt, held = sides(labels, parts)
    assert 0.6 < len(learnt) / (len(learnt) + len(held)) < 0.8
    assert len(parts.train) + len(parts.dev) + len(parts.test) + parts.dropped == len(labels.rows)


def test_a_product_stays_on_its_side_when_labels_are_added():
    few, many = shop(200), shop(400)
    learnt, held = sides(few, split(few))
    later_learnt, later_held = sides(many, split(many))
    assert not learnt & later_held
    assert not held & later_learnt


def test_a_brand_stays_together_where_brands_are_held_back():
    labels = shop(300)
    brands = [f"brand {row // 2 % 30}" for row in range(len(labels.offers))]
    place = labels.offers.schema.get_field_index("brand")
    branded = Labels(
        labels.offers.set_column(place, labels.offers.schema.field(place), [brands]), labels.rows, labels.same,
        labels.product_ids,
    )  # fmt: skip
    learnt, held = sides(branded, split(branded, by_brand=True))
    assert not {brands[row] for row in learnt} & {brands[row] for row in held}


def test_too_few_labels_are_refused_with_what_is_missing():
    with pytest.raises(UserError, match=r"36 labelled pairs of 12 products are too few .* Label more pairs"):
        split(shop(12))


def test_product_ids_of_a_pairs_file_join_offers_and_never_reach_the_model(tmp_path: Path):
    path = tmp_path / "pairs.csv"
    fields = ["left_title", "left_product_id", "left_colour", "right_title", "right_product_id", "label"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(fields)
        writer.writerow(["Kettle 1.7 L", "p-1", "red", "Wasserkocher 1,7 l", "p-1", "1"])
        writer.writerow(["Kettle 1.0 L", "p-2", "blue", "Wasserkocher 1,7 l", "p-1", "0"])
    labels = from_file(path, Settings())
    assert sorted(filter(None, labels.product_ids)) == ["p-1", "p-1", "p-2"]
    attributes = [json.loads(text) for text in labels.offers["attributes"].to_pylist() if text]
    assert sorted(entry["color"] for entry in attributes) == ["blue", "red"]
    assert all("product_id" not in entry for entry in attributes)


def test_verdicts_are_joined_to_the_offers_of_the_run(tmp_path: Path):
    folder, db = RunFolder(tmp_path / "out"), f"sqlite:///{tmp_path / 'skus.db'}"
    offers = [{"catalog": name, "offer_id": str(at), "title": f"{name} {at}"} for name in "ba" for at in range(2)]
    folder.write("offers", schema.conform(offers, schema.OFFERS), "test")
    words = [("0", "0", "same"), ("1", "0", "different"), ("1", "gone", "same")]
    Store.open(db).add_verdicts(
        schema.conform(
            [
                {"left_catalog": "a", "left_offer_id": left, "right_catalog": "b", "right_offer_id": right}
                | {"verdict": word, "reviewer": "Ann", "note": "", "reviewed_at": "2026-01-01T00:00:00"}
                for left, right, word in words
            ],
            schema.VERDICTS,
        )
    )
    labels = from_verdicts(db, folder)
    titles = labels.offers["title"].to_pylist()
    told = {
        (titles[left], titles[right], bool(same)) for (left, right), same in zip(labels.rows, labels.same, strict=True)
    }
    assert told == {("a 0", "b 0", True), ("a 1", "b 0", False)}


def test_verdicts_on_other_offers_are_a_sentence(tmp_path: Path):
    folder = RunFolder(tmp_path / "out")
    folder.write("offers", schema.conform([{"catalog": "a", "offer_id": "1", "title": "x"}], schema.OFFERS), "test")
    db = f"sqlite:///{tmp_path / 'skus.db'}"
    with pytest.raises(UserError, match="There is no database at"):
        from_verdicts(db, folder)
    Store.open(db)
    with pytest.raises(UserError, match="No verdict in the database is about two offers"):
        from_verdicts(db, folder)
