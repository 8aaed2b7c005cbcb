"""The certificate of a publication: precision and recall with 95 % intervals, from a labelled sample.

Totals are Horvitz-Thompson estimates: every unit counts 1 / its probability of being drawn, which is without bias
whatever the scores are worth. Variance is Hajek's for unequal probabilities. Intervals are Clopper and Pearson's with
the effective number of labels, as Korn and Graubard do for survey shares ("Confidence intervals for proportions with
small expected number of positive counts estimated from survey data", Survey Methodology 1998), because a sample without
a single error must not claim certainty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri, stdtrit

from sku_align.errors import UserError
from sku_align.evaluation.sampling_design import ALL, Design, Key, Unit

TAIL = 0.025
# Of the questions at least this many must have an answer: the rest widens every interval from both ends.
MIN_ANSWERED = 0.8

Labels = Mapping[tuple[Key, Key], bool]
Values = NDArray[np.float64]


class Estimate(NamedTuple):
    """A share with its 95 % interval.

    Attributes:
        value: The estimate.
        low: Lower bound.
        high: Upper bound.
        units: How many drawn SKUs or pairs it rests on.
    """

    value: float
    low: float
    high: float
    units: int


@dataclass(frozen=True)
class Figures:
    """What the sample says of one domain; `None` where nothing was drawn.

    Attributes:
        pair_precision: Share of the pairs within SKUs that are one product.
        sku_precision: Share of the SKUs with several offers that are one product.
        recall: Share of the matches among merged and near pairs that were merged.
    """

    pair_precision: Estimate | None
    sku_precision: Estimate | None
    recall: Estimate | None


@dataclass(frozen=True)
class Certificate:
    """Measured precision and recall of one publication.

    Attributes:
        content: Hash of the clusters that it is about.
        labels: Answers that it rests on.
        unanswered: Questions that have no answer; what they leave open is within the intervals.
        domains: Figures by domain: `all`, each language pair, each catalog.
    """

    content: str
    labels: int
    unanswered: int
    domains: Mapping[str, Figures] = field(default_factory=dict)

    @property
    def overall(self) -> Figures:
        """The figures of the whole publication."""
        return self.domains[ALL]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Certificate":
        """From what `to_dict` gave, or JSON made of it."""
        domains = {
            name: Figures(**{key: Estimate(*given) if given else None for key, given in figures.items()})
            for name, figures in values["domains"].items()
        }
        return cls(values["content"], values["labels"], values["unanswered"], domains)


def open_questions(unit: Unit, labels: Labels) -> list[tuple[Key, Key]]:
    """Pairs to ask about next, so that every pair of the unit is known; none if it is.

    Offers that were called the same are one group. The first group is compared with each of the others, then the
    second, so that a SKU of k offers that is one product takes k - 1 questions.
    """
    groups = _groups(unit, labels)
    for at, group in enumerate(groups):
        asked = [
            (unit.offers[group[0]], unit.offers[other[0]])
            for other in groups[at + 1 :]
            if not _parted(unit, group, other, labels)
        ]
        if asked:
            return asked
    return []


def certify(design: Design, labels: Labels) -> Certificate:
    """Estimate precision and recall from answers.

    Args:
        design: What was drawn, and from how much.
        labels: Whether two offers are one product, by their sorted keys.

    Raises:
        UserError: Fewer than 80 of 100 units have all answers.
    """
    findings = [_finding(unit, labels) for unit in design.units]
    answered = sum(not finding.is_open for finding in findings)
    if answered < MIN_ANSWERED * len(findings):
        raise UserError(
            f"Only {answered} of the {len(findings)} drawn SKUs and pairs have all their answers: "
            "fill in the column `verdict` of the audit sheet (same or different) and apply it again."
        )
    domains = {name: _figures(name, findings, design) for name in design.pairs}
    used = {pair for unit in design.units for pair in _labelled(unit, labels)}
    unanswered = sum(len(open_questions(finding.unit, labels)) for finding in findings if finding.is_open)
    return Certificate(design.content, len(used), unanswered, domains)


class _Finding(NamedTuple):
    """What is known of a unit: pairs as positions, with True (same), False, or None (open), and their domains."""

    unit: Unit
    same: Mapping[tuple[int, int], bool | None]
    domains: Mapping[tuple[int, int], set[str]]

    @property
    def is_open(self) -> bool:
        return any(answer is None for answer in self.same.values())


def _finding(unit: Unit, labels: Labels) -> _Finding:
    groups = _groups(unit, labels)
    number = {offer: at for at, group in enumerate(groups) for offer in group}
    same: dict[tuple[int, int], bool | None] = {}
    for one, other in unit.pairs():
        ours, theirs = groups[number[one]], groups[number[other]]
        same[one, other] = True if ours is theirs else False if _parted(unit, ours, theirs, labels) else None
    return _Finding(unit, same, {pair: unit.domains(*pair) for pair in same})


def _groups(unit: Unit, labels: Labels) -> list[list[int]]:
    """Offers that are one product by labels, followed through others; in the order of their first offers."""
    group = {at: [at] for at in range(len(unit.offers))}
    for one, other in unit.pairs():
        if labels.get(_sorted(unit, one, other)) and group[one] is not group[other]:
            joined = sorted(group[one] + group[other])
            group.update(dict.fromkeys(joined, joined))
    return sorted({id(members): members for members in group.values()}.values())


def _parted(unit: Unit, ours: Sequence[int], theirs: Sequence[int], labels: Labels) -> bool:
    return any(labels.get(_sorted(unit, one, other)) is False for one in ours for other in theirs)


def _labelled(unit: Unit, labels: Labels) -> Iterator[tuple[Key, Key]]:
    yield from (key for pair in unit.pairs() if (key := _sorted(unit, *pair)) in labels)


def _sorted(unit: Unit, one: int, other: int) -> tuple[Key, Key]:
    low, high = sorted((unit.offers[one], unit.offers[other]))
    return low, high


def _figures(name: str, findings: Sequence[_Finding], design: Design) -> Figures:
    skus = [finding for finding in findings if finding.unit.kind == "sku"]
    near = [finding for finding in findings if finding.unit.kind == "near"]
    pair_errors = _share([_count(f, name, False) for f in skus], skus, design.pairs[name])
    sku_errors = _share([tuple(min(1, part) for part in _count(f, name, False)) for f in skus], skus, design.skus[name])
    missed = _share([_count(f, name, True) for f in near], near, design.near.get(name, 0))
    precision = _turned(pair_errors)
    return Figures(precision, _turned(sku_errors), _recall(precision, missed, design, name))


def _count(finding: _Finding, domain: str, same: bool) -> tuple[int, int, int]:
    """Pairs of a domain with one answer: at least, at most (open ones counted), and pairs of the domain at all."""
    everywhere = domain == ALL
    here = [answer for pair, answer in finding.same.items() if everywhere or domain in finding.domains[pair]]
    at_least = sum(answer is same for answer in here)
    return at_least, at_least + sum(answer is None for answer in here), len(here)


def _share(counts: Sequence[tuple[int, ...]], findings: Sequence[_Finding], total: int) -> Estimate | None:
    """Share of `total` that counts stand for; open answers widen the interval to both ends."""
    drawn = np.array([count[2] > 0 for count in counts], dtype=bool)
    if not drawn.any() or not total:
        return None
    values = np.array(counts, dtype=np.float64)[drawn]
    inclusion = np.array([finding.unit.inclusion for finding in findings])[drawn]
    fewest, most = (_estimate(values[:, at], values[:, 2], inclusion, total) for at in (0, 1))
    return Estimate((fewest.value + most.value) / 2, fewest.low, most.high, int(drawn.sum()))


def _estimate(hits: Values, size: Values, inclusion: Values, total: int) -> Estimate:
    """Horvitz-Thompson share of hits with its interval.

    Args:
        hits: What is counted in each unit, shape (n,).
        size: Upper bound of it, shape (n,).
        inclusion: Probability of each unit, shape (n,).
        total: What all units of the population hold.
    """
    count, weighed = len(hits), hits / inclusion
    share = float(np.clip(weighed.sum() / total, 0.0, 1.0))
    uncertain = 1 - inclusion
    if not uncertain.any():
        return Estimate(share, share, share, count)
    # Kish's effective number of labels, for a sample in which nothing varies; units that are certain add nothing.
    spread = size / inclusion * np.sqrt(uncertain)
    effective = float((size / inclusion).sum() ** 2 / (spread**2).sum())
    centre = float((uncertain * weighed).sum() / uncertain.sum())
    variance = float((uncertain * (weighed - centre) ** 2).sum()) * count / max(count - 1, 1) / total**2
    if variance > 0 and 0 < share < 1:
        effective = min(effective, share * (1 - share) / variance)
    if count > 1:
        effective *= float(ndtri(TAIL) / stdtrit(count - 1, TAIL)) ** 2
    hit = share * effective
    low = float(betaincinv(hit, effective - hit + 1, TAIL)) if hit > 0 else 0.0
    high = float(betaincinv(hit + 1, effective - hit, 1 - TAIL)) if hit < effective else 1.0
    return Estimate(share, low, high, count)


def _turned(errors: Estimate | None) -> Estimate | None:
    return errors and Estimate(1 - errors.value, 1 - errors.high, 1 - errors.low, errors.units)


def _recall(precision: Estimate | None, missed: Estimate | None, design: Design, name: str) -> Estimate | None:
    """Merged matches over merged and missed ones; the bounds take both intervals at their worse and better ends."""
    if precision is None:
        return None
    merged, near = design.pairs[name], design.near.get(name, 0)
    if near and missed is None:
        return None
    lost = missed or Estimate(0.0, 0.0, 0.0, 0)

    def ratio(found: float, not_found: float) -> float:
        whole = found * merged + not_found * near
        return found * merged / whole if whole else 1.0

    return Estimate(
        ratio(precision.value, lost.value),
        ratio(precision.low, lost.high),
        ratio(precision.high, lost.low),
        precision.units + lost.units,
    )
