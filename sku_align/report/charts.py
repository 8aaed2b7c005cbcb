"""Charts as HTML and inline SVG: no script, no library, no request. Figures stand beside every bar."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

_WIDE = 720


class Chart(NamedTuple):
    """A titled drawing.

    Attributes:
        title: What it shows.
        drawn: The drawing, as HTML or SVG.
        note: A sentence under the title.
        key: Name of a colour (a class of the page's style) -> what it stands for.
    """

    title: str
    drawn: str
    note: str = ""
    key: Mapping[str, str] = {}


def bars(title: str, rows: Sequence[tuple[str, float, str]], note: str = "", colour: str = "plain") -> Chart | None:
    """A horizontal bar for each row: label, length, and the figure beside it."""
    return stacked(title, [(label, {colour: value}, words) for label, value, words in rows], {}, note)


def stacked(
    title: str, rows: Sequence[tuple[str, Mapping[str, float], str]], key: Mapping[str, str], note: str = ""
) -> Chart | None:
    """A horizontal bar for each row, of parts by colour.

    Args:
        title: What the chart shows.
        rows: Label, colour -> length, and the figures beside the bar.
        key: Colour -> what it stands for.
        note: A sentence under the title.
    """
    if not rows:
        return None
    longest = max(sum(parts.values()) for _, parts, _ in rows) or 1.0
    lines = []
    for label, parts, words in rows:
        sized = {colour: value / longest * 60 for colour, value in parts.items() if value > 0}
        drawn = "".join(f'<i class="{colour}" style="width: {width:.2f}%"></i>' for colour, width in sized.items())
        lines.append(f"<dt>{escape(label)}</dt><dd>{drawn}<span>{escape(words)}</span></dd>")
    return Chart(title, f'<dl class="bars">{"".join(lines)}</dl>', note, key)


def histogram(
    title: str,
    counts: Mapping[str, Sequence[int]],
    limits: Sequence[tuple[float, str]],
    key: Mapping[str, str],
    note: str = "",
) -> Chart:
    """Stacked columns over 0 to 1, with a line at each limit; columns that stand above the rest by far are cut off.

    Args:
        title: What the chart shows.
        counts: Colour -> count of each of the equal bins from 0 to 1.
        limits: Where lines stand, and their labels.
        key: Colour -> what it stands for.
        note: A sentence under the title.
    """
    bins, high = max(len(each) for each in counts.values()), 170
    totals = [sum(each[at] for each in counts.values()) for at in range(bins)]
    # The third highest column fills the height: rejected pairs outnumber the rest by far in one or two columns.
    top = max(sorted(totals)[-3:][0] * 1.15, 1.0)
    wide, drawn = _WIDE / bins, []
    for at in range(bins):
        floor = 0.0
        for colour, each in counts.items():
            size = min(each[at] / top * high, high - floor)
            place = f'x="{at * wide:.1f}" y="{high - floor - size:.1f}" width="{wide - 1.5:.1f}" height="{size:.1f}"'
            if size > 0:
                drawn.append(f'<rect class="{colour}" {place}><title>{at / bins:.2f}: {each[at]:,}</title></rect>')
            floor += size
        if totals[at] > top:
            drawn.append(f'<text x="{at * wide + wide:.1f}" y="11">{totals[at]:,} ↑</text>')
    for limit, label in limits:
        x = limit * _WIDE
        drawn.append(f'<line class="limit" x1="{x:.1f}" x2="{x:.1f}" y1="16" y2="{high}"/>')
        drawn.append(f'<text x="{x - 4:.1f}" y="28" text-anchor="end">{escape(label)}</text>')
    drawn += [f'<text x="{tenth * _WIDE / 10 + 1:.0f}" y="{high + 15}">{tenth / 10:g}</text>' for tenth in range(10)]
    return Chart(title, _svg(_WIDE, high + 20, title, drawn), note, key)


def curve(
    title: str,
    axes: tuple[str, str],
    lines: Mapping[str, Sequence[tuple[float, float]]],
    key: Mapping[str, str],
    note: str = "",
    dots: Sequence[tuple[float, float, str]] = (),
) -> Chart:
    """Lines over the unit square.

    Args:
        title: What the chart shows.
        axes: Names of the horizontal and the vertical axis.
        lines: Colour -> points, both from 0 to 1.
        key: Colour -> what it stands for.
        note: A sentence under the title.
        dots: Points with a label.
    """
    side, left = 300, 44
    drawn = []
    for tenth in range(0, 11, 2):
        at = tenth / 10 * side
        drawn.append(f'<line class="grid" x1="{left}" x2="{left + side}" y1="{side - at + 10}" y2="{side - at + 10}"/>')
        drawn.append(f'<text x="{left - 6}" y="{side - at + 14}" text-anchor="end">{tenth / 10:g}</text>')
        drawn.append(f'<text x="{left + at}" y="{side + 26}" text-anchor="middle">{tenth / 10:g}</text>')
    for colour, points in lines.items():
        path = " ".join(f"{left + x * side:.1f},{10 + (1 - y) * side:.1f}" for x, y in points)
        drawn.append(f'<polyline class="line {colour}" points="{path}"/>')
    for x, y, label in dots:
        px, py = left + x * side, 10 + (1 - y) * side
        drawn.append(f'<circle class="dot" cx="{px:.1f}" cy="{py:.1f}" r="4"/>')
        drawn.append(f'<text x="{px - 8:.1f}" y="{py + 16:.1f}" text-anchor="end">{escape(label)}</text>')
    drawn.append(f'<text x="{left + side / 2}" y="{side + 42}" text-anchor="middle">{escape(axes[0])}</text>')
    drawn.append(f'<text x="12" y="{side / 2}" transform="rotate(-90 12 {side / 2})">{escape(axes[1])}</text>')
    return Chart(title, _svg(left + side + 20, side + 48, title, drawn, narrow=True), note, key)


def _svg(width: float, height: float, title: str, drawn: Sequence[str], narrow: bool = False) -> str:
    kind = ' class="narrow"' if narrow else ""
    head = f'<svg{kind} viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">'
    return f"{head}{''.join(drawn)}</svg>"
