"""Sections as one HTML page that needs nothing else: no script, no font, no server."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from sku_align.report.section import Cell, Section, cell

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #888;
        --auto_merge: #2a9d60; --review: #e0a020; --reject: #9aa4b2 }
body { font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; max-width: 72rem; margin: 2rem auto;
       padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem } p { margin: .2rem 0; color: var(--dim) }
.wide { overflow-x: auto } table { border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: .25rem .9rem .25rem 0 }
th { font-weight: normal; color: var(--dim); border-bottom: 1px solid var(--line); white-space: nowrap }
.number { text-align: right; font-variant-numeric: tabular-nums } tr.start td { border-top: 1px solid var(--line) }
small { display: block; color: var(--dim) } svg { width: 100%; max-width: 44rem; height: auto }
svg text { font-size: 11px; fill: var(--dim) } .key::before { content: "\\25A0 "; } .key { margin-right: 1.2rem }
"""
_DECISIONS = {"auto_merge": "merged by themselves", "review": "for a person", "reject": "rejected"}


class Spread(NamedTuple):
    """How many pairs lie in each of the equal bins of probability from 0 to 1, by decision."""

    bins: int
    counts: dict[str, list[int]]


def page(title: str, sections: Sequence[Section | None], spread: Spread) -> str:
    """The whole page.

    Args:
        title: Head of the page.
        sections: What it shows, in order; what is None is left out.
        spread: Where the probabilities lie, drawn after the first two sections.
    """
    parts = [_section(section) for section in sections if section is not None]
    parts.insert(2, _chart(spread))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n{''.join(parts)}</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    def classed(at: int) -> str:
        return ' class="number"' if at in section.numbers else ""

    heads = "".join(f"<th{classed(at)}>{escape(head)}</th>" for at, head in enumerate(section.columns))
    lines = [f"<thead><tr>{heads}</tr></thead>"] if any(section.columns) else []
    for number, row in enumerate(section.rows):
        cells = "".join(f"<td{classed(at)}{_cell(cell(value))}</td>" for at, value in enumerate(row))
        lines.append(f"<tr{' class=start' if section.starts_group(number) else ''}>{cells}</tr>")
    note = f"<p>{escape(section.note)}</p>" if section.note else ""
    body = "\n".join(lines)
    return f'<h2>{escape(section.title)}</h2>{note}\n<div class="wide"><table>\n{body}\n</table></div>\n'


def _cell(value: Cell) -> str:
    language = f' lang="{escape(value.language)}"' if value.language else ""
    aside = f"<small>{escape(value.aside)}</small>" if value.aside else ""
    return f"{language}>{_marked(value)}{aside}"


def _marked(value: Cell) -> str:
    parts, at = [], 0
    for start, end in value.marked:
        parts.append(f"{escape(value.text[at:start])}<mark>{escape(value.text[start:end])}</mark>")
        at = end
    return "".join(parts) + escape(value.text[at:])


def _chart(spread: Spread) -> str:
    """Stacked bars; high ones are cut off, because rejected pairs outnumber the rest by far."""
    wide, high = 700 / spread.bins, 160
    interesting = [sum(spread.counts[name][at] for name in ("auto_merge", "review")) for at in range(spread.bins)]
    top = max(*interesting, 1) * 1.5
    bars = []
    for at in range(spread.bins):
        floor = 0.0
        for name in _DECISIONS:
            size = min(spread.counts[name][at] / top * high, high - floor)
            place = f'x="{at * wide:.1f}" y="{high - floor - size:.1f}" width="{wide - 2:.1f}" height="{size:.1f}"'
            bars.append(f'<rect {place} fill="var(--{name})"/>' if size else "")
            floor += size
    marks = "".join(f'<text x="{tenth * 70}" y="176">{tenth / 10:g}</text>' for tenth in range(10))
    total = {name: sum(counts) for name, counts in spread.counts.items()}
    key = "".join(
        f'<span class="key" style="color: var(--{name})">{total[name]:,} {words}</span>'
        for name, words in _DECISIONS.items()
    )
    return (
        f"<h2>Match probabilities of the scored pairs</h2><p>{key}</p>\n"
        f'<svg viewBox="0 0 700 180" role="img" aria-label="Histogram">{"".join(bars)}{marks}</svg>\n'
    )
