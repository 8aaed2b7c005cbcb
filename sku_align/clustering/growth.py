"""Greedy clustering, many unions at a time.

Edges are taken from the strongest to the weakest. An edge that is the strongest left at both its clusters meets them
in the same state as it would if edges were walked one by one, so all such edges are processed in one vectorised round;
the result is that of the walk.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sku_align.clustering.members import Members

Rows = NDArray[np.int64]
ALLOWED = 0
NO_PAIR = -1


class Violation(NamedTuple):
    """Which constraint each of k unions breaks.

    Attributes:
        reason: `ALLOWED`, or the caller's code of the constraint that the union breaks, shape (k,).
        offending: The two offers that may not be in one cluster, shape (k, 2); -1 where no single pair breaks the
            constraint.
    """

    reason: NDArray[np.int8]
    offending: Rows


class ConstraintCheck(Protocol):
    """Checks unions. A constraint that a union breaks must also be broken after either side has grown."""

    def check(self, left: Rows, right: Rows) -> Violation:
        """Check the unions of clusters `left[i]` and `right[i]`, shape (k,)."""

    def quick_check(self, left: Rows, right: Rows) -> NDArray[np.bool_]:
        """Unions that break a constraint as a cheap test shows, shape (k,); `check` refuses them, and others too."""


class Refusals(NamedTuple):
    """Edges whose union was refused: position among the edges, reason and offending pair, each of length r."""

    edge: Rows
    reason: NDArray[np.int8]
    offending: Rows


def grow(members: Members, edges: Rows, constraints: ConstraintCheck) -> Refusals:
    """Unite clusters along edges, as far as each union is allowed.

    Args:
        members: The clusters to grow; changed in place.
        edges: Row numbers of offers, shape (m, 2), strongest first.
        constraints: What a union must not break.

    Returns:
        The edges between clusters that stayed apart, in the order of `edges`.
    """
    n = len(members.label)
    strongest, cause = np.zeros((2, n), dtype=np.int64)
    refused_by = np.full(n, -1)
    refused = [Refusals(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int8), np.zeros((0, 2), dtype=np.int64))]
    active, (left, right) = np.arange(len(edges)), members.label[edges.T]
    while True:
        # Edges whose ends became one cluster have nothing left to do. Edges that the cheap test refuses stay refused,
        # because growth never mends a violation; taking them out early keeps them from holding back weaker edges.
        apart = left != right
        active, left, right = active[apart], left[apart], right[apart]
        lost = constraints.quick_check(left, right)
        refused.append(Refusals(active[lost], *constraints.check(left[lost], right[lost])))
        active, left, right = active[~lost], left[~lost], right[~lost]
        if not len(active):
            break

        # The strongest edge of each cluster: edges are written in reverse, so that of several assignments to one
        # cluster the last that numpy makes is that of the first, strongest edge.
        order = np.arange(len(active))
        strongest[np.stack([left, right], axis=1).reshape(-1)[::-1]] = np.repeat(order, 2)[::-1]

        # An edge that is strongest at both ends is what the walk would come to next there, and no two such edges share
        # a cluster, so all of them can be checked and united at once.
        ready = np.flatnonzero((strongest[left] == order) & (strongest[right] == order))
        ours, theirs = left[ready], right[ready]
        violation = constraints.check(ours, theirs)
        allowed = violation.reason == ALLOWED
        members.unite(ours[allowed], theirs[allowed])

        # A refused union is refused for every other edge between the same two clusters, with the same reason. Each
        # cluster was in one union at most, so it has one `refused_by` and one `cause`; they are cleared afterwards
        # because next round's clusters may bear the same names.
        broken = np.flatnonzero(~allowed)
        for one, other in ((ours[broken], theirs[broken]), (theirs[broken], ours[broken])):
            refused_by[one], cause[one] = other, broken
        parallel = refused_by[left] == right
        because = cause[left[parallel]]
        refused.append(Refusals(active[parallel], violation.reason[because], violation.offending[because]))
        refused_by[ours[broken]] = refused_by[theirs[broken]] = -1
        active, left, right = active[~parallel], members.label[left[~parallel]], members.label[right[~parallel]]
    every = Refusals(*(np.concatenate(parts) for parts in zip(*refused, strict=True)))
    order = np.argsort(every.edge)
    return Refusals(every.edge[order], every.reason[order], every.offending[order])
