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
    },
)
def evaluate_group() -> None:
    """Measure a run or a scorer against gold labels."""


@click.command("clusters")
@click.argument("gold", type=click.Path(path_type=Path))
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def clusters_command(gold: Path, run_dir: Path, as_json: bool) -> None:
    """Precision, recall and F1 of the SKUs in RUN_DIR against GOLD (catalog, offer_id, gold_product_id)."""
    import json

    from rich.console import Console

    from sku_align.evaluation.clusters import evaluate_clusters, read_gold
    from sku_align.report import evaluation_section, render
    from sku_align.stages import run_folder

    folder = run_folder(run_dir)
    evaluation = evaluate_clusters(
        read_gold(gold), folder.read("offers"), folder.read("clusters"), folder.read("candidates")
    )
    if as_json:
        click.echo(json.dumps(evaluation.to_dict(), indent=1, ensure_ascii=False))
    else:
        Console().print(render([evaluation_section(evaluation)]))
