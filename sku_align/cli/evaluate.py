"""`sku-align evaluate`: figures against gold labels."""

from pathlib import Path

import click

from sku_align.cli.loading import LazyGroup


@click.group(
    "evaluate",
    cls=LazyGroup,
    commands_at={
        "clusters": "sku_align.cli.evaluate:clusters_command",
        "pairs": "sku_align.cli.evaluate_pairs:evaluate_pairs_command",
        "blocking": "sku_align.cli.evaluate_blocking:evaluate_blocking_command",
        "ranking": "sku_align.cli.evaluate_ranking:evaluate_ranking_command",
    },
)
def evaluate_group() -> None:
    """Measure a run or a scorer against gold labels."""


@click.command("clusters")
@click.argument("gold", type=click.Path(path_type=Path))
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--errors", type=click.Path(path_type=Path), help="Write every mistake, the worst first, to this CSV.")
@click.option(
    "--worst", type=click.IntRange(min=0), default=5, show_default=True, help="Mistakes of each kind to show."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def clusters_command(gold: Path, run_dir: Path, errors: Path | None, worst: int, as_json: bool) -> None:
    """Precision, recall and F1 of the SKUs in RUN_DIR against GOLD (catalog, offer_id, gold_product_id).

    Pairwise, B-cubed and by whole products, by pair of languages and category, with 95 % intervals over products; and
    which stage made each mistake.
    """
    import json

    from rich.console import Console

    from sku_align.evaluation.clusters import evaluate_clusters, read_gold
    from sku_align.evaluation.mistakes import count_by_stage, find_mistakes
    from sku_align.report.evaluation import categories_section, evaluation_section, mistakes_sections
    from sku_align.report.terminal import render
    from sku_align.stages import run_folder
    from sku_align.tabular import to_csv

    folder, labels = run_folder(run_dir), read_gold(gold)
    offers, clusters, candidates = map(folder.read, ("offers", "clusters", "candidates"))
    evaluation = evaluate_clusters(labels, offers, clusters, candidates)
    decided = map(folder.read, ("decisions", "refused_edges", "forbidden"))
    mistakes = find_mistakes(labels, offers, clusters, candidates, *decided)
    if errors is not None:
        folder.write_text(errors, to_csv(mistakes))
    if as_json:
        document = evaluation.to_dict() | {"mistakes": count_by_stage(mistakes)}
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        sections = [evaluation_section(evaluation), categories_section(evaluation)]
        Console().print(render([*sections, *mistakes_sections(mistakes, worst)]))
