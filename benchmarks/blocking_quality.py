"""Pair completeness on labelled catalogs, through the same ingest, embedding and blocking as a run.

    python -m benchmarks.blocking_quality DATA --sets hk_supermarket ikea games abt_buy

Each set is a folder of DATA with `catalogs/*.csv` and `gold.csv` (catalog, offer_id, gold_product_id).
"""

import argparse
from pathlib import Path

from sku_align.blocking.block import block
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.config import BlockingSettings, EmbeddingSettings, Settings
from sku_align.embedding.embed import embed, load_embedder
from sku_align.evaluation.blocking import ALL, evaluate_blocking
from sku_align.evaluation.clusters import read_gold

BUDGETS = (3, 4, 5, 10, 20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--model", default="use", help="A bundled embedder.")
    parser.add_argument("--cache", type=Path, help="Folder that keeps vectors between calls.")
    arguments = parser.parse_args()
    embedder = load_embedder(EmbeddingSettings(model=arguments.model))
    heads = [f"at {budget}" for budget in BUDGETS]
    print(f"| set | languages | {' | '.join(heads)} | estimate |\n|{' --- |' * (3 + len(heads))}")
    for name in arguments.sets:
        settings = Settings()
        folder = arguments.data / name
        offers = ingest(find_sources(sorted((folder / "catalogs").iterdir()), settings), settings).offers
        vectors = embed(offers, embedder, arguments.cache)
        blocked = block(offers, vectors, BlockingSettings(max_candidates_per_offer=max(BUDGETS)))
        evaluation = evaluate_blocking(offers, blocked.candidates, read_gold(folder / "gold.csv"), BUDGETS)
        pairs = [languages for languages in evaluation.by_languages if languages != ALL]
        rows = {languages: [evaluation.by_budget[budget][languages] for budget in BUDGETS] for languages in pairs}
        mean = [sum(column) / len(pairs) for column in zip(*rows.values(), strict=True)]
        worst = min(rows, key=lambda languages: rows[languages][-1])
        shown = rows if len(rows) <= 6 else {f"worst: {worst}": rows[worst]}
        for languages, values in {**shown, "mean": mean}.items():
            estimate = f"{blocked.report.estimated_pair_completeness:.3f}" if languages == "mean" else ""
            print(
                f"| {name} | {languages} | {' | '.join(f'{value:.4f}' for value in values)} | {estimate} |", flush=True
            )


if __name__ == "__main__":
    main()
