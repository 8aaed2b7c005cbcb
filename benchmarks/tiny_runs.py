"""What merges in runs of one to twenty offers a catalog, with and without the true partner.

    python -m benchmarks.tiny_runs DATA/hk_supermarket=hk-en,hk-zh-Hant ...   # two catalogs of a labelled set
    python -m benchmarks.tiny_runs benchmarks/siblings_fresh.tsv ...          # each pair a run, alone and among others

Runs of a set are drawn by hash from products that the text model was not trained on. A product that stands alone has
its nearest sibling in the other catalog instead of its partner, which is the hardest that a run can be. Of one set 240
products make runs of every size. `--keep FILE` keeps the scored runs, so that decisions alone can be made again.
"""

import argparse
import hashlib
import pickle
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.siblings import read_pairs
from sku_align import schema
from sku_align.blocking.block import block
from sku_align.calibration.calibration import load_calibration
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.config import EmbeddingSettings, Settings
from sku_align.deciding.decide import AUTO_MERGE, decide
from sku_align.deciding.guards import unforbidden
from sku_align.embedding.embed import embed, load_embedder
from sku_align.evaluation.singletons import keeps
from sku_align.pairs import pair_columns, pair_rows
from sku_align.scoring.scorers.bundled import BundledScorer
from training.groups import TRAIN, side
from training.labelled import products_and_groups
from training.offers import read_set

SIZES = (1, 2, 3, 5, 10, 20)
SHARES = (0.0, 0.4, 1.0)
# Products of a set, a multiple of all sizes, and offers of other pairs that stand beside a pair of siblings.
PRODUCTS, OTHERS = 240, 3


@dataclass(frozen=True)
class TinyRun:
    """One run of a few offers: m candidates.

    Attributes:
        name: Which row of the table it counts in.
        offers: Table of `schema.OFFERS`.
        pairs: Row numbers of the candidates, shape (m, 2).
        rank: How near the search found them, shape (m,).
        same: Whether they are one product, shape (m,).
        partners: How many partners there are to be found.
        raw: Raw scores, shape (m,).
    """

    name: str
    offers: pa.Table
    pairs: NDArray[np.int64]
    rank: NDArray[np.int32]
    same: NDArray[np.bool_]
    partners: int
    raw: NDArray[np.float32]


@dataclass(frozen=True)
class Pool:
    """Offers of two catalogs that runs are drawn from, with the vector and the product of each, n rows."""

    offers: pa.Table
    vectors: pa.Table
    product: NDArray[np.str_]

    @cached_property
    def catalog(self) -> NDArray[np.str_]:
        """Catalog of each offer, shape (n,)."""
        return np.array(self.offers["catalog"].to_pylist())

    def run(self, name: str, rows: list[int]) -> TinyRun:
        """The run of some offers, without scores."""
        at = np.unique(rows)
        offers, vectors, product = self.offers.take(at), self.vectors.take(at), self.product[at]
        settings = Settings()
        found = unforbidden(offers, block(offers, vectors, settings.blocking).candidates, settings.deciding)
        pairs = pair_rows(offers, found)
        held = [set(product[self.catalog[at] == catalog].tolist()) for catalog in np.unique(self.catalog)]
        same = product[pairs[:, 0]] == product[pairs[:, 1]]
        raw = np.zeros(len(pairs), dtype=np.float32)
        return TinyRun(name, offers, pairs, found["rank"].to_numpy(), same, len(set.intersection(*held)), raw)


def of_set(folder: Path, left: str, right: str) -> Iterator[TinyRun]:
    """Runs of two catalogs of a labelled set."""
    paths = sorted((folder / "catalogs").glob("*.csv"))
    offers = ingest(find_sources(paths, Settings()), Settings()).offers
    product, group = products_and_groups(offers, folder, read_set(folder))
    two = np.isin(offers["catalog"].to_pylist(), (left, right))
    offers, product, group = offers.filter(pa.array(two)), product[two], group[two]
    pool = Pool(offers, embed(offers, load_embedder(EmbeddingSettings())), product)
    vectors = np.array(pool.vectors["vector"].to_pylist(), dtype=np.float32)
    theirs = np.flatnonzero(pool.catalog == right)
    held_back = np.array([side(name) != TRAIN for name in group.tolist()])
    slots: dict[str, tuple[int, int, int]] = {}
    for row in np.flatnonzero((pool.catalog == left) & held_back).tolist():
        partner = product[theirs] == product[row]
        if partner.any():
            near = np.where(partner, -1.0, vectors[theirs] @ vectors[row])
            slots.setdefault(str(product[row]), (row, int(theirs[partner.argmax()]), int(theirs[near.argmax()])))
    names = sorted(slots, key=lambda name: hashlib.blake2b(name.encode()).digest())[:PRODUCTS]
    for share in SHARES:
        rows = []
        for name in names:
            row, partner_row, sibling = slots[name]
            both = all(keeps(name, catalog, (left, right), share) for catalog in (left, right))
            rows.append([row, partner_row if both else sibling])
        for size in SIZES:
            for start in range(0, len(rows) - size + 1, size):
                part = [row for slot in rows[start : start + size] for row in slot]
                yield pool.run(f"{folder.name} {share:.0%} {size:2}", part)


