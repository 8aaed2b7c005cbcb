"""Audits between writing a run and publishing it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, exists, func, literal, select
from sqlalchemy.orm import aliased

from sku_align.config import PublishingSettings
from sku_align.errors import UserError
from sku_align.evaluation.drift import Drift
from sku_align.store.models import Offer, Redirect, Sku, SkuText, Versioned
from sku_align.store.versions import keys, valid_at
from sku_align.tabular import query


@dataclass(frozen=True)
class Audit:
    """One question asked of a run before it is published.

    Attributes:
        name: What was asked.
        passed: Whether the run may be published, as far as this audit goes.
        figure: What was counted.
        limit: What was allowed.
        detail: A clause for people: what was found.
        is_change: It compares with the last publication, so that `--accept-churn` overrules it.
    """

    name: str
    passed: bool
    figure: float
    limit: float
    detail: str
    is_change: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for the database and for reports."""
        return asdict(self)


class AuditError(UserError):
    """A run that must not be published; `audits` holds all of its audits, passed and failed."""

    def __init__(self, audits: tuple[Audit, ...]) -> None:
        self.audits = audits
        failed = [audit for audit in audits if not audit.passed]
        found = "; ".join(f"{audit.name}: {audit.detail}" for audit in failed)
        advice = "Look into it; what is live stays live."
        if all(audit.is_change for audit in failed):
            advice = "If that is right, publish with --accept-churn; what is live stays live."
        super().__init__(f"The run was not published, because {len(failed)} audit(s) failed: {found}. {advice}")


def audit_tables(offers: pa.Table, clusters: pa.Table) -> Audit:
    """Ask, before anything is written, whether every offer is in one SKU and every member of a SKU is an offer.

    Raises:
        AuditError: It is not so.
    """
    counts = query(
        """
        SELECT
            (SELECT count(*) FROM offers ANTI JOIN clusters USING (catalog, offer_id)) AS "offers without a SKU",
            (SELECT count(*) FROM clusters ANTI JOIN offers USING (catalog, offer_id)) AS "members that are not offers",
            (SELECT count(*) - count(DISTINCT (catalog, offer_id)) FROM clusters) AS "offers in two SKUs",
            (SELECT count(*) - count(DISTINCT (catalog, offer_id)) FROM offers) AS "offers that stand twice"
        """,
        offers=offers.select(["catalog", "offer_id"]),
        clusters=clusters,
    ).to_pylist()[0]
    found = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    result = Audit("complete", not found, sum(counts.values()), 0, found or "every offer is in one SKU")
    if found:
        raise AuditError((result,))
    return result


def audit(
    connection: Connection,
    new: int,
    was: pa.Table,
    clusters: pa.Table,
    rows: Mapping[type[Versioned], int],
    settings: PublishingSettings,
) -> tuple[Audit, ...]:
    """Ask every audit of what was written for publication `new`.

    Args:
        connection: Sees the written rows.
        new: The publication being written.
        was: The live offers by the keys they have today (`trace`); none before the first publication, and then
            nothing is compared with it.
        clusters: Table of `schema.CLUSTERS`, what the publication is meant to show.
        rows: How many rows each table is meant to show.
        settings: The limits.
    """
    audits = [
        _written(connection, new, rows),
        _orphans(connection, new),
        _duplicates(connection, new),
        _size(connection, new, settings.max_sku_size),
    ]
    if len(was):
        audits += [_churn(was, clusters, settings.max_churn), *_coverage(was, clusters, settings.min_coverage)]
    return tuple(audits)


def drift_audit(drifts: Sequence[Drift], base: int, limit: float) -> Audit:
    """Ask whether any distribution moved further from the last publication than `publishing.max_drift` allows.

    Args:
        drifts: Of the run.
        base: The last publication; drift against older ones stops nothing, for what was accepted once is no news.
        limit: The setting.
    """
    counted = [drift for drift in drifts if drift.since == base]
    # Where values are few, a drift's own limit is what chance alone reaches.
    moved = [drift for drift in counted if not drift.passed and drift.psi > limit]
    found = ", ".join(f"{drift.figure} by {drift.psi:.2f}" for drift in moved)
    detail = found or f"none of {len(counted)} distributions moved further than {limit:g}"
    return Audit("drift", not moved, max((drift.psi for drift in counted), default=0.0), limit, detail, is_change=True)


def _written(connection: Connection, new: int, expected: Mapping[type[Versioned], int]) -> Audit:
    wrong = []
    for model, rows in expected.items():
        found = connection.scalar(select(func.count()).select_from(model).where(valid_at(model, new)))
        if found != rows:
            wrong.append(f"{model.__tablename__} holds {found:,} rows instead of {rows:,}")
    return Audit("written", not wrong, len(wrong), 0, "; ".join(wrong) or "every row was written")


