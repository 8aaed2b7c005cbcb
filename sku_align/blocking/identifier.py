"""Channel `identifier`: offers with the same GTIN, or the same MPN."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from sku_align.blocking.hits import Hits


class Hub(NamedTuple):
    """A key on more offers than the limit: no evidence, so its pairs were left out."""

    channel: str
    key: str
    offers: int


PAIRS = """
    with keys as ({keys}),
    sizes as (select key, count(*) as offers from keys group by key)
    select l.row as query, r.row as found
    from keys l join keys r using (key) join sizes using (key)
    where l.catalog != r.catalog and offers <= {limit}
    order by query, found
"""
HUBS = """
    select key, count(*) as offers from ({keys}) group by key having count(*) > {limit} order by offers desc, key
"""
KEYS = {
    "gtin": "select row, catalog, gtin as key from rows where gtin is not null",
    "mpn": """
        select row, catalog, upper(regexp_replace(mpn, '[^0-9A-Za-z]', '', 'g')) as key
        from rows where length(regexp_replace(mpn, '[^0-9A-Za-z]', '', 'g')) >= 4
    """,
}


def identifier(offers: pa.Table, limit: int) -> tuple[Hits, list[Hub]]:
    """Pairs of different catalogs that share an identifier, and the identifiers on too many offers.

    Args:
        offers: Offers sorted by key, length n.
        limit: A key on more offers than this gives no pair.

    Returns:
        Hits of rank 1 in both directions, and the hubs, largest first.
    """
    import duckdb

    rows = offers.select(["catalog", "gtin", "mpn"]).append_column("row", pa.array(np.arange(len(offers)), pa.int32()))
    parts, hubs = [], []
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        for name, keys in KEYS.items():
            found = connection.sql(PAIRS.format(keys=keys, limit=limit)).fetchnumpy()
            parts.append(Hits(found["query"], found["found"], np.ones(len(found["query"]), dtype=np.int32)))
            large = connection.sql(HUBS.format(keys=keys, limit=limit)).fetchall()
            hubs += [Hub(name, key, count) for key, count in large]
    return Hits.join(parts), hubs
