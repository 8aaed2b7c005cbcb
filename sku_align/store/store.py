"""The store: what storefronts read, what reviewers said, and which SKU ids were ever given out."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.orm import aliased

from sku_align import schema
from sku_align.clustering.identity import ISSUED, REDIRECTS, Previous, describe
from sku_align.config import PublishingSettings, Settings
from sku_align.errors import UserError
from sku_align.store import bulk, rows
from sku_align.store.audits import Audit, AuditError, audit
from sku_align.store.database import bring_up_to_date, connect, only_publisher, writing
from sku_align.store.models import (
    VERSIONED,
    Edge,
    Event,
    Issued,
    Live,
    Offer,
    Redirect,
    Sku,
    SkuText,
    Verdict,
    Versioned,
)
from sku_align.store.models import Publication as PublicationRow
from sku_align.store.versions import Difference, prune, table_of, take_back, valid_at, write_again, write_beside
from sku_align.survivorship import survive


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


class Store:
    """A database that storefronts read; open it by `Store.open`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> "Store":
        """Open a SQLite or PostgreSQL database, creating or migrating its tables and views.

        Args:
            url: SQLAlchemy URL, for example `sqlite:///skus.db` or `postgresql://user@host/name`.

        Raises:
            UserError: The URL is neither, or the database cannot be reached.
        """
        engine = connect(url)
        bring_up_to_date(engine)
        return cls(engine)

    def close(self) -> None:
        """Close the connections to the database."""
        self.engine.dispose()

    def verdicts(self) -> pa.Table:
        """Reviewers' words: table of `schema.VERDICTS`, the last one about each pair, sorted by pair."""
        pair = [getattr(Verdict, name) for name, _ in schema.PAIR]
        last = select(func.max(Verdict.verdict_id)).group_by(*pair)
        columns = [getattr(Verdict, name) for name in schema.VERDICTS.names]
        question = select(*columns).where(Verdict.verdict_id.in_(last)).order_by(*pair)
        plain = pa.schema([(name, pa.string()) for name in schema.VERDICTS.names])
        with self.engine.connect() as connection:
            return schema.conform(bulk.read(connection, question, plain), schema.VERDICTS)

    def add_verdicts(self, verdicts: pa.Table) -> None:
        """Keep reviewers' words; they count from the next run on.

        Args:
            verdicts: Table of `schema.VERDICTS`; `verdict` is `same` or `different`.

        Raises:
            UserError: A verdict is neither.
        """
        plain = pa.table({name: verdicts[name].cast(pa.string()) for name in schema.VERDICTS.names})
        for word in pc.unique(plain["verdict"]).to_pylist():
            if word not in ("same", "different"):
                raise UserError(f"A verdict is 'same' or 'different', not {word!r}.")
        with writing(self.engine) as connection:
            bulk.write(connection, table_of(Verdict), plain)

    def previous(self) -> Previous:
        """What is live now, for `identify` and `publish`."""
        with self.engine.connect() as connection:
            return _previous(connection)

    def publications(self) -> list[Publication]:
        """All publications, the newest first."""
        with self.engine.connect() as connection:
            found = connection.execute(
                select(PublicationRow.__table__)
                .where(PublicationRow.status != "staging")
                .order_by(PublicationRow.publication_id.desc())
            )
            return [
                Publication(**dict(row._mapping) | {"audits": tuple(Audit(**each) for each in row.audits)})
                for row in found
            ]

    def publish(
        self,
        offers: pa.Table,
        decisions: pa.Table,
        clusters: pa.Table,
        refused: pa.Table,
        events: pa.Table,
        previous: Previous,
        settings: Settings,
        published_at: datetime,
        accept_churn: bool = False,
        run_id: str | None = None,
    ) -> Publication:
        """Write a run beside what is live, audit it, and make it live in one short transaction.

        Args:
            offers: Table of `schema.OFFERS`.
            decisions: Table of `schema.DECISIONS`.
            clusters: Table of `schema.CLUSTERS`.
            refused: Table of `schema.REFUSED`.
            events: Table of `schema.EVENTS`.
            previous: What was live when the run's ids were given.
            settings: Survivorship rules and the audits' limits.
            published_at: When; the store has no clock.
            accept_churn: Publish although audits that compare with the last publication fail.
            run_id: The caller's name for the run.

        Returns:
            The publication that is now live.

        Raises:
            AuditError: An audit failed; what was live stays live.
            UserError: Another run is publishing, or published since `previous` was read.
        """
        survivors = survive(offers, clusters, settings)
        base = previous.publication_id or 0
        with only_publisher(self.engine):
            new = self._begin(base, published_at, run_id, None, len(clusters), len(survivors.skus))
            redirects = describe(clusters, previous).redirects
            written = {
                Offer: rows.offers(offers, clusters, previous, new),
                Sku: survivors.skus,
                SkuText: survivors.texts,
                Redirect: redirects,
                Edge: rows.edges(decisions, refused),
            }
            differences: dict[type[Versioned], Difference] = {}
            for model, table in written.items():
                with writing(self.engine) as connection:
                    differences[model] = write_beside(connection, model, table, base, new)
            with writing(self.engine) as connection:
                bulk.write(connection, table_of(Event), rows.events(events, differences, written[Offer], new))
                bulk.write(connection, table_of(Issued), rows.issued(clusters, previous, new))
            expected: dict[type[Versioned], int] = {model: len(table) for model, table in written.items()}
            return self._audit_and_flip(base, new, settings.publishing, expected, accept_churn)

    def rollback(
        self,
        to: int | None = None,
        *,
        published_at: datetime,
        settings: PublishingSettings | None = None,
        run_id: str | None = None,
    ) -> Publication:
        """Make an earlier publication live again, as a new publication.

        Args:
            to: Its number; the one before the live one by default.
            published_at: When; the store has no clock.
            settings: How many runs to keep, and the audits' limits.
            run_id: The caller's name for the act.

        Raises:
            UserError: There is no such publication, it is live, it was pruned, or another run is publishing.
        """
        previous = self.previous()
        base = previous.publication_id or 0
        known = {publication.publication_id: publication for publication in self.publications()}
        if base == 0:
            raise UserError("Nothing was published to this database yet, so there is nothing to roll back to.")
        to = known[base].base_id if to is None else to
        if to not in known:
            raise UserError(f"There is no publication {to}: `sku-align publications` lists them.")
        if known[to].status == "pruned":
            raise UserError(f"Publication {to} was pruned: roll back to one that `sku-align publications` calls kept.")
        if to == base:
            raise UserError(f"Publication {to} is live already.")
        with only_publisher(self.engine):
            new = self._begin(base, published_at, run_id, to, known[to].offers, known[to].skus)
            with self.engine.connect() as connection:
                clusters = _clusters_at(connection, to)
            identified = describe(clusters, previous)
            for model in VERSIONED:
                with writing(self.engine) as connection:
                    if model is Redirect:
                        write_beside(connection, model, identified.redirects, base, new)
                    else:
                        write_again(connection, model, to, base, new)
            with writing(self.engine) as connection:
                bulk.write(connection, table_of(Event), rows.numbered(identified.events, new))
            expected: dict[type[Versioned], int] = {Offer: len(clusters), Redirect: len(identified.redirects)}
            return self._audit_and_flip(base, new, settings or Settings().publishing, expected, accept_churn=True)

    def _begin(
        self, base: int, published_at: datetime, run_id: str | None, republishes: int | None, offers: int, skus: int
    ) -> int:
        """Clear what a killed run left behind and open a new publication."""
        with writing(self.engine) as connection:
            self._check_base(connection, base)
            left = select(PublicationRow.publication_id).where(PublicationRow.status == "staging")
            for publication_id in connection.scalars(left).all():
                take_back(connection, publication_id)
            new = int(connection.scalar(select(func.coalesce(func.max(PublicationRow.publication_id), 0))) or 0) + 1
            connection.execute(
                insert(PublicationRow).values(
                    publication_id=new,
                    base_id=base,
                    republishes=republishes,
                    status="staging",
                    run_id=run_id,
                    published_at=published_at,
                    offers=offers,
                    skus=skus,
                    audits=[],
                )
            )
        return new

    def _check_base(self, connection: Connection, base: int) -> None:
        live = connection.scalar(select(Live.publication_id).with_for_update())
        if live != base:
            raise UserError(
                f"Publication {live} went live after this run had read publication {base}: "
                "run it again, so that its SKU ids build on what is live now."
            )

    def _audit_and_flip(
        self,
        base: int,
        new: int,
        settings: PublishingSettings,
        expected: dict[type[Versioned], int],
        accept_churn: bool,
    ) -> Publication:
        with self.engine.connect() as connection:
            audits = audit(connection, base, new, settings, expected)
        if any(not each.passed and not (each.is_change and accept_churn) for each in audits):
            with writing(self.engine) as connection:
                take_back(connection, new)
            raise AuditError(audits)
        with writing(self.engine) as connection:
            self._check_base(connection, base)
            connection.execute(
                update(PublicationRow)
                .where(PublicationRow.publication_id == new)
                .values(status="published", audits=[each.to_dict() for each in audits])
            )
            connection.execute(update(Live).values(publication_id=new))
        with writing(self.engine) as connection:
            prune(connection, settings.keep_runs)
        return self.publications()[0]


