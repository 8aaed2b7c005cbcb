"""Which SKUs and pairs a person labels so that a publication's precision and recall can be estimated without bias.

Two populations are sampled: the SKUs with several offers, for precision, and near pairs, candidates that were scored
well enough to be a match and were not merged, for recall. Units are drawn by systematic sampling with probability
proportional to size: every unit has a known chance of being drawn, and a list sorted by language pair, size and
probability is covered evenly. Whole SKUs are drawn, as cluster sampling in entity resolution does (Binette, York,
Hickerson, Baek, Madhavan and Jones, "Estimating the performance of entity resolution algorithms", The American
Statistician 2023), because a person who knows all offers of a SKU knows whether it is one product.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.errors import UserError
from sku_align.pairs import numbered, pair_rows

Key = tuple[str, str]
Kind = Literal["sku", "near"]
ALL = "all"
# Pairs below this probability are not near pairs: hardly any is a match, and each that a sample happens to hold would
# stand for hundreds. Chosen by eye; halved, a sample of one size spends more of its questions on clear non-matches.
MIN_NEAR = 0.02
# Share of the questions about SKUs; the others are about near pairs. Chosen by eye: precision comes before recall.
SKU_SHARE = 0.6
# Smallest p (1 - p) that the chance of drawing a near pair counts with: weights differ 2.2 times at most.
MIN_VARIANCE = 0.05


@dataclass(frozen=True)
class Unit:
    """A SKU or a near pair that was drawn.

    Attributes:
        kind: "sku" or "near".
        offers: Keys (catalog, offer_id) of its offers.
        languages: Primary language of each of them.
        inclusion: Probability with which the design draws it.
    """

    kind: Kind
    offers: tuple[Key, ...]
    languages: tuple[str, ...]
    inclusion: float

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Positions of the two offers of each of its pairs."""
        return combinations(range(len(self.offers)), 2)

    def domains(self, one: int, other: int) -> set[str]:
        """Domains that a pair counts in: all, its language pair, and its catalogs."""
        return domains_of((self.languages[one], self.languages[other]), (self.offers[one][0], self.offers[other][0]))


@dataclass(frozen=True)
class Design:
    """A sample and what it stands for.

    Attributes:
        units: What was drawn.
        pairs: Pairs within SKUs, by domain.
        skus: SKUs with several offers, by domain.
        near: Near pairs, by domain.
        content: Hash of the clusters that were sampled.
    """

    units: tuple[Unit, ...]
    pairs: Mapping[str, int]
    skus: Mapping[str, int]
    near: Mapping[str, int]
    content: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Design":
        """From what `to_dict` gave."""
        units = tuple(
            Unit(unit["kind"], tuple((c, o) for c, o in unit["offers"]), tuple(unit["languages"]), unit["inclusion"])
            for unit in values["units"]
        )
        return cls(units, values["pairs"], values["skus"], values["near"], values["content"])


class Population:
    """All SKUs with several offers and all near pairs of a run.

    Args:
        offers: Table of `schema.OFFERS`.
        decisions: Table of `schema.DECISIONS`.
        clusters: Table of `schema.CLUSTERS`.
        content: Hash of the clusters.
    """

    def __init__(self, offers: pa.Table, decisions: pa.Table, clusters: pa.Table, content: str = "") -> None:
        self._keys = list(zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True))
        self._languages = [(tag or "und").split("-")[0] for tag in offers["language"].to_pylist()]
        self._content = content
        sku = _sku_numbers(offers, clusters)
        rows = pair_rows(offers, decisions)
        probability = pc.fill_null(decisions["probability"], np.nan).to_numpy().astype(np.float64)
        inside = sku[rows[:, 0]] == sku[rows[:, 1]]
        self._skus = _members(sku)
        self._doubt = _doubt(sku, rows[inside], probability[inside], self._skus)
        near = ~inside & (probability >= MIN_NEAR)
        self._near, self._chance = rows[near], probability[near]

    def draw(self, size: int, seed: int = 0) -> Design:
        """Draw units to label.

        Args:
            size: About how many units to draw, SKUs and near pairs together.
            seed: Of the random start; whatever it is, the estimates are without bias.

        Raises:
            UserError: No SKU has two offers, so that there is nothing to estimate.
        """
        if not self._skus:
            raise UserError("No SKU of this run has several offers, so there is no precision to estimate.")
        random = np.random.default_rng(seed)
        of_skus = round(size * SKU_SHARE) if len(self._near) else size
        units = [self._unit("sku", self._skus[at], share) for at, share in systematic(*self._sku_walk, of_skus, random)]
        units += [
            self._unit("near", self._near[at].tolist(), share)
            for at, share in systematic(*self._near_walk, size - of_skus, random)
        ]
        pairs, skus, near = self._totals
        return Design(tuple(units), pairs, skus, near, self._content)

    @cached_property
    def _sku_walk(self) -> tuple[NDArray[np.float64], list[int]]:
        """Weight of each SKU, and the SKUs by languages, size and doubt."""
        # In proportion to its pairs, so that each pair counts about the same; up to twice as often where the weakest
        # probability inside a SKU makes it doubtful.
        weight = np.array([len(rows) * (len(rows) - 1) / 2 for rows in self._skus]) * (1 + self._doubt)
        keys = [
            (self._language_key(rows), len(rows), doubt) for rows, doubt in zip(self._skus, self._doubt, strict=True)
        ]
        return weight, sorted(range(len(keys)), key=keys.__getitem__)

    @cached_property
    def _near_walk(self) -> tuple[NDArray[np.float64], list[int]]:
        """Weight of each near pair, and the near pairs by languages and probability."""
        spread = np.sqrt(np.maximum(self._chance * (1 - self._chance), MIN_VARIANCE))
        keys = [
            (self._language_key(pair), chance)
            for pair, chance in zip(self._near.tolist(), self._chance.tolist(), strict=True)
        ]
        return spread, sorted(range(len(keys)), key=keys.__getitem__)

    @cached_property
    def _totals(self) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
        """Pairs within SKUs, SKUs with several offers, and near pairs, by domain."""
        pairs, skus, near = Counter[str](), Counter[str](), Counter[str]()
        for rows in self._skus:
            found: set[str] = set()
            for one, other in combinations(rows, 2):
                domains = self._domains(one, other)
                pairs.update(domains)
                found |= domains
            skus.update(found)
        for one, other in self._near.tolist():
            near.update(self._domains(one, other))
        return dict(pairs), dict(skus), dict(near)

    def _unit(self, kind: Kind, rows: Sequence[int], inclusion: float) -> Unit:
        return Unit(
            kind, tuple(self._keys[row] for row in rows), tuple(self._languages[row] for row in rows), inclusion
        )

    def _language_key(self, rows: Iterable[int]) -> str:
        return "-".join(sorted({self._languages[row] for row in rows}))

    def _domains(self, one: int, other: int) -> set[str]:
        return domains_of((self._languages[one], self._languages[other]), (self._keys[one][0], self._keys[other][0]))


