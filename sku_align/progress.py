"""Progress on a terminal, silence elsewhere: one display for all stages, because two of them overwrite each other."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")

_displays: "list[Progress]" = []
_quiet: list[bool] = []


def track(items: Iterable[T], description: str, total: int | None = None) -> Iterator[T]:
    """Iterate with a progress bar on standard error if that is a terminal."""
    with _display() as display:
        if display is None:
            yield from items
            return
        task = display.add_task(f"  {description}", total=total)
        try:
            yield from display.track(items, total=total, task_id=task)
        finally:
            display.remove_task(task)


def quiet() -> None:
    """Show no progress from now on, as a service wants it whose stages run for many requests at once."""
    _quiet.append(True)


@contextmanager
def stages() -> Iterator[None]:
    """Keep one display open over the stages of a run; what is finished stays on the terminal with its time."""
    with _display():
        yield


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Show that a stage runs, and how long it took."""
    with _display() as display:
        if display is None:
            yield
            return
        task = display.add_task(name, total=None)
        yield
        display.update(task, total=1, completed=1)


@contextmanager
def _display() -> "Iterator[Progress | None]":
    """The display in use, or a new one; None where standard error is not a terminal."""
    if _quiet or _displays or not sys.stderr.isatty():
        yield None if _quiet or not _displays else _displays[-1]
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(finished_text="[green]✓[/]"), TextColumn("{task.description}"), BarColumn(bar_width=30),
        TaskProgressColumn(show_speed=False), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as display:
        _displays.append(display)
        try:
            yield display
        finally:
            _displays.remove(display)