def of_pairs(path: Path) -> Iterator[TinyRun]:
    """Each pair of a file as a run of its own, alone and among other offers of which none is one product."""
    table = read_pairs(path)
    with TemporaryDirectory() as place:
        files = []
        for name in ("left", "right"):
            own = table[[f"{name}_title", "brand", f"{name}_language"]].set_axis(["title", "brand", "language"], axis=1)
            files.append(Path(place) / f"{name}.csv")
            own.assign(offer_id=[str(row) for row in range(len(own))]).to_csv(files[-1], index=False)
        offers = ingest(find_sources(files, Settings()), Settings()).offers
    labels = dict(enumerate(table["label"]))
    numbers = [int(number) for number in offers["offer_id"].to_pylist()]
    catalogs = offers["catalog"].to_pylist()
    product = [
        f"{number}" if labels[number] == "same" else f"{number} {catalog}"
        for number, catalog in zip(numbers, catalogs, strict=True)
    ]
    pool = Pool(offers, embed(offers, load_embedder(EmbeddingSettings())), np.array(product))
    row_of = {(catalog, number): row for row, (catalog, number) in enumerate(zip(catalogs, numbers, strict=True))}
    for number in range(len(table)):
        pair = [row_of["left", number], row_of["right", number]]
        yield pool.run(f"{path.stem} alone", pair)
        far = [(number + 7 * step) % len(table) for step in range(1, 2 * OTHERS + 1)]
        others = [row_of["left", at] for at in far[::2]] + [row_of["right", at] for at in far[1::2]]
        yield pool.run(f"{path.stem} among {OTHERS}", pair + others)


def scored(runs: list[TinyRun]) -> list[TinyRun]:
    """The runs with raw scores; a pair that stands in several is scored once."""
    scorer, result = BundledScorer(), []
    of_source: dict[str, list[TinyRun]] = {}
    for run in runs:
        of_source.setdefault(run.name.rsplit(" ", 2)[0], []).append(run)
    for own in of_source.values():
        wanted: dict[tuple[str, ...], tuple[dict[str, object], dict[str, object]]] = {}
        keys = []
        for run in own:
            rows = run.offers.to_pylist()
            for left, right in run.pairs.tolist():
                both = (rows[left], rows[right])
                keys.append(tuple(row[column] for row in both for column in ("catalog", "offer_id")))
                wanted.setdefault(keys[-1], both)
        fresh = [offer for both in wanted.values() for offer in both]
        at = np.arange(len(fresh)).reshape(-1, 2)
        known = dict(zip(wanted, scorer.score(pa.Table.from_pylist(fresh, schema.OFFERS), at), strict=True))
        every = iter(keys)
        result += [replace(run, raw=np.array([known[next(every)] for _ in run.pairs], np.float32)) for run in own]
    return result


def judged(runs: list[TinyRun]) -> dict[str, Counter[str]]:
    """Counts of partners, found, merged wrongly and asked, by name of the runs."""
    calibration, settings = load_calibration(BundledScorer().fingerprint), Settings()
    counts: dict[str, Counter[str]] = {}
    for run in runs:
        own = counts.setdefault(run.name, Counter())
        own["runs"] += 1
        own["partners"] += run.partners
        if not len(run.pairs):
            continue
        probability = calibration.probability(run.offers, run.pairs, run.raw, run.rank)
        columns = pair_columns(run.offers, run.pairs[:, 0], run.pairs[:, 1])
        scores = schema.conform(columns | {"raw_score": run.raw, "probability": probability}, schema.SCORES)
        order = np.lexsort((run.pairs[:, 1], run.pairs[:, 0]))
        decided = decide(run.offers, scores, schema.VERDICTS.empty_table(), settings)["decision"].to_pylist()
        merged = np.array([decision == AUTO_MERGE for decision in decided])
        same = run.same[order]
        own["found"] += int((merged & same).sum())
        own["wrong"] += int((merged & ~same).sum())
        own["asked"] += sum(decision == "review" for decision in decided)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--keep", type=Path, help="file of the scored runs; read instead of drawing where it is there")
    options = parser.parse_args()
    if options.keep and options.keep.exists():
        runs = pickle.loads(options.keep.read_bytes())
    else:
        runs = []
        for source in options.sources:
            folder, _, catalogs = source.partition("=")
            runs += of_set(Path(folder), *catalogs.split(",")) if catalogs else of_pairs(Path(folder))
        runs = scored(runs)
        if options.keep:
            options.keep.write_bytes(pickle.dumps(runs))
    print("| runs | number | partners | found | wrong | asked |\n| --- | --- | --- | --- | --- | --- |")
    for name, own in judged(runs).items():
        print("|", " | ".join([name, *(str(own[key]) for key in ("runs", "partners", "found", "wrong", "asked"))]), "|")


if __name__ == "__main__":
    main()
