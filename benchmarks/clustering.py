"""Time the clustering of many edges on one core: `python benchmarks/clustering.py --edges 10000000`."""

import argparse
import time

import numpy as np
import pyarrow as pa

from sku_align import schema
from sku_align.clustering.cluster import cluster
from sku_align.config import Settings
from sku_align.pairs import pair_columns

CATALOGS = 8
VOLUMES = (250.0, 330.0, 500.0, 750.0, 1000.0)


def synthetic_offers(count: int, random: np.random.Generator) -> tuple[pa.Table, np.ndarray]:
    """Offers of products that most catalogs list, each product with a size; and each offer's product."""
    product = np.arange(count) % (count // (CATALOGS - 2))
    number = np.char.zfill(random.permutation(count).astype(str), 8)
    catalog = np.array([f"shop-{c}" for c in range(CATALOGS)])[
        (np.arange(count) // (count // (CATALOGS - 2))) % CATALOGS
    ]
    size = np.array(VOLUMES)[product % len(VOLUMES)]
    quantity = pa.StructArray.from_arrays([pa.array(["volume"] * count), pa.array(size)], names=["dimension", "value"])
    quantities = pa.ListArray.from_arrays(pa.array(np.arange(count + 1, dtype=np.int32)), quantity)
    table = pa.table({"catalog": catalog, "offer_id": number, "title": number, "quantities": quantities})
    order = np.lexsort((number, catalog))
    return schema.conform(table.take(pa.array(order)), schema.OFFERS), product[order]


def synthetic_decisions(offers: pa.Table, product: np.ndarray, edges: int, random: np.random.Generator) -> pa.Table:
    """Every true pair that fits, the rest between strangers and siblings, all of them above the threshold."""
    by_product = np.argsort(product, kind="stable")
    starts = np.flatnonzero(np.diff(product[by_product], prepend=-1))
    true = [
        np.stack([by_product[:-lag], by_product[lag:]], axis=1)[product[by_product[:-lag]] == product[by_product[lag:]]]
        for lag in range(1, min(CATALOGS, len(starts)))
    ]
    right = np.concatenate(true)[: edges * 9 // 10]
    wrong = random.integers(0, len(offers), (edges - len(right), 2))
    pairs = np.sort(np.concatenate([right, wrong[wrong[:, 0] != wrong[:, 1]]]), axis=1)
    keys = np.unique(pairs[:, 0] * len(offers) + pairs[:, 1])
    pairs = np.stack([keys // len(offers), keys % len(offers)], axis=1)
    same = product[pairs[:, 0]] == product[pairs[:, 1]]
    probability = np.where(same, random.beta(40, 1, len(pairs)), random.beta(20, 2, len(pairs)))
    columns = pair_columns(offers, pairs[:, 0], pairs[:, 1])
    columns["probability"] = pa.array(0.9 + 0.1 * probability, pa.float32())
    words = pa.array(np.zeros(len(pairs), dtype=np.int32))
    columns["decision"] = pa.DictionaryArray.from_arrays(words, ["auto_merge"])
    columns["reason"] = pa.DictionaryArray.from_arrays(words, ["threshold"])
    return schema.conform(columns, schema.DECISIONS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edges", type=int, default=10_000_000)
    parser.add_argument("--offers", type=int, default=2_000_000)
    chosen = parser.parse_args()
    random = np.random.default_rng(0)
    offers, product = synthetic_offers(chosen.offers, random)
    decisions = synthetic_decisions(offers, product, chosen.edges, random)
    pa.set_cpu_count(1)
    for name, rules in {
        "all rules": {},
        "no constraint": {
            "has_duplicates": True,
            "clustering": {"guard_members": False, "min_support": 0, "max_size": 10**9},
        },
    }.items():
        wall, cpu = time.perf_counter(), time.process_time()
        result = cluster(offers, decisions, Settings.model_validate(rules))
        label = result.groups["cluster"].to_numpy()
        seconds = f"{time.perf_counter() - wall:.1f} s wall, {time.process_time() - cpu:.1f} s CPU"
        found = f"{label.max() + 1:,} clusters, largest {np.bincount(label).max():,}, {len(result.refused):,} refused"
        print(f"{name}: {len(offers):,} offers, {len(decisions):,} edges, {seconds}; {found}")


if __name__ == "__main__":
    main()
