"""What changed between two runs, pair by pair, and why.

A pair changed if one run has its two offers in one SKU and the other has not. The cause of a change is found by ruling
out, in this order: an offer that only one run has, a reviewer's verdict, changed data, another scorer, another
calibration, other candidates (the score of a pair depends on what competes with it), and what is left: settings. A pair
that no run scored, or whose own decision is the same in both, moved because of others in its SKUs, and takes the cause
of the decision that changed among them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, NamedTuple

import pyarrow as pa

Key = tuple[str, str]
Pair = tuple[Key, Key]
MERGED, SPLIT = "merged", "split"
NEW_OFFER, GONE_OFFER = "new offer", "offer gone"
VERDICT, DATA, SCORER, CALIBRATION = "verdict", "data changed", "scorer", "calibration"
CANDIDATES, SETTINGS = "other candidates", "settings"
# Of several changed decisions in one SKU the first of these counts.
CAUSES = (VERDICT, DATA, NEW_OFFER, GONE_OFFER, SCORER, CALIBRATION, CANDIDATES, SETTINGS)


class RunTables(NamedTuple):
    """What is compared of a run.

    Attributes:
        offers: Table of `schema.OFFERS`.
        scores: Table of `schema.SCORES`.
        decisions: Table of `schema.DECISIONS`.
        clusters: Table of `schema.CLUSTERS`.
        calibration: Fingerprint of the calibration, empty if it is not known.
        blocked_by: Whatever decides which pairs are scored beside the offers: settings of blocking, the embedder.
    """

    offers: pa.Table
    scores: pa.Table
    decisions: pa.Table
    clusters: pa.Table
    calibration: str = ""
    blocked_by: str = ""


@dataclass(frozen=True)
class Change:
    """A pair of offers that two runs see differently.

    Attributes:
        change: "merged" or "split", from the first run to the second.
        cause: One of `CAUSES`.
        left: Key (catalog, offer_id) of the smaller offer.
        right: Key of the other one.
        titles: Both titles.
        languages: Both languages, sorted ("en-ja").
        before: Probability in the first run; `None` if the pair was not scored.
        after: Probability in the second.
    """

    change: str
    cause: str
    left: Key
    right: Key
    titles: tuple[str, str]
    languages: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class RunComparison:
    """All changes between two runs.

    Attributes:
        changes: Sorted by cause, then by pair.
        moved: Offers of both runs that share a SKU with other offers than before.
        new: Offers that only the second run has.
        gone: Offers that only the first run has.
        same: Pairs that both runs have in one SKU.
    """

    changes: tuple[Change, ...]
    moved: int
    new: int
    gone: int
    same: int

    def counts(self) -> Mapping[tuple[str, str, str], int]:
        """Changes by kind, cause and language pair."""
        return Counter((each.change, each.cause, each.languages) for each in self.changes)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def compare_runs(first: RunTables, second: RunTables) -> RunComparison:
    """Compare two runs.

    Args:
        first: The earlier run.
        second: The later run.
    """
    offers = (dict(_offers(first.offers)), dict(_offers(second.offers)))
    pairs = tuple(set(_inside(run.clusters)) for run in (first, second))
    reasons = _Reasons(first, second, offers)
    scored = reasons.scores
    causes = _by_group(pairs, reasons, offers)
    changes = []
    for change, found in ((SPLIT, pairs[0] - pairs[1]), (MERGED, pairs[1] - pairs[0])):
        for left, right in found:
            rows = [next(side[key] for side in reversed(offers) if key in side) for key in (left, right)]
            tags = sorted((row["language"] or "und").split("-")[0] for row in rows)
            cause = reasons.of_pair((left, right)) or causes[left] or causes[right] or SETTINGS
            before, after = (side.get((left, right), {}).get("probability") for side in scored)
            titles = (rows[0]["title"] or "", rows[1]["title"] or "")
            changes.append(Change(change, cause, left, right, titles, "-".join(tags), before, after))
    changes.sort(key=lambda each: (CAUSES.index(each.cause), each.change, each.left, each.right))
    both = offers[0].keys() & offers[1].keys()
    moved = {key for each in changes for key in (each.left, each.right) if {each.left, each.right} <= both}
    return RunComparison(
        tuple(changes),
        len(moved),
        len(offers[1].keys() - both),
        len(offers[0].keys() - both),
        len(pairs[0] & pairs[1]),
    )


class _Reasons:
    """Why the decision on a pair differs between two runs."""

    def __init__(self, first: RunTables, second: RunTables, offers: tuple[dict[Key, Any], dict[Key, Any]]) -> None:
        self.scores = tuple(dict(_pairs(run.scores)) for run in (first, second))
        self.decisions = tuple(dict(_pairs(run.decisions)) for run in (first, second))
        self._offers = offers
        self._calibrated_alike = first.calibration == second.calibration
        self._blocked_alike = first.blocked_by == second.blocked_by

    def changed(self) -> Iterator[Pair]:
        """Pairs that one run merges by itself or by a verdict and the other does not."""
        merging = [{pair for pair, row in side.items() if row["decision"] == "auto_merge"} for side in self.decisions]
        yield from merging[0] ^ merging[1]

    def of_pair(self, pair: Pair) -> str | None:
        """The cause of a pair's own change, `None` if its own decision did not change."""
        for side, cause in ((0, NEW_OFFER), (1, GONE_OFFER)):
            if any(key not in self._offers[side] for key in pair):
                return cause
        before, after = (side.get(pair) for side in self.decisions)
        said = [row is not None and row["reason"] == "reviewer" for row in (before, after)]
        if any(said) and (before is None or after is None or before["decision"] != after["decision"]):
            return VERDICT
        if before is None and after is None:
            return None
        if before is not None and after is not None and before["decision"] == after["decision"]:
            return None
        if any(self._offers[0][key]["content_hash"] != self._offers[1][key]["content_hash"] for key in pair):
            return DATA
        one, other = (side.get(pair) for side in self.scores)
        if one is None or other is None:
            return CANDIDATES if self._blocked_alike else SETTINGS
        if one["scorer"] != other["scorer"]:
            return SCORER
        if one["probability"] != other["probability"]:
            return CANDIDATES if self._calibrated_alike else CALIBRATION
        return SETTINGS


