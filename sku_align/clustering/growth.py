"""Greedy clustering, many unions at a time.

Edges are taken from the strongest to the weakest. An edge that is the strongest left at both its clusters meets them
in the same state as it would if edges were walked one by one, so all such edges are settled in one vectorised round;
the result is that of the walk.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sku_align.clustering.members import Members

Rows = NDArray[np.int64]
ALLOWED = 0


class Verdicts(NamedTuple):
    """Whether unions are allowed.

    Attributes:
        reason: `ALLOWED` or the caller's code of what forbids the union, shape (k,).
        culprits: The two offers that may not meet, shape (k, 2); -1 where no single pair is to blame.
    """

    reason: NDArray[np.int8]
    culprits: Rows


class Judge(Protocol):
    """Says which unions are allowed. Whatever forbids a union must also forbid it after either side has grown."""

    def judge(self, left: Rows, right: Rows) -> Verdicts:
        """Judge the unions of clusters `left[i]` and `right[i]`, shape (k,)."""

    def hopeless(self, left: Rows, right: Rows) -> NDArray[np.bool_]:
        """Unions that are surely forbidden, seen at a glance, shape (k,)."""


class Refusals(NamedTuple):
    """Edges that were not followed: position among the edges, reason and culprits, each of length r."""

    edge: Rows
    reason: NDArray[np.int8]
    culprits: Rows


def grow(members: Members, edges: Rows, judge: Judge) -> Refusals:
    """Unite clusters along edges, as far as each union is allowed.

    Args:
        members: The clusters to grow; changed in place.
        edges: Row numbers of offers, shape (m, 2), strongest first.
        judge: Says which unions are allowed.

    Returns:
        The edges between clusters that stayed apart, in the order of `edges`.
    """
    strongest = np.zeros(len(members.label), dtype=np.int64)
    opponent = np.full(len(members.label), -1)
    cause = np.zeros(len(members.label), dtype=np.int64)
    refused = [Refusals(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int8), np.zeros((0, 2), dtype=np.int64))]
    active, (left, right) = np.arange(len(edges)), members.label[edges.T]
    while True:
        apart = left != right
        active, left, right = active[apart], left[apart], right[apart]
        lost = judge.hopeless(left, right)
        refused.append(Refusals(active[lost], *judge.judge(left[lost], right[lost])))
        active, left, right = active[~lost], left[~lost], right[~lost]
        if not len(active):
            break
        order = np.arange(len(active))
        strongest[np.stack([left, right], axis=1).reshape(-1)[::-1]] = np.repeat(order, 2)[::-1]
        settled = np.flatnonzero((strongest[left] == order) & (strongest[right] == order))
        ours, theirs = left[settled], right[settled]
        verdicts = judge.judge(ours, theirs)
        allowed = verdicts.reason == ALLOWED
        members.unite(ours[allowed], theirs[allowed])

        against = np.flatnonzero(~allowed)
        for one, other in ((ours[against], theirs[against]), (theirs[against], ours[against])):
            opponent[one], cause[one] = other, against
        parallel = opponent[left] == right
        blame = cause[left[parallel]]
        refused.append(Refusals(active[parallel], verdicts.reason[blame], verdicts.culprits[blame]))
        opponent[ours[against]] = opponent[theirs[against]] = -1
        active, left, right = active[~parallel], members.label[left[~parallel]], members.label[right[~parallel]]
    every = Refusals(*(np.concatenate(parts) for parts in zip(*refused, strict=True)))
    order = np.argsort(every.edge)
    return Refusals(every.edge[order], every.reason[order], every.culprits[order])
