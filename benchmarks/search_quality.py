"""Does reranking beat recall? Queries from labelled catalogs, documents from the catalog of another language.

    python -m benchmarks.search_quality CATALOGS_FOLDER GOLD.csv [--queries 100] [--top 5] [--short]

Every query is an offer of one catalog (its whole title, or with --short its first two words of four letters or more);
relevant is every offer of the other catalog with the same label. Prints one line per ranking, means over catalog pairs.
`sku-align evaluate ranking` measures whole offers as queries; this is for queries as the service gets them: bare texts.
"""

import argparse
from itertools import permutations
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ir_measures import RR, Qrel, ScoredDoc, Success, nDCG

from sku_align.blocking.hits import Hits
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.catalogs.plain_rules import failing_rows
from sku_align.config import EmbeddingSettings, Settings
from sku_align.embedding.embed import embed, load_embedder
from sku_align.embedding.vectors import vectors_of
from sku_align.evaluation.clusters import read_gold
from sku_align.retrieval.ranking import (
    fuse_ranks,
    rank_by_vectors,
    rank_by_words,
    rerank,
    texts_as_offers,
)
from sku_align.scoring.load import load_scorer

MEASURES = [Success @ 1, Success @ 3, RR, nDCG @ 10]
DEPTH = 100


def _short(title: str) -> str:
    words = [word for word in title.split() if len(word) >= 4 or not word.isascii()]
    return " ".join(words[:2]) or title


def _figures(hits: Hits, relevant: list[set[int]]) -> dict[Any, float]:
    qrels = [Qrel(str(query), str(found), 1) for query, rows in enumerate(relevant) for found in rows]
    run = [
        ScoredDoc(str(query), str(found), 1.0 / rank)
        for query, found, rank in zip(hits.query.tolist(), hits.found.tolist(), hits.rank.tolist(), strict=True)
    ]
    return dict(ir_measures.calc_aggregate(MEASURES, qrels, run))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogs", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--queries", type=int, default=100, help="Queries for each pair of catalogs.")
    parser.add_argument("--top", type=int, default=5, help="Documents that the scorer reads.")
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()

    settings = Settings()
    offers = ingest(find_sources(sorted(asked.catalogs.iterdir()), settings), settings, failing_rows).offers
    gold = read_gold(asked.gold)
    keys = zip(*(gold[name].to_pylist() for name in ("catalog", "offer_id", "gold_product_id")), strict=True)
    product = {(catalog, offer): label for catalog, offer, label in keys}
    embedder, scorer = load_embedder(EmbeddingSettings()), load_scorer(settings.scoring)
    sums: dict[str, list[dict[Any, float]]] = {}
    for one, other in permutations(sorted(set(offers["catalog"].to_pylist())), 2):
        ours, documents = (offers.filter(pc.equal(offers["catalog"], name)) for name in (one, other))
        places: dict[str, set[int]] = {}
        for row, offer in enumerate(documents["offer_id"].to_pylist()):
            if label := product.get((other, offer)):
                places.setdefault(label, set()).add(row)
        labels = [product.get((one, offer)) or "" for offer in ours["offer_id"].to_pylist()]
        usable = np.array([row for row, label in enumerate(labels) if label in places])
        chosen = np.sort(np.random.default_rng(7).permutation(usable)[: asked.queries])
        titles = ours["title"].take(pa.array(chosen)).to_pylist()
        queries = texts_as_offers([_short(title) for title in titles] if asked.short else titles)
        relevant = [places[labels[row]] for row in chosen]
        words = rank_by_words(queries, documents, DEPTH)
        vectors = rank_by_vectors(vectors_of(embed(queries, embedder)), vectors_of(embed(documents, embedder)), DEPTH)
        recalled = fuse_ranks([vectors, words], DEPTH)
        rankings = {"BM25": words, "vectors": vectors, "both": recalled}
        rankings[f"both, scorer reads {asked.top}"] = rerank(scorer, queries, documents, recalled, asked.top)
        for name, hits in rankings.items():
            sums.setdefault(name, []).append(_figures(hits, relevant))
    print(f"{'ranking':24}", *(f"{measure!s:>10}" for measure in MEASURES))
    for name, figures in sums.items():
        print(f"{name:24}", *(f"{np.mean([each[measure] for each in figures]):10.3f}" for measure in MEASURES))


if __name__ == "__main__":
    main()
