"""Audits between writing a run and publishing it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, literal, select, union_all
from sqlalchemy.orm import aliased

from sku_align.config import PublishingSettings
from sku_align.errors import UserError
from sku_align.store.models import Offer, Redirect, Sku, SkuText, Versioned
from sku_align.store.versions import keys, valid_at


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


def audit(
    connection: Connection, base: int, new: int, settings: PublishingSettings, expected: Mapping[type[Versioned], int]
) -> tuple[Audit, ...]:
    """Ask every audit of what was written for publication `new`.

    Args:
        connection: Sees the written rows.
        base: The live publication; 0 before the first, and then nothing is compared with it.
        new: The publication being written.
        settings: The limits.
        expected: How many rows each table was meant to show.
    """
    audits = [
        _written(connection, new, expected),
        _orphans(connection, new),
        _duplicates(connection, new),
        _size(connection, new, settings.max_sku_size),
    ]
    if base:
        audits += [_churn(connection, base, new, settings.max_churn), *_coverage(connection, base, new, settings)]
    return tuple(audits)


def _written(connection: Connection, new: int, expected: Mapping[type[Versioned], int]) -> Audit:
    wrong = []
    for model, rows in expected.items():
        found = connection.scalar(select(func.count()).select_from(model).where(valid_at(model, new)))
        if found != rows:
            wrong.append(f"{model.__tablename__} holds {found:,} rows instead of {rows:,}")
    return Audit("written", not wrong, len(wrong), 0, "; ".join(wrong) or "every row was written")


def _orphans(connection: Connection, new: int) -> Audit:
    skus = select(Sku.sku_id).where(valid_at(Sku, new))
    offered = select(Offer.sku_id).where(valid_at(Offer, new))
    told = select(SkuText.sku_id).where(valid_at(SkuText, new))
    moved = aliased(Redirect)
    former = select(moved.former_sku_id).where(valid_at(moved, new))
    questions = {
        "offers without a SKU": select(Offer.offer_id).where(valid_at(Offer, new), Offer.sku_id.not_in(skus)),
        "SKUs without an offer": select(Sku.sku_id).where(valid_at(Sku, new), Sku.sku_id.not_in(offered)),
        "SKUs without a text": select(Sku.sku_id).where(valid_at(Sku, new), Sku.sku_id.not_in(told)),
        "texts without a SKU": select(SkuText.sku_id).where(valid_at(SkuText, new), SkuText.sku_id.not_in(skus)),
        "redirects to an unknown SKU": select(Redirect.former_sku_id).where(
            valid_at(Redirect, new),
            Redirect.sku_id.is_not(None),
            Redirect.sku_id.not_in(skus),
            Redirect.sku_id.not_in(former),
        ),
        "live SKUs that redirect": select(Redirect.former_sku_id).where(
            valid_at(Redirect, new), Redirect.former_sku_id.in_(skus)
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


def _churn(connection: Connection, base: int, new: int, limit: float) -> Audit:
    was, now = aliased(Offer), aliased(Offer)
    both = (
        select(func.count(), func.count().filter(was.sku_id != now.sku_id))
        .join(now, (now.catalog == was.catalog) & (now.offer_id == was.offer_id))
        .where(valid_at(was, base), valid_at(now, new))
    )
    kept, moved = connection.execute(both).one()
    share = moved / kept if kept else 0.0
    detail = f"{moved:,} of {kept:,} offers change their SKU ({share:.1%}), the limit is {limit:.1%}"
    return Audit("churn", share <= limit, share, limit, detail, is_change=True)


def _coverage(connection: Connection, base: int, new: int, settings: PublishingSettings) -> list[Audit]:
    sides = union_all(
        select(Offer.catalog, literal(1).label("was"), literal(0).label("now")).where(valid_at(Offer, base)),
        select(Offer.catalog, literal(0).label("was"), literal(1).label("now")).where(valid_at(Offer, new)),
    ).subquery()
    rows = connection.execute(
        select(sides.c.catalog, func.sum(sides.c.was), func.sum(sides.c.now)).group_by(sides.c.catalog)
    ).all()
    counts = {catalog: (int(was), int(now)) for catalog, was, now in sorted(rows) if was}
    emptied = [name for name, (_, now) in counts.items() if now == 0]
    shrunk = {name: now / was for name, (was, now) in counts.items() if 0 < now < settings.min_coverage * was}
    least = min((now / was for was, now in counts.values() if now), default=1.0)
    told = ", ".join(f"{name} has {share:.0%} of its offers left" for name, share in shrunk.items())
    return [
        Audit(
            "coverage",
            not shrunk,
            least,
            settings.min_coverage,
            told or f"every catalog has at least {least:.0%} of its offers",
            is_change=True,
        ),
        Audit(
            "emptied_catalogs",
            not emptied,
            len(emptied),
            0,
            f"{', '.join(emptied)} had offers and has none" if emptied else "none",
            is_change=True,
        ),
    ]


def _count(connection: Connection, question: Any) -> int:
    return int(connection.scalar(select(func.count()).select_from(question.subquery())) or 0)
