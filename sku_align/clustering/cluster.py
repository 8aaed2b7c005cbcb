"""Clusters: which offers are one product.

Connected components chain: A~B~C merges A and C that have nothing in common. So clusters grow edge by edge from the
strongest, and a union that breaks a constraint is refused and recorded with its reason.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align import schema
from sku_align.attributes import Comparer, compare_used
from sku_align.clustering.components import unite_components
from sku_align.clustering.constraints import (
    MAX_SIZE,
    ONE_TO_ONE,
    REASONS,
    SUPPORT,
    Constraints,
    PairSet,
    catalog_marks,
)
from sku_align.clustering.edges import Edges, read_edges
from sku_align.clustering.growth import Refusals, grow
from sku_align.clustering.members import Members
from sku_align.clustering.people import whole_groups
from sku_align.config import GUARDS, GuardAction, GuardName, Settings
from sku_align.deciding.guards import first_guard
from sku_align.pairs import numbered, pair_columns

Rows = NDArray[np.int64]
GROUPS = pa.schema([*schema.KEY, ("cluster", pa.int64())])


class Clustering(NamedTuple):
    """Clusters and the edges they left out.

    Attributes:
        groups: Table of `GROUPS`, every offer once, sorted by key; clusters are numbered by their first offer.
        refused: Table of `schema.REFUSED`, sorted by pair.
    """

    groups: pa.Table
    refused: pa.Table


def cluster(offers: pa.Table, decisions: pa.Table, settings: Settings) -> Clustering:
    """Group offers into products.

    What reviewers called the same is joined first, with what stands beside it, whatever else speaks against it. Then
    the pairs that merge by themselves, from the most probable: a union is refused if it would hold two offers of a
    catalog that lists each product once, a pair that a reviewer called different, a pair on which a guard fires, too
    many offers, or if the scores across it speak against it.

    Args:
        offers: Table of `schema.OFFERS`, sorted by key.
        decisions: Table of `schema.DECISIONS` in any order.
        settings: `clustering`, the guards of `deciding`, and each catalog's `has_duplicates`.

    Raises:
        ValueError: A decision names an offer that is not in `offers`.
    """
    catalog, names = numbered(offers["catalog"])
    rules = settings.clustering
    one_to_one = np.array([not settings.catalog(name).has_duplicates for name in names.to_pylist()], bool)
    edges = read_edges(offers, decisions, catalog, one_to_one)
    own = np.where(one_to_one[catalog], catalog, -1)
    cannot = PairSet(edges.pairs[edges.cannot], np.ones(len(edges.cannot), dtype=np.float32), len(offers))
    by_catalog = own if one_to_one.any() else None
    guard = _member_guard(offers, edges.pairs[edges.merge], settings)
    scored = PairSet(edges.pairs, edges.probability, len(offers)) if rules.min_support else None

    def start() -> tuple[Members, Constraints, Constraints]:
        members = Members(len(offers), catalog_marks(own))
        constraints = Constraints(
            members,
            cannot,
            max_size=rules.max_size,
            one_to_one=by_catalog,
            guard=guard,
            scored=scored,
            min_support=rules.min_support,
        )
        return members, constraints, Constraints(members, cannot, one_to_one=by_catalog)

    strongest_first = edges.pairs[edges.merge]
    judged = edges.pairs[edges.must]
    whole = whole_groups(judged, strongest_first, len(offers), start)
    members, constraints, of_people = start()
    # A verdict on two offers outweighs everything but another verdict; groups around them keep one offer per catalog.
    must = grow(members, judged, Constraints(members, cannot))
    grow(members, whole, of_people)
    unite_components(members, strongest_first, constraints)
    merge = grow(members, strongest_first, constraints)
    _, numbers = np.unique(members.label, return_inverse=True)
    groups = schema.conform({"catalog": offers["catalog"], "offer_id": offers["offer_id"], "cluster": numbers}, GROUPS)
    return Clustering(groups, _refused(offers, edges, members, must, merge, settings))


def _member_guard(offers: pa.Table, merges: Rows, settings: Settings) -> Callable[[Rows], NDArray[np.int8]] | None:
    """The first guard that fires between offers of two clusters, whether it forbids or asks a person.

    A red and a blue one would go to a person; an offer that names no colour must not join them behind his back. The
    price guard is left out, because prices of three shops are further apart than those of two.
    """
    deciding = settings.deciding
    guards: dict[GuardName, GuardAction] = {name: deciding.guard(name) for name in GUARDS} | {"price": "off"}
    if not settings.clustering.guard_members or set(guards.values()) == {"off"}:
        return None
    between_members = deciding.model_copy(update={"guards": guards})
    comparer = Comparer(offers, deciding.brand_similarity)
    comparer.learn_brands(merges)

    def guard(pairs: Rows) -> NDArray[np.int8]:
        compared = comparer.compare(pairs)
        forbidding, asking = (first_guard(compared, between_members, action) for action in ("forbid", "review"))
        return np.where(forbidding >= 0, forbidding, asking)

    return guard


def _refused(
    offers: pa.Table, edges: Edges, members: Members, must: Refusals, merge: Refusals, settings: Settings
) -> pa.Table:
    at = np.concatenate([edges.must[must.edge], edges.merge[merge.edge]])
    reason = np.concatenate([must.reason, merge.reason])
    offending = np.concatenate([must.offending, merge.offending])
    # An edge that was refused early may join offers that other edges united later: it is not refused then.
    apart = members.label[edges.pairs[at, 0]] != members.label[edges.pairs[at, 1]]
    order = np.flatnonzero(apart)[np.argsort(at[apart], kind="stable")]
    if not len(order):
        return schema.REFUSED.empty_table()
    at, reason, offending = at[order], reason[order], offending[order]
    columns = pair_columns(offers, edges.pairs[at, 0], edges.pairs[at, 1])
    probability = edges.probability[at]
    columns["probability"] = pa.array(probability, mask=np.isnan(probability))
    columns["reason"] = pa.DictionaryArray.from_arrays(reason.astype(np.int32), list(REASONS))
    columns["detail"] = _details(offers, edges, reason, offending, settings)
    return schema.conform(columns, schema.REFUSED)


def _details(offers: pa.Table, edges: Edges, reason: NDArray[np.int8], offending: Rows, settings: Settings) -> pa.Array:
    keys = pc.binary_join_element_wise(offers["catalog"].combine_chunks(), offers["offer_id"].combine_chunks(), "#")
    one, other = (keys.take(pa.array(np.maximum(offending[:, side], 0))) for side in (0, 1))
    pair = pc.binary_join_element_wise(one, other, " and ")
    guarded = reason >= REASONS.index(f"guard:{next(iter(GUARDS))}")
    words = np.full(len(reason), "a reviewer called them different", dtype=object)
    words[reason == REASONS.index(ONE_TO_ONE)] = "one catalog, which lists a product once"
    unsupported = reason == REASONS.index(SUPPORT)
    chance = PairSet(edges.pairs, edges.probability, len(offers)).find(offending[unsupported])
    words[unsupported] = [f"probability {value:.3f}" for value in chance]
    if guarded.any():
        compared = compare_used(offers, offending[guarded], settings.deciding.brand_similarity)
        words[guarded] = [text or "conflict" for text in pc.binary_join(compared.conflicts, "; ").to_pylist()]
    sentences = pc.binary_join_element_wise(pair, pa.array(words, pa.string()), ": ")
    return pc.if_else(reason == REASONS.index(MAX_SIZE), f"more than {settings.clustering.max_size} offers", sentences)
