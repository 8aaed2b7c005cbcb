"""SKU ids that survive: today's clusters take the ids of yesterday's SKUs whose offers they hold.

A storefront links to an id, a search engine indexes it, an order refers to it. So an id stays with the largest part of
its SKU, is given up only by a merge (then it leads to the survivor) or when its last offer vanishes, and never comes
back for another product.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.tabular import query

ISSUED = pa.schema([("sku_id", pa.string()), ("publication_id", pa.int64())])
REDIRECTS = pa.schema([("former_sku_id", pa.string()), ("sku_id", pa.string())])


@dataclass(frozen=True)
class Previous:
    """What is live before a run.

    Attributes:
        table: Table of `schema.PREVIOUS`; `since` is the publication in which the offer joined the SKU.
        issued: Table of `ISSUED`, every SKU id ever published and the publication that issued it.
        redirects: Table of `REDIRECTS`, every former id and where it leads: a live id, or one that leads nowhere
            itself; `sku_id` is null where all offers are gone.
        departed: Table of `schema.CLUSTERS`, the last offers of the ids that lead nowhere.
        publication_id: The live publication; None before the first.
    """

    table: pa.Table
    issued: pa.Table
    redirects: pa.Table
    departed: pa.Table
    publication_id: int | None

    @classmethod
    def empty(cls) -> "Previous":
        """What is live before the first publication: nothing."""
        return cls(
            table=schema.PREVIOUS.empty_table(),
            issued=ISSUED.empty_table(),
            redirects=REDIRECTS.empty_table(),
            departed=schema.CLUSTERS.empty_table(),
            publication_id=None,
        )

    @property
    def fingerprint(self) -> str:
        """Hash of everything that `identify` reads."""
        digest = hashlib.blake2b(str(self.publication_id).encode(), digest_size=16)
        for table in (self.table, self.issued, self.redirects, self.departed):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table.combine_chunks())
            digest.update(sink.getvalue())
        return digest.hexdigest()


@dataclass(frozen=True)
class Identified:
    """Clusters with ids.

    Attributes:
        clusters: Table of `schema.CLUSTERS`, sorted by key.
        events: Table of `schema.EVENTS`: what happened to which SKU since the last publication.
        redirects: Table of `REDIRECTS`: every former id and where it leads now.
    """

    clusters: pa.Table
    events: pa.Table
    redirects: pa.Table


def identify(groups: pa.Table, previous: Previous) -> Identified:
    """Give each cluster the id of the SKU it continues, or a new one.

    An id goes to the cluster that holds most of its offers; if several ids meet in one cluster, the one that brings
    most offers stays, then the older, then the smaller. Ids are minted from the key of a cluster's first offer, so
    the same history gives the same ids.

    Args:
        groups: catalog, offer_id and cluster (any integer) of every offer.
        previous: What is live.
    """
    members = query(
        """
        SELECT catalog, offer_id, min(catalog || chr(0) || offer_id) OVER (PARTITION BY cluster) AS founder
        FROM groups ORDER BY catalog, offer_id
        """,
        groups=groups,
    )
    overlaps = query(
        """
        SELECT members.founder, previous.sku_id
        FROM members JOIN previous USING (catalog, offer_id) JOIN issued USING (sku_id)
        GROUP BY members.founder, previous.sku_id
        ORDER BY count(*) DESC, min(issued.publication_id), previous.sku_id, min(previous.since), members.founder
        """,
        members=members,
        previous=previous.table,
        issued=previous.issued,
    )
    ids = _assign(overlaps["founder"].to_pylist(), overlaps["sku_id"].to_pylist())
    founders = pc.unique(members["founder"]).sort().to_pylist()
    ids |= _mint([founder for founder in founders if founder not in ids], previous.issued["sku_id"])
    names = pa.table({"founder": founders, "sku_id": [ids[founder] for founder in founders]})
    clusters = query(
        "SELECT catalog, offer_id, sku_id FROM members JOIN names USING (founder) ORDER BY catalog, offer_id",
        members=members,
        names=names,
    )
    return describe(schema.conform(clusters, schema.CLUSTERS), previous)


def describe(clusters: pa.Table, previous: Previous) -> Identified:
    """Name what changed between what is live and `clusters`, and where every former id leads.

    Args:
        clusters: Table of `schema.CLUSTERS`.
        previous: What is live.
    """
    tables = {"clusters": clusters, "previous": previous.table, "departed": previous.departed}
    tables |= {"old_redirects": previous.redirects, "issued": previous.issued}
    events = query(_EVENTS, **tables)
    redirects = query(_REDIRECTS, **tables)
    return Identified(clusters, schema.conform(events, schema.EVENTS), schema.conform(redirects, REDIRECTS))


def _assign(founders: Iterable[str], sku_ids: Iterable[str]) -> dict[str, str]:
    """Best overlap first, each cluster and each id once."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for founder, sku_id in zip(founders, sku_ids, strict=True):
        if founder not in ids and sku_id not in taken:
            ids[founder] = sku_id
            taken.add(sku_id)
    return ids


