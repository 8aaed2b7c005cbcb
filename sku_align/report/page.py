"""Sections and charts as one HTML page that needs nothing else: no file, no font, no server."""

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files

from sku_align.report.charts import Chart
from sku_align.report.section import Cell, Section, cell

# In the order in which they need each other.
_SCRIPTS = ("vega.min.js", "vega-lite.min.js", "charts.js")

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #68707a; --mark: #f0e44255 }
@media (prefers-color-scheme: dark) { :root { --dim: #a0a8b2 } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; max-width: 72rem; margin: 2rem auto;
       padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem } p { margin: .2rem 0; color: var(--dim) }
.wide { overflow-x: auto } table { border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: .25rem .9rem .25rem 0; overflow-wrap: break-word }
th { font-weight: normal; color: var(--dim); border-bottom: 1px solid var(--line) }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal }
tr.start td { border-top: 1px solid var(--line) } mark { background: var(--mark); color: inherit; border-radius: 2px }
small { display: block; color: var(--dim) } summary { color: var(--dim); cursor: pointer }
.drawing { max-width: 46rem } .drawing svg { max-width: 100%; height: auto; display: block }
.drawing text { fill: var(--dim) }
@media (max-width: 40rem) { body { margin: 1rem auto; font-size: 14px } th, td { padding-right: .6rem } }
@media print { :root { color-scheme: light } body { margin: 0; max-width: none; font-size: 11px }
  .wide { overflow: visible }
  h2, h2 + p { break-after: avoid } tr, svg, section { break-inside: avoid } details:not([open]) { display: none }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
"""


def page(title: str, parts: Sequence[Section | Chart | None]) -> str:
    """The whole page.

    Args:
        title: Head of the page.
        parts: What it shows, in order; what is None is left out.
    """
    shown = [_chart(part) if isinstance(part, Chart) else _section(part) for part in parts if part is not None]
    scripts = _scripts() if any(isinstance(part, Chart) for part in parts) else ()
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n{''.join(shown)}"
        f"{''.join(f'<script>{script}</script>' for script in scripts)}</body>\n</html>\n"
    )


@cache
def _scripts() -> tuple[str, ...]:
    return tuple(files("sku_align.report").joinpath("static", name).read_text("utf-8") for name in _SCRIPTS)


def _policy(scripts: Sequence[str]) -> str:
    """Only these scripts run, and nothing is asked of any address; Vega compiles its expressions with `Function`."""
    hashes = "".join(f" 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    allowed = f"; script-src 'unsafe-eval'{hashes}" if scripts else ""
    return f"default-src 'none'; style-src 'unsafe-inline'{allowed}"


def _chart(chart: Chart) -> str:
    # A "<" in a title must end no script.
    spec = json.dumps(chart.spec, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    # One block, so that a printed page never parts a chart from its title.
    return (
        f'<section>{_head(chart.table)}\n<div class="drawing"></div><script type="application/json">{spec}</script>'
        f"<details open><summary>Figures</summary>{_table(chart.table)}</details></section>\n"
    )


def _section(section: Section) -> str:
    return f"{_head(section)}\n{_table(section)}\n"


def _head(section: Section) -> str:
    return f"<h2>{escape(section.title)}</h2>" + (f"<p>{escape(section.note)}</p>" if section.note else "")


def _table(section: Section) -> str:
    def classed(at: int) -> str:
        return ' class="number"' if at in section.numbers else ""

    heads = "".join(f"<th{classed(at)}>{escape(head)}</th>" for at, head in enumerate(section.columns))
    lines = [f"<thead><tr>{heads}</tr></thead>"] if any(section.columns) else []
    for number, row in enumerate(section.rows):
        cells = "".join(f"<td{classed(at)}{_cell(cell(value))}</td>" for at, value in enumerate(row))
        lines.append(f"<tr{' class=start' if section.starts_group(number) else ''}>{cells}</tr>")
    body = "\n".join(lines)
    return f'<div class="wide"><table>\n{body}\n</table></div>'


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
