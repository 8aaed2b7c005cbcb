"""Answers of audit samples, kept with the content of both offers: they count as long as neither has changed."""

import numpy as np
import pyarrow as pa

from sku_align import schema
from sku_align.evaluation.certificate import Labels
from sku_align.pairs import pair_rows

AUDIT_LABELS = pa.schema(
    [
        *((name, pa.string()) for name in schema.PAIR_NAMES),
        ("left_content_hash", pa.string()),
        ("right_content_hash", pa.string()),
        ("verdict", pa.string()),
        ("reviewer", pa.string()),
        ("labelled_at", pa.string()),
    ]
)


def label_table(offers: pa.Table, verdicts: pa.Table) -> pa.Table:
    """Answers with the content that they are about.

    Args:
        offers: Table of `schema.OFFERS`.
        verdicts: Table of `schema.VERDICTS`; answers about offers that are gone are left out.

    Returns:
        Table of `AUDIT_LABELS`.
    """
    rows = pair_rows(offers, verdicts)
    known = np.asarray((rows >= 0).all(axis=1))
    rows, verdicts = rows[known], verdicts.filter(known)
    hashes = offers["content_hash"]
    columns = {name: verdicts[name] for name in schema.PAIR_NAMES} | {
        "left_content_hash": hashes.take(pa.array(rows[:, 0])),
        "right_content_hash": hashes.take(pa.array(rows[:, 1])),
        "verdict": verdicts["verdict"],
        "reviewer": verdicts["reviewer"],
        "labelled_at": verdicts["reviewed_at"],
    }
    return schema.conform(columns, AUDIT_LABELS)


def valid_labels(offers: pa.Table, *tables: pa.Table) -> Labels:
    """Labels of pairs whose offers are as they were when they were labelled; a later table overrules an earlier one.

    Args:
        offers: Table of `schema.OFFERS`.
        tables: Tables of `AUDIT_LABELS`.
    """
    keys = zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True)
    content = dict(zip(keys, offers["content_hash"].to_pylist(), strict=True))
    labels = {}
    for row in (row for table in tables for row in table.to_pylist()):
        left = row["left_catalog"], row["left_offer_id"]
        right = row["right_catalog"], row["right_offer_id"]
        if all(key in content for key in (left, right)) and (content[left], content[right]) == (
            row["left_content_hash"],
            row["right_content_hash"],
        ):
            low, high = sorted((left, right))
            labels[low, high] = row["verdict"] == "same"
    return labels
