"""Channel `identifier`: offers with the same GTIN, or the same MPN where the brands do not contradict."""

import numpy as np
import pyarrow as pa

from sku_align.blocking.hits import Hits
from sku_align.blocking.report import Hub
from sku_align.comparison.brands import Brands
from sku_align.tabular import query

OTHER_BRAND = 0.5
KEYS = {
    "gtin": "select row, catalog, lpad(gtin, 14, '0') as key from rows where gtin != ''",
    "mpn": r"""
        select row, catalog, upper(regexp_replace(mpn, '[^\p{L}\p{N}]', '', 'g')) as key
        from rows where length(regexp_replace(mpn, '[^\p{L}\p{N}]', '', 'g')) >= 4
    """,
}
PAIRS = """
    with keys as materialized ({keys}),
    small as (select key from keys group by key having count(*) <= {limit})
    select l.row as query, r.row as found
    from keys l join small using (key) join keys r using (key)
    where l.row < r.row
    order by query, found
"""
HUBS = """
    select key, count(*) as offers from ({keys}) group by key having count(*) > {limit} order by offers desc, key
"""


def identifier(offers: pa.Table, limit: int) -> tuple[Hits, list[Hub]]:
    """Pairs that share an identifier, and the identifiers on too many offers.

    Args:
        offers: Offers sorted by key, length n.
        limit: A key on more offers than this gives no pair.

    Returns:
        Hits of rank 1 from the smaller row to the larger, each pair once per identifier; and the hubs, largest first.
    """
    rows = offers.select(["catalog", "gtin", "mpn"]).append_column("row", pa.array(np.arange(len(offers)), pa.int32()))
    parts, hubs = [], []
    for name, keys in KEYS.items():
        found = query(PAIRS.format(keys=keys, limit=limit), rows=rows)
        hits = Hits(found["query"].to_numpy(), found["found"].to_numpy(), np.ones(len(found), dtype=np.int32))
        parts.append(_same_brand(offers, hits) if name == "mpn" else hits)
        large = query(HUBS.format(keys=keys, limit=limit), rows=rows).to_pylist()
        hubs += [Hub(name, row["key"], row["offers"]) for row in large]
    return Hits.join(parts), hubs


def _same_brand(offers: pa.Table, hits: Hits) -> Hits:
    if len(hits.rank) == 0:
        return hits
    similarity = Brands(offers["brand"]).similarity(hits.query.astype(np.int64), hits.found.astype(np.int64))
    return hits.take(~(similarity < OTHER_BRAND))
