"""How fast a feed is read, normalised, checked and written, at growing sizes.

    python -m benchmarks.feeds 10000 100000 1000000
    python -m benchmarks.feeds --parts 20000
    python -m benchmarks.feeds --gigabytes 2

The first prints a table: rows, seconds, rows per second, seconds of CPU, and the largest memory of this process and of
a worker. The second says which part of the work takes which share of the CPU, in one process. The third reads a file of
that size portion by portion and says what memory that took; no offers are made of it.
Half of the titles are English, half German, so that every language is detected row by row; the feed is invented.
"""

import csv
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from sku_align.catalogs import finishing, language, normalising
from sku_align.catalogs import ingest as ingesting
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.catalogs.reading import FeedReader
from sku_align.catalogs.validation import failing_rows, great_expectations
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
            started, used = time.perf_counter(), cpu_seconds()
            result = ingest(find_sources([path], Settings()), Settings())
            pq.write_table(result.offers, Path(folder) / "offers.parquet")
            seconds = time.perf_counter() - started
            own, worker = (
                resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
            )
            assert len(result.offers) == size
            print(
                f"{size:9,} {seconds:8.1f} {size / seconds:7,.0f} {cpu_seconds() - used:7.1f} {own:6,} {worker:9,}",
                flush=True,
            )


def parts(rows: int) -> None:
    """Print what each part takes of the CPU of one process."""
    great_expectations()
    ingesting._PARALLEL_FROM = sys.maxsize
    spent: dict[str, float] = defaultdict(float)
    for name, (module, function) in PARTS.items():
        setattr(module, function, _timed(getattr(module, function), name, spent))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shop.csv"
        write_feed(path, rows)
        started = time.process_time()
        result = ingest(
            find_sources([path], Settings()), Settings(), check=_timed(failing_rows, "Great Expectations", spent)
        )
        written = time.process_time()
        pq.write_table(result.offers, Path(folder) / "offers.parquet")
        spent["write Parquet"] = time.process_time() - written
        total = time.process_time() - started
    # What is measured inside another part counts once.
    spent["clean and read values"] -= spent["languages of rows"]
    spent["read, sort and the rest"] = total - sum(spent.values())
    print(f"{rows:,} rows, {total:.1f} s of CPU, {total / rows * 1e6:.0f} us a row")
    for name, seconds in sorted(spent.items(), key=lambda part: -part[1]):
        print(f"{name:28} {seconds:7.2f} s {seconds / total:6.1%}")


def _timed(function: Callable[..., Any], name: str, spent: dict[str, float]) -> Callable[..., Any]:
    def timed(*args: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return function(*args, **named)
        finally:
            spent[name] += time.process_time() - started

    return timed


PARTS = {
    "clean and read values": (finishing, "normalise"),
    "languages of rows": (normalising, "_languages"),
    "language of the feed": (language, "_vote"),
    "attributes": (finishing, "_extracted"),
    "content hashes": (finishing, "_hashes"),
    "table of offers": (finishing, "_offers"),
}


def large(gigabytes: float) -> None:
    """Read a large file in portions, as `ingest` does first, and print the memory of this process."""
    with TemporaryDirectory() as folder:
        path, piece = Path(folder) / "shop.csv", Path(folder) / "piece.csv"
        write_feed(piece, 100_000)
        header, body = piece.read_bytes().split(b"\n", 1)
        piece.unlink()
        with path.open("wb") as file:
            file.write(header + b"\n")
            while file.tell() < gigabytes * 1e9:
                file.write(body)
        started, rows = time.perf_counter(), 0
        for portion in FeedReader(*find_sources([path], Settings())).portions():
            rows += len(portion.rows)
        seconds, memory = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        size = path.stat().st_size / 1e9
        print(f"{size:.2f} GB, {rows:,} rows in {seconds:.0f} s, {rows / seconds:,.0f} rows/s, {memory:,} MB")


def cpu_seconds() -> float:
    """CPU seconds of this process and of those that it waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--parts", rows]:
            parts(int(rows))
        case ["--gigabytes", size]:
            large(float(size))
        case sizes:
            main([int(size) for size in sizes] or [10_000, 100_000])
