"""Makes catalogs in which a share of the products stands alone, from any labelled set.

    python benchmarks/singletons.py CATALOG... --gold gold.csv --share 0.4 --out FOLDER

Shops that sell across borders list mostly what the other shop does not. A product that is chosen (by a hash of its gold
id, so the same ones in every call) keeps its offers in one of the catalogs, by another hash, and loses them in the
others; its siblings stay everywhere. FOLDER gets the thinned catalogs under their names and `gold.csv`.
"""

import argparse
import csv
from pathlib import Path

from sku_align.evaluation.singletons import keeps

CATALOG, OFFER, PRODUCT = "catalog", "offer_id", "gold_product_id"


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        return list(rows.fieldnames or []), list(rows)


def write(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        out = csv.DictWriter(lines, columns)
        out.writeheader()
        out.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalogs", nargs="+", type=Path)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--share", type=float, required=True, help="share of the products that stand alone, 0 to 1")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    columns, gold = read(options.gold)
    product = {(row[CATALOG], row[OFFER]): row[PRODUCT] for row in gold}
    names = sorted(path.stem for path in options.catalogs)
    options.out.mkdir(parents=True, exist_ok=True)
    kept = set()
    for path in options.catalogs:
        heads, rows = read(path)
        mine = [row for row in rows if keeps(product.get((path.stem, row[OFFER]), ""), path.stem, names, options.share)]
        kept |= {(path.stem, row[OFFER]) for row in mine}
        write(options.out / path.name, heads, mine)
        print(f"{path.stem}: {len(mine)} of {len(rows)} offers")
    write(options.out / "gold.csv", columns, [row for row in gold if (row[CATALOG], row[OFFER]) in kept])


if __name__ == "__main__":
    main()
