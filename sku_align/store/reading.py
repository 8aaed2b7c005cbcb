"""What the store knows: what is live, what an earlier publication showed, which publications there were."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, delete, func, select

from sku_align import schema
from sku_align.skus.events import REDIRECTS
from sku_align.skus.identity import ISSUED, Previous
from sku_align.store import bulk
from sku_align.store.audits import Audit
from sku_align.store.models import Event, Issued, Live, Offer, Redirect, Verdict
from sku_align.store.models import Publication as PublicationRow
from sku_align.store.versions import valid_at


@dataclass(frozen=True)
class Publication:
    """A run that storefronts read, or read before.

    Attributes:
        publication_id: Its number; a later publication has a larger one.
        base_id: The publication it replaced; 0 for the first.
        republishes: The earlier publication that a rollback brought back.
        status: `published`, or `pruned` if it can no longer be rolled back to.
        run_id: The caller's name for the run.
        published_at: When, as the caller said.
        offers: Offers shown.
        skus: SKUs shown.
        audits: What was asked of it before it went live.
        precision_estimate: Measured precision of pairs, if it was audited; the others are its 95 % interval.
        certificate: All measured figures, as `evaluation.certificate.Certificate.to_dict` gives them.
    """

    publication_id: int
    base_id: int
    republishes: int | None
    status: str
    run_id: str | None
    published_at: datetime
    offers: int
    skus: int
    audits: tuple[Audit, ...]
    precision_estimate: float | None = None
    precision_low: float | None = None
    precision_high: float | None = None
    certificate: Mapping[str, Any] | None = None


def read_publications(connection: Connection) -> list[Publication]:
    """All publications, the newest first."""
    found = connection.execute(
        select(PublicationRow.__table__)
        .where(PublicationRow.status != "staging")
        .order_by(PublicationRow.publication_id.desc())
    )
    return [
        Publication(**dict(row._mapping) | {"audits": tuple(Audit(**each) for each in row.audits)}) for row in found
    ]


def read_previous(connection: Connection) -> Previous:
    """What is live, in one snapshot."""
    live = int(connection.scalar(select(Live.publication_id)) or 0)
    if live == 0:
        return Previous.empty()
    issued = select(Issued.sku_id, Issued.publication_id).where(Issued.publication_id <= live)
    redirects = select(Redirect.former_sku_id, Redirect.sku_id).where(valid_at(Redirect, live))
    ends = (
        select(Event.sku_id, func.max(Event.publication_id).label("publication_id"))
        .where(Event.event.in_(("merged", "retired")), Event.publication_id <= live)
        .group_by(Event.sku_id)
        .subquery()
    )
    departed = (
        select(Event.catalog, Event.offer_id, Event.sku_id)
        .join(ends, (ends.c.sku_id == Event.sku_id) & (ends.c.publication_id == Event.publication_id))
        .join(Redirect, (Redirect.former_sku_id == Event.sku_id) & valid_at(Redirect, live))
        .where(Event.event == "left")
    )
    return Previous(
        table=read_offers(connection, live),
        issued=bulk.read(connection, issued.order_by(Issued.sku_id), ISSUED),
        redirects=bulk.read(connection, redirects.order_by(Redirect.former_sku_id), REDIRECTS),
        departed=bulk.read(connection, departed.order_by(Event.catalog, Event.offer_id, Event.sku_id), schema.CLUSTERS),
        publication_id=live,
    )


def read_offers(connection: Connection, publication: int) -> pa.Table:
    """The offers that a publication showed: table of `schema.PREVIOUS`, sorted by key."""
    columns = (Offer.catalog, Offer.offer_id, Offer.sku_id, Offer.since, Offer.content_hash)
    shown = select(*columns).where(valid_at(Offer, publication)).order_by(Offer.catalog, Offer.offer_id)
    return bulk.read(connection, shown, schema.PREVIOUS)


def read_live_offers(connection: Connection) -> pa.Table:
    """The offers that are live: table of `schema.PREVIOUS`, sorted by key."""
    return read_offers(connection, int(connection.scalar(select(Live.publication_id)) or 0))


def read_texts(connection: Connection) -> pa.Table:
    """What the live offers say of their products: key, title, brand, gtin and mpn, sorted by key."""
    live = int(connection.scalar(select(Live.publication_id)) or 0)
    columns = (Offer.catalog, Offer.offer_id, Offer.title, Offer.brand, Offer.gtin, Offer.mpn)
    shown = select(*columns).where(valid_at(Offer, live)).order_by(Offer.catalog, Offer.offer_id)
    plain = pa.schema([(name, pa.string()) for name in ("catalog", "offer_id", "title", "brand", "gtin", "mpn")])
    return bulk.read(connection, shown, plain)


def read_all_verdicts(connection: Connection) -> pa.Table:
    """Every answer that reviewers ever gave, the oldest first: table of `schema.VERDICTS`."""
    columns = [getattr(Verdict, name) for name in schema.VERDICTS.names]
    plain = pa.schema([(name, pa.string()) for name in schema.VERDICTS.names])
    return schema.conform(bulk.read(connection, select(*columns).order_by(Verdict.verdict_id), plain), schema.VERDICTS)


def read_verdicts(connection: Connection) -> pa.Table:
    """Reviewers' words: table of `schema.VERDICTS`, the last one about each pair, sorted by pair."""
    pair = [getattr(Verdict, name) for name in schema.PAIR_NAMES]
    last = select(func.max(Verdict.verdict_id)).group_by(*pair)
    columns = [getattr(Verdict, name) for name in schema.VERDICTS.names]
    question = select(*columns).where(Verdict.verdict_id.in_(last)).order_by(*pair)
    plain = pa.schema([(name, pa.string()) for name in schema.VERDICTS.names])
    return schema.conform(bulk.read(connection, question, plain), schema.VERDICTS)


def remove_verdict(connection: Connection, left: tuple[str, str], right: tuple[str, str], reviewer: str) -> bool:
    """Delete the last verdict of a reviewer on two offers; whether there was one."""
    sides = dict(zip(schema.PAIR_NAMES, (*min(left, right), *max(left, right)), strict=True))
    where = [getattr(Verdict, name) == value for name, value in sides.items()]
    last = select(func.max(Verdict.verdict_id)).where(*where, Verdict.reviewer == reviewer).scalar_subquery()
    return bool(connection.execute(delete(Verdict).where(Verdict.verdict_id == last)).rowcount)
