"""Decisions: a pair merges by itself, goes to a person, or is dropped, and says why.

A calibration holds only where it was fitted: on a domain it never saw, "0.9" was right six times in ten. So where a
catalog is not calibrated, a pair merges by itself only if each offer is the other's clear first choice as well.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align import schema
from sku_align.attributes import compare_used
from sku_align.config import GUARDS, DecidingSettings, Settings
from sku_align.deciding.details import Details
from sku_align.deciding.guards import first_guard
from sku_align.deciding.rivals import Rivals, strongest_rivals
from sku_align.deciding.thresholds import thresholds
from sku_align.deciding.verdicts import Spoken, latest_verdicts
from sku_align.pairs import numbered, pair_columns, pair_rows

REJECT, REVIEW, AUTO_MERGE = "reject", "review", "auto_merge"
REVIEWER = "reviewer"
_DECISIONS = (REJECT, REVIEW, AUTO_MERGE)
_GUARDS = tuple(f"guard:{name}" for name in GUARDS)
_REASONS = (*_GUARDS, "threshold", REVIEWER, "same_catalog", "uncalibrated:not_mutual_best", "uncalibrated:margin")
_CONFIRMED = np.float32(2)

Rows = NDArray[np.int64]
Codes = NDArray[np.int8]


class _Pairs(NamedTuple):
    rows: Rows
    probability: NDArray[np.float32]
    voice: Codes


class _Ruling:
    """Decision and reason of each pair while they are being made."""

    def __init__(self, decision: Codes, details: Details) -> None:
        self.decision = decision
        self.reason = np.full(len(decision), _REASONS.index("threshold"), dtype=np.int8)
        self.details = details

    def lower(self, at: Rows, decision: str, reason: str | Codes) -> None:
        """Give pairs another decision, with its reason."""
        self.decision[at] = _DECISIONS.index(decision)
        self.reason[at] = _REASONS.index(reason) if isinstance(reason, str) else reason


def decide(offers: pa.Table, scores: pa.Table, verdicts: pa.Table, settings: Settings) -> pa.Table:
    """Decide every scored pair, and every pair that a reviewer has judged.

    In this order: a reviewer's verdict; the threshold on the probability; guards that forbid, then guards that ask a
    person; for catalogs that are not calibrated, mutual best and a lead over the second best.

    Args:
        offers: Table of `schema.OFFERS`, sorted by key.
        scores: Table of `schema.SCORES`, each pair once.
        verdicts: Table of `schema.VERDICTS`; the last one about a pair counts.
        settings: `deciding`, and each catalog's `calibrated` and `may_repeat`.

    Returns:
        Table of `schema.DECISIONS`, sorted by pair. `reason` is `threshold`, `guard:NAME`, `reviewer`, `same_catalog`,
        `uncalibrated:not_mutual_best` or `uncalibrated:margin`; `detail` has the numbers in words. A verdict on a pair
        that was not scored has no probability.

    Raises:
        ValueError: A score names an offer that is not in `offers`, or a pair stands twice.
    """
    spoken = latest_verdicts(offers, verdicts)
    pairs = _assemble(offers, scores, spoken)
    limits = thresholds(offers, pairs.rows, settings.deciding)
    band = (pairs.probability >= limits.review).astype(np.int8) + (pairs.probability >= limits.auto_merge)
    ruling = _Ruling(band.astype(np.int8), Details(limits, band))
    catalog, found = numbered(offers["catalog"])
    names = found.to_pylist()
    exclusive = np.array(
        [settings.clustering.one_offer_per_catalog and not settings.catalog(name).may_repeat for name in names],
        bool,
    )
    _refuse_same_catalog(pairs, ruling, catalog, exclusive)
    _apply_guards(offers, pairs, ruling, settings.deciding)

    strength = np.where(pairs.voice == 1, _CONFIRMED, pairs.probability)
    floor = limits.auto_merge.min(initial=1.0) - np.float32(settings.deciding.margin)
    ruled_out = (pairs.voice == 0) | ((ruling.decision == 0) & (band > 0))
    rivalling = np.flatnonzero((strength >= floor) & ~ruled_out)
    rivals = strongest_rivals(pairs.rows[rivalling], strength[rivalling], catalog, exclusive)
    calibrated = np.array([settings.catalog(name).calibrated for name in names], bool)
    trusted = calibrated[catalog[pairs.rows[rivalling]]].all(axis=1)
    asked = np.flatnonzero(~trusted & (ruling.decision[rivalling] == _DECISIONS.index(AUTO_MERGE)))
    chosen = Rivals(rivals.probability[asked], rivals.offer[asked])
    _demand_lead(offers, pairs, ruling, rivalling[asked], chosen, settings.deciding)

    judged = np.flatnonzero(pairs.voice >= 0)
    ruling.lower(judged, REJECT, REVIEWER)
    ruling.lower(judged[pairs.voice[judged] == 1], AUTO_MERGE, REVIEWER)
    ruling.details.replace(judged, pa.array(spoken.detail, pa.string()))
    columns = pair_columns(offers, pairs.rows[:, 0], pairs.rows[:, 1])
    columns["probability"] = pa.array(pairs.probability, mask=np.isnan(pairs.probability))
    columns["decision"] = pa.DictionaryArray.from_arrays(ruling.decision.astype(np.int32), list(_DECISIONS))
    columns["reason"] = pa.DictionaryArray.from_arrays(ruling.reason.astype(np.int32), list(_REASONS))
    columns["detail"] = ruling.details.column
    return schema.conform(columns, schema.DECISIONS)


def _assemble(offers: pa.Table, scores: pa.Table, spoken: Spoken) -> _Pairs:
    rows = pair_rows(offers, scores)
    if (rows < 0).any():
        raise ValueError("scores name an offer that is not among the offers")
    width = max(len(offers), 1)
    keys, judged = rows[:, 0] * width + rows[:, 1], spoken.pairs[:, 0] * width + spoken.pairs[:, 1]
    probability = pc.fill_null(scores["probability"], np.nan).to_numpy().astype(np.float32)
    order = np.argsort(keys, kind="stable")
    keys, probability = keys[order], probability[order]
    if (keys[1:] == keys[:-1]).any():
        raise ValueError("scores hold a pair twice")
    at = np.searchsorted(keys, judged)
    unscored = np.append(keys, -1)[at] != judged
    keys = np.insert(keys, at[unscored], judged[unscored])
    probability = np.insert(probability, at[unscored], np.nan)
    voice = np.full(len(keys), -1, dtype=np.int8)
    voice[np.searchsorted(keys, judged)] = spoken.same
    return _Pairs(np.stack([keys // width, keys % width], axis=1), probability, voice)


def _refuse_same_catalog(pairs: _Pairs, ruling: _Ruling, catalog: Rows, exclusive: NDArray[np.bool_]) -> None:
    left, right = catalog[pairs.rows[:, 0]], catalog[pairs.rows[:, 1]]
    at = np.flatnonzero((left == right) & exclusive[left] & (ruling.decision > 0) & (pairs.voice < 0))
    ruling.lower(at, REJECT, "same_catalog")
    ruling.details.append(at, pa.array(["the catalog lists a product once"] * len(at), pa.string()))


def _apply_guards(offers: pa.Table, pairs: _Pairs, ruling: _Ruling, settings: DecidingSettings) -> None:
    at = np.flatnonzero((ruling.decision > 0) & (pairs.voice < 0))
    comparison = compare_used(offers, pairs.rows[at])
    forbidding, asking = (first_guard(comparison, settings, action) for action in ("forbid", "review"))
    merging = ruling.decision[at] == _DECISIONS.index(AUTO_MERGE)
    asked = (asking >= 0) & (forbidding < 0) & merging
    ruling.lower(at[asked], REVIEW, asking[asked])
    ruling.lower(at[forbidding >= 0], REJECT, forbidding[forbidding >= 0])
    texts = pc.binary_join(comparison.conflicts, "; ")
    dear = comparison.price_ratio > settings.price_ratio
    prices = pa.array([f"prices {ratio:.1f} times apart" for ratio in comparison.price_ratio[dear]], pa.string())
    for where, words in (
        (pc.greater(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False), texts),
        (dear, prices),
    ):
        found = np.flatnonzero(where)
        ruling.details.append(at[found], words.take(pa.array(found)) if words is texts else words)


def _demand_lead(
    offers: pa.Table, pairs: _Pairs, ruling: _Ruling, at: Rows, rivals: Rivals, settings: DecidingSettings
) -> None:
    lead = np.where(rivals.offer >= 0, pairs.probability[at] - rivals.probability, np.inf)
    beaten, close = lead < 0, (lead >= 0) & (lead < np.float32(settings.margin))
    ruling.lower(at[beaten], REVIEW, "uncalibrated:not_mutual_best")
    ruling.lower(at[close], REVIEW, "uncalibrated:margin")
    short = np.flatnonzero(beaten | close)
    keys = offers.select(["catalog", "offer_id"]).take(pa.array(rivals.offer[short])).to_pylist()
    texts = [
        f"{key['catalog']}#{key['offer_id']} " + ("was confirmed by a reviewer" if chance > 1 else f"has {chance:.3f}")
        for key, chance in zip(keys, rivals.probability[short].tolist(), strict=True)
    ]
    ruling.details.append(at[short], pa.array(texts, pa.string()))
