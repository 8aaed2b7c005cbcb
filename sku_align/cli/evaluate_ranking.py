"""`sku-align evaluate ranking`: where words, vectors and a scorer put the match of an offer in another catalog."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from sku_align.evaluation.ranking import RankingFigures


@click.command("ranking")
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option(
    "--gold", type=click.Path(path_type=Path), required=True, help="CSV of catalog, offer_id, gold_product_id."
)
@click.option("--scorer", "scorers", multiple=True, help="Scorers that read the nearest vectors; may be given again.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, help="Hits that a scorer reads.")
@click.option("--queries", type=click.IntRange(min=1), help="Queries of one catalog to one other at most.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def evaluate_ranking_command(
    run_dir: Path,
    gold: Path,
    scorers: tuple[str, ...],
    config: Path | None,
    top: int,
    queries: int | None,
    as_json: bool,
) -> None:
    """Top-1, Top-3, MRR and nDCG@10 of BM25, vectors, and vectors that a scorer reads again.

    Every labelled offer of RUN_DIR whose product another catalog lists asks that catalog for it.
    """
    from rich.console import Console

    from sku_align.cli.stages import load_settings
    from sku_align.evaluation.clusters import read_gold
    from sku_align.evaluation.ranking import evaluate_ranking
    from sku_align.retrieval.ranking import rankers
    from sku_align.scoring.load import load_scorer
    from sku_align.stages import run_folder

    folder = run_folder(run_dir)
    offers = folder.read("offers")
    backends = {name: load_scorer(load_settings(config, name).scoring) for name in scorers or ("bundled",)}
    systems = rankers(offers, folder.read("embeddings"), backends, top)
    found = evaluate_ranking(offers, read_gold(gold), systems, queries)
    if as_json:
        document = {
            name: {
                languages: {"queries": each.queries} | {key: value.__dict__ for key, value in each.measures.items()}
                for languages, each in by_language.items()
            }
            for name, by_language in found.items()
        }
        click.echo(json.dumps(document, indent=1))
        return
    Console().print(_table(found))


def _table(found: "dict[str, dict[str, RankingFigures]]") -> "Table":
    from rich.table import Table

    table = Table(title="Where the match stands, with 95 % intervals over products", title_justify="left")
    for head in ("languages", "ranking", "queries", "Top-1", "Top-3", "MRR", "nDCG@10"):
        table.add_column(head, justify="left" if head in ("languages", "ranking") else "right")
    names = list(dict.fromkeys(languages for by_language in found.values() for languages in by_language))
    for languages in names:
        for name, by_language in found.items():
            figures = by_language[languages]
            cells = [f"{each.value:.3f} ({each.low:.3f} to {each.high:.3f})" for each in figures.measures.values()]
            table.add_row(languages, name, f"{figures.queries:,}", *cells)
        table.add_section()
    return table
