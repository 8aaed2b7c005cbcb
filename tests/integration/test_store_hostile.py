"""Offers that came of hostile files are published as they are, on both databases."""

from collections import Counter
from pathlib import Path

import pyarrow as pa

from sku_align import schema
from sku_align.catalogs import plain_rules
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.pairs import sort_offers
from sku_align.store import Store
from tests.integration.shop import LENIENT, publish, read
from tests.unit.hostile import HOSTILE

# These are about the size of a file, not about what its cells hold.
_LARGE = ("bomb", "huge", "many_lines", "five_thousand", "million", "json_keys", "size_of_spaces")


def hostile_offers(folder: Path) -> pa.Table:
    """Offers of all hostile files that have any, each file a catalog of its own."""
    tables = [schema.OFFERS.empty_table()]
    for name in sorted(HOSTILE):
        if any(part in name for part in _LARGE):
            continue
        (folder / name).mkdir()
        path = HOSTILE[name](folder / name)
        try:
            found = ingest(find_sources([path], Settings()), Settings(), check=plain_rules.failing_rows).offers
        except UserError:
            continue
        catalog = pa.array([name] * len(found), pa.string())
        tables.append(found.slice(0, 100).set_column(0, schema.OFFERS.field("catalog"), catalog.slice(0, 100)))
    return sort_offers(pa.concat_tables(tables))


def test_what_hostile_files_give_is_published_and_read_back(database_url: str, tmp_path: Path) -> None:
    offers = hostile_offers(tmp_path)
    keys = [f"{c}#{i}" for c, i in zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True)]
    assert len(set(offers["catalog"].to_pylist())) > 25
    store = Store.open(database_url)
    publish(store, {key: key for key in keys}, offers=offers, settings=LENIENT)
    rows = read(store, "storefront_offer", "storefront_sku_text")
    columns = ("catalog", "offer_id", "title", "price", "gtin", "url")
    wanted = zip(*(offers[name].to_pylist() for name in columns), strict=True)
    assert Counter(wanted) == Counter(tuple(row[name] for name in columns) for row in rows["storefront_offer"])
    assert {row["title"] for row in rows["storefront_sku_text"]} == set(offers["title"].to_pylist())
    publish(store, {key: key for key in keys}, offers=offers, settings=LENIENT, day=1)
    assert len(read(store, "storefront_offer")["storefront_offer"]) == len(offers)
