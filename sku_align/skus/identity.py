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
from sku_align.skus.events import REDIRECTS, describe, redirect
from sku_align.skus.lineage import trace
from sku_align.tabular import query

ISSUED = pa.schema([("sku_id", pa.string()), ("publication_id", pa.int64())])


@dataclass(frozen=True)
class Previous:
    """What is live before a run.

    Attributes:
        table: Table of `schema.PREVIOUS`; `since` is the publication in which the offer joined the SKU.
        issued: Table of `ISSUED`, every SKU id ever published and the publication that issued it.
        redirects: Table of `REDIRECTS`, every former id and where it leads: a live id, or one that leads nowhere
            itself; `sku_id` is null where all offers are gone.
        departed: Table of `schema.CLUSTERS`, the last offers of every former id.
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


def identify(groups: pa.Table, offers: pa.Table, decisions: pa.Table, previous: Previous) -> Identified:
    """Give each cluster the id of the SKU it continues, or a new one.

    An id goes to the cluster that holds most of its offers; if several ids meet in one cluster, the one that brings
    most offers stays, then the older, then the smaller. Ids are minted from the key of a cluster's first offer, so
    the same history gives the same ids.

    Args:
        groups: catalog, offer_id and cluster (any integer) of every offer.
        offers: Table of `schema.OFFERS`; their content tells which offers have a new key.
        decisions: Table of `schema.DECISIONS`; they give the events their causes.
        previous: What is live.
    """
    lineage = trace(previous.table, offers)
    members = query(
        """
        SELECT catalog, offer_id, min(catalog || chr(0) || offer_id) OVER (PARTITION BY cluster) AS founder
        FROM groups ORDER BY catalog, offer_id
        """,
        groups=groups,
    )
    # The order is the rule: most offers in common first, then the older id, then the smaller; the last two only break
    # ties in a fixed way.
    overlaps = query(
        """
        SELECT members.founder, live.sku_id
        FROM members JOIN live USING (catalog, offer_id) JOIN issued USING (sku_id)
        GROUP BY members.founder, live.sku_id
        ORDER BY count(*) DESC, min(issued.publication_id), live.sku_id, min(live.since), members.founder
        """,
        members=members,
        live=lineage,
        issued=previous.issued,
    )
    ids = _assign(overlaps["founder"].to_pylist(), overlaps["sku_id"].to_pylist())
    founders = pc.unique(members["founder"]).sort().to_pylist()
    ids |= _mint([founder for founder in founders if founder not in ids], previous.issued["sku_id"])
    names = pa.table(
        {"founder": pa.array(founders, pa.string()), "sku_id": pa.array([ids[each] for each in founders], pa.string())}
    )
    clusters = schema.conform(
        query(
            "SELECT catalog, offer_id, sku_id FROM members JOIN names USING (founder) ORDER BY catalog, offer_id",
            members=members,
            names=names,
        ),
        schema.CLUSTERS,
    )
    return Identified(
        clusters,
        describe(clusters, lineage, previous.issued, decisions),
        redirect(clusters, lineage, previous.redirects, previous.departed),
    )


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
    # A minted id that was ever given out, or twice today, is minted again with the next counter. Ids are checked in one
    # go because a first run mints one for every SKU.
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
