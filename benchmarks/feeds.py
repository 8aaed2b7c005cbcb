"""How fast a feed is read, normalised, checked and written, at growing sizes.

    python -m benchmarks.feeds 10000 100000 1000000

Prints a table: rows, seconds, rows per second, seconds of CPU, and the largest memory of this process and of a worker.
Half of the titles are English, half German, so that every language is detected row by row; the feed is invented.
"""

import csv
import random
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.catalogs.validation import great_expectations
from sku_align.config import Settings

_ENGLISH = ["kettle", "steel", "electric", "lamp", "desk", "wireless", "case", "black", "red", "large", "yoga", "mat"]
_GERMAN = ["Wasserkocher", "Edelstahl", "elektrisch", "Lampe", "Tisch", "kabellos", "schwarz", "rot", "groß", "Matte"]
_HEADER = [
    *("offer_id", "title", "brand", "description", "category", "price", "currency", "gtin", "mpn", "url", "image_url"),
    *("updated_at", "color", "size"),
]


def write_feed(path: Path, rows: int) -> None:
    rng = random.Random(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(_HEADER)
        for at in range(rows):
            words = _ENGLISH if at % 2 else _GERMAN
            title = f"{' '.join(rng.sample(words, 5)).title()} {rng.randint(1, 500)} ml X{at % 9973}"
            body = f"40{at:010d}"
            check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10
            out.writerow(
                [
                    f"A{at:07d}", title, f"Brand{at % 500}", " ".join(rng.choices(words, k=25)),
                    f"Home > {words[at % 9]}", f"{rng.randint(100, 99999) / 100:.2f}",
                    "EUR", f"{body}{check}", f"M-{at}",
                    f"https://shop.example/p/{at}", f"https://shop.example/i/{at}.jpg", "2026-01-02",
                    rng.choice(["black", "red", ""]), rng.choice(["M", "L", ""]),
                ]
            )  # fmt: skip


def main(sizes: list[int]) -> None:
    great_expectations()  # its ten seconds of import are the same for every size
    print(f"{'rows':>9} {'seconds':>8} {'rows/s':>7} {'CPU s':>7} {'MB':>6} {'MB worker':>9}")
    for size in sizes:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "shop.csv"
            write_feed(path, size)
            started, used = time.perf_counter(), _cpu()
            result = ingest(find_sources([path], Settings()), Settings())
            pq.write_table(result.offers, Path(folder) / "offers.parquet")
            seconds = time.perf_counter() - started
            own, worker = (
                resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
            )
            assert len(result.offers) == size
            print(
                f"{size:9,} {seconds:8.1f} {size / seconds:7,.0f} {_cpu() - used:7.1f} {own:6,} {worker:9,}", flush=True
            )


def _cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
