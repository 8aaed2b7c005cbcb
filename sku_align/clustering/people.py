"""A reviewer's "same" joins two SKUs, not two offers.

The pair that a person judged is the evidence for a join of everything that stands with either offer. Joining only the
pair first, and the others by their own scores afterwards, tore such SKUs apart: of 4 and 3 offers came 3, 2 and 2.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sku_align.clustering.components import unite_components
from sku_align.clustering.constraints import Constraints
from sku_align.clustering.growth import grow
from sku_align.clustering.members import Members

Rows = NDArray[np.int64]


def whole_groups(
    must: Rows, edges: Rows, n: int, start: Callable[[], tuple[Members, Constraints, Constraints]]
) -> Rows:
    """Pairs that hold together what a reviewer's "same" joins.

    The groups that form without the word are joined whole, unless that would repeat a catalog that lists each product
    once or join what a reviewer set apart; then the word joins only its two offers.

    Args:
        must: Pairs that a reviewer called the same, row numbers of offers, shape (k, 2).
        edges: Pairs that merge by themselves, strongest first, shape (m, 2).
        n: Number of offers.
        start: Gives n offers, each alone, with all constraints on them, and with those that people's words obey.

    Returns:
        Pairs that chain the offers of each joined group, shape (p, 2).
    """
    if not len(must):
        return must
    touched = _touched(must, edges, n)
    members, all_of_them, of_people = start()
    unite_components(members, edges[touched[edges[:, 0]]], all_of_them)
    grow(members, edges[touched[edges[:, 0]]], all_of_them)
    grow(members, must, of_people)
    joined = np.unique(members.label[must][members.label[must[:, 0]] == members.label[must[:, 1]]])
    order = np.argsort(members.label, kind="stable")
    order = order[np.isin(members.label[order], joined)]
    same = members.label[order[1:]] == members.label[order[:-1]]
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def _touched(must: Rows, edges: Rows, n: int) -> NDArray[np.bool_]:
    """Offers whose connected component holds a reviewer's "same": no other group can change."""
    links = np.concatenate([must, edges])
    graph = coo_array((np.ones(len(links), dtype=bool), (links[:, 0], links[:, 1])), shape=(n, n))
    component = connected_components(graph, directed=False)[1]
    return np.asarray(np.isin(component, component[must[:, 0]]))
