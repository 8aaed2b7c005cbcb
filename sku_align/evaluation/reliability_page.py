"""Reliability as a page that opens offline: a plot for all labels and for each pair of languages, and the figures."""

from collections.abc import Iterable, Mapping
from html import escape

from sku_align.evaluation.reliability import ALL, MIN_LABELS, MIN_OF_A_KIND, Judged, Point

_SIDE, _EDGE = 260, 36


def reliability_page(
    title: str, notes: Iterable[str], before: Mapping[str, Judged], after: Mapping[str, Judged], target: float
) -> str:
    """Draw what a calibration changes.

    Args:
        title: Heading.
        notes: Paragraphs of plain text above the figures.
        before: Figures of the probabilities in use so far, by languages, as returned by `judge_reliability`.
        after: Figures of the new, cross-validated ones.
        target: Precision that the 95 % lower bound reaches at the lowest threshold.

    Returns:
        An HTML document without any reference to another file.
    """
    rows = "".join(
        _row(name, word, judged[name])
        for name in after
        for word, judged in (("before", before), ("after", after))
        if name in judged
    )
    plots = "".join(_figure(name, before.get(name), after[name]) for name in after)
    heads = (
        "languages", "", "labels", "matches", "calibration error", "precision", "95 % lower bound", "recall",
        "expected wrong merges", f"lower bound {target:g} from",
    )  # fmt: skip
    threshold = after[ALL].threshold
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1>
{"".join(f"<p>{escape(note)}</p>" for note in notes)}
<table><thead><tr>{"".join(f"<th>{escape(head)}</th>" for head in heads)}</tr></thead><tbody>{rows}</tbody></table>
<p>Precision, recall and expected wrong merges are at probability {threshold:g} and above, the precision's bound and the
last column are lower 95&nbsp;% confidence bounds. Pairs of languages with fewer than
{MIN_LABELS} labels, or {MIN_OF_A_KIND} of either answer, are part of "all" only.</p>
<div class="plots">{plots}</div>
<p>Filled: after; hollow: before. A point above the diagonal is more often a match than its probability says. Bars are
95&nbsp;% intervals, the dashed line is the threshold.</p>
</body></html>
"""


def _row(name: str, word: str, judged: Judged) -> str:
    cells = (
        name,
        word,
        f"{judged.labels:,}",
        f"{judged.matches:,}",
        f"{judged.calibration_error:.3f}",
        _share(judged.precision),
        _share(judged.lower_bound),
        _share(judged.recall),
        f"{judged.expected_wrong_merges:,.1f}",
        "nowhere" if judged.lowest_threshold is None else f"{judged.lowest_threshold:.3f}",
    )
    return f'<tr class="{word}">{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'


def _figure(name: str, before: Judged | None, after: Judged) -> str:
    grid = "".join(_grid(at / 5) for at in range(6))
    x = _x(after.threshold)
    size = 2 * _EDGE + _SIDE
    points = _points("before", before.points if before else ()) + _points("after", after.points)
    return f"""<figure><figcaption>{escape(name)}</figcaption>
<svg viewBox="0 0 {size} {size}" role="img" aria-label="Share of matches by probability, {escape(name)}">
{grid}<line class="even" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>
<line class="threshold" x1="{x}" y1="{_y(0)}" x2="{x}" y2="{_y(1)}"/>{points}
<text x="{_x(0.5)}" y="{size - 2}">probability</text>
<text transform="translate(10 {_y(0.5)}) rotate(-90)">share of matches</text></svg></figure>"""


def _grid(at: float) -> str:
    return (
        f'<line class="grid" x1="{_x(at)}" y1="{_y(0)}" x2="{_x(at)}" y2="{_y(1)}"/>'
        f'<line class="grid" x1="{_x(0)}" y1="{_y(at)}" x2="{_x(1)}" y2="{_y(at)}"/>'
        f'<text x="{_x(at)}" y="{_y(0) + 14}">{at:.1f}</text><text x="{_x(0) - 14}" y="{_y(at) + 4}">{at:.1f}</text>'
    )


def _points(word: str, points: Iterable[Point]) -> str:
    return "".join(
        f'<g class="{word}"><title>{word}: probability {point.probability:.3f}, matches {point.share:.3f} '
        f"({point.low:.3f} to {point.high:.3f}), {point.pairs:,.0f} pairs of the run</title>"
        f'<line x1="{_x(point.probability)}" y1="{_y(point.low)}" x2="{_x(point.probability)}" y2="{_y(point.high)}"/>'
        f'<circle cx="{_x(point.probability)}" cy="{_y(point.share)}" r="4"/></g>'
        for point in points
    )


def _x(value: float) -> float:
    return round(_EDGE + _SIDE * value, 1)


def _y(value: float) -> float:
    return round(_EDGE + _SIDE * (1 - value), 1)


def _share(value: float) -> str:
    return "" if value != value else f"{value:.3f}"


_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1d2733, #e4e8ee); --soft: light-dark(#d9dee5, #3a4350);
  --mark: light-dark(#0b62b8, #6db3f8); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: .2rem .7rem; text-align: right; }
th { font-weight: 500; border-bottom: 1px solid var(--soft); } td:first-child, td:nth-child(2) { text-align: left; }
tr.before td { opacity: .65; } .plots { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; } figcaption { font-weight: 600; text-align: center; } svg { width: 20rem; }
svg text { font-size: 11px; text-anchor: middle; fill: currentColor; } .grid { stroke: var(--soft); }
.even { stroke: currentColor; opacity: .5; } .threshold { stroke: currentColor; stroke-dasharray: 4 4; opacity: .6; }
.before { stroke: currentColor; fill: none; opacity: .6; } .after { stroke: var(--mark); fill: var(--mark); }
"""
