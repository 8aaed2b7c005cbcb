"""How long 20,000 questions take: export as CSV and XLSX, and apply with every row answered.

    python benchmarks/review_scale.py [--questions 20000] [--folder DIR]

The questions are between invented products of two catalogs; DIR keeps the run folder, for `review serve`.
"""

import argparse
import csv
import io
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sku_align import schema
from sku_align.folder import RunFolder
from sku_align.pairs import pair_columns, sort_offers
from sku_align.review import apply_sheet
from sku_align.review.exporting import Export, export
from sku_align.store import Store

NOUNS = ("kettle", "lamp", "basket", "drill", "blanket", "candle", "mirror", "shelf", "brush", "tray", "jug", "rug")
MAKERS = ("Velmora", "Antrek", "Quisby", "Norlund", "Pellano", "Drastin", "Oskivo", "Tambrel")


def make_run(folder: RunFolder, questions: int) -> None:
    """Write offers, decisions and clusters of a run with this many doubtful pairs."""
    rng = random.Random(17)
    rows = []
    for number in range(questions):
        noun, maker = rng.choice(NOUNS), rng.choice(MAKERS)
        size = rng.randrange(1, 90) * 10
        for catalog, title in (
            ("aa", f"{maker} {noun} {size} mm, grey"),
            ("bb", f"{noun.title()} by {maker} {size} mm"),
        ):
            rows.append(
                {"catalog": catalog, "offer_id": f"{number:06d}", "title": title, "brand": maker, "language": "en",
                 "category": f"Home > {noun}", "price": round(rng.uniform(3, 90), 2), "currency": "EUR",
                 "url": f"https://{catalog}.example/{number}"}
            )  # fmt: skip
    offers = sort_offers(schema.conform(rows, schema.OFFERS))
    left = np.arange(questions)
    columns = pair_columns(offers, left, left + questions)
    columns |= {
        "probability": np.linspace(0.7, 0.9, questions, dtype=np.float32),
        "decision": ["review"] * questions,
        "reason": ["threshold"] * questions,
    }
    keys = {"catalog": offers["catalog"], "offer_id": offers["offer_id"]}
    names = [f"SKU-{at}" for at in range(len(offers))]
    folder.write("offers", offers, "benchmark")
    folder.write("decisions", schema.conform(columns, schema.DECISIONS), "benchmark")
    folder.write("clusters", schema.conform(keys | {"sku_id": names}, schema.CLUSTERS), "benchmark")


def main() -> None:
    """Print the seconds of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        path = options.folder or Path(temporary) / "run"
        make_run(RunFolder(path), options.questions)
        for name in ("review.csv", "review.xlsx"):
            start, cpu = time.perf_counter(), time.process_time()
            ((_, count),) = export(path, None, path / name, Export())
            print(f"export {count} questions to {name}: {_since(start, cpu)}")
        rows = list(csv.reader(io.StringIO((path / "review.csv").read_text("utf-8-sig"))))
        for number, row in enumerate(rows[1:]):
            row[0] = ("same", "different")[number % 2]
        answered = Path(temporary) / "ana.csv"
        with answered.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
        store = Store.open(f"sqlite:///{temporary}/skus.db")
        for which in ("first", "second"):
            start, cpu = time.perf_counter(), time.process_time()
            taken = apply_sheet(answered, store, "ana", datetime.now(UTC))
            counts = f"{taken.same} same, {taken.different} different, {len(taken.rejected)} not taken"
            print(f"apply, the {which} time: {_since(start, cpu)}; {counts}")


def _since(start: float, cpu: float) -> str:
    return f"{time.perf_counter() - start:.1f} s ({time.process_time() - cpu:.1f} s of CPU)"


if __name__ == "__main__":
    main()
