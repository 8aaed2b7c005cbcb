"""What changed between two runs, pair by pair, and why.

A pair changed if one run has its two offers in one SKU and the other has not. The cause of a change is found by ruling
out, in this order: an offer that only one run has, a reviewer's verdict, changed data, another scorer, another
calibration, other candidates (the score of a pair depends on what competes with it), and what is left: settings. A pair
that no run scored, or whose own decision is the same in both, moved because of others in its SKUs, and takes the cause
of the decision that changed among them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, TypedDict

import pyarrow as pa

from sku_align import schema
from sku_align.folder import RunFolder
from sku_align.tabular import query

Key = tuple[str, str]
Pair = tuple[Key, Key]
MERGED, SPLIT = "merged", "split"
NOT_SCORED = "not scored"
NEW_OFFER, GONE_OFFER = "new offer", "offer gone"
VERDICT, DATA, SCORER, CALIBRATION = "verdict", "data changed", "scorer", "calibration"
CANDIDATES, SETTINGS = "other candidates", "settings"
# Of several changed decisions in one SKU the first of these counts.
CAUSES = (VERDICT, DATA, NEW_OFFER, GONE_OFFER, SCORER, CALIBRATION, CANDIDATES, SETTINGS)


class RunTables(NamedTuple):
    """What is compared of a run.

    Attributes:
        offers: Table of `schema.OFFERS`.
        decisions: Table of `schema.DECISIONS`; pairs that were scored have a probability.
        clusters: Table of `schema.CLUSTERS`.
        scorer: Fingerprint of the scorer.
        calibration: Fingerprint of the calibration.
        blocked_by: Whatever decides which pairs are scored beside the offers: settings of blocking, the embedder.
    """

    offers: pa.Table
    decisions: pa.Table
    clusters: pa.Table
    scorer: str = ""
    calibration: str = ""
    blocked_by: str = ""

    @classmethod
    def of(cls, folder: RunFolder) -> "RunTables":
        """What lies in a run folder.

        Raises:
            UserError: A table is missing or damaged.
        """
        return cls(folder.read("offers"), folder.read("decisions"), folder.read("clusters"), **made_by(folder))


class MadeBy(TypedDict):
    """What made the tables of a run beside its offers, as `RunTables` names it."""

    scorer: str
    calibration: str
    blocked_by: str


def made_by(folder: RunFolder) -> MadeBy:
    """What made the tables of a run folder beside its offers, as `RunTables` names it."""
    block, embed, score = (folder.facts(stage) for stage in ("block", "embed", "score"))
    return {
        "scorer": str(score.get("scorer", "")),
        "calibration": str(score.get("calibration", "")),
        "blocked_by": f"{block.get('settings', '')} {embed.get('embedder', '')}",
    }


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

    Only what differs leaves the tables, so that two runs of a million offers that are much alike take seconds.

    Args:
        first: The earlier run.
        second: The later run.
    """
    differing = _differing(first, second)
    reasons = _Reasons(*(_narrowed(run, differing) for run in (first, second)))
    causes = _by_group(differing, reasons)
    changes = []
    for (left, right), change in differing.changed.items():
        rows = [next(side[key] for side in reversed(reasons.offers) if key in side) for key in (left, right)]
        tags = sorted((row["language"] or "und").split("-")[0] for row in rows)
        cause = reasons.of_pair((left, right)) or causes[left] or causes[right] or SETTINGS
        before, after = (side.get((left, right), {}).get("probability") for side in reasons.decisions)
        titles = (rows[0]["title"] or "", rows[1]["title"] or "")
        changes.append(Change(change, cause, left, right, titles, "-".join(tags), before, after))
    changes.sort(key=lambda each: (CAUSES.index(each.cause), each.change, each.left, each.right))
    both = reasons.offers[0].keys() & reasons.offers[1].keys()
    moved = {key for each in changes for key in (each.left, each.right) if {each.left, each.right} <= both}
    return RunComparison(tuple(changes), len(moved), differing.new, differing.gone, differing.same)


