"""Clusters that grow: which offers each holds, kept so that many unions happen in one step.

The offers of a cluster lie side by side in a pool. A union writes both clusters anew behind the end of the pool, as a
moving garbage collector does, and when the pool is full the live ones are moved to its front. So a union costs as much
as the clusters are large, and no Python object is made per cluster.
"""

import numpy as np
from numpy.typing import NDArray

from sku_align.pairs import ranges

Rows = NDArray[np.int64]


class Members:
    """A partition of n offers, at first singletons; a cluster is named by its smallest row.

    Attributes:
        label: Cluster of each offer, shape (n,).
        size: Number of offers of each cluster, by its name; meaningless for other rows.
        marks: Bits that the offers of each cluster bring with them, by its name.
        largest: Number of offers of the largest cluster.
    """

    def __init__(self, n: int, marks: Rows | None = None) -> None:
        self._mark = np.zeros(n, dtype=np.int64) if marks is None else marks
        self.marks = self._mark.copy()
        self.label = np.arange(n)
        self.size = np.ones(n, dtype=np.int64)
        self.largest = min(n, 1)
        self._start = np.arange(n)
        self._pool = np.concatenate([np.arange(n), np.zeros(n, dtype=np.int64)])
        self._end = n

    def of(self, clusters: Rows) -> Rows:
        """The offers of clusters, one cluster after the other."""
        return self._pool[ranges(self._start[clusters], self.size[clusters])]

    def holders(self, clusters: Rows, bits: Rows) -> Rows:
        """An offer of each cluster that brings one of the given bits, shape (k,); each cluster must hold one."""
        offers, owner = self.of(clusters), np.repeat(np.arange(len(clusters)), self.size[clusters])
        # Of several offers with the bit any will do, and the last assignment wins; the order of offers is fixed.
        at = np.flatnonzero(self._mark[offers] & bits[owner])
        holder = np.zeros(len(clusters), dtype=np.int64)
        holder[owner[at]] = offers[at]
        return holder

    def unite(self, left: Rows, right: Rows) -> None:
        """Unite clusters pairwise; no cluster may stand twice.

        Args:
            left: Names of clusters, shape (k,).
            right: Names of the clusters to unite with them, shape (k,).
        """
        kept, gone = np.minimum(left, right), np.maximum(left, right)
        sizes = self.size[kept] + self.size[gone]
        if self._end + sizes.sum() > len(self._pool):
            self._compact()
        offers = self.of(np.stack([kept, gone], axis=1).reshape(-1))
        self.label[offers] = np.repeat(kept, sizes)
        self._pool[self._end : self._end + len(offers)] = offers
        self._start[kept] = self._end + np.cumsum(sizes) - sizes
        self.size[kept] = sizes
        self.largest = max(self.largest, int(sizes.max(initial=0)))
        self.marks[kept] |= self.marks[gone]
        self._end += len(offers)

    def unite_all(self, group: Rows, chosen: NDArray[np.bool_]) -> None:
        """Unite all offers of each chosen group.

        Args:
            group: Group of each offer, shape (n,); a cluster lies in one group.
            chosen: Which groups to unite, by group number.
        """
        # Offers by group, ascending within each: the first of a group is its smallest row, which names the cluster.
        order = np.argsort(group, kind="stable")
        order = order[chosen[group[order]]]
        opens = np.flatnonzero(np.diff(group[order], prepend=-1))
        sizes = np.diff(np.append(opens, len(order)))
        name = np.repeat(order[opens], sizes)
        marks = np.bitwise_or.reduceat(self.marks[self.label[order]], opens) if len(opens) else opens
        self.label[order] = name
        self.size[order[opens]], self.marks[order[opens]] = sizes, marks
        self.largest = max(self.largest, int(sizes.max(initial=0)))
        self._compact()

    def across(self, left: Rows, right: Rows) -> tuple[Rows, Rows]:
        """Every pair of offers across pairs of clusters.

        Args:
            left: Names of clusters, shape (k,).
            right: Names of clusters, shape (k,).

        Returns:
            Offer pairs, shape (p, 2), and for each the position of its clusters in `left`, shape (p,).
        """
        ours, theirs = self.size[left], self.size[right]
        # Pair i of a union is offer i // b of the left cluster with offer i % b of the right one, which holds b offers.
        union = np.repeat(np.arange(len(left)), ours * theirs)
        within = ranges(np.zeros_like(ours), ours * theirs)
        one = self._pool[self._start[left][union] + within // theirs[union]]
        other = self._pool[self._start[right][union] + within % theirs[union]]
        return np.stack([np.minimum(one, other), np.maximum(one, other)], axis=1), union

    def _compact(self) -> None:
        """Move the live clusters to the front of the pool."""
        order = np.argsort(self.label, kind="stable")
        opens = np.flatnonzero(np.diff(self.label[order], prepend=-1))
        self._pool[: len(order)] = order
        self._start[self.label[order[opens]]] = opens
        self._end = len(order)
