"""What went wrong against gold labels, pair by pair: wrong merges and missed matches, and the stage that made each.

The surer a run was of a mistake, the worse it is. Wrong merges come first: they sell the wrong thing.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align import schema
from sku_align.pairs import language_pairs, pair_columns, pair_positions, pair_rows
from sku_align.tabular import query

WRONG, MISSED = "wrong merge", "missed match"
MISTAKES = pa.schema(
    [
        *schema.PAIR,
        ("kind", pa.string()),
        ("stage", pa.string()),
        ("cause", pa.string()),
        ("probability", pa.float32()),
        ("languages", pa.string()),
        ("left_title", pa.string()),
        ("right_title", pa.string()),
        ("left_product", pa.string()),
        ("right_product", pa.string()),
    ]
)

# Pairs that share the product or the SKU but not both; a group's pairs are listed by a join within the group.
_MISTAKEN = """
    with one_row as (
        select o.row, g.gold_product_id as product, coalesce(c.sku_id, 'alone ' || o.row) as sku
        from rows o join gold g using (catalog, offer_id) left join clusters c using (catalog, offer_id)
    )
    select l.row as one, r.row as other, 'wrong merge' as kind, l.product as left_product, r.product as right_product
    from one_row l join one_row r using (sku) where l.row < r.row and l.product != r.product
    union all
    select l.row, r.row, 'missed match', l.product, r.product
    from one_row l join one_row r using (product) where l.row < r.row and l.sku != r.sku
    order by one, other
"""

Rows = NDArray[np.int64]


def find_mistakes(
    gold: pa.Table,
    offers: pa.Table,
    clusters: pa.Table,
    candidates: pa.Table,
    decisions: pa.Table,
    refused: pa.Table,
    forbidden: pa.Table | None = None,
) -> pa.Table:
    """List every pair of labelled offers that a run merged wrongly or failed to merge, the worst first.

    Args:
        gold: Table with `catalog`, `offer_id` and `gold_product_id`.
        offers: Table of `schema.OFFERS`, sorted by key.
        clusters: Table of `schema.CLUSTERS`.
        candidates: Table of `schema.CANDIDATES`.
        decisions: Table of `schema.DECISIONS`.
        refused: Table of `schema.REFUSED`.
        forbidden: Table of `schema.FORBIDDEN`: pairs that blocking found and a guard forbids.

    Returns:
        Table of `MISTAKES`. `stage` is the one that made or lost the pair: `block` (not a candidate), `score` (the
        probability), `decide` (a guard, the one-to-one constraint, a person is asked), `cluster` (a refused union, or
        a chain of merges that joined two offers without a merge of their own); `cause` says it in words.
    """
    rows = offers.select(["catalog", "offer_id"]).append_column("row", pa.array(np.arange(len(offers))))
    found = query(_MISTAKEN, rows=rows, gold=gold, clusters=clusters)
    pairs = np.stack([found["one"].to_numpy(), found["other"].to_numpy()], axis=1).astype(np.int64)
    wrong = np.array(found["kind"].to_pylist(), dtype=object) == WRONG
    size = len(offers)
    decided_at = pair_positions(pair_rows(offers, decisions), pairs, size)
    decided = _taken(decisions, decided_at)
    is_candidate = pair_positions(pair_rows(offers, candidates), pairs, size) >= 0
    refusal = _taken(refused, pair_positions(pair_rows(offers, refused), pairs, size))
    unscored = schema.FORBIDDEN.empty_table() if forbidden is None else forbidden
    guarded = _taken(unscored, pair_positions(pair_rows(offers, unscored), pairs, size))
    probability = np.array([np.nan if p is None else p for p in decided["probability"]], dtype=np.float64)
    explained = [
        _cause(
            bool(w),
            bool(c),
            {name: values[at] for name, values in decided.items()},
            refusal["reason"][at],
            guarded["reason"][at],
        )
        for at, (w, c) in enumerate(zip(wrong, is_candidate, strict=True))
    ]
    # A merge without a probability of its own (a chain) and a match that was never scored are as sure as can be.
    sure = np.where(wrong, np.nan_to_num(probability, nan=1.0), 1 - np.nan_to_num(probability, nan=0.0))
    order = np.lexsort((np.arange(len(pairs)), -sure, ~wrong))
    columns: dict[str, Any] = pair_columns(offers, pairs[:, 0], pairs[:, 1])
    columns |= {
        "kind": found["kind"],
        "stage": [stage for stage, _ in explained],
        "cause": [cause for _, cause in explained],
        "probability": pa.array(probability, pa.float32(), mask=np.isnan(probability)),
        "languages": language_pairs(offers, pairs).tolist(),
        "left_title": offers["title"].take(pa.array(pairs[:, 0])),
        "right_title": offers["title"].take(pa.array(pairs[:, 1])),
        "left_product": found["left_product"],
        "right_product": found["right_product"],
    }
    return schema.conform(columns, MISTAKES).take(pa.array(order))


def count_by_stage(mistakes: pa.Table) -> Mapping[str, Mapping[str, int]]:
    """How many mistakes of each kind each stage made: stage -> kind -> count."""
    counted: dict[str, dict[str, int]] = {}
    for stage, kind in zip(mistakes["stage"].to_pylist(), mistakes["kind"].to_pylist(), strict=True):
        of_stage = counted.setdefault(stage, {WRONG: 0, MISSED: 0})
        of_stage[kind] += 1
    return {stage: counted[stage] for stage in ("block", "score", "decide", "cluster") if stage in counted}


def _taken(table: pa.Table, at: Rows) -> dict[str, list[Any]]:
    """Columns of a decision or refusal for each pair; None where it has none."""
    there = pa.array(at, mask=at < 0)
    names = [name for name in ("probability", "decision", "reason", "detail") if name in table.column_names]
    return {name: pc.take(_plain(table[name]), there).to_pylist() for name in names}


def _plain(column: pa.ChunkedArray) -> Any:
    whole = column.combine_chunks()
    return whole.cast(pa.string()) if pa.types.is_dictionary(whole.type) else whole


def _cause(
    wrong: bool, is_candidate: bool, decided: Mapping[str, Any], refused: str | None, forbidden: str | None
) -> tuple[str, str]:
    """Stage that made the mistake, and why."""
    decision, reason = decided["decision"], decided["reason"] or ""
    if wrong:
        if decision == "auto_merge":
            return ("decide", "a reviewer's verdict") if reason == "reviewer" else ("score", "scored too high")
        return "cluster", "chained: merged through other offers"
    if decision is None and forbidden is not None:
        return "decide", f"forbidden: {forbidden}"
    if decision is None:
        return ("score", "not scored") if is_candidate else ("block", "not a candidate")
    if refused is not None:
        return "cluster", f"union refused: {refused}"
    if decision == "auto_merge":
        return "cluster", "union of its groups refused"
    if reason == "threshold" or not reason:
        return ("decide", "waits for a person") if decision == "review" else ("score", "scored too low")
    if decision == "review":
        return "decide", f"waits for a person: {reason}"
    return "decide", f"rejected: {reason}"
