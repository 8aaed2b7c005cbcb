"""`sku-align compare`: what changed between two runs, and why."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sku_align.errors import UserError

if TYPE_CHECKING:
    from sku_align.evaluation.comparing import RunTables


@click.command("compare")
@click.argument("run_a")
@click.argument("run_b", required=False)
@click.option("--db", help="SQLAlchemy URL of the database; a number names one of its publications.")
@click.option(
    "--run", "run_dir", type=click.Path(path_type=Path), help="Run folder that holds the indexes, for PostgreSQL."
)
@click.option("--scorer", help="Instead of RUN_B: RUN_A's candidates as this scorer (bundled, vllm, http) reads them.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page that opens offline.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def compare_command(
    run_a: str,
    run_b: str | None,
    db: str | None,
    run_dir: Path | None,
    scorer: str | None,
    config: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Which pairs RUN_B merged or split against RUN_A, with the cause of each change.

    A run is a run folder, or with --db the number of a publication whose index is kept. With --scorer RUN_A is compared
    with itself under another scorer: same candidates, same settings.
    """
    import json

    from rich.console import Console

    from sku_align.cli.stages import load_settings
    from sku_align.evaluation.comparing import compare_runs, decision_counts
    from sku_align.evaluation.drift import drifts, expected_precision
    from sku_align.files import write_text
    from sku_align.report import page, render
    from sku_align.report.proof import agreement_section, certificate_section, comparison_sections, drift_section
    from sku_align.rescoring import compare_scorers
    from sku_align.stages import run_folder

    if (run_b is None) == (scorer is None):
        raise UserError("Name two runs, or one run and --scorer: `sku-align compare RUN_A RUN_B`.")
    if run_b is None:
        folder = run_folder(Path(run_a))
        first, second = compare_scorers(folder, load_settings(config, scorer).scoring, load_settings(config))
        names = (first.scorer, second.scorer)
    else:
        first, second = (_tables(name, db, run_dir, config) for name in (run_a, run_b))
        names = (run_a, run_b)
    comparison, counts = compare_runs(first, second), decision_counts(first, second)
    if as_json:
        document = {"first": names[0], "second": names[1], **comparison.to_dict()}
        document["decisions"] = [{"first": one, "second": other, "pairs": n} for (one, other), n in counts.items()]
        document["drift"] = [drift._asdict() for drift in drifts(first, second)]
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
        return
    sections = [
        *comparison_sections(comparison),
        agreement_section(counts),
        drift_section(drifts(first, second)),
        certificate_section(None, expected=expected_precision(second.offers, second.decisions)),
    ]
    if html:
        write_text(html, page(f"SKU Align: {names[1]} against {names[0]}", sections))
    Console().print(render(sections))


def _tables(name: str, db: str | None, run_dir: Path | None, config: Path | None) -> "RunTables":
    from sku_align.cli.stages import load_settings
    from sku_align.evaluation.comparing import RunTables
    from sku_align.retrieval.publications import published_tables
    from sku_align.retrieval.versions import IndexRoot
    from sku_align.stages import run_folder
    from sku_align.store import Store

    if db is None or not name.isdecimal() or Path(name).is_dir():
        return RunTables.of(run_folder(Path(name)))
    known = {each.publication_id: each for each in Store.existing(db).publications()}
    if (number := int(name)) not in known:
        raise UserError(f"There is no publication {number}: `sku-align publications` lists them.")
    root = IndexRoot.beside(db, load_settings(config).publishing.index, run_dir)
    if (found := published_tables(root, (number, known[number].republishes))) is not None:
        return found
    kept = ", ".join(map(str, root.publications())) or "none"
    raise UserError(
        f"The tables of publication {number} are not in {root.path} (there: {kept}); publishing.keep_indexes says for "
        "how many publications they are kept."
    )
