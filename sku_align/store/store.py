"""The store: what storefronts read, people's verdicts, and which SKU ids were ever given out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Engine, select

from sku_align import schema
from sku_align.config import PublishingSettings, Settings
from sku_align.errors import UserError
from sku_align.evaluation.audit_labels import AUDIT_LABELS
from sku_align.skus.events import describe, redirect
from sku_align.skus.identity import Previous
from sku_align.skus.lineage import rekey_verdicts, trace
from sku_align.skus.survivorship import survive
from sku_align.skus.versions import offer_versions
from sku_align.store import bulk, rows
from sku_align.store.asked import Asked
from sku_align.store.audits import Audit, audit_tables
from sku_align.store.certificates import precision_audit, read_labels, write_certificate, write_labels
from sku_align.store.database import bring_up_to_date, connect, writing
from sku_align.store.history import History, Row, read_history, read_last_offers
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
from sku_align.store.publishing import draft
from sku_align.store.reading import (
    Publication,
    read_all_verdicts,
    read_live_offers,
    read_offers,
    read_previous,
    read_publications,
    read_texts,
    read_verdicts,
    remove_verdict,
)
from sku_align.store.versions import Difference, table_of, write_again, write_beside


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

    @classmethod
    def existing(cls, url: str) -> "Store":
        """Open a database that holds SKU Align's tables, and never make one.

        Raises:
            UserError: As `open`; or there is no such database, or it holds something else.
        """
        engine = connect(url, create=False)
        bring_up_to_date(engine)
        return cls(engine)

    @property
    def asked(self) -> Asked:
        """Leases of questions, and answers that do not count."""
        return Asked(self.engine)

    def close(self) -> None:
        """Close the connections to the database."""
        self.engine.dispose()

    def verdicts(self, offers: pa.Table | None = None) -> pa.Table:
        """Reviewers' verdicts: table of `schema.VERDICTS`, the last one about each pair.

        Args:
            offers: Today's offers, table of `schema.OFFERS`; verdicts on live offers that have a new key among them
                count for the new key as well.
        """
        with self.engine.connect().execution_options(isolation_level=self._snapshot) as connection:
            latest = read_verdicts(connection)
            if offers is None or not len(latest):
                return latest
            live = read_live_offers(connection)
        return pa.concat_tables([latest, rekey_verdicts(latest, trace(live, offers))])

    def take_back(self, left: tuple[str, str], right: tuple[str, str], reviewer: str) -> bool:
        """Forget the latest verdict of a reviewer on two offers; the one before it counts again.

        Returns:
            Whether there was one.
        """
        with writing(self.engine) as connection:
            return remove_verdict(connection, left, right, reviewer)

    def all_verdicts(self) -> pa.Table:
        """Every answer that reviewers ever gave, the oldest first: table of `schema.VERDICTS`."""
        with self.engine.connect() as connection:
            return read_all_verdicts(connection)

    def versions(self) -> dict[tuple[str, str], str]:
        """What each live offer says of its product, as a hash by (catalog, offer_id); see `skus.versions`."""
        with self.engine.connect() as connection:
            return offer_versions(read_texts(connection))

    def add_verdicts(self, verdicts: pa.Table) -> None:
        """Keep reviewers' words; they count from the next run on.

        Args:
            verdicts: Table of `schema.VERDICTS`; `verdict` is `same` or `different`.

        Raises:
            UserError: A verdict is neither.
        """
        plain = _plain(verdicts)
        for word in pc.unique(plain["verdict"]).to_pylist():
            if word not in ("same", "different"):
                raise UserError(f"A verdict is 'same' or 'different', not {word!r}.")
        with writing(self.engine) as connection:
            bulk.write(connection, table_of(Verdict), plain)

    def audit_labels(self) -> pa.Table:
        """All answers of audit samples in the order in which they came: table of `AUDIT_LABELS`."""
        with self.engine.connect() as connection:
            return read_labels(connection, AUDIT_LABELS.names)

    def add_audit_labels(self, labels: pa.Table) -> None:
        """Keep answers of an audit sample.

        Args:
            labels: Table of `AUDIT_LABELS`.
        """
        with writing(self.engine) as connection:
            write_labels(connection, labels)

    def certify(self, publication_id: int, certificate: Mapping[str, Any]) -> None:
        """Keep a certificate with the publication that it is about.

        Args:
            publication_id: The publication.
            certificate: As `evaluation.certificate.Certificate.to_dict` gives it.
        """
        with writing(self.engine) as connection:
            write_certificate(connection, publication_id, certificate)

    def previous(self) -> Previous:
        """What is live now, for `identify` and `publish`."""
        with self.engine.connect().execution_options(isolation_level=self._snapshot) as connection:
            return read_previous(connection)

    def publications(self) -> list[Publication]:
        """All publications, the newest first."""
        with self.engine.connect() as connection:
            return read_publications(connection)

    def live(self) -> Publication | None:
        """The publication that storefronts read, None before the first."""
        with self.engine.connect() as connection:
            number = connection.scalar(select(Live.publication_id)) or 0
            return next((each for each in read_publications(connection) if each.publication_id == number), None)

    def history(self, sku_id: str, publication: int | None = None) -> History:
        """Everything the store knows about a SKU id, live or former.

        Args:
            sku_id: The id.
            publication: Which publication to tell of; the live one if absent.

        Raises:
            UserError: The id was never given out.
        """
        with self.engine.connect() as connection:
            return read_history(connection, sku_id, publication)

    def last_offers(self, former_id: str) -> list[Row]:
        """Offers that a former id held last and that are on sale, with the `sku_id` of each today, sorted by key."""
        with self.engine.connect() as connection:
            return read_last_offers(connection, former_id)

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
        certificate: Mapping[str, Any] | None = None,
        asked: tuple[Audit, ...] = (),
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
            certificate: Measured precision and recall of these clusters, if they were audited.
            asked: Audits that the caller asked of the run; they count like the store's own.

        Returns:
            The publication that is now live.

        Raises:
            AuditError: An audit failed; what was live stays live.
            UserError: Another run is publishing, or published since `previous` was read.
        """
        asked = (audit_tables(offers, clusters), *asked)
        if settings.publishing.min_precision is not None:
            asked += (precision_audit(settings.publishing.min_precision, certificate, self.publications()),)
        survivors = survive(offers, clusters, settings)
        lineage = trace(previous.table, offers)
        redirects = redirect(clusters, lineage, previous.redirects, previous.departed)
        base, counts = previous.publication_id or 0, (len(clusters), len(survivors.skus))
        with draft(self.engine, base, published_at, run_id, *counts) as new:
            written = {
                Offer: rows.offers(offers, clusters, lineage, new.number),
                Sku: survivors.skus,
                SkuText: survivors.texts,
                Redirect: redirects,
                Edge: rows.edges(decisions, refused),
            }
            differences: dict[type[Versioned], Difference] = {}
            for model, table in written.items():
                with writing(self.engine) as connection:
                    differences[model] = write_beside(connection, model, table, base, new.number)
            with writing(self.engine) as connection:
                numbered = rows.numbered(rows.with_updates(events, differences, clusters), new.number)
                bulk.write(connection, table_of(Event), numbered)
                bulk.write(connection, table_of(Issued), rows.issued(clusters, previous, new.number))
                bulk.write(connection, table_of(Verdict), _plain(rekey_verdicts(read_verdicts(connection), lineage)))
            expected = {model: len(table) for model, table in written.items()}
            new.publish(lineage, clusters, expected, settings.publishing, accept_churn, asked)
            if certificate is not None:
                with writing(self.engine) as connection:
                    write_certificate(connection, new.number, certificate)
        return self.publications()[0]

    def rollback(
        self,
        to: int | None = None,
        *,
        published_at: datetime,
        settings: PublishingSettings | None = None,
        run_id: str | None = None,
    ) -> Publication:
        """Make an earlier publication live again, as a new publication.

        Ids that were live only since then lead to the SKUs that take their offers back.

        Args:
            to: Its number; the one before the live one by default.
            published_at: When; the store has no clock.
            settings: How many runs to keep, and the audits' limits.
            run_id: The caller's name for the act.

        Raises:
            UserError: There is no such publication, it is live, it was pruned, or another run is publishing.
        """
        previous = self.previous()
        known = {publication.publication_id: publication for publication in self.publications()}
        base = previous.publication_id or 0
        earlier = _choose(known, base, to)
        with self.engine.connect() as connection:
            shown = read_offers(connection, earlier.publication_id)
        clusters = shown.select(schema.CLUSTERS.names)
        lineage = trace(previous.table, shown)
        events = describe(clusters, lineage, previous.issued, schema.DECISIONS.empty_table())
        cause = pa.repeat(f"rollback to publication {earlier.publication_id}", len(events))
        events = events.set_column(events.column_names.index("cause"), "cause", cause)
        redirects = redirect(clusters, lineage, previous.redirects, previous.departed)
        counts = (earlier.offers, earlier.skus, earlier.publication_id)
        with draft(self.engine, base, published_at, run_id, *counts) as new:
            for model in VERSIONED:
                with writing(self.engine) as connection:
                    if model is Redirect:
                        write_beside(connection, model, redirects, base, new.number)
                    else:
                        write_again(connection, model, earlier.publication_id, base, new.number)
            with writing(self.engine) as connection:
                bulk.write(connection, table_of(Event), rows.numbered(events, new.number))
            expected = {Offer: len(clusters), Redirect: len(redirects)}
            new.publish(lineage, clusters, expected, settings or Settings().publishing, accept_churn=True)
        return self.publications()[0]

    @property
    def _snapshot(self) -> str:
        return "REPEATABLE READ" if self.engine.dialect.name == "postgresql" else "SERIALIZABLE"


def _plain(verdicts: pa.Table) -> pa.Table:
    return pa.table({name: verdicts[name].cast(pa.string()) for name in schema.VERDICTS.names})


def _choose(known: dict[int, Publication], live: int, to: int | None) -> Publication:
    if live == 0:
        raise UserError("Nothing was published to this database yet, so there is nothing to roll back to.")
    wanted = known[live].base_id if to is None else to
    if wanted not in known:
        raise UserError(f"There is no publication {wanted} to roll back to: `sku-align publications` lists them.")
    if known[wanted].status == "pruned":
        raise UserError(f"Publication {wanted} was pruned: `sku-align publications` lists those that are kept.")
    if wanted == live:
        raise UserError(f"Publication {wanted} is live already.")
    return known[wanted]
