"""Lineage of offers whose key changed: a shop gives its articles new numbers, a feed gets a new name.

Content alone is weak evidence for a match, but an offer that vanishes on the day on which exactly one offer with the
same content appears is the same offer under a new key. It keeps the id of its SKU and the verdicts on it; no merge
by score depends on it.
"""

import pyarrow as pa

from sku_align import schema
from sku_align.tabular import query

LINEAGE = pa.schema(
    [
        *schema.KEY,
        ("sku_id", pa.string()),
        ("since", pa.int64()),
        ("was_catalog", pa.string()),
        ("was_offer_id", pa.string()),
    ]
)


def trace(previous: pa.Table, offers: pa.Table) -> pa.Table:
    """Name the live offers by the keys they have today.

    An offer is re-keyed if its key vanished, the new key was not live, and no other vanished or new offer has their
    content. A new key lies in the same catalog, or in one that is new while the old one is gone altogether; if most of
    what the smaller of two such catalogs holds is re-keyed, the catalog was renamed, and its other offers are re-keyed
    by `offer_id`.

    Args:
        previous: Table of `schema.PREVIOUS`.
        offers: Today's offers; `catalog`, `offer_id` and `content_hash` are read.

    Returns:
        Table of `LINEAGE`, one row per offer of `previous`: its key today (its own if it is not re-keyed) and its
        own key, sorted by the latter.
    """
    keys = offers.select(["catalog", "offer_id", "content_hash"])
    return schema.conform(query(_TRACE, previous=previous, offers=keys), LINEAGE)


def rekey_verdicts(verdicts: pa.Table, lineage: pa.Table) -> pa.Table:
    """The latest verdicts on offers that have a new key, as verdicts on the new key.

    Args:
        verdicts: Table of `schema.VERDICTS`, each pair once.
        lineage: The live offers by the keys they have today (`trace`).

    Returns:
        Table of `schema.VERDICTS`, sorted by pair: only verdicts on re-keyed offers, none on a pair that has its own.
    """
    return schema.conform(query(_REKEY_VERDICTS, verdicts=verdicts, lineage=lineage), schema.VERDICTS)


_REKEY_VERDICTS = """
    WITH
    latest AS (
        SELECT left_catalog::VARCHAR AS left_catalog, left_offer_id::VARCHAR AS left_offer_id,
            right_catalog::VARCHAR AS right_catalog, right_offer_id::VARCHAR AS right_offer_id,
            verdict, reviewer, note, reviewed_at
        FROM verdicts
    ),
    moved AS (
        SELECT (was_catalog, was_offer_id) AS was, (catalog, offer_id) AS now
        FROM lineage WHERE was <> now
    ),
    renamed AS (
        SELECT coalesce(one.now, (left_catalog, left_offer_id)) AS ours,
            coalesce(other.now, (right_catalog, right_offer_id)) AS theirs, latest.*
        FROM latest
        LEFT JOIN moved AS one ON one.was = (left_catalog, left_offer_id)
        LEFT JOIN moved AS other ON other.was = (right_catalog, right_offer_id)
        WHERE one.now IS NOT NULL OR other.now IS NOT NULL
    ),
    ordered AS (
        SELECT least(ours, theirs) AS low, greatest(ours, theirs) AS high, verdict, reviewer, note, reviewed_at
        FROM renamed
    )
    SELECT low[1] AS left_catalog, low[2] AS left_offer_id, high[1] AS right_catalog, high[2] AS right_offer_id,
        verdict, reviewer, note, reviewed_at
    FROM ordered
    ANTI JOIN latest ON (left_catalog, left_offer_id) = low AND (right_catalog, right_offer_id) = high
    ORDER BY low, high
"""

_TRACE = """
    WITH
    gone AS (FROM previous ANTI JOIN offers USING (catalog, offer_id)),
    fresh AS (FROM offers ANTI JOIN previous USING (catalog, offer_id)),
    gone_catalogs AS (
        SELECT catalog AS was_catalog, count(*) AS size FROM previous
        WHERE catalog NOT IN (SELECT catalog FROM offers) GROUP BY catalog
    ),
    fresh_catalogs AS (
        SELECT catalog, count(*) AS size FROM offers
        WHERE catalog NOT IN (SELECT catalog FROM previous) GROUP BY catalog
    ),
    alike AS (
        SELECT
            any_value(gone.catalog) AS was_catalog, any_value(gone.offer_id) AS was_offer_id,
            any_value(fresh.catalog) AS catalog, any_value(fresh.offer_id) AS offer_id
        FROM gone JOIN fresh USING (content_hash) GROUP BY content_hash HAVING count(*) = 1
    ),
    by_content AS (
        FROM alike WHERE catalog = was_catalog
        OR (was_catalog IN (SELECT was_catalog FROM gone_catalogs) AND catalog IN (SELECT catalog FROM fresh_catalogs))
    ),
    renamed AS (
        SELECT was_catalog, catalog
        FROM by_content JOIN gone_catalogs USING (was_catalog) JOIN fresh_catalogs USING (catalog)
        GROUP BY was_catalog, catalog, gone_catalogs.size, fresh_catalogs.size
        HAVING 2 * count(*) > least(gone_catalogs.size, fresh_catalogs.size)
        QUALIFY row_number() OVER (PARTITION BY was_catalog ORDER BY count(*) DESC, catalog) = 1
            AND row_number() OVER (PARTITION BY catalog ORDER BY count(*) DESC, was_catalog) = 1
    ),
    by_number AS (
        SELECT gone.catalog AS was_catalog, gone.offer_id AS was_offer_id, fresh.catalog, fresh.offer_id
        FROM renamed
        JOIN gone ON gone.catalog = renamed.was_catalog
        JOIN fresh ON fresh.catalog = renamed.catalog AND fresh.offer_id = gone.offer_id
    ),
    rekeyed AS (
        FROM by_content UNION ALL
        SELECT * FROM by_number
        ANTI JOIN by_content USING (was_catalog, was_offer_id)
        ANTI JOIN by_content AS taken USING (catalog, offer_id)
    )
    SELECT
        coalesce(rekeyed.catalog, was.catalog) AS catalog, coalesce(rekeyed.offer_id, was.offer_id) AS offer_id,
        was.sku_id, was.since, was.catalog AS was_catalog, was.offer_id AS was_offer_id
    FROM previous AS was
    LEFT JOIN rekeyed ON rekeyed.was_catalog = was.catalog AND rekeyed.was_offer_id = was.offer_id
    ORDER BY was.catalog, was.offer_id
"""
