"""Questions for a person: one per possible join of two SKUs, in the order in which answers help most.

A run leaves many doubtful pairs between the same two SKUs, and many inside one SKU. Asking each pair made reviewers
answer the same thing several times, and half of the answers changed nothing. So pairs between two SKUs become one
question with the best pair as its evidence, and pairs inside one SKU become spot checks, which are a list of their own.
"""

import hashlib
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align import schema
from sku_align.config import Settings
from sku_align.pairs import numbered, pair_columns, pair_rows
from sku_align.skus.versions import versions

Rows = NDArray[np.int64]
Kind = Literal["join", "belongs", "check"]
KINDS: tuple[Kind, ...] = ("join", "belongs", "check")

QUESTIONS = pa.schema(
    [
        ("question", pa.string()),
        ("kind", pa.string()),
        ("left_sku", pa.string()),
        ("right_sku", pa.string()),
        *schema.PAIR,
        ("probability", pa.float32()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("folded", pa.int32()),
        ("offers", pa.int32()),
        ("value", pa.float64()),
    ]
)
# What a person may still reach for a pair whose one-to-one seat is taken; see docs/experiments/review-order.md.
_CONTESTED = 0.25


class _Pairs(NamedTuple):
    rows: Rows
    skus: Rows
    probability: NDArray[np.float32]


def questions(offers: pa.Table, decisions: pa.Table, clusters: pa.Table, settings: Settings | None = None) -> pa.Table:
    """Turn the doubtful pairs of a run into questions, the most useful first; spot checks come last.

    `join`: are these two SKUs one product? `belongs`: the same, where both SKUs hold an offer of a catalog that lists
    each product once, so that "same" moves one offer. `check`: both offers share a SKU already, so that only
    "different" would change anything. Two SKUs that a verdict keeps apart are not asked about again.

    Args:
        offers: Table of `schema.OFFERS`, sorted by key.
        decisions: Table of `schema.DECISIONS`; rows decided `review` are the doubtful pairs.
        clusters: Table of `schema.CLUSTERS`, every offer once.
        settings: `clustering` and the catalogs' one-to-one setting; the defaults if absent.

    Returns:
        Table of `QUESTIONS`. `folded` counts the other doubtful pairs that the same answer settles, `offers` those of
        both SKUs together, and `value` is what the order follows.
    """
    settings = settings or Settings()
    sku, names = _skus(offers, clusters)
    word = decisions["decision"].cast(pa.string())
    doubtful = decisions.filter(pc.equal(word, "review"))
    pairs = _between(offers, sku, doubtful)
    apart = _apart(offers, sku, decisions)
    codes = _code(pairs.skus, len(names))
    inside = pairs.skus[:, 0] == pairs.skus[:, 1]
    answered = np.isin(codes, apart) & ~inside

    # The best pair of each two SKUs comes first in its group; the others are folded into its question.
    at = np.flatnonzero(~inside & ~answered)
    at = at[np.lexsort((pairs.rows[at, 1], pairs.rows[at, 0], -pairs.probability[at], codes[at]))]
    first = np.flatnonzero(np.diff(codes[at], prepend=-1))
    best, folded = at[first], np.diff(np.append(first, len(at))) - 1
    checks = np.flatnonzero(inside)
    chosen = np.concatenate([best, checks])

    size = np.bincount(sku, minlength=len(names))
    ours, theirs = size[pairs.skus[chosen, 0]], size[pairs.skus[chosen, 1]]
    share_catalog = _share_catalog(offers, sku, pairs.skus[chosen], settings)
    kind = np.where(np.arange(len(chosen)) >= len(best), 2, np.where(share_catalog, 1, 0))
    value = _value(pairs.probability[chosen], ours, theirs, kind, _settles(pairs.skus[best], len(names), len(checks)))
    order = np.lexsort((pairs.rows[chosen, 1], pairs.rows[chosen, 0], -value, kind == 2))
    chosen, kind, value = chosen[order], kind[order], value[order]
    total = np.where(kind == 2, ours[order], ours[order] + theirs[order])
    columns = pair_columns(offers, pairs.rows[chosen, 0], pairs.rows[chosen, 1])
    taken = doubtful.take(pa.array(chosen))
    ids = question_ids(offers, pairs.rows[chosen])
    return schema.conform(
        columns
        | {
            "question": pa.array(ids, pa.string()),
            "kind": pa.array([KINDS[each] for each in kind], pa.string()),
            "left_sku": names.take(pa.array(pairs.skus[chosen, 0])),
            "right_sku": names.take(pa.array(pairs.skus[chosen, 1])),
            "probability": taken["probability"],
            "reason": taken["reason"].cast(pa.string()),
            "detail": taken["detail"],
            "folded": pa.array(np.concatenate([folded, np.zeros(len(checks), int)])[order], pa.int32()),
            "offers": pa.array(total, pa.int32()),
            "value": pa.array(value, pa.float64()),
        },
        QUESTIONS,
    )


def question_ids(offers: pa.Table, rows: Rows) -> list[str]:
    """Ids of questions about pairs of offers: `Q-` and which pair, then what the two offers say.

    The second part changes with the text of either offer, so that an answer about another text is recognised.

    Args:
        offers: A table with the columns of `versions`.
        rows: Row numbers into `offers`, shape (m, 2).
    """
    used, position = np.unique(rows, return_inverse=True)
    here = offers.take(pa.array(used))
    version = versions(here)
    keys = list(zip(here["catalog"].to_pylist(), here["offer_id"].to_pylist(), strict=True))
    return [
        question_id(keys[one], keys[other], version[one], version[other])
        for one, other in position.reshape(-1, 2).tolist()
    ]


def question_id(one: tuple[str, str], other: tuple[str, str], says: str, others: str) -> str:
    """Id of the question about two offers, whichever comes first; `says` and `others` are their `versions`."""
    (low, low_says), (high, high_says) = sorted([(one, says), (other, others)])
    pair = hashlib.blake2b("\x1f".join((*low, *high)).encode(), digest_size=6).hexdigest()
    text = hashlib.blake2b(f"{low_says}\x1f{high_says}".encode(), digest_size=3).hexdigest()
    return f"Q-{pair}-{text}"


def _skus(offers: pa.Table, clusters: pa.Table) -> tuple[Rows, pa.Array]:
    """SKU number of each offer, and the ids by number."""
    ordered = clusters.sort_by([("catalog", "ascending"), ("offer_id", "ascending")])
    if not ordered.select(["catalog", "offer_id"]).equals(offers.select(["catalog", "offer_id"])):
        raise ValueError("clusters and offers are not of one run")
    return numbered(ordered["sku_id"])


def _between(offers: pa.Table, sku: Rows, pairs: pa.Table) -> _Pairs:
    rows = pair_rows(offers, pairs)
    if (rows < 0).any():
        raise ValueError("decisions name an offer that is not among the offers")
    probability = pc.fill_null(pairs["probability"], np.nan).to_numpy().astype(np.float32)
    return _Pairs(rows, sku[rows].reshape(-1, 2), np.nan_to_num(probability, nan=0.5))


def _apart(offers: pa.Table, sku: Rows, decisions: pa.Table) -> Rows:
    """Codes of the SKUs that a verdict keeps apart."""
    parted = pc.and_(
        pc.equal(decisions["reason"].cast(pa.string()), "reviewer"),
        pc.equal(decisions["decision"].cast(pa.string()), "reject"),
    )
    rows = pair_rows(offers, decisions.filter(parted))
    return np.unique(_code(sku[rows].reshape(-1, 2), int(sku.max(initial=0)) + 1))


def _code(skus: Rows, count: int) -> Rows:
    return np.asarray(skus.min(axis=1, initial=count) * (count + 1) + skus.max(axis=1, initial=-1))


def _share_catalog(offers: pa.Table, sku: Rows, skus: Rows, settings: Settings) -> NDArray[np.bool_]:
    """Whether both SKUs hold an offer of one catalog that lists each product once."""
    catalog, names = numbered(offers["catalog"])
    one_to_one = np.array([not settings.catalog(name).has_duplicates for name in names.to_pylist()], bool)
    seats: dict[int, set[int]] = {}
    wanted = np.isin(sku, skus)
    for number, of in zip(sku[wanted].tolist(), catalog[wanted].tolist(), strict=True):
        if one_to_one[of]:
            seats.setdefault(number, set()).add(of)
    none: set[int] = set()
    return np.array([bool(seats.get(one, none) & seats.get(other, none)) for one, other in skus.tolist()], bool)


def _settles(skus: Rows, count: int, checks: int) -> NDArray[np.float64]:
    """How many other questions each may settle: those that share a SKU with it."""
    degree = np.bincount(skus.reshape(-1), minlength=count)
    return np.concatenate([degree[skus].sum(axis=1) - 2.0, np.zeros(checks)])


def _value(
    probability: NDArray[np.float32], ours: Rows, theirs: Rows, kind: Rows, settles: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What an answer is worth: pairs of offers that it joins, times the chance that it does, and what it settles.

    The doubtful band lies above one half, so "times doubt" alone would put the least likely joins first, and a join
    that does not happen changes nothing that a buyer sees. So the chance of the change weighs, not its variance; the
    measured curves stand in docs/experiments/review-order.md.
    """
    chance = np.where(kind == 2, 1 - probability, np.where(kind == 1, probability * _CONTESTED, probability))
    return np.asarray(chance * ours * np.where(kind == 2, 1, theirs) * (1 + 0.1 * np.minimum(settles, 10)))