def _by_group(
    pairs: tuple[set[Pair], ...], reasons: _Reasons, offers: tuple[dict[Key, Any], dict[Key, Any]]
) -> Mapping[Key, str | None]:
    """The cause among all offers that are linked to an offer by a SKU of either run."""
    root: dict[Key, Key] = {}

    def find(key: Key) -> Key:
        while root.setdefault(key, key) != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    changed = list(reasons.changed())
    for left, right in (*pairs[0], *pairs[1], *changed):
        root[find(left)] = find(right)
    found: dict[Key, set[str]] = defaultdict(set)
    for pair in changed:
        if cause := reasons.of_pair(pair):
            found[find(pair[0])].add(cause)
    for cause, side in ((NEW_OFFER, 1), (GONE_OFFER, 0)):
        for key in offers[side].keys() - offers[1 - side].keys():
            found[find(key)].add(cause)
    first = {key: min(causes, key=CAUSES.index) for key, causes in found.items()}
    return defaultdict(lambda: None, {key: first.get(find(key)) for key in list(root)})


def _offers(offers: pa.Table) -> Iterator[tuple[Key, dict[str, Any]]]:
    for row in offers.select(["catalog", "offer_id", "title", "language", "content_hash"]).to_pylist():
        yield (row["catalog"], row["offer_id"]), row


def _pairs(table: pa.Table) -> Iterator[tuple[Pair, dict[str, Any]]]:
    for row in table.to_pylist():
        left, right = (row["left_catalog"], row["left_offer_id"]), (row["right_catalog"], row["right_offer_id"])
        yield (min(left, right), max(left, right)), row


def _inside(clusters: pa.Table) -> Iterable[Pair]:
    members: dict[str, list[Key]] = defaultdict(list)
    for row in clusters.to_pylist():
        members[row["sku_id"]].append((row["catalog"], row["offer_id"]))
    for keys in members.values():
        yield from combinations(sorted(keys), 2)
