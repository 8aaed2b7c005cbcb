"""What happened to the SKUs since the last publication, why, and where former ids lead."""

import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.tabular import query

REDIRECTS = pa.schema([("former_sku_id", pa.string()), ("sku_id", pa.string())])


def describe(clusters: pa.Table, lineage: pa.Table, issued: pa.Table, decisions: pa.Table) -> pa.Table:
    """Name what changed between what is live and today's clusters.

    `created` (`restored` if the id was live before), `joined` and `left` (an offer; `other_sku_id` is where it came
    from or went to), `split` (`other_sku_id` took a part), `merged` (into `other_sku_id`) and `retired` (its last offer
    is gone). Replayed over what was live, `joined` and `left` give what is live now. A cause names the strongest pair
    that joins, or the reviewer's word that parts.

    Args:
        clusters: Table of `schema.CLUSTERS`, today's.
        lineage: The live offers by the keys they have today (`trace`).
        issued: Every id ever published, in a column `sku_id`.
        decisions: Table of `schema.DECISIONS`.

    Returns:
        Table of `schema.EVENTS` in the order above, each kind sorted by SKU and offer.
    """
    decision = decisions["decision"].cast(pa.string())
    reviewed = pc.equal(decisions["reason"].cast(pa.string()), "reviewer")
    wanted = pc.or_kleene(pc.equal(decision, "auto_merge"), pc.and_(pc.equal(decision, "reject"), reviewed))
    pairs = decisions.select([*schema.PAIR_NAMES, "probability", "decision", "reason"]).filter(wanted)
    events = query(_MOVES + _EVENTS, clusters=clusters, live=lineage, issued=issued, decisions=pairs)
    return schema.conform(events, schema.EVENTS)


def redirect(clusters: pa.Table, lineage: pa.Table, redirects: pa.Table, departed: pa.Table) -> pa.Table:
    """Say where every former id leads: to the SKU that holds most of its last offers today.

    If none of them is offered today, it leads where it led, or where that SKU went. No chain is longer than one step,
    except to an id that leads nowhere itself.

    Args:
        clusters: Table of `schema.CLUSTERS`, today's.
        lineage: The live offers by the keys they have today (`trace`).
        redirects: Table of `REDIRECTS`, the live ones.
        departed: Table of `schema.CLUSTERS`, the last offers of every former id.

    Returns:
        Table of `REDIRECTS`, sorted; `sku_id` is null where the product is no longer offered.
    """
    found = query(_MOVES + _REDIRECTS, clusters=clusters, live=lineage, redirects=redirects, departed=departed)
    return schema.conform(found, REDIRECTS)


_MOVES = """
    WITH
    moves AS (
        SELECT
            catalog, offer_id, live.sku_id AS old_id, now.sku_id AS new_id, live.was_catalog, live.was_offer_id,
            (live.was_catalog, live.was_offer_id) IS DISTINCT FROM (catalog, offer_id) AND old_id IS NOT NULL AS renamed
        FROM live FULL JOIN clusters AS now USING (catalog, offer_id)
    ),
    old_ids AS (SELECT DISTINCT sku_id FROM live),
    new_ids AS (SELECT DISTINCT sku_id FROM clusters),
    -- An id is born if nothing of it was live, and dead if nothing of it is live now.
    born AS (FROM new_ids ANTI JOIN old_ids USING (sku_id)),
    flows AS (SELECT old_id, new_id, count(*) AS n FROM moves WHERE old_id <> new_id GROUP BY ALL),
    -- A dead id leads where most of its offers went; of equal flows to the smaller id.
    heirs AS (
        SELECT dead.sku_id AS former, arg_min(flows.new_id, (-flows.n, flows.new_id)) AS heir
        FROM (FROM old_ids ANTI JOIN new_ids USING (sku_id)) AS dead LEFT JOIN flows ON flows.old_id = dead.sku_id
        GROUP BY dead.sku_id
    )
"""

