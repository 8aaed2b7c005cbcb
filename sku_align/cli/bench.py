"""`sku-align bench`: how fast a scorer is here."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from sku_align.scoring.bench import Speed


@click.group("bench")
def bench_group() -> None:
    """Measure speed and memory on this machine."""


@bench_group.command("scoring")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
@click.option("--scorer", help="bundled, vllm, http or cascade; the settings' if absent.")
@click.option("--batch", "batches", type=click.IntRange(min=1), multiple=True, help="Pairs a call; may be repeated.")
@click.option(
    "--characters", "lengths", type=click.IntRange(min=8), multiple=True, help="Characters a title; may be repeated."
)
@click.option("--calls", type=click.IntRange(min=1), default=20, show_default=True, help="Calls measured each.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def scoring_command(
    config: Path | None,
    scorer: str | None,
    batches: tuple[int, ...],
    lengths: tuple[int, ...],
    calls: int,
    as_json: bool,
) -> None:
    """Latency (p50, p95, p99), pairs per second, share of tokenisation and peak memory of a scorer, or both."""
    import json
    from dataclasses import asdict

    from rich.console import Console

    from sku_align.cli.stages import load_settings
    from sku_align.scoring.bench import measure
    from sku_align.scoring.load import load_scorer

    judge = load_scorer(load_settings(config, scorer).scoring)
    measured = {
        part.fingerprint: measure(part, batches or (1, 32, 1024), lengths or (60, 240), calls)
        for part in getattr(judge, "parts", (judge,))
    }
    if as_json:
        documents = [{"scorer": name, "speeds": [asdict(speed) for speed in of]} for name, of in measured.items()]
        click.echo(json.dumps(documents if len(documents) > 1 else documents[0], indent=1))
        return
    for name, speeds in measured.items():
        Console().print(_table(name, speeds))


def _table(name: str, speeds: "Sequence[Speed]") -> "Table":
    from rich.table import Table

    # Without a frame and with short latencies ten columns fit a terminal of 80 characters.
    table = Table(title=name, title_justify="left", box=None, padding=(0, 1, 0, 0))
    headings = "pairs|characters|p50 ms|p95 ms|p99 ms|pairs/s|per CPU s|tokenising|MiB|GPU MiB"
    for heading in headings.split("|"):
        table.add_column(heading, justify="right", min_width=max(map(len, heading.split())))
    for speed in speeds:
        latencies = (
            f"{value:.1f}" if value < 100 else f"{value:.0f}" for value in (speed.p50_ms, speed.p95_ms, speed.p99_ms)
        )
        rates = (f"{value:,.0f}" for value in (speed.pairs_per_s, speed.pairs_per_cpu_s))
        tokenising = "-" if speed.tokenising is None else f"{speed.tokenising:.1%}"
        memory = ("-" if value is None else f"{value:.0f}" for value in (speed.memory_mib, speed.gpu_memory_mib))
        table.add_row(str(speed.batch), str(speed.characters), *latencies, *rates, tokenising, *memory)
    return table
