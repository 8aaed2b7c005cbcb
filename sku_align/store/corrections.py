"""What a person wants of SKUs, said as verdicts on pairs of offers, which outlive every run."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.errors import UserError
from sku_align.store.store import Store

Key = tuple[str, str]
_PAIR = list(schema.PAIR_NAMES)


def split(store: Store, sku_id: str, offers: Sequence[str]) -> list[tuple[Key, Key]]:
    """Pairs to keep apart, so that the named offers (`catalog#offer_id`) part from the others of a SKU.

    Raises:
        UserError: The SKU is not live, an offer is not one of its own, or none would stay.
    """
    members = _members(store, sku_id)
    leaving = set()
    for offer in offers:
        catalog, _, offer_id = offer.partition("#")
        if (catalog, offer_id) not in members:
            raise UserError(f"{offer!r} is not an offer of {sku_id}: `sku-align sku show {sku_id}` lists them.")
        leaving.add((catalog, offer_id))
    staying = [member for member in members if member not in leaving]
    if not staying:
        raise UserError(f"All offers of {sku_id} were named: name those that are to leave it.")
    return [(one, other) for one in sorted(leaving) for other in staying]


def unmerge(store: Store, former_id: str) -> list[tuple[Key, Key]]:
    """Pairs to keep apart, so that what came from a merged SKU leaves the one that it was merged into.

    Raises:
        UserError: The id is live, its product is gone, or the two no longer stand together.
    """
    story = store.story(former_id)
    if story.is_live:
        raise UserError(f"{former_id} is live, not merged: use `sku-align sku split` to take offers out of it.")
    came = [row for row in store.last_offers(former_id) if row["sku_id"] == story.leads_to]
    if story.leads_to is None or not came:
        raise UserError(f"No offer of {former_id} is on sale in another SKU, so there is nothing to take apart.")
    leaving = {(row["catalog"], row["offer_id"]) for row in came}
    staying = [member for member in _members(store, story.leads_to) if member not in leaving]
    if not staying:
        raise UserError(f"{story.leads_to} holds nothing but what came from {former_id}: there is nothing to undo.")
    return [(one, other) for one in sorted(leaving) for other in staying]


def link(store: Store, sku_id: str, other_id: str) -> list[tuple[Key, Key]]:
    """Pairs to join, so that two SKUs become one: the first offers, and those that a person once set apart.

    Raises:
        UserError: One of them is not live, or they are the same.
    """
    if sku_id == other_id:
        raise UserError(f"{sku_id} was named twice: name two SKUs.")
    ours, theirs = _members(store, sku_id), _members(store, other_id)
    crossing = {(min(one, other), max(one, other)) for one in ours for other in theirs}
    apart = store.verdicts()
    apart = apart.filter(pc.equal(apart["verdict"], "different"))
    said = {(tuple(row[:2]), tuple(row[2:])) for row in zip(*(apart[name].to_pylist() for name in _PAIR), strict=True)}
    first = min(ours[0], theirs[0]), max(ours[0], theirs[0])
    return sorted({first} | (crossing & said))


def verdicts(
    pairs: Iterable[tuple[Key, Key]], verdict: str, reviewer: str, note: str | None, reviewed_at: str
) -> pa.Table:
    """Table of `schema.VERDICTS` that says the same of each pair."""
    rows: list[dict[str, Any]] = []
    for low, high in sorted((min(pair), max(pair)) for pair in pairs):
        sides = {"left_catalog": low[0], "left_offer_id": low[1], "right_catalog": high[0], "right_offer_id": high[1]}
        rows.append({**sides, "verdict": verdict, "reviewer": reviewer, "note": note, "reviewed_at": reviewed_at})
    return schema.conform(rows, schema.VERDICTS)


def _members(store: Store, sku_id: str) -> list[Key]:
    story = store.story(sku_id)
    if not story.is_live:
        where = f"it leads to {story.leads_to} now" if story.leads_to else "its product is no longer offered"
        raise UserError(f"{sku_id} is a former SKU: {where}.")
    return [(row["catalog"], row["offer_id"]) for row in story.offers]
