"""What a person wants of SKUs, kept as verdicts on pairs of offers, which outlive every run.

A correction holds only if the words cover every offer that it is about: a link of two SKUs through one pair let the
next run tear both apart, and a split lost offers that nobody had named. So each correction says of all offers who stays
together and who parts, and is refused beforehand where earlier words or the catalogs forbid it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from sku_align import schema
from sku_align.config import Settings
from sku_align.deciding.consistency import Key, Pair, Word, clashes, make_pair, words_of
from sku_align.errors import UserError
from sku_align.store.store import Store

_MAX_SHOWN = 5


@dataclass(frozen=True)
class Correction:
    """A planned correction.

    Attributes:
        same: Pairs to keep together.
        different: Pairs to keep apart.
        groups: The offers of each SKU once a run has obeyed, as (`sku_id` or "a new SKU", offers).
        overruled: Earlier words that it takes back.
    """

    same: list[Pair]
    different: list[Pair]
    groups: list[tuple[str, list[Key]]]
    overruled: list[Word] = field(default_factory=list)

    def table(self, reviewer: str, note: str | None, reviewed_at: str) -> pa.Table:
        """The verdicts to keep: table of `schema.VERDICTS`."""
        parts = [verdicts(self.same, "same", reviewer, note, reviewed_at)]
        return pa.concat_tables([*parts, verdicts(self.different, "different", reviewer, note, reviewed_at)])

    def __str__(self) -> str:
        lines = []
        for sku_id, offers in self.groups:
            lines.append(f"{sku_id}: {', '.join(_name(offer) for offer in offers)}")
        if self.overruled:
            lines.append(f"Taken back: {'; '.join(str(word) for word in self.overruled)}.")
        return "\n".join(lines)


def split(store: Store, sku_id: str, offers: Sequence[str]) -> Correction:
    """Plan that the named offers (`catalog#offer_id`) leave a SKU together; the others stay together.

    Raises:
        UserError: The SKU is not live, an offer is not one of its own, none would stay, or earlier words contradict.
    """
    members = _members(store, sku_id)
    named = {_name(member): member for member in members}
    if unknown := [offer for offer in offers if offer not in named]:
        raise UserError(f"{unknown[0]!r} is not an offer of {sku_id}: `sku-align sku show {sku_id}` lists them.")
    leaving = sorted({named[offer] for offer in offers})
    staying = [member for member in members if member not in leaving]
    if not staying:
        raise UserError(f"All offers of {sku_id} were named: name those that are to leave it.")
    return _part(store, sku_id, leaving, staying)


def unmerge(store: Store, former_id: str) -> Correction:
    """Plan that what came from a merged SKU leaves the one that it was merged into.

    Raises:
        UserError: The id is live, its product is gone, the two no longer stand together, or earlier words contradict.
    """
    history = store.history(former_id)
    if history.is_live:
        raise UserError(f"{former_id} is live, not merged: use `sku-align sku split` to take offers out of it.")
    came = [row for row in store.last_offers(former_id) if row["sku_id"] == history.leads_to]
    if history.leads_to is None or not came:
        raise UserError(f"No offer of {former_id} is on sale in another SKU, so there is nothing to take apart.")
    leaving = sorted((row["catalog"], row["offer_id"]) for row in came)
    staying = [member for member in _members(store, history.leads_to) if member not in leaving]
    if not staying:
        raise UserError(f"{history.leads_to} holds nothing but what came from {former_id}: there is nothing to undo.")
    return _part(store, history.leads_to, leaving, staying, former_id)


def link(
    store: Store, sku_id: str, other_id: str, settings: Settings | None = None, overrule: bool = False
) -> Correction:
    """Plan that all offers of two SKUs become one SKU.

    Args:
        store: Holds both.
        sku_id: One SKU.
        other_id: The other.
        settings: Say which catalogs may list a product twice, and how large a SKU may be.
        overrule: Take earlier words back that keep the two apart, and let a catalog stand in the SKU twice.

    Raises:
        UserError: One of them is not live, they are the same, they would be too large, both hold an offer of a catalog
            that lists each product once, or earlier words forbid it.
    """
    if sku_id == other_id:
        raise UserError(f"{sku_id} was named twice: name two SKUs.")
    settings = settings or Settings()
    ours, theirs = _members(store, sku_id), _members(store, other_id)
    everything = sorted({*ours, *theirs})
    if len(everything) > settings.publishing.max_sku_size:
        raise UserError(
            f"{sku_id} and {other_id} hold {len(everything)} offers together, and a SKU with more than "
            f"{settings.publishing.max_sku_size} is not published: raise publishing.max_sku_size first."
        )
    if not overrule:
        _demand_one_per_catalog(store, ours, theirs, settings)
    kept = words_of(store.verdicts())
    between = {make_pair(one, other) for one in ours for other in theirs}
    apart = [word for pair, word in kept.items() if pair in between and word.verdict == "different"]
    if apart and not overrule:
        raise UserError(
            f"Earlier words keep {sku_id} and {other_id} apart: {_list(apart)}. Overrule them by --overrule."
        )
    pairs = sorted({*_chain(everything), *(word.pair for word in apart)})
    _demand_consistent(pairs, [], kept)
    return Correction(pairs, [], [(_survivor(sku_id, ours, other_id, theirs), everything)], apart)


def verdicts(pairs: Iterable[Pair], verdict: str, reviewer: str, note: str | None, reviewed_at: str) -> pa.Table:
    """Table of `schema.VERDICTS` that says the same of each pair."""
    rows: list[dict[str, Any]] = []
    for low, high in sorted(make_pair(*pair) for pair in pairs):
        sides = {"left_catalog": low[0], "left_offer_id": low[1], "right_catalog": high[0], "right_offer_id": high[1]}
        rows.append({**sides, "verdict": verdict, "reviewer": reviewer, "note": note, "reviewed_at": reviewed_at})
    return schema.conform(rows, schema.VERDICTS)


def _part(
    store: Store, sku_id: str, leaving: list[Key], staying: list[Key], former_id: str | None = None
) -> Correction:
    different = [make_pair(one, other) for one in leaving for other in staying]
    same = [*_chain(leaving), *_chain(staying)]
    kept = words_of(store.verdicts())
    _demand_consistent(same, different, kept)
    overruled = [kept[pair] for pair in different if pair in kept and kept[pair].verdict == "same"]
    # The larger part keeps the id; of equal parts the one that stays is named with it, as it was asked for.
    names = (former_id or "a new SKU", sku_id)
    if len(leaving) > len(staying) and former_id is None:
        names = (sku_id, "a new SKU")
    return Correction(same, different, [(names[1], staying), (names[0], leaving)], overruled)


def _demand_one_per_catalog(store: Store, ours: list[Key], theirs: list[Key], settings: Settings) -> None:
    shared = sorted({catalog for catalog, _ in ours} & {catalog for catalog, _ in theirs})
    twice = [name for name in shared if _lists_once(settings, name)]
    if not twice or (twice := sorted(set(twice) - _repeating(store))) == []:
        return
    offers = [_name(key) for key in (*ours, *theirs) if key[0] == twice[0]]
    raise UserError(
        f"Both SKUs hold an offer of {twice[0]}, which lists each product once: {' and '.join(offers)}. Take one of "
        "them out by `sku-align sku split` first, or, if they are one product all the same, use --overrule."
    )


def _lists_once(settings: Settings, catalog: str) -> bool:
    return not settings.catalog(catalog).has_duplicates


def _repeating(store: Store) -> set[str]:
    """Catalogs of which a live SKU holds several offers: they list products more than once, whatever settings say."""
    live = store.previous().table.group_by(["sku_id", "catalog"]).aggregate([([], "count_all")])
    names, counts = live["catalog"].to_pylist(), live["count_all"].to_pylist()
    return {name for name, count in zip(names, counts, strict=True) if count > 1}


def _demand_consistent(same: list[Pair], different: list[Pair], kept: dict[Pair, Word]) -> None:
    new = [Word(pair, "same", "this correction") for pair in same]
    new += [Word(pair, "different", "this correction") for pair in different]
    found = clashes(new, kept)
    if found:
        earlier = {str(word): word for words in found.values() for word in words if word.source != "this correction"}
        raise UserError(f"Earlier words contradict this: {_list(list(earlier.values()))}. Take them back first.")


def _chain(offers: list[Key]) -> list[Pair]:
    """Pairs that hold offers together: the first with each other, so that any of the others may leave its feed."""
    return [make_pair(offers[0], other) for other in offers[1:]]


def _survivor(sku_id: str, ours: list[Key], other_id: str, theirs: list[Key]) -> str:
    return other_id if len(theirs) > len(ours) else sku_id


def _list(words: list[Word]) -> str:
    more = len(words) - _MAX_SHOWN
    return "; ".join(str(word) for word in words[:_MAX_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _name(key: Key) -> str:
    return f"{key[0]}#{key[1]}"


def _members(store: Store, sku_id: str) -> list[Key]:
    history = store.history(sku_id)
    if not history.is_live:
        where = f"it leads to {history.leads_to} now" if history.leads_to else "its product is no longer offered"
        raise UserError(f"{sku_id} is a former SKU: {where}.")
    return [(row["catalog"], row["offer_id"]) for row in history.offers]
