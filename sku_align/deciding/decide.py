"""Decisions: a pair merges by itself, goes to a person, or is dropped, with the reason.

A calibration holds only where it was fitted: in a domain it never saw, "0.9" was right six times in ten. So where a
catalog is not calibrated, a pair merges by itself only if each offer is the other's best partner by a clear margin.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align import schema
from sku_align.attributes import compare_used
from sku_align.attributes.identity import identified
from sku_align.calibration.competing import Partners, RunnersUp
from sku_align.config import GUARDS, DecidingSettings, Settings
from sku_align.deciding.details import Details
from sku_align.deciding.guards import first_guard
from sku_align.deciding.spread import live_together, spread_words, unsure
from sku_align.deciding.thresholds import thresholds
from sku_align.deciding.verdicts import LatestVerdicts, latest_verdicts
from sku_align.pairs import numbered, pair_codes, pair_columns, pair_rows, pairs_of_codes

REJECT, REVIEW, AUTO_MERGE = "reject", "review", "auto_merge"
REVIEWER, WITHIN_SPREAD = "reviewer", "within_spread"
_DECISIONS = (REJECT, REVIEW, AUTO_MERGE)
_MERGED = _DECISIONS.index(AUTO_MERGE)
_GUARD_NUMBERS = {name: number for number, name in enumerate(GUARDS)}
_GUARDS = tuple(f"guard:{name}" for name in GUARDS)
_REASONS = (
    *_GUARDS, "threshold", WITHIN_SPREAD, REVIEWER, "same_catalog", "uncalibrated:not_mutual_best",
    "uncalibrated:margin",
)  # fmt: skip

Rows = NDArray[np.int64]
Codes = NDArray[np.int8]
Mask = NDArray[np.bool_]


class _Pairs(NamedTuple):
    """All pairs to decide, sorted: those that were scored and those that a reviewer judged.

    Attributes:
        rows: Row numbers of offers, shape (m, 2).
        probability: nan where a pair was not scored, shape (m,).
        low: The lowest probability that another run may give, shape (m,).
        high: The highest, shape (m,).
        together: Whether both offers are live in one SKU with their present texts, shape (m,).
        judged: Whether there is a verdict, shape (m,).
        confirmed: Whether the verdict is "same", shape (m,).
    """

    rows: Rows
    probability: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    together: Mask
    judged: Mask
    confirmed: Mask


class _Outcome:
    """Decision and reason of each pair while they are being made; a later assignment replaces an earlier one."""

    def __init__(self, decision: Codes, details: Details) -> None:
        self.decision = decision
        self.reason = np.full(len(decision), _REASONS.index("threshold"), dtype=np.int8)
        self.details = details

    def assign(self, at: Rows, decision: str, reason: str | Codes) -> None:
        """Give pairs another decision, with its reason."""
        self.decision[at] = _DECISIONS.index(decision)
        self.reason[at] = _REASONS.index(reason) if isinstance(reason, str) else reason


def decide(
    offers: pa.Table, scores: pa.Table, verdicts: pa.Table, settings: Settings, live: pa.Table | None = None
) -> pa.Table:
    """Decide every scored pair, and every pair that a reviewer has judged.

    In this order: a reviewer's verdict; the threshold on the probability and its spread between runs; guards that
    forbid, then guards that ask a person; for catalogs that are not calibrated, mutual best and a margin to the
    runner-up.

    Args:
        offers: Table of `schema.OFFERS`, sorted by key.
        scores: Table of `schema.SCORES`, each pair once.
        verdicts: Table of `schema.VERDICTS`; the last one about a pair counts.
        settings: `deciding`, and each catalog's `calibrated` and `has_duplicates`.
        live: Table of `schema.PREVIOUS`: where the setting `within_spread` is `keep`, its SKUs hold together what
            another run may merge.

    Returns:
        Table of `schema.DECISIONS`, sorted by pair. `reason` is `threshold`, `within_spread`, `guard:NAME`, `reviewer`,
        `same_catalog`, `uncalibrated:not_mutual_best` or `uncalibrated:margin`; `detail` has the numbers in words. A
        verdict on a pair that was not scored has no probability.

    Raises:
        ValueError: A score names an offer that is not in `offers`, or a pair stands twice.
    """
    latest = latest_verdicts(offers, verdicts)
    pairs = _assemble(offers, scores, latest, settings.deciding, live)
    limits = thresholds(offers, pairs.rows, settings.deciding)
    band = limits.band(pairs.probability)
    outcome = _Outcome(band.copy(), Details(limits, band))
    doubtful = unsure(pairs.low, pairs.high, limits)
    _widen(pairs, outcome, np.flatnonzero(doubtful.any & ~pairs.judged), doubtful.merge & pairs.together)
    catalog, found = numbered(offers["catalog"])
    names = found.to_pylist()
    one_to_one = np.array([not settings.catalog(name).has_duplicates for name in names], bool)
    _refuse_same_catalog(pairs, outcome, catalog, one_to_one)
    _apply_guards(offers, pairs, outcome, settings.deciding)

    # What a reviewer called different and what a guard forbids takes no place from other pairs; nor does a pair too
    # improbable to come within the margin of any that merges.
    floor = pairs.low[outcome.decision == _MERGED].min(initial=1.0) - np.float32(settings.deciding.margin)
    excluded = (pairs.judged & ~pairs.confirmed) | ((outcome.decision == 0) & (band > 0))
    competing = np.flatnonzero((pairs.confirmed | (pairs.high >= floor)) & ~excluded)
    # A confirmed pair stands above all probabilities, and needs none itself.
    strength = np.where(pairs.confirmed, np.float32(np.inf), pairs.probability)[competing]
    runners_up = Partners.of(pairs.rows[competing], strength, catalog, one_to_one).runners_up()
    calibrated = np.array([settings.catalog(name).calibrated for name in names], bool)
    trusted = calibrated[catalog[pairs.rows[competing]]].all(axis=1)
    asked = np.flatnonzero(~trusted & (outcome.decision[competing] == _MERGED))
    of_asked = RunnersUp(runners_up.value[asked], runners_up.pair[asked], runners_up.offer[asked])
    _require_margin(offers, pairs, outcome, competing, asked, of_asked, settings.deciding)

    judged = np.flatnonzero(pairs.judged)
    outcome.assign(judged, REJECT, REVIEWER)
    outcome.assign(np.flatnonzero(pairs.confirmed), AUTO_MERGE, REVIEWER)
    outcome.details.replace(judged, pa.array(latest.detail, pa.string()))
    columns = pair_columns(offers, pairs.rows[:, 0], pairs.rows[:, 1])
    columns["probability"] = pa.array(pairs.probability, mask=np.isnan(pairs.probability))
    columns["decision"] = pa.DictionaryArray.from_arrays(outcome.decision.astype(np.int32), list(_DECISIONS))
    columns["reason"] = pa.DictionaryArray.from_arrays(outcome.reason.astype(np.int32), list(_REASONS))
    columns["detail"] = outcome.details.column
    return schema.conform(columns, schema.DECISIONS)


def _assemble(
    offers: pa.Table, scores: pa.Table, latest: LatestVerdicts, settings: DecidingSettings, live: pa.Table | None
) -> _Pairs:
    rows = pair_rows(offers, scores)
    if (rows < 0).any():
        raise ValueError("scores name an offer that is not among the offers")
    keys, of_verdicts = pair_codes(rows, len(offers)), pair_codes(latest.pairs, len(offers))
    probability = pc.fill_null(scores["probability"], np.nan).to_numpy().astype(np.float32)
    low, high = (scores[f"probability_{end}"].to_numpy().astype(np.float32) for end in ("low", "high"))
    if settings.within_spread == "off":
        low, high = np.full((2, len(low)), np.nan, dtype=np.float32)
    low, high = (np.where(np.isnan(end), probability, end) for end in (low, high))
    order = np.argsort(keys, kind="stable")
    keys, probability, low, high = keys[order], probability[order], low[order], high[order]
    if (keys[1:] == keys[:-1]).any():
        raise ValueError("scores hold a pair twice")
    # Pairs that only a reviewer knows are inserted where they belong in the order of keys.
    at = np.searchsorted(keys, of_verdicts)
    unscored = np.append(keys, -1)[at] != of_verdicts
    keys = np.insert(keys, at[unscored], of_verdicts[unscored])
    probability, low, high = (np.insert(values, at[unscored], np.nan) for values in (probability, low, high))
    judged, confirmed = np.zeros((2, len(keys)), dtype=bool)
    at = np.searchsorted(keys, of_verdicts)
    judged[at], confirmed[at] = True, latest.same
    rows, together = pairs_of_codes(keys, len(offers)), np.zeros(len(keys), dtype=bool)
    if live is not None and settings.within_spread == "keep" and (low < high).any():
        together = live_together(offers, live, rows)
    return _Pairs(rows, probability, low, high, together, judged, confirmed)


def _widen(pairs: _Pairs, outcome: _Outcome, at: Rows, kept: Mask) -> None:
    """Ask a person about pairs that another run could decide otherwise, or keep them in their SKU."""
    outcome.assign(at, REVIEW, WITHIN_SPREAD)
    outcome.assign(at[kept[at]], AUTO_MERGE, WITHIN_SPREAD)
    spread = np.maximum(pairs.probability - pairs.low, pairs.high - pairs.probability)
    outcome.details.append(at, spread_words(spread[at], kept[at]))


def _refuse_same_catalog(pairs: _Pairs, outcome: _Outcome, catalog: Rows, one_to_one: Mask) -> None:
    left, right = catalog[pairs.rows[:, 0]], catalog[pairs.rows[:, 1]]
    at = np.flatnonzero((left == right) & one_to_one[left] & (outcome.decision > 0) & ~pairs.judged)
    outcome.assign(at, REJECT, "same_catalog")
    outcome.details.append(at, pa.array(["the catalog lists a product once"] * len(at), pa.string()))


def _apply_guards(offers: pa.Table, pairs: _Pairs, outcome: _Outcome, settings: DecidingSettings) -> None:
    # Rejected pairs need no guard, and most pairs are rejected; those of one identifier go to a person all the same.
    one_identifier = identified(offers, pairs.rows) & ~pairs.judged
    at = np.flatnonzero(((outcome.decision > 0) | one_identifier) & ~pairs.judged)
    comparison = compare_used(offers, pairs.rows[at], settings.brand_similarity)
    forbidding, asking = (first_guard(comparison, settings, action) for action in ("forbid", "review"))
    asked = (asking >= 0) & (forbidding < 0) & (outcome.decision[at] == _MERGED)
    # A retailer's multipack carries the GTIN of the single piece, and a size may be printed wrong: an identifier and a
    # guard that contradict each other are a question for a person, whatever the score.
    multipack = (asking == _GUARD_NUMBERS["multipack"]) & one_identifier[at]
    contradicted = (forbidding >= 0) & one_identifier[at]
    outcome.assign(at[asked | multipack], REVIEW, asking[asked | multipack])
    outcome.assign(at[forbidding >= 0], REJECT, forbidding[forbidding >= 0])
    outcome.assign(at[contradicted], REVIEW, forbidding[contradicted])
    overruled = contradicted | multipack
    outcome.details.append(
        at[overruled], pa.array(["an identifier says the same product"] * int(overruled.sum()), pa.string())
    )
    conflicts = pc.binary_join(comparison.conflicts, "; ")
    conflicting = np.flatnonzero(pc.greater(pc.binary_length(conflicts), 0).to_numpy(zero_copy_only=False))
    outcome.details.append(at[conflicting], conflicts.take(pa.array(conflicting)))
    apart = np.flatnonzero(comparison.price_apart > settings.price_ratio)
    prices = [f"prices {ratio:.1f} times apart" for ratio in comparison.price_apart[apart]]
    outcome.details.append(at[apart], pa.array(prices, pa.string()))


def _require_margin(
    offers: pa.Table,
    pairs: _Pairs,
    outcome: _Outcome,
    competing: Rows,
    asked: Rows,
    runners_up: RunnersUp,
    settings: DecidingSettings,
) -> None:
    """Send pairs of uncalibrated catalogs to a person where the runner-up is better or too close.

    Args:
        competing: Positions of the pairs among which runners-up were sought.
        asked: Positions in `competing` of the pairs that need a margin.
        runners_up: Of these.
    """
    at = competing[asked]
    margin = pairs.probability[at] - runners_up.value
    # Both may have other scores in another run; a runner-up that a reviewer confirmed stands in every one.
    rival = competing[runners_up.pair]
    least = pairs.low[at] - np.where(np.isinf(runners_up.value), runners_up.value, pairs.high[rival])
    most = pairs.high[at] - np.where(np.isinf(runners_up.value), runners_up.value, pairs.low[rival])
    doubtful = (least < np.float32(settings.margin)) & (most >= np.float32(settings.margin))
    left = ~(doubtful & pairs.together[at])
    behind, close = left & (margin < 0), left & (margin >= 0) & (margin < np.float32(settings.margin))
    narrow = left & doubtful & ~behind & ~close
    outcome.assign(at[behind], REVIEW, "uncalibrated:not_mutual_best")
    outcome.assign(at[close], REVIEW, "uncalibrated:margin")
    outcome.assign(at[narrow], REVIEW, WITHIN_SPREAD)
    short = np.flatnonzero(behind | close | narrow)
    keys = offers.select(["catalog", "offer_id"]).take(pa.array(runners_up.offer[short])).to_pylist()
    texts = [
        f"{key['catalog']}#{key['offer_id']} "
        + ("was confirmed by a reviewer" if np.isinf(value) else f"has {value:.3f}")
        for key, value in zip(keys, runners_up.value[short].tolist(), strict=True)
    ]
    outcome.details.append(at[short], pa.array(texts, pa.string()))
