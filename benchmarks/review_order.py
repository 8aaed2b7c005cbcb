"""What answers are worth in the order in which they are asked: F1 after every 50, answered from gold.

    python benchmarks/review_order.py RUN_FOLDER GOLD.csv [--config FILE] [--every 50] [--order sheet|pairs]

`--order pairs` asks one question per doubtful pair, the most probable first, as before.
"""

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from sku_align import schema
from sku_align.clustering.cluster import cluster
from sku_align.config import Settings
from sku_align.deciding.decide import decide
from sku_align.pairs import sort_offers
from sku_align.review.docket import Docket
from sku_align.review.questions import questions

Key = tuple[str, str]


class World:
    """A finished run whose questions gold answers."""

    def __init__(self, run: Path, gold: Path, config: Path | None) -> None:
        self.settings = Settings.load(config)
        self.offers = sort_offers(schema.conform(pq.read_table(run / "offers.parquet"), schema.OFFERS))
        self.scores = schema.conform(pq.read_table(run / "scores.parquet"), schema.SCORES)
        text = pa.csv.ConvertOptions(column_types={"catalog": pa.string(), "offer_id": pa.string()})
        rows = pa.csv.read_csv(gold, convert_options=text).to_pylist()
        self.product = {(row["catalog"], row["offer_id"]): row["gold_product_id"] for row in rows}
        self.words: list[dict[str, str]] = []

    def align(self) -> tuple[pa.Table, pa.Table]:
        """Decisions and clusters with the answers so far; clusters stand for SKUs."""
        verdicts = schema.conform(self.words, schema.VERDICTS)
        decisions = decide(self.offers, self.scores, verdicts, self.settings)
        groups, _ = cluster(self.offers, decisions, self.settings)
        names = pc.cast(groups["cluster"], pa.string())
        return decisions, schema.conform(
            {"catalog": groups["catalog"], "offer_id": groups["offer_id"], "sku_id": names}, schema.CLUSTERS
        )

    def quality(self, clusters: pa.Table) -> tuple[float, float, float]:
        """Pairwise precision, recall and F1 over the offers that gold knows."""
        keys = list(zip(clusters["catalog"].to_pylist(), clusters["offer_id"].to_pylist(), strict=True))
        known = [(self.product[key], sku) for key, sku in zip(keys, clusters["sku_id"].to_pylist(), strict=True)
                 if key in self.product]  # fmt: skip

        def pairs(values: list[object]) -> int:
            counts = np.unique([str(value) for value in values], return_counts=True)[1]
            return int((counts * (counts - 1) // 2).sum())

        true, found, both = pairs([a for a, _ in known]), pairs([b for _, b in known]), pairs(list(known))
        return both / max(found, 1), both / max(true, 1), 2 * both / max(true + found, 1)

    def answer(self, row: dict[str, str]) -> str | None:
        """What gold says of a pair, kept as a verdict; None where gold does not know both offers."""
        ours, theirs = (self.product.get((row[f"{s}_catalog"], row[f"{s}_offer_id"])) for s in ("left", "right"))
        if ours is None or theirs is None:
            return None
        word = "same" if ours == theirs else "different"
        pair = {name: row[name] for name in schema.PAIR_NAMES}
        self.words.append(pair | {"verdict": word, "reviewer": "gold", "reviewed_at": f"{len(self.words):09d}"})
        return word


def partition(clusters: pa.Table) -> dict[Key, frozenset[Key]]:
    """The offers of each offer's SKU."""
    groups: dict[str, list[Key]] = {}
    for row in clusters.to_pylist():
        groups.setdefault(row["sku_id"], []).append((row["catalog"], row["offer_id"]))
    return {key: frozenset(members) for members in groups.values() for key in members}


def main() -> None:
    """Print the curve, how many questions were asked and how many answers changed a SKU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--every", type=int, default=50)
    parser.add_argument("--order", choices=("sheet", "pairs"), default="sheet")
    options = parser.parse_args()
    world = World(options.run, options.gold, options.config)
    decisions, clusters = world.align()
    if options.order == "pairs":
        doubtful = decisions.filter(pc.equal(decisions["decision"].cast(pa.string()), "review"))
        rows = doubtful.sort_by([("probability", "descending")]).to_pylist()
        first = partition(clusters)
        changes = [
            row for row in rows
            if ((row["right_catalog"], row["right_offer_id"]) in first[row["left_catalog"], row["left_offer_id"]])
            == (world.product.get((row["left_catalog"], row["left_offer_id"]))
                != world.product.get((row["right_catalog"], row["right_offer_id"])))
        ]  # fmt: skip
        listed = iter(rows)
        docket = None
    else:
        table = questions(world.offers, decisions, clusters, world.settings)
        by_id = {row["question"]: row for row in table.to_pylist()}
        docket = Docket(table)
        rows = [row for row in by_id.values() if row["kind"] != "check"]
        changes = [row for row in rows if _same(world, row)]
    print(
        f"{len(rows)} questions",
        *(f"{kind}: {sum(r.get('kind') == kind for r in rows)}" for kind in ("join", "belongs")),
    )
    print(f"gold's answer changes a SKU: {len(changes)} ({len(changes) / max(len(rows), 1):.0%})")
    asked, curve, done = 0, [(0, *world.quality(clusters))], False
    while not done:
        for _ in range(options.every):
            if docket is None:
                row = next(listed, None)
            else:
                # A question that gold cannot answer is skipped, and comes back last.
                question = next((each for each in docket.open() if each not in docket.skipped), None)
                row = by_id[question] if question else None
            if row is None:
                done = True
                break
            word = world.answer(row)
            asked += 1
            if docket is not None:
                docket.answer(row["question"], word or "skip")
        _, clusters = world.align()
        curve.append((asked, *world.quality(clusters)))
    for count, precision, recall, f1 in curve:
        print(f"{count:6d} answers  precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}")
    decisions, clusters = world.align()
    again = questions(world.offers, decisions, clusters, world.settings)
    known = {tuple(word[name] for name in schema.PAIR_NAMES) for word in world.words}
    repeated = [row for row in again.to_pylist() if tuple(row[name] for name in schema.PAIR_NAMES) in known]
    left = [row for row in again.to_pylist() if row["kind"] != "check"]
    print(f"asked again after all answers: {len(repeated)}; new questions: {len(left)}")


def _same(world: World, row: dict[str, str]) -> bool:
    sides = [(row[f"{side}_catalog"], row[f"{side}_offer_id"]) for side in ("left", "right")]
    return world.product.get(sides[0], 0) == world.product.get(sides[1], 1)


if __name__ == "__main__":
    main()