def decision_counts(first: RunTables, second: RunTables) -> Mapping[tuple[str, str], int]:
    """How many pairs the first run decided one way and the second another; "not scored" where a run lacks the pair."""
    sides = [
        query(f"SELECT {_TEXTS}, decision::VARCHAR AS decision FROM run", run=run.decisions) for run in (first, second)
    ]
    counted = query(
        f"""
        SELECT coalesce(one.decision, '{NOT_SCORED}') AS first, coalesce(other.decision, '{NOT_SCORED}') AS second,
            count(*) AS pairs
        FROM one FULL JOIN other USING ({_PAIR}) GROUP BY ALL ORDER BY ALL
        """,
        one=sides[0],
        other=sides[1],
    ).to_pylist()
    return {(row["first"], row["second"]): row["pairs"] for row in counted}


class _Differing(NamedTuple):
    """Where two runs differ.

    Attributes:
        changed: Pairs that one run has in one SKU and the other has not: "merged" or "split".
        decided: Pairs that one run merges and the other does not.
        links: Unchanged pairs inside the SKUs of the offers of both.
        same: Pairs that both runs have in one SKU.
        new: Offers that only the second run has.
        gone: Offers that only the first run has.
    """

    changed: dict[Pair, str]
    decided: list[Pair]
    links: list[Pair]
    same: int
    new: int
    gone: int

    def pairs(self) -> Iterator[Pair]:
        """All pairs that differ."""
        yield from self.changed
        yield from (pair for pair in self.decided if pair not in self.changed)


_PAIR = ", ".join(schema.PAIR_NAMES)
_INSIDE = """
    SELECT l.catalog AS left_catalog, l.offer_id AS left_offer_id,
        r.catalog AS right_catalog, r.offer_id AS right_offer_id
    FROM run AS l JOIN run AS r USING (sku_id)
    WHERE (l.catalog, l.offer_id) < (r.catalog, r.offer_id)
"""
_CHANGED = f"""
    SELECT 'split' AS change, * FROM (FROM one ANTI JOIN other USING ({_PAIR}))
    UNION ALL SELECT 'merged', * FROM (FROM other ANTI JOIN one USING ({_PAIR}))
    ORDER BY ALL
"""
_TEXTS = ", ".join(f"{name}::VARCHAR AS {name}" for name in schema.PAIR_NAMES)
_MERGING = f"SELECT {_TEXTS} FROM run WHERE decision = 'auto_merge'"
_TOUCHED = """
    SELECT left_catalog AS catalog, left_offer_id AS offer_id FROM pairs
    UNION SELECT right_catalog, right_offer_id FROM pairs ORDER BY ALL
"""
_LINKS = f"""
    SELECT {_PAIR} FROM one SEMI JOIN other USING ({_PAIR})
    WHERE (left_catalog, left_offer_id) IN (SELECT (catalog, offer_id) FROM touched)
        OR (right_catalog, right_offer_id) IN (SELECT (catalog, offer_id) FROM touched)
    ORDER BY ALL
"""


def _differing(first: RunTables, second: RunTables) -> _Differing:
    one, other = (query(_INSIDE, run=run.clusters) for run in (first, second))
    changed = query(_CHANGED, one=one, other=other)
    merging = [query(_MERGING, run=run.decisions) for run in (first, second)]
    decided = query(_CHANGED, one=merging[0], other=merging[1]).drop_columns("change")
    touched = query(_TOUCHED, pairs=pa.concat_tables([changed.drop_columns("change"), decided]))
    sides = [run.offers.select(["catalog", "offer_id"]) for run in (first, second)]
    gone, new = (
        len(query("FROM mine ANTI JOIN theirs USING (catalog, offer_id)", mine=mine, theirs=theirs))
        for mine, theirs in (sides, sides[::-1])
    )
    return _Differing(
        {pair: row["change"] for pair, row in _pairs(changed)},
        [pair for pair, _ in _pairs(decided)],
        [pair for pair, _ in _pairs(query(_LINKS, one=one, other=other, touched=touched))],
        len(one) - changed["change"].to_pylist().count(SPLIT),
        new,
        gone,
    )


