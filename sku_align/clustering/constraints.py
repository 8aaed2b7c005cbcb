"""Constraints: which unions of two clusters are refused, and because of which pair of offers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sku_align.clustering.growth import ALLOWED, NO_PAIR, Violation
from sku_align.clustering.members import Members
from sku_align.config import GUARDS
from sku_align.pairs import pair_codes, pairs_of_codes

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
MAX_SIZE, ONE_TO_ONE, CANNOT_LINK, SUPPORT = "max_size", "one_to_one", "cannot_link", "support"
REASONS = ("allowed", MAX_SIZE, ONE_TO_ONE, CANNOT_LINK, SUPPORT, *(f"guard:{name}" for name in GUARDS))
_FIRST_GUARD = REASONS.index(f"guard:{next(iter(GUARDS))}")
# Offer pairs compared at one time: 2**22 pairs of row numbers are 64 MB.
_PAIRS_AT_ONCE = 1 << 22
# Bits of an int64 that stay positive, less one.
_BITS = 62


def catalog_marks(one_to_one: Rows) -> Rows:
    """One bit per catalog for the first 62 of them: two clusters whose bits overlap hold offers of one catalog.

    Args:
        one_to_one: Catalog number of each offer, -1 where the catalog has duplicates; shape (n,).
    """
    marked = (one_to_one >= 0) & (one_to_one < _BITS)
    return np.where(marked, np.int64(1) << np.where(marked, one_to_one, 0), 0)


class PairSet:
    """Offer pairs with a value each, for look-up by the million.

    Args:
        pairs: Row numbers of offers, shape (m, 2), smaller first, sorted.
        values: Of each pair, shape (m,).
        n: Number of offers.
    """

    def __init__(self, pairs: Rows, values: NDArray[np.float32], n: int) -> None:
        self._keys, self._values, self._n = pair_codes(pairs, n), values, n

    def __len__(self) -> int:
        return len(self._keys)

    def pairs(self, below: float = np.inf) -> Rows:
        """The pairs whose value is below a limit, shape (k, 2)."""
        return pairs_of_codes(self._keys[self._values < below], self._n)

    def find(self, pairs: Rows) -> NDArray[np.float32]:
        """Values of pairs, shape (p,); NaN where a pair is not in the set."""
        if not len(self._keys):
            return np.full(len(pairs), np.nan, dtype=np.float32)
        keys = pair_codes(pairs, self._n)
        # Sorted look-ups walk the keys in one direction, which is several times faster than jumping about.
        order = np.argsort(keys)
        wanted = keys[order]
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        found = np.empty(len(pairs), dtype=np.float32)
        found[order] = np.where(self._keys[at] == wanted, self._values[at], np.nan)
        return found


@dataclass
class Constraints:
    """Checks unions of clusters; a constraint that is None does not apply.

    Attributes:
        members: The clusters as they are now.
        max_size: Largest number of offers.
        one_to_one: Catalog of each offer, -1 where the catalog has duplicates; shape (n,). The members are marked with
            `catalog_marks` of it.
        cannot: Pairs that a reviewer called different.
        guard: Gives the first guard that fires in each pair of offers, -1 for none.
        scored: Match probability of every scored pair.
        min_support: Lowest mean probability of the scored pairs across a union.
    """

    members: Members
    cannot: PairSet
    max_size: int | None = None
    one_to_one: Rows | None = None
    guard: Callable[[Rows], NDArray[np.int8]] | None = None
    scored: PairSet | None = None
    min_support: float = 0.0

    def quick_check(self, left: Rows, right: Rows) -> Mask:
        """Unions that would be too large or, as far as marks show, would hold two offers of a catalog."""
        if self.one_to_one is None:
            return self._too_large(left, right)
        repeats: Mask = self.members.marks[left] & self.members.marks[right] != 0
        return repeats | self._too_large(left, right)

    def adverse(self) -> Iterator[Rows]:
        """Pairs that a cluster which holds both may break a constraint by."""
        yield self.cannot.pairs()
        if self.scored is not None:
            yield self.scored.pairs(below=self.min_support)

    @cached_property
    def _has_unmarked(self) -> bool:
        return self.one_to_one is not None and bool(self.one_to_one.max(initial=0) >= _BITS)

    def _too_large(self, left: Rows, right: Rows) -> Mask:
        # Nothing can be too large while twice the largest cluster is not.
        if self.max_size is None or 2 * self.members.largest <= self.max_size:
            return np.zeros(len(left), dtype=bool)
        too_large: Mask = self.members.size[left] + self.members.size[right] > self.max_size
        return too_large

    def check(self, left: Rows, right: Rows) -> Violation:
        """Check the unions of clusters `left[i]` and `right[i]`; the first constraint that is broken is the reason."""
        found = Violation(np.full(len(left), ALLOWED, dtype=np.int8), np.full((len(left), 2), NO_PAIR))
        if self.one_to_one is not None:
            clash = self.members.marks[left] & self.members.marks[right]
            at = np.flatnonzero(clash)
            # The lowest common bit, which in two's complement is x & -x, names one catalog of which both sides hold an
            # offer; those two offers are the offending pair.
            bit = clash[at] & -clash[at]
            found.reason[at] = REASONS.index(ONE_TO_ONE)
            holders = self.members.holders(left[at], bit), self.members.holders(right[at], bit)
            found.offending[at] = np.sort(np.stack(holders, axis=1), axis=1)
        found.reason[self._too_large(left, right)] = REASONS.index(MAX_SIZE)
        if self.one_to_one is not None or len(self.cannot) or self.guard is not None or self.scored is not None:
            for part in self._portions(left, right, np.flatnonzero(found.reason == ALLOWED)):
                self._check_pairs(found, part, *self.members.across(left[part], right[part]))
        return found

    def _portions(self, left: Rows, right: Rows, unions: Rows) -> Iterator[Rows]:
        """Cut unions into portions of few enough offer pairs."""
        pairs = np.cumsum(self.members.size[left[unions]] * self.members.size[right[unions]])
        steps = np.arange(1, int(pairs.max(initial=0)) // _PAIRS_AT_ONCE + 1) * _PAIRS_AT_ONCE
        yield from (part for part in np.split(unions, np.searchsorted(pairs, steps)) if len(part))

    def _check_pairs(self, found: Violation, part: Rows, pairs: Rows, union: Rows) -> None:
        """Check the constraints that hold between any two offers across a union.

        Args:
            found: Violations, changed in place.
            part: Positions of the unions in `found`, shape (k,).
            pairs: Offer pairs across them, shape (p, 2).
            union: Position in `part` of the union of each pair, shape (p,).
        """

        def refuse(reason: int | NDArray[np.int8], broken: Mask) -> None:
            nonlocal pairs, union
            # Pairs are written in reverse: of several broken pairs of one union the last assignment is that of the
            # first pair, so the offending pair does not depend on how many there are. Unions with a reason then drop
            # out, so that the order of these checks is the order of reasons.
            at = np.flatnonzero(broken)[::-1]
            found.reason[part[union[at]]] = reason[at] if isinstance(reason, np.ndarray) else reason
            found.offending[part[union[at]]] = pairs[at]
            left_open = found.reason[part[union]] == ALLOWED
            pairs, union = pairs[left_open], union[left_open]

        if self.one_to_one is not None and self._has_unmarked:
            catalogs = self.one_to_one[pairs]
            refuse(REASONS.index(ONE_TO_ONE), (catalogs[:, 0] == catalogs[:, 1]) & (catalogs[:, 0] >= 0))
        refuse(REASONS.index(CANNOT_LINK), ~np.isnan(self.cannot.find(pairs)))
        if self.guard is not None and len(pairs):
            fired = self.guard(pairs)
            refuse((fired + _FIRST_GUARD).astype(np.int8), fired >= 0)
        if self.scored is not None and len(pairs):
            # Support is the mean probability of the scored pairs across the union. A union of two single offers has
            # one such pair, the edge that proposed it, and needs no check.
            several = np.flatnonzero(np.bincount(union, minlength=len(part))[union] > 1)
            chance, owner = self.scored.find(pairs[several]), union[several]
            known = ~np.isnan(chance)
            total = np.bincount(owner[known], weights=chance[known], minlength=len(part))
            count = np.bincount(owner[known], minlength=len(part))
            # The weakest scored pair is named as the offending one.
            weakest = np.full(len(part), np.inf, dtype=np.float32)
            np.minimum.at(weakest, owner[known], chance[known])
            unsupported = np.zeros(len(pairs), dtype=bool)
            unsupported[several] = (total < self.min_support * count)[owner] & (chance == weakest[owner])
            refuse(REASONS.index(SUPPORT), unsupported)
