"""One peer over one table of offers, in an environment of its own: `python benchmarks/peer.py NAME OFFERS OUT`.

OFFERS is a Parquet file of catalog, offer_id, title, brand, price, gtin and vector; OUT receives catalog, offer_id and
cluster, and the last line of what is printed says seconds and peak memory. It imports nothing of SKU Align.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def splink(offers: pd.DataFrame) -> Any:
    """Splink as its tutorial links records: EM without labels, Jaro-Winkler and exact comparisons, 0.9 merges."""
    import splink.comparison_library as cl
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    table = offers.assign(
        unique_id=offers.index,
        source_dataset="catalog_" + pd.Series(pd.factorize(offers["catalog"], sort=True)[0], offers.index).astype(str),
        first=offers["title"].str.lower().str.split().str[0],
        second=offers["title"].str.lower().str.split().str[1],
    )
    rules = [block_on("brand"), block_on("first"), block_on("second"), block_on("gtin")]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("title", [0.95, 0.88, 0.8, 0.7]),
            cl.ExactMatch("brand").configure(term_frequency_adjustments=True),
            cl.ExactMatch("gtin"),
        ],
        blocking_rules_to_generate_predictions=rules,
    )
    api = DuckDBAPI()
    parts = [
        api.register(part.reset_index(drop=True), dataset_display_name=f"catalog_{number}")
        for number, (_, part) in enumerate(table.drop(columns="vector").groupby("catalog"))
    ]
    linker = Linker(parts, settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    # Training needs pairs: a column that no two catalogs share a value of gives none.
    catalogs = {name: table.dropna(subset=[name]).groupby(name)["catalog"].nunique() for name in ("brand", "first")}
    for rule, shared in zip(rules[:2], catalogs.values(), strict=True):
        if (shared > 1).any():
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict(threshold_match_probability=0.9)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, 0.9).as_pandas_dataframe()
    cluster = found.set_index("unique_id")["cluster_id"]
    return cluster.reindex(offers.index).astype(str)


def goldenmatch(offers: pd.DataFrame) -> Any:
    """GoldenMatch with the configuration that it finds by itself."""
    import goldenmatch as gm
    import pyarrow as pa

    frame = pa.Table.from_pandas(offers[["title", "brand", "price", "gtin"]], preserve_index=False)
    result = gm.dedupe_df(frame, confidence_required=False, allow_red_config=True)
    cluster = pd.Series(offers.index.astype(str), index=offers.index)
    for number, group in result.clusters.items():
        cluster.loc[list(group["members"])] = f"c{number}"
    return cluster


def tfidf(offers: pd.DataFrame) -> Any:
    """TF-IDF of letter trigrams, mutual best of every two catalogs from cosine 0.5 on."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), sublinear_tf=True).fit_transform(offers["title"])
    return _mutual_best(offers, vectors, 0.5)


def vectors(offers: pd.DataFrame) -> Any:
    """The embeddings that SKU Align blocks with, mutual best of every two catalogs from cosine 0.7 on."""
    return _mutual_best(offers, np.stack(offers["vector"].to_list()).astype(np.float32), 0.7)


def _mutual_best(offers: pd.DataFrame, vectors: Any, floor: float) -> Any:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    groups = [np.flatnonzero(offers["catalog"] == name) for name in offers["catalog"].unique()]
    left: list[int] = []
    right: list[int] = []
    for at, one in enumerate(groups):
        for other in groups[at + 1 :]:
            product = vectors[one] @ vectors[other].T
            alike = product.toarray() if hasattr(product, "toarray") else product
            best, back = alike.argmax(1), alike.argmax(0)
            rows = np.flatnonzero((back[best] == np.arange(len(one))) & (alike.max(1) >= floor))
            left += one[rows].tolist()
            right += other[best[rows]].tolist()
    graph = coo_matrix((np.ones(len(left)), (left, right)), shape=(len(offers), len(offers)))
    return pd.Series(connected_components(graph, directed=False)[1], index=offers.index).astype(str)


PEERS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "splink": splink,
    "goldenmatch": goldenmatch,
    "tfidf": tfidf,
    "vectors": vectors,
}


def main(name: str, source: Path, out: Path) -> None:
    """Run a peer and write its clusters."""
    offers = pd.read_parquet(source)
    begun = time.perf_counter()
    cluster = PEERS[name](offers)
    seconds = time.perf_counter() - begun
    offers[["catalog", "offer_id"]].assign(cluster=cluster.to_numpy()).to_csv(out, index=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": round(seconds, 1), "peak_mb": round(peak)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
