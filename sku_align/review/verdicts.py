"""Labels from a reviewed sheet: what it says of pairs, without a store."""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from sku_align import schema
from sku_align.deciding.consistency import Pair
from sku_align.review.reading import Answer, read_answers
from sku_align.review.words import SKIP


class Verdicts(NamedTuple):
    """What a reviewed sheet says: `table` is of `schema.VERDICTS`, `rejected` names each bad row and why."""

    table: pa.Table
    rejected: list[str]


def read_verdicts(path: Path, reviewer: str, reviewed_at: str) -> Verdicts:
    """Read the verdicts of a sheet; rows that contradict each other about one pair are rejected.

    Args:
        path: A sheet that `review export`, `calibrate --sample` or `audit sample` wrote, with `verdict` filled in.
        reviewer: Who decided; kept with each verdict.
        reviewed_at: ISO 8601 time, kept with each verdict.

    Raises:
        UserError: As by `read_answers`.
    """
    read = read_answers(path)
    rejected = dict(read.rejected)
    answers, clashing = by_pair(read.answers)
    rejected |= clashing
    table = verdict_table([answers[pair] for pair in sorted(answers)], reviewer, reviewed_at)
    return Verdicts(table, [f"row {number}: {rejected[number]}" for number in sorted(rejected)])


def by_pair(answers: list[Answer]) -> tuple[dict[Pair, Answer], dict[int, str]]:
    """The answer to each pair, and the rows whose answers about one pair contradict each other; skips are left out."""
    rows: dict[Pair, list[Answer]] = {}
    for answer in answers:
        if answer.answer != SKIP:
            rows.setdefault((answer.left, answer.right), []).append(answer)
    agreed: dict[Pair, Answer] = {}
    clashing: dict[int, str] = {}
    for pair, found in rows.items():
        if len({each.answer for each in found}) == 1:
            agreed[pair] = found[0]
            continue
        for each in found:
            others = ", ".join(f"row {other.row} says {other.answer!r}" for other in found if other is not each)
            clashing[each.row] = f"it says {each.answer!r}, but {others} about the same two offers"
    return agreed, clashing


def verdict_table(answers: list[Answer], reviewer: str, reviewed_at: str) -> pa.Table:
    """Answers as a table of `schema.VERDICTS`."""
    rows = [
        {
            "left_catalog": each.left[0],
            "left_offer_id": each.left[1],
            "right_catalog": each.right[0],
            "right_offer_id": each.right[1],
            "verdict": each.answer,
            "reviewer": reviewer,
            "note": each.note,
            "reviewed_at": reviewed_at,
        }
        for each in answers
    ]
    return schema.conform(rows, schema.VERDICTS)
