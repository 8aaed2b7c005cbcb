"""The tables behind the storefront views.

Rows of a `Versioned` table are never changed in place: a row is valid from one publication until another, and the
single row of `Live` says which publication the views show. So a run writes beside the live rows, publishing is one
update of `Live`, and an earlier run is still there to go back to.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Double, Index, Integer, String, TypeDecorator, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

OPEN = 2**63 - 1
"""`valid_to` of a row that no publication has replaced."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, in UTC on both databases; SQLite keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Any time zone in; UTC stored."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC out."""
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


# Byte order on every database: keys sort alike on SQLite and PostgreSQL, and indexes build faster.
_KEY = String().with_variant(String(collation="C"), "postgresql")
_JSON = JSON().with_variant(JSONB(), "postgresql")

Key = Annotated[str, mapped_column(_KEY, primary_key=True)]
Name = Annotated[str, mapped_column(_KEY)]
OptionalName = Annotated[str | None, mapped_column(_KEY)]
Document = Annotated[Any, mapped_column(_JSON)]
Time = Annotated[datetime, mapped_column(UtcDateTime)]


class Base(DeclarativeBase):
    """Every table's name starts with `sku_align_`, for it may share its database with a shop's own."""


class Publication(Base):
    """A run that storefronts read, read before, or that is being written (`staging`)."""

    __tablename__ = "sku_align_publication"

    publication_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    base_id: Mapped[int]
    republishes: Mapped[int | None]
    status: Mapped[str]
    run_id: Mapped[str | None]
    published_at: Mapped[Time]
    offers: Mapped[int]
    skus: Mapped[int]
    audits: Mapped[Document]
    precision_estimate: Mapped[float | None] = mapped_column(Double)
    precision_low: Mapped[float | None] = mapped_column(Double)
    precision_high: Mapped[float | None] = mapped_column(Double)
    certificate: Mapped[Any | None] = mapped_column(_JSON)


class Live(Base):
    """One row: the publication that the views show; 0 before the first."""

    __tablename__ = "sku_align_live"

    only_row: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    publication_id: Mapped[int]


class Views(Base):
    """One row: which text of `sql/views` the database holds."""

    __tablename__ = "sku_align_views"

    only_row: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    digest: Mapped[str]


class Issued(Base):
    """Every SKU id ever published, so that none is given out twice."""

    __tablename__ = "sku_align_issued"

    sku_id: Mapped[Key]
    publication_id: Mapped[int]


class Versioned(Base):
    """A row valid from publication `valid_from` until, not including, `valid_to`."""

    __abstract__ = True

    valid_from: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, sort_order=90)
    valid_to: Mapped[int] = mapped_column(BigInteger, sort_order=91)
    row_hash: Mapped[int] = mapped_column(BigInteger, sort_order=92)


class Offer(Versioned):
    """An offer and the SKU it belongs to, since publication `since`."""

    __tablename__ = "sku_align_offer"
    __table_args__ = (Index("sku_align_offer_by_sku", "sku_id"),)

    catalog: Mapped[Key]
    offer_id: Mapped[Key]
    sku_id: Mapped[Name]
    since: Mapped[int]
    language: Mapped[str | None]
    title: Mapped[str]
    brand: Mapped[str | None]
    category: Mapped[str | None]
    price: Mapped[float | None] = mapped_column(Double)
    currency: Mapped[str | None]
    gtin: Mapped[str | None]
    mpn: Mapped[str | None]
    url: Mapped[str | None]
    image_url: Mapped[str | None]
    content_hash: Mapped[str | None]


class Sku(Versioned):
    """What the offers of a SKU say together."""

    __tablename__ = "sku_align_sku"

    sku_id: Mapped[Key]
    title: Mapped[str]
    title_language: Mapped[str | None]
    brand: Mapped[str | None]
    category: Mapped[str | None]
    gtins: Mapped[Document]
    quantities: Mapped[Document]
    prices: Mapped[Document]
    images: Mapped[Document]
    offers: Mapped[int]
    catalogs: Mapped[int]
    provenance: Mapped[Document]
    attributes: Mapped[Document] = mapped_column(server_default="{}")


class SkuText(Versioned):
    """A SKU's title and description in one language."""

    __tablename__ = "sku_align_sku_text"

    sku_id: Mapped[Key]
    language: Mapped[Key]
    title: Mapped[str]
    description: Mapped[str | None]
    provenance: Mapped[Document]


