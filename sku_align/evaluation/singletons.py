"""Which offers of labelled catalogs stay when a share of the products shall stand in one catalog alone."""

import hashlib
from collections.abc import Sequence


def keeps(product: str, catalog: str, catalogs: Sequence[str], share: float) -> bool:
    """Say whether a catalog keeps its offers of a product.

    The nearest candidates of a product that stands alone are its siblings, which is where wrong merges come from. Both
    draws are hashes of the product's name, so that every call and every machine thins the catalogs alike, and a product
    that stands alone at one share stands alone at every larger one.

    Args:
        product: The product's gold id.
        catalog: The catalog in question.
        catalogs: All catalogs of the run; a product that stands alone stays in one of them.
        share: Share of the products that stand alone, from 0 to 1.

    Example:
        >>> [keeps("kettle", name, ["a", "b"], 1.0) for name in ("a", "b")].count(True)
        1
        >>> [keeps("kettle", name, ["a", "b"], 0.0) for name in ("a", "b")]
        [True, True]
    """
    if _lot("alone", product) >= share:
        return True
    return catalog == sorted(catalogs)[int(_lot("where", product) * len(catalogs))]


def _lot(*parts: str) -> float:
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
