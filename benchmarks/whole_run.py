"""What a run costs beside the text model: every stage of `sku-align align` on invented feeds, CPU and wall seconds.

    python -m benchmarks.whole_run 100000 --titles DATA --out DIR

Five invented catalogs in five languages; each title goes on as one of `DATA/*/catalogs/*.csv` in its language, so that
there are attributes to read. Raw scores are drawn, high for true pairs and low for others: `benchmarks/scoring_gpu.py`
and `sku-align bench scoring` measure scorers.
"""

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray
from scipy.special import ndtri

from benchmarks.after_scoring import DEVIATION, OTHER, TRUE
from benchmarks.blocking_feed import make_feeds
from benchmarks.feeds import cpu_seconds
from sku_align import align
from sku_align.config import Settings
from sku_align.scoring.load import SCORERS
from sku_align.scoring.scorers.bundled import BundledScorer


def write_feeds(size: int, titles: Path | None, out: Path) -> tuple[Settings, dict[tuple[str, str], str]]:
    """Write the catalogs as CSV; the settings that read them, and the product of each offer by catalog and id."""
    known = _titles(titles) if titles else {}
    catalogs: dict[str, dict[str, str]] = {}
    product: dict[tuple[str, str], str] = {}
    for feed in make_feeds(size):
        name, language = feed.offers["catalog"][0].as_py(), feed.offers["language"][0].as_py()
        gold = feed.gold["gold_product_id"].to_pylist()
        more = known.get(language[:2]) or [""]
        said = feed.offers["title"].to_pylist()
        longer = [f"{title} {more[int(number) % len(more)]}".strip() for title, number in zip(said, gold, strict=True)]
        offers = feed.offers.select(["offer_id", "brand"]).append_column("title", pa.array(longer))
        pa.csv.write_csv(offers, out / f"{name}.csv")
        catalogs[name] = {"path": str(out / f"{name}.csv"), "language": language}
        product |= {(name, offer): one for offer, one in zip(feed.offers["offer_id"].to_pylist(), gold, strict=True)}
    return Settings.model_validate({"catalogs": catalogs}), product


def _titles(folder: Path) -> dict[str, list[str]]:
    """Titles of all catalogs in a folder of labelled sets, by the first two letters of their language."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.glob("*/catalogs/*.csv")):
        language = path.stem.partition("-")[2][:2] or "en"
        with path.open(encoding="utf-8") as lines:
            found[language] += [row["title"] for row in csv.DictReader(lines) if row["title"]]
    return found


class DrawnScorer(BundledScorer):
    """The bundled scorer to a run, but its raw scores are drawn by what is known of the offers.

    Args:
        product: Product by catalog and offer id.
    """

    def __init__(self, product: dict[tuple[str, str], str]) -> None:
        super().__init__()
        self._product = product

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        used, position = np.unique(pairs, return_inverse=True)
        columns = [offers[name].take(pa.array(used)).to_pylist() for name in ("catalog", "offer_id")]
        keys = list(zip(*columns, strict=True))
        if not self._product.keys() >= set(keys):
            return super().score(offers, pairs)
        number = np.unique([self._product[key] for key in keys], return_inverse=True)[1][position.reshape(pairs.shape)]
        drawn = (pairs[:, 0] * 2_654_435_761 + pairs[:, 1] * 40_503) % 1_000_003 / 1_000_003
        mean = np.where(number[:, 0] == number[:, 1], TRUE, OTHER)
        return (mean + DEVIATION * ndtri(np.clip(drawn, 1e-6, 1 - 1e-6))).astype(np.float32)


@contextmanager
def measured(name: str) -> Iterator[None]:
    """Print the seconds that a stage takes."""
    before, started = cpu_seconds(), time.perf_counter()
    yield
    print(f"{name:8} {cpu_seconds() - before:8.1f} s of CPU {time.perf_counter() - started:8.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("offers", type=int)
    parser.add_argument("--titles", type=Path, help="folder of labelled sets, whose titles are appended")
    parser.add_argument("--out", type=Path, required=True, help="folder of the feeds and of the run")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    settings, product = write_feeds(options.offers, options.titles, options.out)
    SCORERS["bundled"] = lambda _: DrawnScorer(product)
    with measured("whole"):
        align([], options.out / "run", settings=settings, around=measured)


if __name__ == "__main__":
    main()
