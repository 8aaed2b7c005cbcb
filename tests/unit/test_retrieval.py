"""What was published can be searched: by words as blocking does, by filters, across versions."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.blocking.block import Around, block, block_around
from sku_align.blocking.catalog import prepare
from sku_align.config import BlockingSettings
from sku_align.errors import UserError
from sku_align.pairs import sort_offers
from sku_align.retrieval.build import IndexInput, build_index
from sku_align.retrieval.index import PublishedIndex
from sku_align.retrieval.ranking import fuse_ranks, rank_by_words, texts_as_offers
from sku_align.retrieval.recall import Filters, recall
from sku_align.retrieval.versions import IndexRoot

TITLES = {
    "north": ["Walking pole Torvik 120 cm", "Thermos flask Lumo 750 ml", "Head torch Brisk 300 lumen"],
    "sud": ["Bâton de marche Torvik 120 cm", "Gourde isotherme Lumo 750 ml", "Lampe frontale Brisk"],
    "东店": ["保温瓶 Lumo 750毫升", "登山杖 Torvik 120厘米"],
}


def _offers(prices: bool = True) -> pa.Table:
    rows = [
        {
            "catalog": catalog,
            "offer_id": str(at),
            "title": title,
            "language": {"north": "en", "sud": "fr", "东店": "zh-Hans"}[catalog],
            "price": 10.0 * (at + 1) if prices else None,
            "currency": "EUR",
            "gtin": "04006381333931" if "Lumo" in title else None,
        }
        for catalog, titles in TITLES.items()
        for at, title in enumerate(titles)
    ]
    return sort_offers(schema.conform(rows, schema.OFFERS))


def _vectors(offers: pa.Table) -> pa.Table:
    """Offers of one brand point the same way."""
    brands = ["Torvik", "Lumo", "Brisk"]
    matrix = np.eye(8, dtype=np.float16)[
        [next(at for at, brand in enumerate(brands) if brand in title) for title in offers["title"].to_pylist()]
    ]
    column = pa.FixedSizeListArray.from_arrays(pa.array(matrix.reshape(-1)), 8)
    keys = {name: offers[name] for name in ("catalog", "offer_id")}
    return schema.conform(keys | {"vector": column}, schema.embeddings_schema(8))


def _built(folder: Path, offers: pa.Table, publication: int = 1, keep: int = 3) -> PublishedIndex:
    clusters = schema.conform(
        {
            "catalog": offers["catalog"],
            "offer_id": offers["offer_id"],
            "sku_id": [f"S{at}" for at in range(len(offers))],
        },
        schema.CLUSTERS,
    )
    pair = dict(zip(schema.PAIR_NAMES, ["north", "1", "sud", "1"], strict=True))
    pairs = [pair] if "sud" in offers["catalog"].to_pylist() else []
    candidates = schema.conform([pair | {"channels": ["lexical"], "rank": 1} for pair in pairs], schema.CANDIDATES)
    scored = {"raw_score": 3.0, "probability": 0.95, "scorer": "s"}
    scores = schema.conform([pair | scored for pair in pairs], schema.SCORES)
    decided = {"probability": 0.95, "decision": "auto_merge", "reason": "threshold"}
    decisions = schema.conform([pair | decided for pair in pairs], schema.DECISIONS)
    run = IndexInput(offers, _vectors(offers), candidates, scores, decisions, clusters, "{}", hub_limit=50)
    root = IndexRoot(folder)
    return PublishedIndex.open(root.write(publication, lambda place: build_index(place, publication, run, {}), keep))


def test_published_offers_weigh_what_they_weigh_in_a_run(tmp_path: Path) -> None:
    offers = _offers()
    index = _built(tmp_path, offers)
    counts = index.lexicon.count(offers)
    ours, theirs = prepare(offers, _vectors(offers)), index.lexicon.weights(counts)
    assert (index.counts(np.arange(len(offers))) != counts).nnz == 0
    for catalog in ours:
        rows = slice(catalog.start, catalog.start + catalog.size)
        same = (catalog.features @ catalog.features.T).toarray()
        assert np.allclose(same, (theirs[rows] @ theirs[rows].T).toarray(), atol=1e-5)


def test_a_few_offers_are_blocked_as_in_the_whole_run(tmp_path: Path) -> None:
    """One catalog held out of the index finds the candidates that a run over everything finds."""
    offers = _offers()
    held_out = np.array([name == "sud" for name in offers["catalog"].to_pylist()])
    index = _built(tmp_path, offers.filter(pa.array(~held_out)))
    settings = BlockingSettings()
    around = Around("sud", index.lexicon.weigh(index.lexicon.count(offers), held_out), {})
    found = block_around(offers, _vectors(offers), settings, around)
    whole = block(offers, _vectors(offers), settings).candidates
    touching = [row for row in whole.to_pylist() if "sud" in (row["left_catalog"], row["right_catalog"])]
    assert found.to_pylist() == touching


def test_a_query_finds_the_product_in_every_language(tmp_path: Path) -> None:
    index = _built(tmp_path, _offers())
    lumo = np.eye(8, dtype=np.float16)[[1]]
    found = [index.offers["title"][int(row)].as_py() for row in recall(index, ["thermos"], lumo, 3).found]
    assert found[0] == "Thermos flask Lumo 750 ml"
    assert set(found) == {title for titles in TITLES.values() for title in titles if "Lumo" in title}


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (Filters(languages=("zh",)), {"保温瓶 Lumo 750毫升"}),
        (Filters(catalogs=("sud",)), {"Gourde isotherme Lumo 750 ml"}),
        (Filters(max_price=15), {"保温瓶 Lumo 750毫升"}),
        (Filters(min_price=15, currency="EUR"), {"Thermos flask Lumo 750 ml", "Gourde isotherme Lumo 750 ml"}),
        (Filters(currency="USD"), set()),
    ],
)
def test_filters_hold_for_everything_found(tmp_path: Path, filters: Filters, titles: set[str]) -> None:
    index = _built(tmp_path, _offers())
    hits = recall(index, ["Lumo 750"], np.eye(8, dtype=np.float16)[[1]], 10, filters)
    found = {index.offers["title"][int(row)].as_py() for row in hits.found}
    assert {title for title in found if "Lumo" in title} == titles
    assert filters.mask(index.offers)[hits.found].all()  # type: ignore[index]


def test_an_offer_knows_its_row_its_pairs_and_who_shares_its_identifier(tmp_path: Path) -> None:
    index = _built(tmp_path, _offers())
    row = index.row_of("sud", "1")
    assert index.offers["title"][row].as_py() == "Gourde isotherme Lumo 750 ml"
    assert index.row_of("sud", "99") == index.row_of("nowhere", "1") == -1
    (pair,) = index.pairs.take(pa.array(index.pairs_of(np.array([row])))).to_pylist()
    assert {pair["left"], pair["right"]} == {row, index.row_of("north", "1")}
    assert pair["rank"] == 1
    asked = index.offers.slice(row, 1).drop_columns(["sku_id"])
    found = index.offers["title"].take(pa.array(index.sharing_identifiers(asked))).to_pylist()
    assert len(found) == 3
    assert all("Lumo" in title for title in found)
    assert index.members(index.offers["sku_id"][row].as_py()).tolist() == [row]


def test_old_indexes_are_forgotten_and_an_open_one_goes_on(tmp_path: Path) -> None:
    first = _built(tmp_path, _offers(), 1, keep=2)
    for publication in (2, 3):
        _built(tmp_path, _offers(), publication, keep=2)
    assert IndexRoot(tmp_path).publications() == [3, 2]
    assert len(recall(first, ["Torvik"], np.eye(8, dtype=np.float16)[[0]], 3).found) == 3


def test_a_build_that_fails_leaves_no_index(tmp_path: Path) -> None:
    def fail(place: Path) -> None:
        (place / "index.json").write_text("{}", encoding="utf-8")
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        IndexRoot(tmp_path).write(1, fail, 3)
    assert IndexRoot(tmp_path).publications() == []
    assert list(tmp_path.iterdir()) == []


def test_a_database_server_needs_a_folder_for_its_index(tmp_path: Path) -> None:
    assert IndexRoot.beside(f"sqlite:///{tmp_path}/skus.db").path == tmp_path / "skus.db.index"
    assert IndexRoot.beside("postgresql://shop@host/skus", run=tmp_path).path == tmp_path / "index"
    with pytest.raises(UserError, match=r"publishing\.index"):
        IndexRoot.beside("postgresql://shop@host/skus")


def test_words_rank_the_text_that_has_the_rare_ones_first() -> None:
    documents = texts_as_offers(
        ["walking pole", "walking boots", "pole for a tent", "walking walking pole pole torvik"]
    )
    hits = rank_by_words(texts_as_offers(["torvik walking pole"]), documents, 3)
    assert hits.found.tolist()[:2] == [3, 0]
    assert hits.rank.tolist() == [1, 2, 3]
    assert fuse_ranks([hits, hits], 2).found.tolist() == [3, 0]
