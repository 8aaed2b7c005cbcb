"""Connected components that break no constraint are clusters as they stand; only the others must be grown."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sku_align.clustering.constraints import Constraints
from sku_align.clustering.members import Members
from sku_align.pairs import ranges

Rows = NDArray[np.int64]
_PAIRS_AT_ONCE = 1 << 22


def unite_components(members: Members, edges: Rows, constraints: Constraints) -> None:
    """Unite the connected components within which no union breaks a constraint.

    Args:
        members: The clusters so far; changed in place.
        edges: Row numbers of offers, shape (m, 2).
        constraints: What must hold within a component.
    """
    n = len(members.label)
    if not len(edges):
        return
    # Clusters that verdicts made are nodes already, so components are over labels, not over offers.
    links = coo_array((np.ones(len(edges), dtype=bool), tuple(members.label[edges].T)), shape=(n, n))
    component = connected_components(links, directed=False)[1].astype(np.int64)[members.label]
    order = np.argsort(component, kind="stable")
    size = np.bincount(component)
    sound = size > 1
    if constraints.max_size is not None:
        sound &= size <= constraints.max_size
    if constraints.one_to_one is not None:
        # Component and catalog as one number: a number that stands twice is a catalog with two offers in a component.
        key = component * (n + 1) + constraints.one_to_one
        repeated = np.sort(key[constraints.one_to_one >= 0])
        sound[repeated[1:][repeated[1:] == repeated[:-1]] // (n + 1)] = False
    # A component that holds a reviewer's "different", or a scored pair below the support, may have to be split.
    for pairs in constraints.adverse():
        inside = component[pairs[:, 0]] == component[pairs[:, 1]]
        sound[component[pairs[inside, 0]]] = False
    if constraints.guard is not None:
        start = np.cumsum(size) - size
        # The variant guard holds between any two members, not only along edges.
        for part in _portions(np.flatnonzero(sound), size):
            pairs, owner = _within(start[part], size[part])
            fired = constraints.guard(order[pairs]) >= 0
            sound[part[owner[fired]]] = False
    members.unite_all(component, sound)


def _portions(components: Rows, size: Rows) -> list[Rows]:
    total = np.cumsum(size[components] ** 2)
    steps = np.arange(1, int(total.max(initial=0)) // _PAIRS_AT_ONCE + 1) * _PAIRS_AT_ONCE
    return [part for part in np.split(components, np.searchsorted(total, steps)) if len(part)]


def _within(start: Rows, size: Rows) -> tuple[Rows, Rows]:
    """Pairs of positions within runs, smaller first, and the run of each pair."""
    owner = np.repeat(np.arange(len(size)), size**2)
    step = ranges(np.zeros_like(size), size**2)
    first, second = step // size[owner], step % size[owner]
    keep = first < second
    return np.stack([start[owner] + first, start[owner] + second], axis=1)[keep], owner[keep]
