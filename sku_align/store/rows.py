"""A run's tables, shaped as the rows of the store."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.skus.identity import Previous
from sku_align.store.models import Offer, Sku, SkuText, Versioned
from sku_align.store.versions import Difference
from sku_align.tabular import query


def offers(offers: pa.Table, clusters: pa.Table, lineage: pa.Table, new: int) -> pa.Table:
    """Offers with their SKU and the publication since which they belong to it."""
    return query(
        f"""
        SELECT
            offers.catalog, offers.offer_id, clusters.sku_id, coalesce(lineage.since, {new})::INT AS since,
            offers.language, offers.title, offers.brand, offers.category, offers.price, offers.currency,
            offers.gtin, offers.mpn, offers.url, offers.image_url, offers.content_hash
        FROM offers JOIN clusters USING (catalog, offer_id)
        LEFT JOIN lineage USING (catalog, offer_id, sku_id)
        ORDER BY offers.catalog, offers.offer_id
        """,
        offers=offers,
        clusters=clusters,
        lineage=lineage,
    )


def edges(decisions: pa.Table, refused: pa.Table) -> pa.Table:
    """Pairs that were merged, wait for review, were refused by the clustering, or parted by a reviewer."""
    accepted = pc.not_equal(decisions["decision"].cast(pa.string()), "reject")
    reviewed = pc.equal(decisions["reason"].cast(pa.string()), "reviewer")
    kept = decisions.filter(pc.or_kleene(accepted, reviewed))
    pair = ", ".join(name for name in schema.PAIR_NAMES)
    return query(
        f"""
        SELECT {", ".join(f"{name}::VARCHAR AS {name}" for name in schema.PAIR_NAMES)},
            outcome::VARCHAR AS outcome, probability::DOUBLE AS probability, reason::VARCHAR AS reason, detail
        FROM (
            SELECT {pair}, 'refused' AS outcome, probability, reason::VARCHAR AS reason, detail FROM refused
            UNION ALL
            SELECT {pair}, decision::VARCHAR, probability, reason::VARCHAR, detail
            FROM kept ANTI JOIN refused USING ({pair})
        )
        ORDER BY {pair}
        """,
        kept=kept,
        refused=refused,
    )


def with_updates(events: pa.Table, differences: Mapping[type[Versioned], Difference], clusters: pa.Table) -> pa.Table:
    """Events of the run, then `updated` for each SKU that only says something else than before."""
    facts, texts, offers = (differences[model] for model in (Sku, SkuText, Offer))
    updated = query(
        """
        WITH changed AS (
            SELECT sku_id, 'facts' AS part FROM facts
            UNION ALL SELECT sku_id, 'texts' FROM new_texts
            UNION ALL SELECT sku_id, 'texts' FROM old_texts
            UNION ALL SELECT sku_id, 'offers' FROM clusters SEMI JOIN offers USING (catalog, offer_id)
        )
        SELECT 'updated' AS event, sku_id, string_agg(DISTINCT part, ', ' ORDER BY part) AS cause
        FROM changed ANTI JOIN events USING (sku_id)
        GROUP BY sku_id ORDER BY sku_id
        """,
        facts=facts.written,
        new_texts=texts.written,
        old_texts=texts.ended,
        offers=offers.written,
        clusters=clusters,
        events=events,
    )
    return pa.concat_tables([events, schema.conform(updated, schema.EVENTS)])


def numbered(events: pa.Table, new: int) -> pa.Table:
    """Events with their publication and their position in it."""
    return events.append_column("publication_id", pa.repeat(new, len(events))).append_column(
        "position", pa.array(range(1, len(events) + 1), pa.int32())
    )


def issued(clusters: pa.Table, previous: Previous, new: int) -> pa.Table:
    """SKU ids that are given out for the first time."""
    fresh = query(
        "SELECT DISTINCT sku_id FROM clusters ANTI JOIN issued USING (sku_id) ORDER BY sku_id",
        clusters=clusters,
        issued=previous.issued,
    )
    return fresh.append_column("publication_id", pa.repeat(new, len(fresh)))