def _mint(founders: list[str], issued: pa.ChunkedArray) -> dict[str, str]:
    ids: dict[str, str] = {}
    given: set[str] = set()
    counter, waiting = 0, founders
    while waiting:
        minted = pa.array([_sku_id(founder, counter) for founder in waiting], pa.string())
        used = pc.is_in(minted, issued.combine_chunks()).to_numpy(zero_copy_only=False).astype(np.bool_)
        again = []
        for founder, sku_id, is_used in zip(waiting, minted.to_pylist(), used, strict=True):
            if is_used or sku_id in given:
                again.append(founder)
            else:
                ids[founder] = sku_id
                given.add(sku_id)
        counter, waiting = counter + 1, again
    return ids


def _sku_id(founder: str, counter: int) -> str:
    digest = hashlib.blake2b(f"{founder}\0{counter}".encode(), digest_size=10).digest()
    return f"SKU-{base64.b32encode(digest).decode()}"


_MOVES = """
    WITH
    moves AS (
        SELECT
            coalesce(now.catalog, was.catalog) AS catalog,
            coalesce(now.offer_id, was.offer_id) AS offer_id,
            was.sku_id AS old_id,
            now.sku_id AS new_id
        FROM previous AS was FULL JOIN clusters AS now USING (catalog, offer_id)
    ),
    old_ids AS (SELECT DISTINCT sku_id FROM previous),
    new_ids AS (SELECT DISTINCT sku_id FROM clusters),
    dead AS (SELECT sku_id FROM old_ids ANTI JOIN new_ids USING (sku_id)),
    born AS (SELECT sku_id FROM new_ids ANTI JOIN old_ids USING (sku_id)),
    flows AS (SELECT old_id, new_id, count(*) AS n FROM moves WHERE old_id <> new_id GROUP BY old_id, new_id),
    heirs AS (
        SELECT dead.sku_id AS former, arg_min(flows.new_id, (-flows.n, flows.new_id)) AS heir
        FROM dead LEFT JOIN flows ON flows.old_id = dead.sku_id GROUP BY dead.sku_id
    ),
    returned AS (
        SELECT former, arg_min(sku_id, (-n, sku_id)) AS heir FROM (
            SELECT departed.sku_id AS former, clusters.sku_id, count(*) AS n
            FROM departed JOIN clusters USING (catalog, offer_id) GROUP BY ALL
        ) GROUP BY former
    )
"""

_EVENTS = (
    _MOVES
    + """,
    events AS (
        SELECT 1 AS step, if(born.sku_id IN (FROM issued SELECT sku_id), 'restored', 'created') AS event, born.sku_id,
            first(sources.old_id ORDER BY sources.n DESC, sources.old_id)
            AS other_sku_id, NULL AS catalog, NULL AS offer_id,
            CASE WHEN count(sources.old_id) > 0 THEN 'split' ELSE 'new offers' END AS cause
        FROM born LEFT JOIN flows AS sources ON sources.new_id = born.sku_id
        GROUP BY born.sku_id
        UNION ALL
        SELECT 2, 'joined', new_id, old_id, catalog, offer_id,
            CASE WHEN old_id IS NULL THEN 'new offer' ELSE 'regrouped' END
        FROM moves WHERE new_id IS NOT NULL AND old_id IS DISTINCT FROM new_id
        UNION ALL
        SELECT 3, 'left', old_id, new_id, catalog, offer_id,
            CASE WHEN new_id IS NULL THEN 'offer gone' ELSE 'regrouped' END
        FROM moves WHERE old_id IS NOT NULL AND old_id IS DISTINCT FROM new_id
        UNION ALL
        SELECT 4, 'split', flows.old_id, flows.new_id, NULL, NULL, 'regrouped'
        FROM flows SEMI JOIN new_ids ON new_ids.sku_id = flows.old_id SEMI JOIN born ON born.sku_id = flows.new_id
        UNION ALL
        SELECT 5, CASE WHEN heir IS NULL THEN 'retired' ELSE 'merged' END, former, heir, NULL, NULL,
            CASE WHEN heir IS NULL THEN 'all offers gone' ELSE 'regrouped' END
        FROM heirs
    )
    SELECT event, sku_id, other_sku_id, catalog, offer_id, cause
    FROM events ORDER BY step, sku_id, other_sku_id, catalog, offer_id
"""
)

_REDIRECTS = (
    _MOVES
    + """
    SELECT former_sku_id, sku_id FROM (
        SELECT former AS former_sku_id, heir AS sku_id FROM heirs
        UNION ALL
        SELECT
            old.former_sku_id,
            coalesce(heirs.heir, returned.heir, old.sku_id)
        FROM old_redirects AS old
        LEFT JOIN heirs ON heirs.former = old.sku_id
        LEFT JOIN returned ON returned.former = coalesce(old.sku_id, old.former_sku_id)
        ANTI JOIN new_ids ON new_ids.sku_id = old.former_sku_id
    )
    ORDER BY former_sku_id
"""
)
