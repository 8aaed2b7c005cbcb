"""Sections as one HTML page that needs nothing else: no script, no font, no server."""

from collections.abc import Sequence
from html import escape

from sku_align.report.charts import Chart
from sku_align.report.section import Cell, Section, cell

# Okabe and Ito's colours, which colour-blind people tell apart; each chart also says in words or places what is what.
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #68707a; --plain: #56b4e9; --alone: #0072b2; --mark: #f0e44255;
        --auto_merge: #0072b2; --review: #e69f00; --reject: #999999; --limit: #d55e00 }
@media (prefers-color-scheme: dark) { :root {
  --dim: #a0a8b2; --auto_merge: #56b4e9; --alone: #56b4e9; --plain: #7fa6c0 } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; max-width: 72rem; margin: 2rem auto;
       padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem } p { margin: .2rem 0; color: var(--dim) }
.wide { overflow-x: auto } table { border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: .25rem .9rem .25rem 0; overflow-wrap: break-word }
th { font-weight: normal; color: var(--dim); border-bottom: 1px solid var(--line) }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal }
tr.start td { border-top: 1px solid var(--line) } mark { background: var(--mark); color: inherit; border-radius: 2px }
small { display: block; color: var(--dim) } svg { width: 100%; max-width: 46rem; height: auto; display: block }
svg.narrow { max-width: 24rem } svg text { font-size: 12px; fill: var(--dim) } .key { margin-right: 1.2rem }
.key::before { content: ""; display: inline-block; width: .8em; height: .8em; margin-right: .4em; background: var(--c) }
rect.auto_merge { fill: var(--auto_merge) }
rect.review { fill: var(--review) } rect.reject { fill: var(--reject) }
.bars { display: grid; align-items: center; grid-template-columns: 11rem 1fr; gap: .25rem .8rem;
         max-width: 52rem; margin: .4rem 0 }
.bars dt { text-align: right; color: var(--dim); overflow-wrap: anywhere; line-height: 1.3 }
.bars dd { margin: 0; display: flex; align-items: center; line-height: 1.3 }
.bars dd span { margin-left: .5rem; flex: 1 }
.bars i { height: 1.05rem; min-width: 1px } i.plain { background: var(--plain) } i.alone { background: var(--alone) }
i.auto_merge { background: var(--auto_merge) } i.review { background: var(--review) }
i.reject { background: var(--reject) }
.limit { stroke: var(--limit); stroke-width: 1.5; stroke-dasharray: 5 3 } .grid { stroke: var(--line) }
.line { fill: none; stroke-width: 2.5 } .line.auto_merge { stroke: var(--auto_merge) }
.line.reject { stroke: var(--reject); stroke-dasharray: 4 4 } .dot { fill: var(--limit) }
@media (max-width: 40rem) { body { margin: 1rem auto; font-size: 14px } th, td { padding-right: .6rem }
  svg:not(.narrow) text { font-size: 21px } .bars { grid-template-columns: 7rem 1fr } }
@media print { :root { color-scheme: light } body { margin: 0; max-width: none; font-size: 11px }
  .wide { overflow: visible }
  h2, h2 + p { break-after: avoid } tr, svg, section { break-inside: avoid }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
"""


def page(title: str, parts: Sequence[Section | Chart | None]) -> str:
    """The whole page.

    Args:
        title: Head of the page.
        parts: What it shows, in order; what is None is left out.
    """
    shown = [_drawing(part) if isinstance(part, Chart) else _section(part) for part in parts if part is not None]
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n{''.join(shown)}</body>\n</html>\n"
    )


def _drawing(chart: Chart) -> str:
    key = "".join(
        f'<span class="key" style="--c: var(--{name})">{escape(words)}</span>' for name, words in chart.key.items()
    )
    lines = "".join(f"<p>{line}</p>" for line in (escape(chart.note), key) if line)
    # One block, so that a printed page never parts a chart from its title.
    return f'<section><h2>{escape(chart.title)}</h2>{lines}\n<div class="wide chart">{chart.drawn}</div></section>\n'


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