def _previous(connection: Connection) -> Previous:
    live = int(connection.scalar(select(Live.publication_id)) or 0)
    if live == 0:
        return Previous.empty()
    now = valid_at(Offer, live)
    members = select(Offer.catalog, Offer.offer_id, Offer.sku_id, Offer.since, Offer.content_hash).where(now)
    issued = select(Issued.sku_id, Issued.publication_id).where(Issued.publication_id <= live)
    redirects = select(Redirect.former_sku_id, Redirect.sku_id).where(valid_at(Redirect, live))
    gone = aliased(Redirect)
    departed = (
        select(Event.catalog, Event.offer_id, Event.sku_id)
        .join(gone, (gone.former_sku_id == Event.sku_id) & (gone.valid_from == Event.publication_id))
        .where(valid_at(gone, live), gone.sku_id.is_(None), Event.event == "left")
    )
    return Previous(
        table=bulk.read(connection, members.order_by(Offer.catalog, Offer.offer_id), schema.PREVIOUS),
        issued=bulk.read(connection, issued.order_by(Issued.sku_id), ISSUED),
        redirects=bulk.read(connection, redirects.order_by(Redirect.former_sku_id), REDIRECTS),
        departed=bulk.read(connection, departed.order_by(Event.catalog, Event.offer_id, Event.sku_id), schema.CLUSTERS),
        publication_id=live,
    )


def _clusters_at(connection: Connection, publication: int) -> pa.Table:
    members = select(Offer.catalog, Offer.offer_id, Offer.sku_id).where(valid_at(Offer, publication))
    return bulk.read(connection, members.order_by(Offer.catalog, Offer.offer_id), schema.CLUSTERS)
