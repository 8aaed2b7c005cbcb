"""Reviewers' latest verdicts on the offers of a run."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.deciding.implied import add_implied
from sku_align.pairs import pair_rows

SAME = "same"


class LatestVerdicts(NamedTuple):
    """One verdict per pair.

    Attributes:
        pairs: Row numbers of offers, shape (k, 2), smaller first, sorted, each pair once.
        same: Whether the pair is one product, shape (k,).
        detail: The verdict, its reviewer and the note, for people.
    """

    pairs: NDArray[np.int64]
    same: NDArray[np.bool_]
    detail: list[str]


def latest_verdicts(offers: pa.Table, verdicts: pa.Table) -> LatestVerdicts:
    """The last verdict on each pair of offers; of two at one time "different" counts, because it does less harm.

    Args:
        offers: Table of `schema.OFFERS`, sorted by key.
        verdicts: Table of `schema.VERDICTS` in any order; what those on offers that are gone
            say of the others counts.
    """
    verdicts = add_implied(offers, verdicts)
    rows = np.sort(pair_rows(offers, verdicts), axis=1)
    here = np.flatnonzero((rows[:, 0] >= 0) & (rows[:, 0] != rows[:, 1]))
    rows, chosen = rows[here], verdicts.take(pa.array(here))
    same = pc.equal(chosen["verdict"], SAME).to_numpy().astype(bool)
    times = np.array([time or "" for time in chosen["reviewed_at"].to_pylist()], dtype=np.str_)
    who = [_detail(row) for row in chosen.select(["verdict", "reviewer", "note"]).to_pylist()]
    # Sorted so that the verdict which counts is the last of its pair: by time, then "different" after "same", then by
    # text, so that the order of rows changes nothing.
    order = np.lexsort((np.array(who, dtype=np.str_), ~same, times, rows[:, 1], rows[:, 0]))
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (rows[order][1:] != rows[order][:-1]).any(axis=1)
    kept = order[last]
    return LatestVerdicts(rows[kept], same[kept], [who[at] for at in kept])


def _detail(row: dict[str, str | None]) -> str:
    verdict = f"{row['verdict']}, says {row['reviewer'] or 'a reviewer'}"
    return f"{verdict}: {row['note']}" if row["note"] else verdict
