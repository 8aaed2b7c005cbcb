"""Whether titles in a further language help blocking, or cost where the partner shop has none of them.

    python -m benchmarks.further_titles FOLDER LEFT FURTHER RIGHT

FOLDER holds `catalogs/NAME.csv` and `gold.csv` (catalog, offer_id, gold_product_id). The offers of catalog LEFT get the
titles that catalog FURTHER gives the same products, as a shop with two store views has them; RIGHT stays as it is.
Prints for both: how many true pairs are candidates, and how many are each other's best.
"""

import csv
import sys
from pathlib import Path

import pyarrow as pa

from sku_align import schema
from sku_align.blocking.block import block
from sku_align.catalogs import plain_rules
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.config import EmbeddingSettings, Settings
from sku_align.embedding.embed import embed, load_embedder


def main(folder: Path, left: str, further: str, right: str) -> None:
    settings = Settings()
    paths = [folder / "catalogs" / f"{name}.csv" for name in (left, further, right)]
    read = ingest(find_sources(paths, settings), settings, plain_rules.failing_rows).offers.to_pylist()
    with (folder / "gold.csv").open(encoding="utf-8") as file:
        gold = {(row["catalog"], row["offer_id"]): row["gold_product_id"] for row in csv.DictReader(file)}
    product = {(row["catalog"], row["offer_id"]): gold.get((row["catalog"], row["offer_id"]), "") for row in read}
    titles = {
        product[row["catalog"], row["offer_id"]]: [{"language": row["language"], "title": row["title"]}]
        for row in read
        if row["catalog"] == further
    }
    plain = [row for row in read if row["catalog"] != further]
    helped = [
        row
        | ({"further_titles": titles.get(product[row["catalog"], row["offer_id"]])} if row["catalog"] == left else {})
        for row in plain
    ]
    for name, rows in (("without further titles", plain), ("with further titles", helped)):
        offers = pa.Table.from_pylist(rows, schema=schema.OFFERS)
        found = block(
            offers, embed(offers, load_embedder(EmbeddingSettings())), settings.blocking
        ).candidates.to_pylist()
        keys = [
            ((r["left_catalog"], r["left_offer_id"]), (r["right_catalog"], r["right_offer_id"]), r["rank"])
            for r in found
        ]
        true = [rank for one, other, rank in keys if product[one] and product[one] == product[other]]
        ours = {p for (catalog, _), p in product.items() if catalog == left and p}
        total = len(ours & {p for (catalog, _), p in product.items() if catalog == right and p})
        print(f"{name:24} {len(true):5} of {total} products are candidates, {true.count(1):5} are each other's best")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:5])
