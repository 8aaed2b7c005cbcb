"""Figures of a run that need no labels: the precision that the calibration expects, and drift against an earlier run.

Drift is measured by the population stability index, the sum over bins of (p - q) ln(p / q), as in credit scoring, where
0.1 is read as a change to look at and 0.25 as another population (Siddiqi, "Credit Risk Scorecards", 2006). Of samples
of one population it is distributed as chi-squared times 1 / n + 1 / m (Yurdakul, "Statistical properties of the
population stability index", 2018), so that few values have to move further before they count as drift.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import chi2

from sku_align.evaluation.comparing import RunTables
from sku_align.pairs import language_pairs, pair_rows

# From 0.25 on, a population counts as shifted by the usual rule of credit scoring (docs/adr/0017).
MAX_PSI = 0.25
# Chance with which a distribution that did not move may pass its limit; a run has some fifty. Chosen by eye.
CHANCE = 1e-4
# Fewer values have more than one alarm in 300 pairs of samples of one population
# (tests/unit/test_evaluation_drift.py with 50 offers a catalog); with 200 there was none.
MIN_VALUES = 200
# Values that an empty bin counts as, so that the logarithm is finite (Haldane's half).
MIN_COUNT = 0.5
# Tenths, as the usual rule has them.
BINS = 10
_FILLED = ("brand", "description", "category", "price", "gtin", "mpn", "image_url")
ALL = "all"
Numbers = NDArray[np.float64]


class Drift(NamedTuple):
    """How far one distribution moved.

    Attributes:
        figure: Which distribution.
        psi: Population stability index, 0 for equal ones.
        limit: Highest index that passes.
        since: The publication that it is compared with, if it is one.
    """

    figure: str
    psi: float
    limit: float
    since: int | None = None

    @property
    def passed(self) -> bool:
        """Whether it is within the limit."""
        return self.psi <= self.limit


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


def drifts(before: RunTables, after: RunTables, limit: float = MAX_PSI) -> list[Drift]:
    """Drift of scores, decisions, SKUs, languages, catalogs, filled fields, attributes and prices between two runs.

    Args:
        before: The earlier run.
        after: The later run.
        limit: Highest population stability index that passes; where values are so few that chance alone exceeds it,
            what chance exceeds once in 10,000 times.

    Returns:
        The distributions that both runs have at least 200 values of, the one furthest above its limit first.
    """
    counted = dict(_counted(before, after))
    found = []
    for name, (one, other) in counted.items():
        sizes = _total(one), _total(other)
        if min(sizes) < MIN_VALUES:
            continue
        freedom = max(len(set(one) | set(other)) - 1, 1)
        by_chance = float(chi2.isf(CHANCE, freedom)) * (1 / sizes[0] + 1 / sizes[1])
        found.append(Drift(name, psi(one, other), max(limit, by_chance)))
    return sorted(found, key=lambda drift: (drift.limit - drift.psi, drift.figure))


def drifts_since(earlier: Mapping[int, RunTables], now: RunTables) -> list[Drift]:
    """Drift of a run against each of some publications, the one furthest above its limit first.

    Args:
        earlier: Publication -> what it showed.
        now: The run.
    """
    found = [drift._replace(since=number) for number, run in earlier.items() for drift in drifts(run, now)]
    return sorted(found, key=lambda drift: (drift.limit - drift.psi, drift.figure))


def _counted(before: RunTables, after: RunTables) -> Iterator[tuple[str, tuple[Mapping[str, int], Mapping[str, int]]]]:
    """Each distribution as counts by value, of both runs."""
    yield "decisions", (_decisions(before), _decisions(after))
    yield "offers in a shared SKU", (_shared(before), _shared(after))
    yield "languages", (_languages(before), _languages(after))
    yield "catalogs", (_catalogs(before), _catalogs(after))
    for field in _FILLED:
        yield f"offers with {field}", (_filled(before.offers, field), _filled(after.offers, field))
    counts = [_with_attribute(run.offers) for run in (before, after)]
    for name in sorted(set(counts[0]) | set(counts[1])):
        yield (
            f"offers with the attribute {name}",
            (
                _of_all(counts[0][name], before.offers),
                _of_all(counts[1][name], after.offers),
            ),
        )
    yield "probability", in_tenths(_numbers(before.decisions["probability"]), _numbers(after.decisions["probability"]))
    for currency in sorted(set(before.offers["currency"].unique().to_pylist()) - {None}):
        one, other = (_prices(run.offers, currency) for run in (before, after))
        yield f"prices in {currency}", in_tenths(one, other)


def psi(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """Population stability index of counts by name."""
    names = sorted(set(before) | set(after))
    one, other = (
        np.maximum(np.array([side.get(name, 0) for name in names]), MIN_COUNT) / max(_total(side), 1)
        for side in (before, after)
    )
    return float(((other - one) * np.log(other / one)).sum())


def in_tenths(before: Numbers, after: Numbers) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """How many numbers of each run lie between the deciles of the earlier one."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1])) if len(before) else before
    one, other = (Counter(map(str, np.searchsorted(edges, side, side="right").tolist())) for side in (before, after))
    return one, other


def _decisions(run: RunTables) -> Mapping[str, int]:
    return Counter(run.decisions["decision"].cast(pa.string()).to_pylist())


def _shared(run: RunTables) -> Mapping[str, int]:
    sizes = pc.struct_field(pc.value_counts(run.clusters["sku_id"]), "counts").to_numpy()
    return {"shared": int(sizes[sizes > 1].sum()), "singleton": int((sizes == 1).sum())}


def _languages(run: RunTables) -> Mapping[str, int]:
    return Counter(tag or "und" for tag in run.offers["language"].to_pylist())


def _catalogs(run: RunTables) -> Mapping[str, int]:
    return Counter(run.offers["catalog"].to_pylist())


def _filled(offers: pa.Table, field: str) -> Mapping[str, int]:
    return _of_all(len(offers) - offers[field].null_count, offers)


def _with_attribute(offers: pa.Table) -> Counter[str]:
    """Attribute -> offers that state it; a column may hold several values of one."""
    lists = offers["variants"].combine_chunks()
    structs = pc.list_flatten(lists)
    if not len(structs):
        return Counter()
    owner, name = pc.list_parent_indices(lists), pc.struct_field(structs, "attribute")
    once = pa.table({"owner": owner, "name": name}).group_by(["owner", "name"]).aggregate([])
    return Counter(once["name"].to_pylist())


def _of_all(count: int, offers: pa.Table) -> Mapping[str, int]:
    return {"yes": count, "no": len(offers) - count}


def _prices(offers: pa.Table, currency: str) -> Numbers:
    return _numbers(offers.filter(pc.equal(offers["currency"], currency))["price"])


def _numbers(column: pa.ChunkedArray) -> Numbers:
    return np.asarray(column.drop_null().to_numpy(), dtype=np.float64)


def _total(counts: Mapping[str, int]) -> int:
    return sum(counts.values())
