"""The tables of a publication as its index keeps them, to compare it with another run."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from sku_align import schema
from sku_align.evaluation.comparing import RunTables
from sku_align.pairs import pair_columns
from sku_align.retrieval.arrays import map_table
from sku_align.retrieval.build import FORMAT
from sku_align.retrieval.versions import READY, IndexRoot


def published_tables(root: IndexRoot, numbers: Sequence[int | None]) -> RunTables | None:
    """Read what a publication showed and what was decided for it.

    Args:
        root: Where indexes lie.
        numbers: The publication, then the one that it shows again if it is a rollback; the first that has an index
            counts.

    Returns:
        Its tables; None if its index is no longer kept, or was written by another release.
    """
    for folder in (root.folder(number) for number in numbers if number):
        if (found := _read(folder)) is not None:
            return found
    return None


def earlier_runs(root: IndexRoot, base: int | None, republishes: Mapping[int, int | None]) -> dict[int, RunTables]:
    """The publications that a run is compared with: the last one, and the oldest that is kept, for what moves slowly.

    Args:
        root: Where indexes lie.
        base: The last publication; None or 0 before the first.
        republishes: Publication -> the one that it shows again, for rollbacks.
    """
    if not base:
        return {}
    wanted = dict.fromkeys([base, *sorted(number for number in root.publications() if number < base)[:1]])
    read = {number: published_tables(root, (number, republishes.get(number))) for number in wanted}
    return {number: tables for number, tables in read.items() if tables is not None}


def _read(folder: Path) -> RunTables | None:
    try:
        about = json.loads((folder / READY).read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            return None
        offers, pairs = map_table(folder / "offers.arrow"), map_table(folder / "pairs.arrow")
        left, right = (pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
        decided = {name: pairs[name] for name in ("probability", "decision", "reason")}
        return RunTables(
            schema.conform(offers.drop_columns("sku_id"), schema.OFFERS),
            schema.conform({**pair_columns(offers, left, right), **decided}, schema.DECISIONS),
            offers.select(schema.CLUSTERS.names),
            scorer=str(about.get("scorer", "")),
            calibration=str(about.get("calibration", "")),
            blocked_by=str(about.get("blocked_by", "")),
        )
    # A release may write other columns: such an index is served by that release only, and stops no publication.
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return None
