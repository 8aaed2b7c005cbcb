"""What keeps two clusters apart."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sku_align.clustering.growth import ALLOWED, Verdicts
from sku_align.clustering.members import Members
from sku_align.config import GUARDS

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
MAX_SIZE, REPEATED_CATALOG, CANNOT_LINK, SUPPORT = "max_size", "one_offer_per_catalog", "cannot_link", "support"
REASONS = ("allowed", MAX_SIZE, REPEATED_CATALOG, CANNOT_LINK, SUPPORT, *(f"guard:{name}" for name in GUARDS))
_FIRST_GUARD = REASONS.index(f"guard:{next(iter(GUARDS))}")
_PAIRS_AT_ONCE = 1 << 22
_BITS = 62


def catalog_marks(only_once: Rows) -> Rows:
    """One bit a catalog for the first 62 of them, so that most clashes show without looking at the offers."""
    marked = (only_once >= 0) & (only_once < _BITS)
    return np.where(marked, np.int64(1) << np.where(marked, only_once, 0), 0)


class PairSet:
    """Offer pairs with a value each, for look-up by the million.

    Args:
        pairs: Row numbers of offers, shape (m, 2), smaller first, sorted.
        values: Of each pair, shape (m,).
        n: Number of offers.
    """

    def __init__(self, pairs: Rows, values: NDArray[np.float32], n: int) -> None:
        self._keys, self._values, self._n = pairs[:, 0] * n + pairs[:, 1], values, n

    def __len__(self) -> int:
        return len(self._keys)

    def pairs(self, below: float = np.inf) -> Rows:
        """The pairs whose value is below a limit, shape (k, 2)."""
        keys = self._keys[self._values < below]
        return np.stack([keys // self._n, keys % self._n], axis=1)

    def find(self, pairs: Rows) -> NDArray[np.float32]:
        """Values of pairs, shape (p,); NaN where a pair is not in the set."""
        if not len(self._keys):
            return np.full(len(pairs), np.nan, dtype=np.float32)
        keys = pairs[:, 0] * self._n + pairs[:, 1]
        order = np.argsort(keys)
        wanted = keys[order]
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        found = np.empty(len(pairs), dtype=np.float32)
        found[order] = np.where(self._keys[at] == wanted, self._values[at], np.nan)
        return found


@dataclass
class Constraints:
    """Judges unions of clusters; a constraint that is None does not apply.

    Attributes:
        members: The clusters as they are now.
        max_size: Largest number of offers.
        only_once: Catalog of each offer, -1 where the catalog may repeat; shape (n,). The members are marked with
            `catalog_marks` of it.
        cannot: Pairs that a reviewer has set apart.
        guard: Gives the first forbidding guard that fires in each pair of offers, -1 for none.
        scored: Match probability of every scored pair.
        min_support: Least mean probability of the scored pairs across a union.
    """

    members: Members
    cannot: PairSet
    max_size: int | None = None
    only_once: Rows | None = None
    guard: Callable[[Rows], NDArray[np.int8]] | None = None
    scored: PairSet | None = None
    min_support: float = 0.0

    def hopeless(self, left: Rows, right: Rows) -> Mask:
        """Unions that would be too large or, as far as marks tell, would repeat a catalog."""
        if self.only_once is None:
            return self._too_large(left, right)
        repeats: Mask = self.members.marks[left] & self.members.marks[right] != 0
        return repeats | self._too_large(left, right)

    def adverse(self) -> Iterator[Rows]:
        """Pairs that speak against a cluster which holds them both."""
        yield self.cannot.pairs()
        if self.scored is not None:
            yield self.scored.pairs(below=self.min_support)

    @cached_property
    def _has_unmarked(self) -> bool:
        return self.only_once is not None and bool(self.only_once.max(initial=0) >= _BITS)

    def _too_large(self, left: Rows, right: Rows) -> Mask:
        if self.max_size is None or 2 * self.members.largest <= self.max_size:
            return np.zeros(len(left), dtype=bool)
        too_large: Mask = self.members.size[left] + self.members.size[right] > self.max_size
        return too_large

    def judge(self, left: Rows, right: Rows) -> Verdicts:
        """Judge the unions of clusters `left[i]` and `right[i]`; the first constraint that is broken is the reason."""
        verdicts = Verdicts(np.full(len(left), ALLOWED, dtype=np.int8), np.full((len(left), 2), -1))
        if self.only_once is not None:
            clash = self.members.marks[left] & self.members.marks[right]
            at = np.flatnonzero(clash)
            bit = clash[at] & -clash[at]
            verdicts.reason[at] = REASONS.index(REPEATED_CATALOG)
            holders = self.members.holders(left[at], bit), self.members.holders(right[at], bit)
            verdicts.culprits[at] = np.sort(np.stack(holders, axis=1), axis=1)
        verdicts.reason[self._too_large(left, right)] = REASONS.index(MAX_SIZE)
        if self.only_once is not None or len(self.cannot) or self.guard is not None or self.scored is not None:
            for part in self._parts(left, right, np.flatnonzero(verdicts.reason == ALLOWED)):
                self._judge(verdicts, part, *self.members.across(left[part], right[part]))
        return verdicts

    def _parts(self, left: Rows, right: Rows, unions: Rows) -> Iterator[Rows]:
        pairs = np.cumsum(self.members.size[left[unions]] * self.members.size[right[unions]])
        steps = np.arange(1, int(pairs.max(initial=0)) // _PAIRS_AT_ONCE + 1) * _PAIRS_AT_ONCE
        yield from (part for part in np.split(unions, np.searchsorted(pairs, steps)) if len(part))

    def _judge(self, verdicts: Verdicts, part: Rows, pairs: Rows, union: Rows) -> None:
        def blame(reason: int | NDArray[np.int8], broken: Mask) -> None:
            nonlocal pairs, union
            at = np.flatnonzero(broken)[::-1]
            verdicts.reason[part[union[at]]] = reason[at] if isinstance(reason, np.ndarray) else reason
            verdicts.culprits[part[union[at]]] = pairs[at]
            left_open = verdicts.reason[part[union]] == ALLOWED
            pairs, union = pairs[left_open], union[left_open]

        if self.only_once is not None and self._has_unmarked:
            catalogs = self.only_once[pairs]
            blame(REASONS.index(REPEATED_CATALOG), (catalogs[:, 0] == catalogs[:, 1]) & (catalogs[:, 0] >= 0))
        blame(REASONS.index(CANNOT_LINK), ~np.isnan(self.cannot.find(pairs)))
        if self.guard is not None and len(pairs):
            fired = self.guard(pairs)
            blame((fired + _FIRST_GUARD).astype(np.int8), fired >= 0)
        if self.scored is not None and len(pairs):
            # A union of two single offers rests on the very edge that proposed it.
            several = np.flatnonzero(np.bincount(union, minlength=len(part))[union] > 1)
            chance, owner = self.scored.find(pairs[several]), union[several]
            known = ~np.isnan(chance)
            total = np.bincount(owner[known], weights=chance[known], minlength=len(part))
            count = np.bincount(owner[known], minlength=len(part))
            weakest = np.full(len(part), np.inf, dtype=np.float32)
            np.minimum.at(weakest, owner[known], chance[known])
            unsupported = np.zeros(len(pairs), dtype=bool)
            unsupported[several] = (total < self.min_support * count)[owner] & (chance == weakest[owner])
            blame(REASONS.index(SUPPORT), unsupported)
