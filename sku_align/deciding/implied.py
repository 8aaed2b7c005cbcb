"""What verdicts on offers that have gone still say of the offers that are left.

"A is B" and "B is C" make A and C one product. When B leaves its shop's feed, the words on B name no offer of the run,
and without them A and C would part. So what follows from verdicts on offers that are gone becomes a
verdict on those that are here.
"""

from collections.abc import Iterator
from itertools import pairwise

import pyarrow as pa

from sku_align import schema
from sku_align.pairs import pair_rows

Key = tuple[str, str]
_PAIR = list(schema.PAIR_NAMES)
_NOTE = "follows from verdicts on offers that are gone"


def add_implied(offers: pa.Table, verdicts: pa.Table) -> pa.Table:
    """Add the verdicts that follow from those on offers which are gone.

    Args:
        offers: Table of `schema.OFFERS`.
        verdicts: Table of `schema.VERDICTS` in any order; the last word about a pair counts.

    Returns:
        Table of `schema.VERDICTS`: the verdicts as they are, then those that follow. A pair that a verdict names
        gets no other one.
    """
    gone = (pair_rows(offers, verdicts) < 0).any(axis=1)
    if not gone.any():
        return verdicts
    latest: dict[tuple[Key, Key], dict[str, str]] = {}
    ordered = sorted(verdicts.to_pylist(), key=lambda row: (row["reviewed_at"] or "", row["verdict"] == "different"))
    for row in ordered:
        left, right = _sides(row)
        latest[min(left, right), max(left, right)] = row
    known = set(zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True))
    groups = _groups(latest)
    rows = list(_follow(latest, groups, known))
    return pa.concat_tables([verdicts, schema.conform(rows, schema.VERDICTS)]) if rows else verdicts


def _groups(latest: dict[tuple[Key, Key], dict[str, str]]) -> dict[Key, list[Key]]:
    """The offers that are one product by people's words; a "same" that contradicts a "different" joins nothing."""
    group: dict[Key, list[Key]] = {}
    apart = {pair for pair, row in latest.items() if row["verdict"] == "different"}
    for (one, other), row in reversed(latest.items()):
        if row["verdict"] != "same":
            continue
        ours, theirs = group.setdefault(one, [one]), group.setdefault(other, [other])
        if ours is theirs or any((min(a, b), max(a, b)) in apart for a in ours for b in theirs):
            continue
        ours += theirs
        for key in theirs:
            group[key] = ours
    return group


def _follow(
    latest: dict[tuple[Key, Key], dict[str, str]], groups: dict[Key, list[Key]], known: set[Key]
) -> Iterator[dict[str, str | None]]:
    done: set[tuple[Key, Key]] = set()

    def row(one: Key, other: Key, because: dict[str, str]) -> Iterator[dict[str, str | None]]:
        pair = min(one, other), max(one, other)
        if pair not in latest and pair not in done and one != other:
            done.add(pair)
            sides = dict(zip(_PAIR, (*pair[0], *pair[1]), strict=True))
            given = {name: because[name] for name in ("verdict", "reviewer", "reviewed_at")}
            yield {**sides, **given, "note": _NOTE}

    for (one, other), because in latest.items():
        if one in known and other in known:
            continue
        ours, theirs = ([key for key in sorted(groups.get(side, [side])) if key in known] for side in (one, other))
        if because["verdict"] == "different":
            if ours and theirs and groups.get(one) is not groups.get(other, ()):
                yield from row(ours[0], theirs[0], because)
        elif groups.get(one) is groups.get(other):
            for first, second in pairwise(ours):
                yield from row(first, second, because)


def _sides(row: dict[str, str]) -> tuple[Key, Key]:
    left, right = (row["left_catalog"], row["left_offer_id"]), (row["right_catalog"], row["right_offer_id"])
    return left, right
