"""Splits labelled pairs by product, so that a model is judged on products it has never seen.

The side of a product depends on its name alone: it stays where it is when labels are added, so that last month's model
and this month's are compared on products that neither learnt from.
"""

import hashlib
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sku_align.errors import UserError
from sku_align.finetuning.labels import Labels

TRAIN, DEV, TEST = "train", "dev", "test"
TRAIN_SHARE, DEV_SHARE = 0.70, 0.10
MIN_HELD_BACK, MIN_OF_A_KIND = 20, 5


@dataclass(frozen=True)
class Split:
    """Which pairs are learnt from, watched while learning, and held back.

    Attributes:
        groups: Product group of each offer, shape (n,).
        train: Positions of pairs whose both products are on the training side.
        dev: Positions of pairs to stop by, at least one offer of each not learnt from; may be empty.
        test: Positions of pairs held back; no offer of their products is in `train`.
        dropped: Pairs of an offer to learn from and one that is held back, which neither side may use.
    """

    groups: NDArray[np.int64]
    train: NDArray[np.int64]
    dev: NDArray[np.int64]
    test: NDArray[np.int64]
    dropped: int


def side(group: str) -> str:
    """Return which side of the split a group is on; the answer depends on its name alone."""
    share = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64
    return TRAIN if share < TRAIN_SHARE else DEV if share < TRAIN_SHARE + DEV_SHARE else TEST


def split(labels: Labels, by_brand: bool = False) -> Split:
    """Split pairs by product group.

    Offers are of one group if a positive pair joins them, or if they share a product id, a GTIN or a title and brand.

    Args:
        labels: Labelled pairs.
        by_brand: Put all products of a brand into one group, to be judged on brands never seen.

    Raises:
        UserError: A side would have too few pairs, or only matches or only others.
    """
    groups = _groups(labels, by_brand)
    words = [_wording(title, brand) for title, brand in _titles(labels)]
    names: dict[int, str] = {}
    for group, word in zip(groups.tolist(), words, strict=True):
        names[group] = min(names.get(group, word), word)
    at = np.array([side(names[group]) for group in groups.tolist()])[labels.rows]
    learnt, held = (at == TRAIN).all(axis=1), (at == TEST).any(axis=1)
    test = held & (at != TRAIN).all(axis=1)
    parts = [np.flatnonzero(mask) for mask in (learnt, ~learnt & ~held, test)]
    _check(labels, parts[0], parts[2], len(names))
    dev = parts[1] if _varied(labels.same[parts[1]]) else parts[1][:0]
    return Split(groups, parts[0], dev, parts[2], int((held & ~test).sum()))


def _check(labels: Labels, train: NDArray[np.int64], test: NDArray[np.int64], products: int) -> None:
    for name, part, fewest in (("to learn from", train, 0), ("held back", test, MIN_HELD_BACK)):
        if not _varied(labels.same[part]) or len(part) < fewest:
            raise UserError(
                f"{len(labels.same)} labelled pairs of {products} products are too few to train and judge on different "
                f"products: {len(part)} pairs with {int(labels.same[part].sum())} matches would be {name}; at least "
                f"{max(fewest, 2 * MIN_OF_A_KIND)} are needed, {MIN_OF_A_KIND} of them matches and "
                f"{MIN_OF_A_KIND} others. Label more pairs."
            )


def _varied(same: NDArray[np.bool_]) -> bool:
    return min(int(same.sum()), int((~same).sum())) >= MIN_OF_A_KIND


def _titles(labels: Labels) -> Iterator[tuple[str, str]]:
    for row in labels.offers.select(["title", "brand"]).to_pylist():
        yield row["title"] or "", row["brand"] or ""


def _wording(*texts: str) -> str:
    return "\x1f".join("".join(filter(str.isalnum, text.casefold())) for text in texts)


def _groups(labels: Labels, by_brand: bool) -> NDArray[np.int64]:
    """Number the connected components of offers and everything two offers may share; shape (n,)."""
    count = len(labels.offers)
    keys: dict[Hashable, int] = {}
    ends: list[tuple[int, int]] = list(map(tuple, labels.rows[labels.same].tolist()))
    gtins = labels.offers.select(["gtin", "further_gtins"]).to_pylist()
    for row, (title, brand) in enumerate(_titles(labels)):
        shared = {"words": _wording(title, brand), "id": labels.product_ids[row]}
        if by_brand:
            shared["brand"] = _wording(brand)
        ends += [(row, keys.setdefault((kind, value), count + len(keys))) for kind, value in shared.items() if value]
        codes = [gtins[row]["gtin"], *(gtins[row]["further_gtins"] or ())]
        ends += [(row, keys.setdefault(("gtin", code), count + len(keys))) for code in codes if code]
    left, right = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    size = count + len(keys)
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1][:count], dtype=np.int64)
