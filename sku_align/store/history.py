"""A SKU's history: what it is, who belongs to it and why, who was kept out, and what happened to it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Select, and_, or_, select, tuple_, union

from sku_align import schema
from sku_align.errors import UserError
from sku_align.store.models import Edge, Event, Issued, Live, Offer, Publication, Redirect, Sku, SkuText, Verdict
from sku_align.store.versions import valid_at

Row = dict[str, Any]
_PAIR = list(schema.PAIR_NAMES)


@dataclass(frozen=True)
class History:
    """What the store knows about one SKU id; every list is sorted.

    Attributes:
        sku_id: The id.
        leads_to: Where the id leads if it is a former one; None if it is live, or if its product is gone.
        is_live: Whether it is on sale.
        first_publication_id: The publication that gave the id out.
        facts: The row of `storefront_sku`; empty unless live.
        texts: Title and description a language.
        offers: Its offers.
        edges: Decided pairs with at least one of its offers: `inside` tells whether both are.
        verdicts: People's words on its offers, the oldest first.
        former_ids: Ids that lead to it.
        events: What happened to it or with it, the oldest first.
    """

    sku_id: str
    leads_to: str | None
    is_live: bool
    first_publication_id: int
    facts: Row
    texts: list[Row]
    offers: list[Row]
    edges: list[Row]
    verdicts: list[Row]
    former_ids: list[str]
    events: list[Row]


def read_history(connection: Connection, sku_id: str, publication: int | None = None) -> History:
    """Tell a SKU's history in a publication, the live one if none is named.

    Raises:
        UserError: The id was never given out.
    """
    live = publication or int(connection.scalar(select(Live.publication_id)) or 0)
    issued = connection.scalar(
        select(Issued.publication_id).where(Issued.sku_id == sku_id, Issued.publication_id <= live)
    )
    if issued is None:
        raise UserError(f"There never was a SKU {sku_id}: check the id, and that --db names the right database.")
    facts = _rows(connection, select(Sku.__table__).where(valid_at(Sku, live), Sku.sku_id == sku_id))
    offers = _rows(
        connection,
        select(Offer.catalog, Offer.offer_id, Offer.language, Offer.title, Offer.price, Offer.currency, Offer.since)
        .where(valid_at(Offer, live), Offer.sku_id == sku_id)
        .order_by(Offer.catalog, Offer.offer_id),
    )
    members = {(row["catalog"], row["offer_id"]) for row in offers}
    edges = _rows(connection, _touching(Edge, sku_id, live, [Edge.outcome, Edge.probability, Edge.reason, Edge.detail]))
    for row in edges:
        row["inside"] = {_pair(row)[:2], _pair(row)[2:]} <= members
    words = [Verdict.verdict_id, Verdict.verdict, Verdict.reviewer, Verdict.note, Verdict.reviewed_at]
    verdicts = _rows(connection, _touching(Verdict, sku_id, live, words))
    target = select(Redirect.sku_id).where(valid_at(Redirect, live), Redirect.former_sku_id == sku_id)
    former = select(Redirect.former_sku_id).where(valid_at(Redirect, live), Redirect.sku_id == sku_id)
    return History(
        sku_id=sku_id,
        leads_to=connection.scalar(target),
        is_live=bool(facts),
        first_publication_id=issued,
        facts=facts[0] if facts else {},
        texts=_rows(
            connection,
            select(SkuText.language, SkuText.title, SkuText.description)
            .where(valid_at(SkuText, live), SkuText.sku_id == sku_id)
            .order_by(SkuText.language),
        ),
        offers=offers,
        edges=sorted(edges, key=lambda row: (not row["inside"], -(row["probability"] or 2), _pair(row))),
        verdicts=sorted(verdicts, key=lambda row: row["verdict_id"]),
        former_ids=list(connection.scalars(former.order_by(Redirect.former_sku_id))),
        events=_rows(
            connection,
            select(
                Event.publication_id,
                Publication.published_at,
                Publication.run_id,
                Event.event,
                Event.sku_id,
                Event.other_sku_id,
                Event.catalog,
                Event.offer_id,
                Event.cause,
            )
            .join(Publication, Publication.publication_id == Event.publication_id)
            .where(
                Event.publication_id <= live,
                or_(Event.sku_id == sku_id, and_(Event.other_sku_id == sku_id, Event.event.in_(("merged", "split")))),
            )
            .order_by(Event.publication_id, Event.position),
        ),
    )


def read_last_offers(connection: Connection, former_id: str) -> list[Row]:
    """The offers that a former id held last, with the SKU that each belongs to now (`sku_id`), where it is on sale."""
    live = int(connection.scalar(select(Live.publication_id)) or 0)
    end = (
        select(Event.publication_id)
        .where(Event.sku_id == former_id, Event.event.in_(("merged", "retired")), Event.publication_id <= live)
        .order_by(Event.publication_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return _rows(
        connection,
        select(Offer.catalog, Offer.offer_id, Offer.sku_id)
        .join(Event, (Event.catalog == Offer.catalog) & (Event.offer_id == Offer.offer_id))
        .where(valid_at(Offer, live), Event.sku_id == former_id, Event.event == "left", Event.publication_id == end)
        .order_by(Offer.catalog, Offer.offer_id),
    )


def _touching(table: Any, sku_id: str, live: int, columns: list[Any]) -> CompoundSelect[*tuple[Any, ...]]:
    """Pairs of `table` with an offer of the SKU on either side; one query per side, because each side has its index."""
    members = select(Offer.catalog, Offer.offer_id).where(valid_at(Offer, live), Offer.sku_id == sku_id)
    shown = [valid_at(Edge, live)] if table is Edge else []
    pair = [getattr(table, name) for name in _PAIR]
    return union(*(select(*pair, *columns).where(*shown, tuple_(*side).in_(members)) for side in (pair[:2], pair[2:])))


def _rows(connection: Connection, question: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(question)]


def _pair(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in _PAIR)
