"""Which SKU is this offer? The stages of a run over a few offers and their published neighbourhood.

Nothing here judges anything itself: blocking, scoring, calibration, decisions and clustering are those of a run, called
on small tables, so that an answer is what the next run would say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from sku_align import schema
from sku_align.calibration.calibration import Calibration
from sku_align.clustering.cluster import cluster
from sku_align.config import Settings
from sku_align.deciding.bounds import bounds
from sku_align.deciding.decide import AUTO_MERGE, REJECT, REVIEW, REVIEWER, decide
from sku_align.pairs import pair_positions, pair_rows
from sku_align.retrieval.index import PublishedIndex
from sku_align.review.explain import explain
from sku_align.scoring.protocol import Scorer
from sku_align.scoring.score import score
from sku_align.serving.neighbourhood import Neighbourhood, neighbourhood

NEW = "new"
_PAIR = schema.PAIR_NAMES
_ORDER = {AUTO_MERGE: 0, REVIEW: 1, REJECT: 2}


@dataclass(frozen=True)
class Alternative:
    """A SKU that an offer might be.

    Attributes:
        sku_id: The SKU.
        catalog: Catalog of its offer that the new one is most like.
        offer_id: Id of that offer.
        title: Title of that offer.
        probability: Of being the same product, from 0 to 1; None where only a person judged the pair.
        decision: `auto_merge`, `review` or `reject`, as a run decides the pair.
        reason: Why, as in `schema.DECISIONS`.
        detail: The numbers behind it.
        explanation: What the two offers share and where they differ, in words; of those that are named.
    """

    sku_id: str
    catalog: str
    offer_id: str
    title: str
    probability: float | None
    decision: str
    reason: str
    detail: str
    explanation: str = ""


@dataclass(frozen=True)
class Match:
    """What an offer is.

    Attributes:
        catalog: Its catalog.
        offer_id: Its id.
        decision: `auto_merge` (it is this SKU), `review` (a person should say), `new` (no published SKU).
        sku_id: The SKU, or the one to ask about; None for a new one.
        probability: Of the pair that decides, None where there is none.
        reasons: Why, in words.
        published_sku_id: The SKU that this offer has in the publication, None if it is not in it.
        alternatives: Other SKUs that were looked at, the likeliest first.
    """

    catalog: str
    offer_id: str
    decision: str
    sku_id: str | None
    probability: float | None
    reasons: tuple[str, ...]
    published_sku_id: str | None
    alternatives: tuple[Alternative, ...] = field(default=())


@dataclass(frozen=True)
class Matcher:
    """Matches offers with one publication.

    Attributes:
        index: What was published.
        settings: All settings of the published run; canaries are off, for they were scored when this was made.
        scorer: The scorer of the published run.
        calibration: Its calibration.
        verdicts: Table of `schema.VERDICTS`, people's latest.
    """

    index: PublishedIndex
    settings: Settings
    scorer: Scorer
    calibration: Calibration
    verdicts: pa.Table

    def match(self, catalog: str, offers: pa.Table, embeddings: pa.Table, alternatives: int = 3) -> list[Match]:
        """Say for each offer which SKU it is.

        Args:
            catalog: The catalog of the offers; offers of one catalog compete, unless it lists products twice.
            offers: Table of `schema.OFFERS`, sorted by key, all of this catalog.
            embeddings: Vectors of the same offers in the same order.
            alternatives: How many other SKUs are named for each.
        """
        if not len(offers):
            return []
        near = neighbourhood(self.index, catalog, offers, embeddings, self.settings)
        decisions = self._decide(near)
        groups, refused = cluster(near.offers, decisions, self.settings)
        return _answers(self.index, near, decisions, groups, refused, alternatives)

    def _decide(self, near: Neighbourhood) -> pa.Table:
        """Decisions on the pairs that have a new offer, and on those of published offers as they were published."""
        both = pa.concat_tables([near.candidates, near.published_candidates])
        duplicates = self.settings.with_duplicates(near.offers["catalog"].to_pylist())
        calibration = replace(self.calibration, has_duplicates=duplicates)
        settings = self._with_calibrated(near.offers)
        scores = score(
            near.offers,
            both,
            self.scorer,
            calibration,
            self.settings.scoring,
            known=near.published,
            bounds=lambda offers, pairs: bounds(offers, pairs, settings),
        )
        fresh = np.asarray(near.is_new[pair_rows(near.offers, scores)].any(axis=1))
        # Pairs of published offers stand as they were published: here only a part of their run lies around them.
        mixed = pa.concat_tables([scores.filter(fresh), near.published])
        decisions = decide(near.offers, mixed, self.verdicts, settings)
        pairs = pair_rows(near.offers, decisions)
        decided_here = near.is_new[pairs].any(axis=1) | (decisions["reason"].cast(pa.string()).to_numpy() == REVIEWER)
        published = pair_rows(near.offers, near.published_decisions)
        stands = pair_positions(pairs[decided_here], published, len(near.offers)) < 0
        kept = [decisions.filter(pa.array(decided_here)), near.published_decisions.filter(pa.array(stands))]
        return pa.concat_tables(kept).unify_dictionaries()

    def _with_calibrated(self, offers: pa.Table) -> Settings:
        return self.settings.with_calibrated(self.calibration.covers(offers))


def _answers(
    index: PublishedIndex,
    near: Neighbourhood,
    decisions: pa.Table,
    groups: pa.Table,
    refused: pa.Table,
    alternatives: int,
) -> list[Match]:
    keys = near.offers.select(["catalog", "offer_id", "title"]).to_pylist()
    cluster_of = groups["cluster"].to_pylist()
    members: dict[int, set[str]] = {}
    for row, sku_id in enumerate(near.sku_ids):
        if sku_id:
            members.setdefault(cluster_of[row], set()).add(sku_id)
    why_not = {tuple(row[name] for name in _PAIR): row for row in refused.to_pylist()}
    by_offer: dict[int, list[Alternative]] = {}
    pairs = pair_rows(near.offers, decisions)
    asked = np.asarray(near.is_new[pairs].any(axis=1))
    for pair, decision in zip(pairs[asked].tolist(), decisions.filter(pa.array(asked)).to_pylist(), strict=True):
        for own, other in (pair, pair[::-1]):
            if near.is_new[own] and (sku_id := near.sku_ids[other]):
                by_offer.setdefault(own, []).append(_alternative(sku_id, keys[other], decision, why_not))
    row_of = {(key["catalog"], key["offer_id"]): row for row, key in enumerate(keys)}
    matches = []
    for own in np.flatnonzero(near.is_new).tolist():
        named: dict[str, Alternative] = {}
        for each in sorted(by_offer.get(own, []), key=_rank):
            named.setdefault(each.sku_id, each)
        published = index.row_of(keys[own]["catalog"], keys[own]["offer_id"])
        current = index.offers["sku_id"][published].as_py() if published >= 0 else None
        explained = partial(_explained, near.offers, row_of, own)
        joined = members.get(cluster_of[own], set())
        matches.append(_answer(keys[own], joined, named, explained, current, index, alternatives))
    return matches


def _rank(each: Alternative) -> tuple[int, float, str, str]:
    return _ORDER[each.decision], -(each.probability or 2.0), each.catalog, each.offer_id


def _alternative(
    sku_id: str, other: Mapping[str, Any], row: Mapping[str, Any], why_not: Mapping[Any, Any]
) -> Alternative:
    kept_out = why_not.get(tuple(row[name] for name in _PAIR))
    return Alternative(
        sku_id=sku_id,
        catalog=other["catalog"],
        offer_id=other["offer_id"],
        title=other["title"],
        probability=row["probability"],
        decision=REJECT if kept_out else row["decision"],
        reason=kept_out["reason"] if kept_out else row["reason"],
        detail=(kept_out["detail"] if kept_out else row["detail"]) or "",
    )


def _explained(offers: pa.Table, row_of: Mapping[Any, int], own: int, each: Alternative) -> Alternative:
    """The same with its explanation, which takes longer than all else that an alternative says."""
    rows = own, row_of[each.catalog, each.offer_id]
    one, other = (offers.slice(row, 1).to_pylist()[0] for row in rows)
    return replace(each, explanation=explain(one, other))


def _answer(
    own: Mapping[str, Any],
    joined: set[str],
    named: Mapping[str, Alternative],
    explained: Callable[[Alternative], Alternative],
    current: str | None,
    index: PublishedIndex,
    alternatives: int,
) -> Match:
    """The SKU that the offer was clustered with, else the one to ask a person about, else none."""
    chosen = next((each for each in named.values() if each.sku_id in joined), None)
    decision = AUTO_MERGE
    if chosen is None:
        chosen = next((each for each in named.values() if each.decision == REVIEW), None)
        decision = REVIEW if chosen else NEW
    reasons = [explained(chosen).explanation, _why(chosen)] if chosen else []
    sku_id = chosen.sku_id if chosen else None
    if chosen and (others := sorted(joined - {chosen.sku_id})):
        reasons.append(f"it would join {', '.join(others)} to this SKU")
    if decision == NEW and current and len(index.members(current)) == 1:
        decision, sku_id, reasons = AUTO_MERGE, current, ["this offer is published, alone in its SKU"]
    elif decision == NEW:
        best = next(iter(named.values()), None)
        reasons = [f"the likeliest is {best.sku_id}: {_why(best)}"] if best else ["no published offer is like it"]
    rest = [each for each in named.values() if each.sku_id != sku_id]
    return Match(
        catalog=own["catalog"],
        offer_id=own["offer_id"],
        decision=decision,
        sku_id=sku_id,
        probability=chosen.probability if chosen else None,
        reasons=tuple(reason for reason in reasons if reason),
        published_sku_id=current,
        alternatives=tuple(explained(each) for each in rest[:alternatives]),
    )


def _why(chosen: Alternative) -> str:
    chance = "" if chosen.probability is None else f"probability {chosen.probability:.3f}, "
    reason = "" if chosen.reason == "threshold" else f" ({chosen.reason})"
    return f"{chance}{chosen.detail}{reason}"
