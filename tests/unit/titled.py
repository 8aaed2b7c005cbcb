"""Offers that are told by their titles alone."""

import pyarrow as pa

from sku_align import schema
from sku_align.attributes.extract import extract_attributes


def offers(*titles: tuple[str, str], brand: str | None = None) -> pa.Table:
    """One offer a title and language, each of a catalog of its own, with what its title says read from it."""
    read = extract_attributes({}, range(len(titles)), *map(list, zip(*titles, strict=True)))
    rows = [
        {
            "catalog": str(at),
            "offer_id": "1",
            "title": title,
            "language": language,
            "brand": brand,
            **{key: read[key][at] for key in read},
        }
        for at, (title, language) in enumerate(titles)
    ]
    return schema.conform(pa.Table.from_pylist(rows), schema.OFFERS)
