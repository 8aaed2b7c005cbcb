"""`sku-align compare`: what changed between two runs, and why."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sku_align.evaluation.comparing import RunComparison, RunTables
    from sku_align.report import Section

_EXAMPLES = 5


@click.command("compare")
@click.argument("run_a", type=click.Path(path_type=Path))
@click.argument("run_b", type=click.Path(path_type=Path))
@click.option("--html", type=click.Path(path_type=Path), help="Write a page that opens offline.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def compare_command(run_a: Path, run_b: Path, html: Path | None, as_json: bool) -> None:
    """Which pairs RUN_B merged or split against RUN_A (run folders), with the cause of each change."""
    import json

    from rich.console import Console

    from sku_align.evaluation.comparing import compare_runs
    from sku_align.files import write_text
    from sku_align.report import page, render

    first, second = _tables(run_a), _tables(run_b)
    comparison = compare_runs(first, second)
    sections = [*_sections(comparison), *_unlabelled(first, second)]
    if html:
        title = f"SKU Align: {run_b} against {run_a}"
        write_text(html, page(title, sections))
    if as_json:
        click.echo(json.dumps(comparison.to_dict(), indent=1, ensure_ascii=False))
    else:
        Console().print(render(sections))


def _tables(path: Path) -> "RunTables":
    from sku_align.evaluation.comparing import RunTables
    from sku_align.stages import run_folder

    folder = run_folder(path)
    facts = folder.facts("score")
    return RunTables(
        folder.read("offers"),
        folder.read("scores"),
        folder.read("decisions"),
        folder.read("clusters"),
        calibration=str(facts.get("calibration", "")),
        blocked_by=f"{folder.facts('block').get('settings', '')} {folder.facts('embed').get('embedder', '')}",
    )


def _unlabelled(first: "RunTables", second: "RunTables") -> list["Section"]:
    """Figures that need no labels: drift of the second run, and the precision that its calibration expects."""
    from sku_align.evaluation.drift import drifts, expected_precision
    from sku_align.report import Section

    moved = drifts((first.offers, first.decisions), (second.offers, second.decisions))
    rows = [[drift.figure, f"{drift.psi:.3f}", "" if drift.passed else "look into it"] for drift in moved]
    expected = expected_precision(second.offers, second.decisions)
    return [
        Section("Drift", ("distribution", "stability index", ""), rows, frozenset({1})),
        Section(
            "Expected precision",
            ("languages", "of pairs that merge by threshold"),
            [[name, f"{value:.3f}"] for name, value in expected.items()],
            frozenset({1}),
            note="As the calibration expects it; `sku-align audit` measures it.",
        ),
    ]


def _sections(comparison: "RunComparison") -> list["Section"]:
    from sku_align.report import Section

    counts = [
        [change, cause, languages, f"{number:,}"]
        for (change, cause, languages), number in sorted(
            comparison.counts().items(), key=lambda entry: (-entry[1], entry[0])
        )
    ]
    note = (
        f"{comparison.same:,} pairs are in one SKU in both runs; {comparison.moved:,} offers moved, "
        f"{comparison.new:,} are new, {comparison.gone:,} are gone."
    )
    sections = [
        Section("Pairs that changed", ("change", "cause", "languages", "pairs"), counts, frozenset({3}), note=note)
    ]
    shown: dict[tuple[str, str], int] = {}
    rows = []
    for each in comparison.changes:
        kind = (each.change, each.cause)
        shown[kind] = shown.get(kind, 0) + 1
        if shown[kind] <= _EXAMPLES:
            chances = " to ".join("not scored" if p is None else f"{p:.3f}" for p in (each.before, each.after))
            names = [
                f"{'#'.join(key)}: {title}" for key, title in zip((each.left, each.right), each.titles, strict=True)
            ]
            rows.append([each.change, each.cause, *names, chances])
    if rows:
        sections.append(
            Section("Examples", ("change", "cause", "one offer", "the other", "probability"), rows, ruled=True)
        )
    return sections
