"""How well a ranking finds the match: each labelled offer asks another catalog for its product.

The measures are those of the library ir-measures: Success@1 and @3 (Top-1, Top-3), reciprocal rank, nDCG@10.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.blocking.hits import Hits
from sku_align.evaluation.bootstrap import Interval, intervals
from sku_align.pairs import language_pairs, numbered

ALL = "all"
MEASURES = {"Success@1": "top_1", "Success@3": "top_3", "RR": "mrr", "nDCG@10": "ndcg_10"}

# Ranks the rows of a catalog for rows of another: (queries, documents) -> hits, both counted from 0 within the rows.
Ranker = Callable[[NDArray[np.int64], NDArray[np.int64]], Hits]


class RankingFigures(NamedTuple):
    """Figures of one ranking over one group of queries.

    Attributes:
        queries: How many.
        measures: `top_1`, `top_3`, `mrr` and `ndcg_10`, each with its interval over products.
    """

    queries: int
    measures: Mapping[str, Interval]


class _Asked(NamedTuple):
    """Queries of one catalog to another: rows of both, and the product of each row of the offers."""

    queries: NDArray[np.int64]
    documents: NDArray[np.int64]


def evaluate_ranking(
    offers: pa.Table, gold: pa.Table, rankers: Mapping[str, Ranker], queries: int | None = None, seed: int = 0
) -> dict[str, dict[str, RankingFigures]]:
    """Ask every catalog for the products of every other, and measure where each ranking puts them.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        gold: Table with `catalog`, `offer_id` and `gold_product_id`; all offers of the product count as right.
        rankers: Name -> ranking.
        queries: Queries of one catalog to one other at most, drawn evenly; all of them without it.
        seed: Of the draw.

    Returns:
        Name of the ranking -> pair of languages ("en-zh", or "all") -> figures.
    """
    product = _products(offers, gold)
    asked = list(_asked(numbered(offers["catalog"])[0], product, queries, seed))
    found: dict[str, dict[str, RankingFigures]] = {}
    for name, ranker in rankers.items():
        rows = [_judged(offers, product, one, ranker(one.queries, one.documents)) for one in asked]
        judged = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["languages", "product"])
        groups = [(ALL, judged), *judged.groupby("languages")]
        found[name] = {str(languages): _figures(part) for languages, part in groups if len(part)}
    return found


def measure(hits: Hits, right: Sequence[frozenset[int]]) -> pd.DataFrame:
    """The measures of every query.

    Args:
        hits: Of rows of queries and documents.
        right: Rows of the documents that are right, for each query; none of them is empty.

    Returns:
        A row for each query, in order, with the columns of `MEASURES`' values.
    """
    import ir_measures

    qrels = pd.DataFrame(
        [(f"{query}", f"{row}", 1) for query, rows in enumerate(right) for row in rows],
        columns=["query_id", "doc_id", "relevance"],
    )
    run = pd.DataFrame({"query_id": hits.query.astype(str), "doc_id": hits.found.astype(str), "score": -hits.rank})
    table = pd.DataFrame(0.0, index=range(len(right)), columns=list(MEASURES.values()))
    parsed = [ir_measures.parse_measure(name) for name in MEASURES]
    for metric in ir_measures.iter_calc(parsed, qrels, run.astype({"score": float})):
        table.loc[int(metric.query_id), MEASURES[str(metric.measure)]] = metric.value
    return table


def _products(offers: pa.Table, gold: pa.Table) -> NDArray[np.int64]:
    """Number of each offer's product, -1 without a label, shape (n,)."""
    keys = ["catalog", "offer_id"]
    labels = {(row["catalog"], row["offer_id"]): row["gold_product_id"] for row in gold.to_pylist()}
    named = [labels.get((row["catalog"], row["offer_id"])) for row in offers.select(keys).to_pylist()]
    return np.asarray(pd.factorize(np.array(named, dtype=object))[0], dtype=np.int64)


def _asked(catalog: NDArray[np.int64], product: NDArray[np.int64], limit: int | None, seed: int) -> Iterator[_Asked]:
    random = np.random.default_rng(seed)
    rows = [np.flatnonzero(catalog == number) for number in range(int(catalog.max(initial=-1)) + 1)]
    for one, asking in enumerate(rows):
        for other, documents in enumerate(rows):
            mine = asking[(product[asking] >= 0) & np.isin(product[asking], product[documents])]
            if one == other or not len(mine):
                continue
            if limit is not None and len(mine) > limit:
                mine = np.sort(random.choice(mine, limit, replace=False))
            yield _Asked(mine, documents)


def _judged(offers: pa.Table, product: NDArray[np.int64], asked: _Asked, hits: Hits) -> pd.DataFrame:
    places: dict[int, list[int]] = {}
    for place, number in enumerate(product[asked.documents].tolist()):
        places.setdefault(number, []).append(place)
    right = [frozenset(places[number]) for number in product[asked.queries].tolist()]
    first = [asked.documents[min(rows)] for rows in right]
    pairs = np.stack([asked.queries, np.array(first, dtype=np.int64)], axis=1)
    return measure(hits, right).assign(languages=language_pairs(offers, pairs), product=product[asked.queries])


def _figures(judged: pd.DataFrame) -> RankingFigures:
    values = judged[list(MEASURES.values())].to_numpy(dtype=np.float64)
    groups = np.asarray(pd.factorize(judged["product"])[0], dtype=np.int64)

    def means(weights: NDArray[np.float64]) -> dict[str, float]:
        return dict(zip(MEASURES.values(), (weights @ values / weights.sum()).tolist(), strict=True))

    return RankingFigures(len(judged), intervals(means, groups))
