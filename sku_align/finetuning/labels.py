"""What a model may learn from: a file of labelled pairs, or reviewers' verdicts on the offers of a run."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.config import Settings
from sku_align.deciding.verdicts import latest_verdicts
from sku_align.errors import UserError
from sku_align.evaluation.pairs import read_pairs
from sku_align.folder import RunFolder
from sku_align.pairs import sort_offers

PRODUCT_ID = "product_id"


@dataclass(frozen=True)
class Labels:
    """Pairs with the truth.

    Attributes:
        offers: Table of `schema.OFFERS`, n rows, without their product ids.
        rows: Row numbers of the pairs, shape (m, 2).
        same: Whether a pair is one product, shape (m,).
        product_ids: What the labels call each offer's product, if they do; length n.
    """

    offers: pa.Table
    rows: NDArray[np.int64]
    same: NDArray[np.bool_]
    product_ids: list[str | None]


def from_file(path: Path, settings: Settings) -> Labels:
    """Read a pairs file, as `evaluate pairs` does; the columns left_product_id and right_product_id may name products.

    Raises:
        UserError: The file cannot be read, lacks a column, or has a label other than 0 and 1.
    """
    pairs = read_pairs(path, settings)
    offers, ids = _without_product_ids(pairs.offers)
    return Labels(offers, pairs.rows, pairs.labels, ids)


def from_verdicts(db: str, folder: RunFolder) -> Labels:
    """Take the last verdict on each pair of a run's offers.

    Args:
        db: SQLAlchemy URL of the database that keeps the verdicts.
        folder: Run folder with `offers`.

    Raises:
        UserError: The database or the offers cannot be read, or no verdict is about these offers.
    """
    from sku_align.store import Store

    offers = sort_offers(folder.read("offers"))
    latest = latest_verdicts(offers, Store.existing(db).verdicts())
    if not len(latest.pairs):
        raise UserError(
            f"No verdict in the database is about two offers in {folder.path}: name the run folder of the reviewed "
            "run with --run, or take the reviewed sheet in first (`sku-align review apply`)."
        )
    return Labels(offers, latest.pairs, latest.same, [None] * len(offers))


def _without_product_ids(offers: pa.Table) -> tuple[pa.Table, list[str | None]]:
    """Take product ids out of the attributes, because a model that reads attributes would read the label."""
    attributes = [json.loads(text) if text else {} for text in offers["attributes"].to_pylist()]
    ids = [str(found) if (found := entry.pop(PRODUCT_ID, None)) else None for entry in attributes]
    if not any(ids):
        return offers, ids
    left = [json.dumps(entry, ensure_ascii=False, sort_keys=True) if entry else None for entry in attributes]
    place = offers.schema.get_field_index("attributes")
    return offers.set_column(place, offers.schema.field(place), pa.array(left, pa.string())), ids
