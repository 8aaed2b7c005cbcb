"""Counts how often each family of attributes conflicts, or stands on one side only, on true and on false pairs.

    python benchmarks/attribute_families.py PAIRS.csv...

PAIRS are files of labelled pairs (left_title, left_language, right_title, right_language, label). A conflict on a true
pair is a match that a person is asked about for nothing; one on a false pair is a wrong merge that is stopped.
"""

import argparse
import csv
import time
from pathlib import Path
from typing import Any

import numpy as np

from sku_align import schema
from sku_align.attributes import Comparer
from sku_align.attributes.families import FAMILIES
from sku_align.attributes.variants import extract_variants

csv.field_size_limit(1 << 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", type=Path)
    parser.add_argument("--language", help="language of rows that name none")
    options = parser.parse_args()
    for path in options.pairs:
        measure(path, options.language)


def measure(path: Path, language: str | None) -> None:
    """Print one line per family that an offer of the file states."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    titles: dict[tuple[str, str | None], int] = {}
    pairs = np.array(
        [
            [titles.setdefault((row[f"{side}_title"], row.get(f"{side}_language") or language), len(titles)) for side in
             ("left", "right")]
            for row in rows
        ]
    )  # fmt: skip
    same = np.array([row["label"] == "1" for row in rows])
    extract_variants("")  # the index of all words takes as long for one title as for many
    start = time.process_time()
    extracted = [extract_variants(*title) for title in titles]
    seconds = time.process_time() - start
    offers: list[dict[str, Any]] = [
        {
            "catalog": "a",
            "offer_id": str(at),
            "title": title,
            "variants": [{"attribute": name, "value": value} for name, value in variants],
        }
        for at, ((title, _), variants) in enumerate(zip(titles, extracted, strict=True))
    ]
    compared = Comparer(schema.conform(offers, schema.OFFERS)).compare(pairs)
    print(f"{path}: {same.sum()} true and {(~same).sum()} false pairs, {len(titles) / seconds:,.0f} titles a second")
    print(f"{'':16}{'conflict, in % of':>22}{'one side only, in % of':>26}")
    print(f"{'family':16}{'true':>11}{'false':>11}{'true':>13}{'false':>13}")
    for name in FAMILIES:
        if name in compared.attributes:
            conflict, alone = compared.attributes[name] < 0, compared.one_sided[name]
            shares = [100 * values[where].mean() for values in (conflict, alone) for where in (same, ~same)]
            print(f"{name:16}{shares[0]:11.2f}{shares[1]:11.2f}{shares[2]:13.2f}{shares[3]:13.2f}")


if __name__ == "__main__":
    main()