def _narrowed(run: RunTables, differing: _Differing) -> RunTables:
    """The rows of a run that are about pairs that differ."""
    pairs = [dict(zip(schema.PAIR_NAMES, (*left, *right), strict=True)) for left, right in differing.pairs()]
    wanted = pa.Table.from_pylist(pairs, pa.schema([(name, pa.string()) for name in schema.PAIR_NAMES]))
    columns = f"{_TEXTS}, probability, decision::VARCHAR AS decision, reason::VARCHAR AS reason"
    sought = f"SELECT * FROM (SELECT {columns} FROM decisions) SEMI JOIN wanted USING ({_PAIR})"
    decisions = query(sought, decisions=run.decisions, wanted=wanted)
    touched = query(_TOUCHED, pairs=wanted)
    offers = query("FROM offers SEMI JOIN touched USING (catalog, offer_id)", offers=run.offers, touched=touched)
    return run._replace(offers=offers, decisions=decisions)


class _Reasons:
    """Why the decision on a pair differs between two runs."""

    def __init__(self, first: RunTables, second: RunTables) -> None:
        self.decisions = tuple(dict(_pairs(run.decisions)) for run in (first, second))
        self.offers = tuple(dict(_offers(run.offers)) for run in (first, second))
        self._scored_alike = first.scorer == second.scorer
        self._calibrated_alike = first.calibration == second.calibration
        self._blocked_alike = first.blocked_by == second.blocked_by

    def of_pair(self, pair: Pair) -> str | None:
        """The cause of a pair's own change, `None` if its own decision did not change."""
        for side, cause in ((0, NEW_OFFER), (1, GONE_OFFER)):
            if any(key not in self.offers[side] for key in pair):
                return cause
        before, after = (side.get(pair) for side in self.decisions)
        reviewed = [row is not None and row["reason"] == "reviewer" for row in (before, after)]
        if any(reviewed) and (before is None or after is None or before["decision"] != after["decision"]):
            return VERDICT
        if before is None and after is None:
            return None
        if before is not None and after is not None and before["decision"] == after["decision"]:
            return None
        if any(self.offers[0][key]["content_hash"] != self.offers[1][key]["content_hash"] for key in pair):
            return DATA
        one, other = (None if row is None else row["probability"] for row in (before, after))
        if one is None or other is None:
            return CANDIDATES if self._blocked_alike else SETTINGS
        if not self._scored_alike:
            return SCORER
        if one != other:
            return CANDIDATES if self._calibrated_alike else CALIBRATION
        return SETTINGS


def _by_group(differing: _Differing, reasons: _Reasons) -> Mapping[Key, str | None]:
    """The cause among all offers that are linked to an offer by a SKU of either run."""
    root: dict[Key, Key] = {}

    def find(key: Key) -> Key:
        while root.setdefault(key, key) != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    for left, right in (*differing.links, *differing.pairs()):
        root[find(left)] = find(right)
    found: dict[Key, set[str]] = defaultdict(set)
    for pair in differing.decided:
        if cause := reasons.of_pair(pair):
            found[find(pair[0])].add(cause)
    for cause, side in ((NEW_OFFER, 1), (GONE_OFFER, 0)):
        for key in reasons.offers[side].keys() - reasons.offers[1 - side].keys():
            found[find(key)].add(cause)
    # Of several changed decisions around an offer the one that stands first in CAUSES is named.
    first = {key: min(causes, key=CAUSES.index) for key, causes in found.items()}
    return defaultdict(lambda: None, {key: first.get(find(key)) for key in list(root)})


def _offers(offers: pa.Table) -> Iterator[tuple[Key, dict[str, Any]]]:
    for row in offers.select(["catalog", "offer_id", "title", "language", "content_hash"]).to_pylist():
        yield (row["catalog"], row["offer_id"]), row


def _pairs(table: pa.Table) -> Iterator[tuple[Pair, dict[str, Any]]]:
    for row in table.to_pylist():
        left, right = (row["left_catalog"], row["left_offer_id"]), (row["right_catalog"], row["right_offer_id"])
        yield (min(left, right), max(left, right)), row
