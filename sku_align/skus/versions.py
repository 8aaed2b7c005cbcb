"""What an offer says of its product, as a hash: a new price or address is not a reason to ask a person again."""

import hashlib

import pyarrow as pa

_TEXTS = ("title", "brand", "gtin", "mpn")


def versions(offers: pa.Table) -> list[str]:
    """Hash of title, brand, GTIN and part number of each offer, in their order; a missing column counts as empty."""
    names = [name for name in _TEXTS if name in offers.column_names]
    columns = [[value or "" for value in offers[name].to_pylist()] for name in names]
    texts = zip(*columns, strict=True)
    return [hashlib.blake2b("\x1f".join(cells).encode(), digest_size=6).hexdigest() for cells in texts]


def offer_versions(offers: pa.Table) -> dict[tuple[str, str], str]:
    """`versions` by (catalog, offer_id)."""
    keys = zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True)
    return dict(zip(keys, versions(offers), strict=True))
