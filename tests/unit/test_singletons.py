"""Catalogs in which a share of the products stands alone: siblings stay, the same ones in every call."""

import csv
import subprocess
import sys
from pathlib import Path

from sku_align.evaluation.singletons import keeps

ROOT = Path(__file__).parents[2]
CATALOGS = ["north", "south", "east"]


def test_a_product_that_stands_alone_stays_in_exactly_one_catalog_and_the_share_is_kept() -> None:
    kept = [sum(keeps(f"p{n}", catalog, CATALOGS, 0.4) for catalog in CATALOGS) for n in range(3000)]
    assert set(kept) == {1, 3}
    assert abs(kept.count(1) / 3000 - 0.4) < 0.03


def test_a_larger_share_leaves_alone_what_a_smaller_one_did_and_in_the_same_catalog() -> None:
    for number in range(300):
        few = [keeps(f"p{number}", catalog, CATALOGS, 0.1) for catalog in CATALOGS]
        all_alone = [keeps(f"p{number}", catalog, CATALOGS, 1.0) for catalog in CATALOGS]
        assert few in ([True] * 3, all_alone)


def test_the_tool_thins_catalogs_and_their_gold_labels_alike(tmp_path: Path) -> None:
    gold = [["catalog", "offer_id", "gold_product_id"]]
    for catalog in CATALOGS[:2]:
        lines = [["offer_id", "title"], *([str(n), f"Lamp {n}, blue"] for n in range(50))]
        with (tmp_path / f"{catalog}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(lines)
        gold += [[catalog, str(n), f"p{n}"] for n in range(50)]
    with (tmp_path / "gold.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(gold)
    files = [tmp_path / f"{catalog}.csv" for catalog in CATALOGS[:2]]
    command = [sys.executable, ROOT / "benchmarks/singletons.py", *files]
    subprocess.run(
        [*command, "--gold", tmp_path / "gold.csv", "--share", "1.0", "--out", tmp_path / "thin"], check=True, cwd=ROOT
    )
    offers = {
        (catalog, row["offer_id"])
        for catalog in CATALOGS[:2]
        for row in csv.DictReader((tmp_path / "thin" / f"{catalog}.csv").open(encoding="utf-8"))
    }
    labels = [
        (row["catalog"], row["offer_id"])
        for row in csv.DictReader((tmp_path / "thin" / "gold.csv").open(encoding="utf-8"))
    ]
    assert len(offers) == 50
    assert offers == set(labels)
    assert {number for _, number in offers} == {str(n) for n in range(50)}
