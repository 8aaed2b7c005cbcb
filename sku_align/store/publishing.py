"""Write, audit, publish: a run is written where nobody sees it, audited there, and shown by one update of one row.

A run that is killed leaves rows behind that no view shows; the next one takes them back before it writes its own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import pyarrow as pa
from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.exc import OperationalError

from sku_align.config import PublishingSettings
from sku_align.errors import TransientError, UserError
from sku_align.store.audits import Audit, AuditError, audit
from sku_align.store.database import only_publisher, refresh_statistics, writing
from sku_align.store.models import Live, Versioned
from sku_align.store.models import Publication as PublicationRow
from sku_align.store.versions import prune, take_back


class Draft:
    """A publication being written; nobody but its writer sees it.

    Args:
        engine: The database.
        base: The live publication, which the draft is to replace.
        number: The draft's own number.
    """

    def __init__(self, engine: Engine, base: int, number: int) -> None:
        self.engine = engine
        self.base = base
        self.number = number

    def publish(
        self,
        was: pa.Table,
        clusters: pa.Table,
        rows: Mapping[type[Versioned], int],
        settings: PublishingSettings,
        accept_churn: bool,
        passed: tuple[Audit, ...] = (),
    ) -> None:
        """Audit the draft and make it live, or take it back.

        Args:
            was: The live offers by the keys they have today (`trace`).
            clusters: Table of `schema.CLUSTERS`, what the draft shows.
            rows: How many rows each table is meant to show.
            settings: The audits' limits, and how many runs to keep.
            accept_churn: Publish although audits that compare with the last publication fail.
            passed: Audits that were asked before.

        Raises:
            AuditError: An audit failed.
            UserError: Another publication went live meanwhile.
        """
        refresh_statistics(self.engine)
        with self.engine.connect() as connection:
            audits = passed + audit(connection, self.number, was, clusters, rows, settings)
        if any(not each.passed and not (each.is_change and accept_churn) for each in audits):
            with writing(self.engine) as connection:
                take_back(connection, self.number)
            raise AuditError(audits)
        with writing(self.engine) as connection:
            _check_base(connection, self.base)
            connection.execute(
                update(PublicationRow)
                .where(PublicationRow.publication_id == self.number)
                .values(status="published", audits=[each.to_dict() for each in audits])
            )
            connection.execute(update(Live).values(publication_id=self.number))
        with writing(self.engine) as connection:
            prune(connection, settings.keep_runs)


@contextmanager
def draft(
    engine: Engine,
    base: int,
    published_at: datetime,
    run_id: str | None,
    offers: int,
    skus: int,
    republishes: int | None = None,
) -> Iterator[Draft]:
    """Open a new publication on top of `base`, as the only publisher; what a killed run left is taken back first.

    Raises:
        UserError: Another run is publishing, published since `base`, or the database stopped answering.
    """
    try:
        with only_publisher(engine):
            with writing(engine) as connection:
                _check_base(connection, base)
                left = select(PublicationRow.publication_id).where(PublicationRow.status == "staging")
                for publication_id in connection.scalars(left).all():
                    take_back(connection, publication_id)
                number = int(connection.scalar(select(func.max(PublicationRow.publication_id))) or 0) + 1
                connection.execute(
                    insert(PublicationRow).values(
                        publication_id=number,
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
            yield Draft(engine, base, number)
    except OperationalError as error:
        reason = " ".join(str(error.orig).split())
        raise TransientError(
            f"The database stopped answering: {reason}. Storefronts read what was last published; run this again."
        ) from error


def _check_base(connection: Connection, base: int) -> None:
    live = connection.scalar(select(Live.publication_id).with_for_update())
    if live != base:
        raise UserError(
            f"Publication {live} went live after this run had read publication {base}: "
            "run it again, so that its SKU ids build on what is live now."
        )