def _orphans(connection: Connection, new: int) -> Audit:
    target = aliased(Redirect)

    def without(model: Any, column: Any, other: Any, key: Any, *more: Any) -> Any:
        """Rows of `model` whose `column` is nobody's `key` in `other`."""
        found = exists(select(literal(1)).where(key == column, valid_at(other, new), *more))
        return select(column).where(valid_at(model, new), column.is_not(None), ~found.correlate(model))

    sku = select(literal(1)).where(Sku.sku_id == Redirect.sku_id, valid_at(Sku, new))
    questions = {
        "offers without a SKU": without(Offer, Offer.sku_id, Sku, Sku.sku_id),
        "SKUs without an offer": without(Sku, Sku.sku_id, Offer, Offer.sku_id),
        "SKUs without a text": without(Sku, Sku.sku_id, SkuText, SkuText.sku_id),
        "texts without a SKU": without(SkuText, SkuText.sku_id, Sku, Sku.sku_id),
        "redirects to an unknown SKU": without(
            Redirect, Redirect.sku_id, target, target.former_sku_id, target.sku_id.is_(None)
        ).where(~exists(sku.correlate(Redirect))),
        "live SKUs that redirect": select(Sku.sku_id).join(
            Redirect, (Redirect.former_sku_id == Sku.sku_id) & valid_at(Redirect, new) & valid_at(Sku, new)
        ),
    }
    counts = {name: _count(connection, question) for name, question in questions.items()}
    found = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return Audit("orphans", not found, sum(counts.values()), 0, found or "none")


def _duplicates(connection: Connection, new: int) -> Audit:
    counts = {}
    for model, name in ((Offer, "offers"), (Sku, "SKUs"), (SkuText, "texts"), (Redirect, "redirects")):
        key = [getattr(model, column) for column in keys(model)]
        counts[name] = _count(
            connection, select(*key).where(valid_at(model, new)).group_by(*key).having(func.count() > 1)
        )
    found = ", ".join(f"{count:,} {name} stand twice" for name, count in counts.items() if count)
    return Audit("duplicates", not found, sum(counts.values()), 0, found or "none")


def _size(connection: Connection, new: int, limit: int) -> Audit:
    largest = connection.execute(
        select(Sku.sku_id, Sku.offers).where(valid_at(Sku, new)).order_by(Sku.offers.desc(), Sku.sku_id).limit(1)
    ).first()
    size = largest.offers if largest else 0
    detail = f"{largest.sku_id} holds {size:,} offers, the limit is {limit:,}" if largest else "no SKU"
    return Audit("sku_size", size <= limit, size, limit, detail)


def _churn(was: pa.Table, clusters: pa.Table, limit: float) -> Audit:
    counts = query(
        """
        SELECT count(*) AS kept, count(*) FILTER (was.sku_id <> clusters.sku_id) AS moved
        FROM was JOIN clusters USING (catalog, offer_id)
        """,
        was=was,
        clusters=clusters,
    )
    kept, moved = counts["kept"][0].as_py(), counts["moved"][0].as_py()
    share = moved / kept if kept else 0.0
    detail = f"{moved:,} of {kept:,} offers change their SKU ({share:.1%}), the limit is {limit:.1%}"
    return Audit("churn", share <= limit, share, limit, detail, is_change=True)


def _coverage(was: pa.Table, clusters: pa.Table, limit: float) -> list[Audit]:
    counts = query(
        """
        SELECT was.catalog, was.n AS before, coalesce(now.n, 0) AS now
        FROM (SELECT catalog, count(*) AS n FROM was GROUP BY catalog) AS was
        LEFT JOIN (SELECT catalog, count(*) AS n FROM clusters GROUP BY catalog) AS now USING (catalog)
        ORDER BY was.catalog
        """,
        was=was,
        clusters=clusters,
    ).to_pylist()
    emptied = [row["catalog"] for row in counts if row["now"] == 0]
    left = {row["catalog"]: row["now"] / row["before"] for row in counts if row["now"]}
    shrunk = [f"{name} has {share:.0%} of its offers left" for name, share in left.items() if share < limit]
    least = min(left.values(), default=1.0)
    detail = ", ".join(shrunk) or f"every catalog has at least {min(least, 1):.0%} of its offers"
    gone = f"{', '.join(emptied)} had offers and has none" if emptied else "none"
    return [
        Audit("coverage", not shrunk, least, limit, detail, is_change=True),
        Audit("emptied_catalogs", not emptied, len(emptied), 0, gone, is_change=True),
    ]


def _count(connection: Connection, question: Any) -> int:
    return int(connection.scalar(select(func.count()).select_from(question.subquery())) or 0)