class Redirect(Versioned):
    """Where a former SKU id leads; nowhere if its product is no longer offered."""

    __tablename__ = "sku_align_redirect"
    __table_args__ = (Index("sku_align_redirect_by_target", "sku_id"),)

    former_sku_id: Mapped[Key]
    sku_id: Mapped[OptionalName]


class Edge(Versioned):
    """A pair of offers that was merged, waits for review, was refused by the clustering, or parted by a reviewer."""

    __tablename__ = "sku_align_edge"
    __table_args__ = (Index("sku_align_edge_by_right", "right_catalog", "right_offer_id"),)

    left_catalog: Mapped[Key]
    left_offer_id: Mapped[Key]
    right_catalog: Mapped[Key]
    right_offer_id: Mapped[Key]
    outcome: Mapped[str]
    probability: Mapped[float | None] = mapped_column(Double)
    reason: Mapped[str | None]
    detail: Mapped[str | None]


class Event(Base):
    """Something that happened to a SKU in a publication; kept for good, apart from `updated`."""

    __tablename__ = "sku_align_event"
    __table_args__ = (
        Index("sku_align_event_by_sku", "sku_id"),
        Index(
            "sku_align_event_by_other_sku",
            "other_sku_id",
            sqlite_where=text("other_sku_id IS NOT NULL"),
            postgresql_where=text("other_sku_id IS NOT NULL"),
        ),
    )

    publication_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    event: Mapped[str]
    sku_id: Mapped[Name]
    other_sku_id: Mapped[OptionalName]
    catalog: Mapped[OptionalName]
    offer_id: Mapped[OptionalName]
    cause: Mapped[str | None]


class OfTwoOffers:
    """The keys of the two offers that somebody answered about, the smaller one first."""

    left_catalog: Mapped[Name]
    left_offer_id: Mapped[Name]
    right_catalog: Mapped[Name]
    right_offer_id: Mapped[Name]


class Verdict(OfTwoOffers, Base):
    """A person's verdict on two offers; the latest one about a pair counts."""

    __tablename__ = "sku_align_verdict"
    __table_args__ = (
        Index("sku_align_verdict_by_pair", "left_catalog", "left_offer_id", "right_catalog", "right_offer_id"),
    )

    verdict_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    verdict: Mapped[str]
    reviewer: Mapped[str | None]
    note: Mapped[str | None]
    reviewed_at: Mapped[str | None]


class AuditLabel(OfTwoOffers, Base):
    """An answer about two offers of an audit sample, with the content of both that it is about."""

    __tablename__ = "sku_align_audit_label"

    label_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    left_content_hash: Mapped[str | None]
    right_content_hash: Mapped[str | None]
    verdict: Mapped[str]
    reviewer: Mapped[str | None]
    labelled_at: Mapped[str | None]


class Lease(Base):
    """A question that a reviewer was handed; until then nobody else is asked it."""

    __tablename__ = "sku_align_lease"

    question: Mapped[Key]
    reviewer: Mapped[str]
    until: Mapped[Time]


class Aside(OfTwoOffers, Base):
    """A reviewer's answer on two offers that does not count: a skip, or `same` or `different` that was not taken.

    `state` is that of a receipt: `skipped`, `asked again` (the texts had changed) or `not taken` (against another
    person's answer). `question` names the texts that it is about.
    """

    __tablename__ = "sku_align_aside"
    __table_args__ = (
        Index("sku_align_aside_by_pair", "left_catalog", "left_offer_id", "right_catalog", "right_offer_id"),
    )

    aside_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    reviewer: Mapped[str]
    question: Mapped[str]
    answer: Mapped[str]
    state: Mapped[str]
    answered_at: Mapped[str]


VERSIONED: tuple[type[Versioned], ...] = (Offer, Sku, SkuText, Redirect, Edge)
