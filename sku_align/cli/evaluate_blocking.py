"""`sku-align evaluate blocking`: what blocking lost, against gold or by an estimate."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from sku_align.evaluation.blocking import BlockingEvaluation

BUDGETS = (1, 2, 3, 5, 10, 20)


@click.command("blocking")
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--gold", type=click.Path(path_type=Path), help="CSV of catalog, offer_id, gold_product_id.")
@click.option("--missed", type=click.Path(path_type=Path), help="Write the missed pairs with their texts to this CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def evaluate_blocking_command(run_dir: Path, gold: Path | None, missed: Path | None, as_json: bool) -> None:
    """Pair completeness and reduction ratio of the candidates in RUN_DIR, by language pair and channel.

    Without --gold the pair completeness is estimated from the overlap of independent channels.
    """
    import pyarrow.compute as pc
    from rich.console import Console

    from sku_align.evaluation.blocking import evaluate_blocking
    from sku_align.evaluation.clusters import read_gold
    from sku_align.report import findings, render
    from sku_align.stages import run_folder
    from sku_align.tabular import to_csv

    folder = run_folder(run_dir)
    if gold is None:
        estimate = folder.facts("block").get("estimated_pair_completeness")
        shown = "too few pairs to go by" if estimate is None else f"{estimate:.3f}"
        if as_json:
            by_domain = folder.facts("block").get("estimated_by_domain", {})
            click.echo(json.dumps({"estimated_pair_completeness": estimate, "estimated_by_domain": by_domain}))
        else:
            click.echo(f"Estimated pair completeness (capture-recapture, no labels): {shown}")
            Console().print(render([findings.completeness(folder.facts("block"))]))
        return
    candidates = folder.read("candidates")
    kept = pc.max(candidates["rank"]).as_py() or 0
    budgets = [budget for budget in BUDGETS if budget <= kept]
    evaluation = evaluate_blocking(folder.read("offers"), candidates, read_gold(gold), budgets)
    if missed is not None:
        folder.write_text(missed, to_csv(evaluation.missed))
    if as_json:
        click.echo(json.dumps(evaluation.to_dict(), indent=1))
    else:
        Console().print(_table(evaluation))


def _table(evaluation: "BlockingEvaluation") -> "Table":
    from rich.table import Table

    budgets = list(evaluation.by_budget)
    channels = sorted({name for figures in evaluation.by_languages.values() for name in figures.by_channel})
    table = Table(title="Pair completeness (a channel's figure: alone / what only it found)", title_justify="left")
    heads = ["languages", "true pairs", "all", *(f"at {budget}" for budget in budgets), "reduction", "per offer"]
    for head in [*heads, *channels]:
        table.add_column(head, justify="left" if head == "languages" else "right")
    for name, figures in evaluation.by_languages.items():
        table.add_row(
            name,
            f"{figures.matches:,}",
            f"{figures.pair_completeness:.3f}",
            *(f"{evaluation.by_budget[budget][name]:.3f}" for budget in budgets),
            f"{figures.reduction_ratio:.4f}",
            f"{figures.candidates_per_offer:.1f}",
            *(f"{figures.by_channel[each]:.3f} / {figures.only_by_channel[each]:.3f}" for each in channels),
        )
    return table
