"""Channel `identifier`: offers with the same GTIN, or the same MPN where the brands do not contradict."""

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa

from sku_align.attributes.brands import Brands
from sku_align.blocking.hits import Hits
from sku_align.blocking.report import Hub
from sku_align.tabular import query

# Offers of one part number whose brands are less similar than this are not paired: short numbers recur across brands.
# Chosen by eye.
OTHER_BRAND = 0.5
KEYS = {
    "gtin": """
        select distinct row, catalog, lpad(code, 14, '0') as key
        from (select row, catalog, unnest(list_append(further_gtins, gtin)) as code from rows) where code != ''
    """,
    "mpn": r"""
        select row, catalog, upper(regexp_replace(mpn, '[^\p{L}\p{N}]', '', 'g')) as key
        from rows where length(regexp_replace(mpn, '[^\p{L}\p{N}]', '', 'g')) >= 4
    """,
}
PAIRS = """
    with keys as materialized ({keys}),
    small as (select key from keys anti join known using (key) group by key having count(*) <= {limit})
    select l.row as query, r.row as found, key
    from keys l join small using (key) join keys r using (key)
    where l.row < r.row
    order by query, found, key
"""
ALL_KEYS = "select row, catalog, key from ({keys}) order by key, row"
HUBS = """
    select key, count(*) as offers from ({keys}) group by key having count(*) > {limit} order by offers desc, key
"""


def identifier(
    offers: pa.Table, limit: int, known: Mapping[str, Collection[str]] | None = None
) -> tuple[Hits, list[Hub]]:
    """Pairs that share an identifier, and the identifiers on too many offers.

    Args:
        offers: Offers sorted by key, length n.
        limit: A key on more offers than this gives no pair.
        known: Keys that are on too many offers of a larger collection, by the name of the identifier.

    Returns:
        Hits of rank 1 from the smaller row to the larger, each pair once per identifier; and the hubs, largest first.
    """
    rows = _numbered(offers)
    too_many = {name: pa.table({"key": pa.array(list((known or {}).get(name, ())), pa.string())}) for name in KEYS}
    found = {
        name: query(PAIRS.format(keys=keys, limit=limit), rows=rows, known=too_many[name])
        for name, keys in KEYS.items()
    }
    large = {name: query(HUBS.format(keys=keys, limit=limit), rows=rows).to_pylist() for name, keys in KEYS.items()}
    hubs = [Hub(name, row["key"], row["offers"]) for name, keys in large.items() for row in keys]
    return Hits.join([_hits(_one_each(found["gtin"])), _same_brand(offers, found["mpn"], found["gtin"])]), hubs


def identifier_keys(offers: pa.Table, name: str) -> pa.Table:
    """The keys of offers by one of `KEYS`: columns `row`, `catalog` and `key`, sorted by key and row."""
    return query(ALL_KEYS.format(keys=KEYS[name]), rows=_numbered(offers))


def _numbered(offers: pa.Table) -> pa.Table:
    rows = offers.select(["catalog", "gtin", "further_gtins", "mpn"])
    return rows.append_column("row", pa.array(np.arange(len(offers)), pa.int32()))


def _one_each(found: pa.Table) -> pa.Table:
    """Each pair once, whatever number of GTINs it shares."""
    return found.group_by(["query", "found"], use_threads=False).aggregate([("key", "first")])


def _hits(found: pa.Table) -> Hits:
    return Hits(found["query"].to_numpy(), found["found"].to_numpy(), np.ones(len(found), dtype=np.int32))


def _same_brand(offers: pa.Table, found: pa.Table, gtins: pa.Table) -> Hits:
    """Hits whose brands do not contradict; names that stand on both sides of several GTINs are one brand."""
    hits, sure = _hits(found), _hits(gtins)
    if len(found) == 0:
        return hits
    brands = Brands(offers["brand"])
    keys = gtins["key"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    brands.learn(sure.query.astype(np.int64), sure.found.astype(np.int64), keys)
    similarity = brands.similarity(hits.query.astype(np.int64), hits.found.astype(np.int64))
    return hits.take(~(similarity < OTHER_BRAND))
