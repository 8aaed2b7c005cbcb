"""A small shop to publish: offers, who belongs together, and what storefronts then read."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from sku_align import schema
from sku_align.config import Settings
from sku_align.pairs import sort_offers
from sku_align.skus.identity import identify
from sku_align.store import Publication, Store

LENIENT = Settings.model_validate({"publishing": {"max_churn": 1, "min_coverage": 0, "max_sku_size": 1000}})
STRICT = Settings()
VIEWS = {
    "storefront_sku": "sku_id",
    "storefront_sku_text": "sku_id, language",
    "storefront_offer": "catalog, offer_id",
    "storefront_redirect": "former_sku_id",
    "storefront_change": "publication_id, position",
    "storefront_publication": "publication_id",
}
LANGUAGES = {"de": "de", "fr": "fr", "en": "en"}

Groups = Mapping[str, str]
"""Offer "catalog#id" -> any name of its cluster."""


def key(offer: str) -> dict[str, str]:
    return dict(zip(("catalog", "offer_id"), offer.split("#"), strict=True))


def offers_table(names: Iterable[str], mark: str = "", **more: Mapping[str, Any]) -> pa.Table:
    """Offers whose every text carries `mark`; `more` holds further columns by offer."""
    rows = []
    for name in names:
        catalog, number = name.split("#")
        row = {
            "catalog": catalog,
            "offer_id": number,
            "language": LANGUAGES.get(catalog, "en"),
            "title": f"{name} {mark}",
            "brand": f"Brand {mark}",
            "price": 10.0 + len(mark),
            "currency": "EUR",
            "content_hash": f"{number} in {catalog} {mark}",
        }
        rows.append(row | {column: values[name] for column, values in more.items() if name in values})
    return sort_offers(schema.conform(rows, schema.OFFERS))


def pairs_table(pairs: Iterable[tuple[str, str, str, str]], table: pa.Schema = schema.DECISIONS) -> pa.Table:
    rows = []
    for left, right, decision, reason in sorted(pairs):
        sides = {f"left_{k}": v for k, v in key(left).items()} | {f"right_{k}": v for k, v in key(right).items()}
        row = {**sides, "probability": 0.95, "reason": reason}
        rows.append(row | ({"decision": decision} if "decision" in table.names else {}))
    return schema.conform(rows, table)


def merged(groups: Groups) -> pa.Table:
    """Decisions that chain each group's offers."""
    by_group: dict[str, list[str]] = {}
    for offer in sorted(groups):
        by_group.setdefault(groups[offer], []).append(offer)
    chains = [(a, b, "auto_merge", "threshold") for part in by_group.values() for a, b in pairwise(part)]
    return pairs_table(chains)


def publish(
    store: Store,
    groups: Groups,
    mark: str = "",
    *,
    offers: pa.Table | None = None,
    decisions: pa.Table | None = None,
    settings: Settings = LENIENT,
    accept_churn: bool = False,
    day: int = 0,
    run_id: str | None = None,
) -> Publication:
    """Identify and publish, as a run does."""
    table = offers_table(groups, mark) if offers is None else offers
    names = sorted(set(groups.values()))
    clusters = [
        names.index(groups[f"{c}#{i}"])
        for c, i in zip(table["catalog"].to_pylist(), table["offer_id"].to_pylist(), strict=True)
    ]
    numbered = table.select(["catalog", "offer_id"]).append_column("cluster", pa.array(clusters, pa.int64()))
    decided = merged(groups) if decisions is None else decisions
    previous = store.previous()
    found = identify(numbered, table, decided, previous)
    return store.publish(
        offers=table,
        decisions=decided,
        clusters=found.clusters,
        refused=schema.REFUSED.empty_table(),
        events=found.events,
        previous=previous,
        settings=settings,
        published_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day),
        accept_churn=accept_churn,
        run_id=run_id,
    )


def read(store: Store | sa.Engine, *views: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of the storefront's views (all by default), read in one snapshot as a storefront does."""
    engine = store.engine if isinstance(store, Store) else store
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        elif not isinstance(store, Store):
            # Python's sqlite3 begins no transaction for a SELECT; a store's engine does.
            connection.exec_driver_sql("BEGIN")
        return {
            view: [
                dict(row._mapping)
                for row in connection.execute(sa.text(f"SELECT * FROM {view} ORDER BY {VIEWS[view]}"))
            ]
            for view in views or VIEWS
        }


def ids(store: Store) -> dict[str, str]:
    """Offer -> SKU id, as storefronts see it."""
    rows = read(store, "storefront_offer")["storefront_offer"]
    return {f"{row['catalog']}#{row['offer_id']}": row["sku_id"] for row in rows}


def redirects(store: Store) -> dict[str, str | None]:
    """Former id -> where it leads, as storefronts see it."""
    rows = read(store, "storefront_redirect")["storefront_redirect"]
    return {row["former_sku_id"]: row["sku_id"] for row in rows}
