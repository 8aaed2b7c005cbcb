"""Figures of a run that need no labels: the precision that the calibration expects, and drift against an earlier run.

Drift is measured by the population stability index, the sum over bins of (p - q) ln(p / q), as in credit scoring, where
0.1 is read as a change to look at and 0.25 as another population (Siddiqi, "Credit Risk Scorecards", 2006).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.pairs import language_pairs, pair_rows

MAX_PSI = 0.25
# Fewer than this many values are no distribution: every bin would be chance. Chosen by eye.
MIN_VALUES = 100
# Share that an empty bin counts with, so that the logarithm is finite; the usual choice of scorecards.
MIN_SHARE = 1e-4
BINS = 10
_FILLED = ("brand", "description", "category", "price", "gtin", "mpn", "image_url")
ALL = "all"


class Drift(NamedTuple):
    """How far one distribution moved.

    Attributes:
        figure: Which distribution.
        psi: Population stability index, 0 for equal ones.
        passed: Whether it is within the limit.
    """

    figure: str
    psi: float
    passed: bool


def expected_precision(offers: pa.Table, decisions: pa.Table) -> Mapping[str, float]:
    """Mean probability of the pairs that merge by threshold, of all and of each language pair.

    It is right where the calibration is: a certificate measures, this only expects.

    Args:
        offers: Table of `schema.OFFERS`.
        decisions: Table of `schema.DECISIONS`.
    """
    by_threshold = pc.and_(
        pc.equal(decisions["decision"].cast(pa.string()), "auto_merge"),
        pc.equal(decisions["reason"].cast(pa.string()), "threshold"),
    )
    merged = decisions.filter(by_threshold)
    if not len(merged):
        return {}
    probability, names = merged["probability"].to_numpy(), language_pairs(offers, pair_rows(offers, merged))
    by_languages = {name: float(probability[names == name].mean()) for name in sorted(set(names.tolist()))}
    return {ALL: float(probability.mean()), **by_languages}


def drifts(before: tuple[pa.Table, pa.Table], after: tuple[pa.Table, pa.Table], limit: float = MAX_PSI) -> list[Drift]:
    """Drift of scores, decisions, languages, filled fields and prices between two runs.

    Args:
        before: Offers and decisions of the earlier run: tables of `schema.OFFERS` and `schema.DECISIONS`.
        after: Those of the later run.
        limit: Highest population stability index that passes.

    Returns:
        The distributions that both runs have at least 100 values of, the one that moved most first.
    """
    found = {}
    for name, count in (("decisions", _decisions), ("languages", _languages), ("catalogs", _catalogs)):
        found[name] = (count(*before), count(*after))
    for field in _FILLED:
        found[f"offers with {field}"] = (_filled(before[0], field), _filled(after[0], field))
    measured = {name: psi(*sides) for name, sides in found.items() if min(map(_total, sides)) >= MIN_VALUES}
    numbers = {"probability": tuple(_numbers(side[1]["probability"]) for side in (before, after))}
    for currency in sorted(set(before[0]["currency"].unique().to_pylist()) - {None}):
        prices = [offers.filter(pc.equal(offers["currency"], currency))["price"] for offers, _ in (before, after)]
        numbers[f"prices in {currency}"] = tuple(_numbers(column) for column in prices)
    for name, (one, other) in numbers.items():
        if min(len(one), len(other)) >= MIN_VALUES:
            measured[name] = numeric_psi(one, other)
    return [Drift(name, value, value <= limit) for name, value in sorted(measured.items(), key=lambda entry: -entry[1])]


def psi(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """Population stability index of counts by name."""
    names = sorted(set(before) | set(after))
    one, other = (
        np.maximum(np.array([side.get(name, 0) for name in names]) / max(_total(side), 1), MIN_SHARE)
        for side in (before, after)
    )
    return float(((other - one) * np.log(other / one)).sum())


def numeric_psi(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Population stability index of numbers, in tenths of the earlier ones."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1]))
    one, other = (Counter(map(str, np.searchsorted(edges, side, side="right").tolist())) for side in (before, after))
    return psi(one, other)


def _decisions(offers: pa.Table, decisions: pa.Table) -> Mapping[str, int]:
    return Counter(decisions["decision"].cast(pa.string()).to_pylist())


def _languages(offers: pa.Table, decisions: pa.Table) -> Mapping[str, int]:
    return Counter(_named(offers["language"].to_pylist()))


def _catalogs(offers: pa.Table, decisions: pa.Table) -> Mapping[str, int]:
    return Counter(offers["catalog"].to_pylist())


def _named(tags: Iterable[str | None]) -> list[str]:
    return [tag or "und" for tag in tags]


def _filled(offers: pa.Table, field: str) -> Mapping[str, int]:
    missing = offers[field].null_count
    return {"filled": len(offers) - missing, "missing": missing}


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.drop_null().to_numpy(), dtype=np.float64)


def _total(counts: Mapping[str, int]) -> int:
    return sum(counts.values())
