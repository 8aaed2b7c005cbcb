"""What each constant of blocking is worth: completeness and candidates with its value, half of it, and others.

python -m benchmarks.blocking_constants RUN_FOLDER GOLD.csv [SETTINGS.yaml]
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sku_align.blocking import fuse, rerank, search, translation
from sku_align.blocking.block import block
from sku_align.config import Settings
from sku_align.evaluation.clusters import read_gold
from sku_align.folder import RunFolder
from sku_align.pairs import pair_rows

CONSTANTS: dict[str, tuple[Any, str, tuple[Any, ...]]] = {
    "fuse.SMOOTHING": (fuse, "SMOOTHING", (2, 1, 60)),
    "fuse.WEIGHTS[neighbours]": (fuse.WEIGHTS, "neighbours", (1.5, 0.75, 3.0)),
    "fuse.WEIGHTS[identifier]": (fuse.WEIGHTS, "identifier", (100.0, 50.0, 1.0)),
    "rerank.SHARE_POWER": (rerank, "SHARE_POWER", (2, 1, 4)),
    "search.LEARNT_FROM": (search, "LEARNT_FROM", (3, 1, 6)),
    "search.MIN_POOL": (search, "MIN_POOL", (20, 10, 40)),
    "translation.MIN_TOGETHER": (translation, "MIN_TOGETHER", (2, 1, 4)),
    "translation.MIN_LIFT": (translation, "MIN_LIFT", (2.0, 1.0, 4.0)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("settings", type=Path, nargs="?")
    chosen = parser.parse_args()
    folder, settings = RunFolder(chosen.run_dir), Settings.load(chosen.settings)
    offers, embeddings = folder.read("offers"), folder.read("embeddings")
    product = products(offers, read_gold(chosen.gold))
    duplicates = settings.with_duplicates(offers["catalog"].unique().to_pylist())

    def measure() -> str:
        rows = pair_rows(offers, block(offers, embeddings, settings.blocking, duplicates).candidates)
        same = (product[rows[:, 0]] >= 0) & (product[rows[:, 0]] == product[rows[:, 1]])
        return f"{same.sum() / true_pairs(offers, product, duplicates):.4f} | {len(rows):,}"

    print("| constant | value | pair completeness | candidates |\n| --- | --- | --- | --- |")
    for name, (owner, key, values) in CONSTANTS.items():
        for value in values:
            if isinstance(owner, dict):
                owner[key] = value
            else:
                setattr(owner, key, value)
            print(f"| {name} | {value:g} | {measure()} |", flush=True)
        if isinstance(owner, dict):
            owner[key] = values[0]
        else:
            setattr(owner, key, values[0])


def products(offers: pa.Table, gold: pa.Table) -> np.ndarray[Any, Any]:
    """Number of the gold product of each offer, -1 without one."""
    known = {(row["catalog"], row["offer_id"]): row["gold_product_id"] for row in gold.to_pylist()}
    keys = zip(offers["catalog"].to_pylist(), offers["offer_id"].to_pylist(), strict=True)
    names = [known.get(key) for key in keys]
    number = {name: at for at, name in enumerate(dict.fromkeys(names)) if name is not None}
    return np.array([number.get(name, -1) if name is not None else -1 for name in names])


def true_pairs(offers: pa.Table, product: np.ndarray[Any, Any], duplicates: tuple[str, ...]) -> int:
    """Pairs of one product in two catalogs, or in one that has duplicates."""
    catalogs, total = offers["catalog"].to_pylist(), 0
    by_product: dict[int, list[str]] = {}
    for name, number in zip(catalogs, product.tolist(), strict=True):
        if number >= 0:
            by_product.setdefault(number, []).append(name)
    for names in by_product.values():
        every = len(names) * (len(names) - 1) // 2
        within = sum(n * (n - 1) // 2 for name in set(names) - set(duplicates) if (n := names.count(name)))
        total += every - within
    return total


if __name__ == "__main__":
    main()
