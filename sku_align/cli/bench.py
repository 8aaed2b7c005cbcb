"""`sku-align bench`: how fast a scorer is here."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from sku_align.config import ScoringSettings
    from sku_align.scoring.bench import Speed


@click.group("bench")
def bench_group() -> None:
    """Measure speed and memory on this machine."""


@bench_group.command("scoring")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (YAML).")
@click.option("--scorer", help="bundled, vllm, http, cascade or mean; the settings' if absent.")
@click.option("--batch", "batches", type=click.IntRange(min=1), multiple=True, help="Pairs a call; may be repeated.")
@click.option(
    "--characters", "lengths", type=click.IntRange(min=8), multiple=True, help="Characters a title; may be repeated."
)
@click.option("--calls", type=click.IntRange(min=1), default=20, show_default=True, help="Calls measured each.")
@click.option(
    "--gpus", type=click.IntRange(min=1), multiple=True, help="Measure so many GPUs at once, a process each; repeat it."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def scoring_command(
    config: Path | None,
    scorer: str | None,
    batches: tuple[int, ...],
    lengths: tuple[int, ...],
    calls: int,
    gpus: tuple[int, ...],
    as_json: bool,
) -> None:
    """Latency (p50, p95, p99), pairs per second, share of tokenisation and peak memory of a scorer, or each of several.

    With --gpus 1 --gpus 2: pairs per second of one GPU and of two at work together, with the largest --batch and the
    first --characters.
    """
    import json
    from dataclasses import asdict

    from rich.console import Console

    from sku_align.cli.stages import load_settings
    from sku_align.scoring.bench import measure
    from sku_align.scoring.load import load_scorer

    settings = load_settings(config, scorer).scoring
    if gpus:
        click.echo(
            _scaling(settings, sorted(set(gpus)), max(batches or (20_000,)), (lengths or (60,))[0], calls, as_json)
        )
        return
    judge = load_scorer(settings)
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


def _scaling(
    settings: "ScoringSettings", numbers: list[int], batch: int, length: int, calls: int, as_json: bool
) -> str:
    """A line for each number of GPUs, or JSON; of several scorers for each."""
    import json
    from dataclasses import asdict

    from sku_align.scoring.scaling import measure_scaling

    documents, lines = [], []
    for part in settings.parts:
        figures = measure_scaling(part, _groups(part, numbers[-1]), numbers, batch, length, calls)
        documents.append({"scorer": part.name, "scaling": [asdict(figure) for figure in figures]})
        lines += [
            f"{part.name}, {figure.gpus} GPUs: {figure.pairs_per_s:,.0f} pairs/s, {figure.times:.2f} times, "
            f"{figure.efficiency:.0%} each"
            for figure in figures
        ]
    return json.dumps(documents, indent=1) if as_json else "\n".join(lines)


def _groups(settings: "ScoringSettings", most: int) -> list[str]:
    """What each process sees, as `CUDA_VISIBLE_DEVICES` names it.

    Raises:
        UserError: The scorer uses no GPU, or there are too few.
    """
    from sku_align.config import BundledScoring, VllmScoring
    from sku_align.errors import UserError
    from sku_align.gpu import visible_gpus

    of_torch = isinstance(settings, BundledScoring) and settings.device != "cpu"
    if not of_torch and not isinstance(settings, VllmScoring):
        raise UserError(
            f"--gpus measures scorers that run on a GPU here, but {settings.name} does not with these settings: set "
            "scoring.name to vllm, or scoring.device to cuda."
        )
    size = settings.tensor_parallel_size if isinstance(settings, VllmScoring) else 1
    names = [gpu.index for gpu in visible_gpus()]
    groups = [",".join(names[at : at + size]) for at in range(0, len(names) - size + 1, size)]
    if most > len(groups):
        a_process = f" of {size} each" if size > 1 else ""
        raise UserError(f"--gpus {most} asks for {most} processes{a_process}, but {len(names)} GPUs are visible.")
    return groups


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