def domains_of(languages: tuple[str, str], catalogs: tuple[str, str]) -> set[str]:
    """Names of the domains that a pair counts in: `all`, `languages: de-en` and `catalog: NAME` of either offer."""
    return {ALL, f"languages: {'-'.join(sorted(languages))}", *(f"catalog: {name}" for name in catalogs)}


def systematic(
    weight: NDArray[np.float64], order: Sequence[int], size: int, random: np.random.Generator
) -> list[tuple[int, float]]:
    """Systematic sample with probability proportional to size.

    Args:
        weight: Positive size of each unit, shape (n,).
        order: Positions of the units as they are to be walked.
        size: How many to draw.
        random: Source of the random start.

    Returns:
        Position and inclusion probability of each unit drawn; units too large for their share are certain.
    """
    weight = np.asarray(weight, dtype=np.float64)
    if size >= len(weight):
        return [(at, 1.0) for at in order]
    # A unit whose share would be above 1 is taken for certain; the others share what is left, until none is above.
    certain = np.zeros(len(weight), dtype=bool)
    while True:
        left = size - int(certain.sum())
        share = np.where(certain, 1.0, left * weight / weight[~certain].sum())
        if not (grown := (share >= 1) & ~certain).any():
            break
        certain |= grown
    walk = np.array(order)
    total = np.cumsum(np.where(certain, 0.0, share)[walk])
    # Ticks at distance 1 from a random start; a unit is drawn if a tick falls into its stretch of the line.
    ticks = random.random() + np.arange(left)
    drawn = walk[np.searchsorted(total, ticks[ticks < total[-1]], side="right")].tolist()
    return [(int(at), 1.0) for at in np.flatnonzero(certain)] + [(int(at), float(share[at])) for at in drawn]


def _sku_numbers(offers: pa.Table, clusters: pa.Table) -> NDArray[np.int64]:
    number = {
        key: at
        for *key_parts, at in zip(
            clusters["catalog"].to_pylist(), clusters["offer_id"].to_pylist(), numbered(clusters["sku_id"])[0].tolist(),
            strict=True,
        )
        for key in [tuple(key_parts)]
    }  # fmt: skip
    keys = zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True)
    return np.array([number[key] for key in keys], dtype=np.int64)


def _members(sku: NDArray[np.int64]) -> list[list[int]]:
    order = np.argsort(sku, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(sku[order])) + 1)
    return [part.tolist() for part in parts if len(part) > 1]


def _doubt(
    sku: NDArray[np.int64], rows: NDArray[np.int64], probability: NDArray[np.float64], skus: list[list[int]]
) -> NDArray[np.float64]:
    """From 0 to 1: how far the weakest probability inside each SKU lies below 1, in tenths; 1 where none is known."""
    weakest = np.full(int(sku.max(initial=0)) + 1, np.inf)
    known = ~np.isnan(probability)
    np.minimum.at(weakest, sku[rows[known, 0]], probability[known])
    found = weakest[[sku[rows[0]] for rows in skus]]
    return np.where(np.isinf(found), 1.0, np.clip((1 - found) / 0.1, 0.0, 1.0))