_EVENTS = """,
    -- Every decision from either offer, so that one join finds what speaks for an offer that moved.
    sides AS (
        SELECT left_catalog::VARCHAR AS catalog, left_offer_id::VARCHAR AS offer_id,
            right_catalog::VARCHAR AS other_catalog, right_offer_id::VARCHAR AS other_offer_id,
            decision::VARCHAR = 'auto_merge' AS joins, reason::VARCHAR AS reason, probability
        FROM decisions
        UNION ALL
        SELECT right_catalog, right_offer_id, left_catalog, left_offer_id,
            decision::VARCHAR = 'auto_merge', reason::VARCHAR, probability
        FROM decisions
    ),
    moved AS (FROM moves WHERE old_id IS DISTINCT FROM new_id),
    -- What joined or parted each offer that moved: the strongest edge into its new SKU, or a reviewer's no in its old
    -- one.
    ties AS (
        SELECT catalog, offer_id, moved.old_id, moved.new_id, other.old_id AS other_old_id, sides.joins,
            if(reason = 'reviewer', -2, -probability) AS weakness,
            printf('%s#%s and %s#%s', catalog, offer_id, other_catalog, other_offer_id) AS offers,
            CASE WHEN NOT joins THEN 'reviewer parts ' WHEN reason = 'reviewer' THEN 'reviewer: '
                ELSE printf('%s %.3f: ', reason, probability) END || offers AS words
        FROM (FROM moved WHERE old_id IS NOT NULL OR new_id IN (FROM old_ids)) AS moved
        JOIN sides USING (catalog, offer_id)
        JOIN moves AS other ON other.catalog = other_catalog AND other.offer_id = other_offer_id
        WHERE CASE WHEN joins THEN other.new_id = moved.new_id
            ELSE other.old_id = moved.old_id AND other.new_id IS DISTINCT FROM moved.new_id END
    ),
    joining AS (
        SELECT catalog, offer_id, arg_min(words, (weakness, words)) AS words FROM ties WHERE joins GROUP BY ALL
    ),
    parting AS (
        SELECT catalog, offer_id, min(words) AS words FROM ties WHERE NOT joins GROUP BY ALL
    ),
    merging AS (
        SELECT old_id, new_id, arg_min(words, (weakness, words)) AS words
        FROM ties WHERE joins AND other_old_id IS DISTINCT FROM old_id GROUP BY ALL
    ),
    splitting AS (SELECT old_id, new_id, min(words) AS words FROM ties WHERE NOT joins GROUP BY ALL),
    origins AS (SELECT new_id, arg_min(old_id, (-n, old_id)) AS old_id FROM flows GROUP BY new_id),
    events AS (
        SELECT 1 AS step, if(issued.sku_id IS NULL, 'created', 'restored') AS event, born.sku_id,
            origins.old_id AS other_sku_id, NULL AS catalog, NULL AS offer_id,
            if(origins.old_id IS NULL, 'new offers', coalesce(splitting.words, 'regrouped')) AS cause
        FROM born
        LEFT JOIN issued USING (sku_id)
        LEFT JOIN origins ON origins.new_id = born.sku_id
        LEFT JOIN splitting ON splitting.old_id = origins.old_id AND splitting.new_id = born.sku_id
        UNION ALL
        SELECT 2, 'joined', new_id, if(old_id <> new_id, old_id, NULL), catalog, offer_id,
            CASE WHEN renamed THEN printf('was %s#%s', was_catalog, was_offer_id)
                WHEN old_id IS NULL THEN coalesce(joining.words, 'new offer')
                ELSE coalesce(parting.words, joining.words, 'regrouped') END
        FROM moves LEFT JOIN joining USING (catalog, offer_id) LEFT JOIN parting USING (catalog, offer_id)
        WHERE new_id IS NOT NULL AND (old_id IS DISTINCT FROM new_id OR renamed)
        UNION ALL
        SELECT 3, 'left', old_id, if(old_id <> new_id, new_id, NULL), was_catalog, was_offer_id,
            CASE WHEN renamed THEN printf('is now %s#%s', catalog, offer_id)
                WHEN new_id IS NULL THEN 'offer gone'
                ELSE coalesce(parting.words, joining.words, 'regrouped') END
        FROM moves LEFT JOIN joining USING (catalog, offer_id) LEFT JOIN parting USING (catalog, offer_id)
        WHERE old_id IS NOT NULL AND (old_id IS DISTINCT FROM new_id OR renamed)
        UNION ALL
        SELECT 4, 'split', old_id, new_id, NULL, NULL, coalesce(splitting.words, 'regrouped')
        FROM flows SEMI JOIN new_ids ON new_ids.sku_id = old_id SEMI JOIN born ON born.sku_id = new_id
        LEFT JOIN splitting USING (old_id, new_id)
        UNION ALL
        SELECT 5, if(heir IS NULL, 'retired', 'merged'), former, heir, NULL, NULL,
            if(heir IS NULL, 'all offers gone', coalesce(merging.words, 'regrouped'))
        FROM heirs LEFT JOIN merging ON merging.old_id = former AND merging.new_id = heir
    )
    SELECT event, sku_id, other_sku_id, catalog, offer_id, cause
    FROM events ORDER BY step, sku_id, other_sku_id, catalog, offer_id
"""

_REDIRECTS = """,
    whereabouts AS (
        SELECT departed.sku_id AS former, clusters.sku_id, count(*) AS n
        FROM departed JOIN clusters USING (catalog, offer_id) GROUP BY ALL
    ),
    -- An earlier id follows the offers that it was last made of; where they are in several SKUs, most of them decide.
    homes AS (
        SELECT former, arg_min(whereabouts.sku_id, (-n, whereabouts.sku_id <> old.sku_id, whereabouts.sku_id)) AS home
        FROM whereabouts JOIN redirects AS old ON old.former_sku_id = former GROUP BY former
    )
    SELECT former AS former_sku_id, heir AS sku_id FROM heirs
    UNION ALL
    SELECT old.former_sku_id, coalesce(own.home, heirs.heir, further.home, old.sku_id)
    FROM redirects AS old
    LEFT JOIN homes AS own ON own.former = old.former_sku_id
    LEFT JOIN heirs ON heirs.former = old.sku_id
    LEFT JOIN homes AS further ON further.former = old.sku_id
    ANTI JOIN new_ids ON new_ids.sku_id = old.former_sku_id
    ORDER BY former_sku_id
"""
