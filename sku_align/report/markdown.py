"""Sections as Markdown, for Dagster's metadata."""

from sku_align.report.section import Cell, Section, cell


def markdown(section: Section) -> str:
    """A section as a Markdown table, its note above it."""
    lines = [section.note, ""] if section.note else []
    lines.append("| " + " | ".join(head or " " for head in section.columns) + " |")
    lines.append(
        "|" + "|".join(" ---: " if at in section.numbers else " --- " for at in range(len(section.columns))) + "|"
    )
    lines += ["| " + " | ".join(_text(cell(value)) for value in row) + " |" for row in section.rows]
    return "\n".join(lines)


def _text(value: Cell) -> str:
    text = f"{value.text} ({value.aside})" if value.aside else value.text
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
