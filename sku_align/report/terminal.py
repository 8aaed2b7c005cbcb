"""Sections on a terminal."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sku_align.report.section import Cell, Section, cell


def render(sections: Iterable[Section | None]) -> RenderableType:
    """Lay sections out below each other; what is None is left out."""
    return Group(*(_table(section) for section in sections if section is not None))


def _table(section: Section) -> RenderableType:
    if not any(section.columns):
        return _panel(section)
    title = Text(section.title, style="bold")
    if section.note:
        title.append(f"\n{section.note}", style="not bold dim")
    table = Table(title=title, title_justify="left", header_style="dim")
    for at, head in enumerate(section.columns):
        number = at in section.numbers
        longest = max((len(cell(row[at]).text) for row in section.rows), default=0)
        # A heading may wrap where the terminal is narrow, a number never loses a digit.
        if number:
            table.add_column(head, justify="right", min_width=longest)
        else:
            table.add_column(head, no_wrap=longest <= 20)
    for at, row in enumerate(section.rows):
        if section.starts_group(at):
            table.add_section()
        table.add_row(*(_text(cell(value)) for value in row))
    return table


def _panel(section: Section) -> Panel:
    """Pairs of label and value in a frame."""
    grid = Table.grid(padding=(0, 2))
    for at in range(len(section.columns)):
        grid.add_column(justify="right" if at in section.numbers else "left", overflow="fold")
    for row in section.rows:
        grid.add_row(*(_text(cell(value)) for value in row))
    return Panel(grid, title=section.title, title_align="left", expand=False)


def _text(value: Cell) -> Text:
    text = Text(value.text)
    if value.aside:
        text.append(f"\n{value.aside}", style="dim")
    return text
