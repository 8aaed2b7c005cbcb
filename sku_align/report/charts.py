"""Charts as Vega-Lite specifications, each with the table of figures that it draws."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sku_align.report.section import Section

# Okabe and Ito's colours, which colour-blind people tell apart; each chart also says in words or places what is what.
COLOURS = {
    "plain": "#56b4e9",
    "alone": "#0072b2",
    "auto_merge": "#0072b2",
    "review": "#e69f00",
    "reject": "#999999",
}
LIMIT = "#d55e00"
# Sizes in pixels, chosen by eye: a row of a bar chart with its words above the bar, a histogram, the side of a square.
_ROW, _HISTOGRAM, _SQUARE = 40, 200, 300
# Rows of a curve's table: enough to read it, however many points are drawn.
_TABLE_ROWS = 20

Spec = dict[str, Any]


class Chart(NamedTuple):
    """A drawing and what it draws.

    Attributes:
        spec: Vega-Lite specification that holds its data.
        table: The same figures, with the chart's title and note.
    """

    spec: Spec
    table: Section


def bars(title: str, rows: Sequence[tuple[str, float, str]], note: str = "", colour: str = "plain") -> Chart | None:
    """A horizontal bar for each row: label, length, and the figure above it."""
    return stacked(title, [(label, {colour: value}, words) for label, value, words in rows], {}, note)


def stacked(
    title: str, rows: Sequence[tuple[str, Mapping[str, float], str]], key: Mapping[str, str], note: str = ""
) -> Chart | None:
    """A horizontal bar for each row, of parts by colour.

    Args:
        title: What the chart shows.
        rows: Label, name of a colour -> length, and the figures in words; labels differ.
        key: Name of a colour -> what it stands for.
        note: A sentence under the title.
    """
    if not rows:
        return None
    values = [
        # The words stand once for each label, so only its first part carries them.
        {"label": label, "part": key.get(colour, colour), "at": at, "value": value}
        | ({"words": f"{label}: {words}"} if at == 0 else {})
        for label, parts, words in rows
        for at, (colour, value) in enumerate(parts.items())
    ]
    names = list(dict.fromkeys(colour for _, parts, _ in rows for colour in parts))
    bar = {
        "mark": {"type": "bar", "height": 15, "yOffset": 8},
        "encoding": {
            "x": {"field": "value", "type": "quantitative", "axis": None},
            "color": _colour(names, key),
            "order": {"field": "at"},
        },
    }
    words = {
        "transform": [{"filter": "isValid(datum.words)"}],
        "mark": {"type": "text", "align": "left", "yOffset": -10, "limit": {"expr": "width"}},
        "encoding": {"x": {"value": 0}, "text": {"field": "words"}},
    }
    spec = {
        "description": title,
        "width": "container",
        "height": {"step": _ROW},
        "data": {"values": values},
        "encoding": {"y": {"field": "label", "type": "nominal", "sort": None, "axis": None}},
        "layer": [bar, words],
    }
    return Chart(spec, Section(title, ("", ""), [[label, words] for label, _, words in rows], note=note))


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
        counts: Name of a colour -> count of each of the equal bins from 0 to 1.
        limits: Where lines stand, and their labels.
        key: Name of a colour -> what it stands for.
        note: A sentence under the title.
    """
    bins = max(len(each) for each in counts.values())
    totals = [sum(each[at] for each in counts.values()) for at in range(bins)]
    # The third highest column fills the height: rejected pairs outnumber the rest by far in one or two columns.
    top = max(sorted(totals)[-3:][0] * 1.15, 1.0)
    values = [
        {"from": at / bins, "to": (at + 1) / bins, "part": key.get(colour, colour), "at": number, "pairs": each[at]}
        for at in range(bins)
        for number, (colour, each) in enumerate(counts.items())
        if each[at]
    ]
    # Words stand on that side of a column that is in the chart.
    sides = {"left": range(bins // 2), "right": range(bins // 2, bins)}
    cut = {
        side: [{"from": (at + (side == "left")) / bins, "pairs": top, "words": f"{totals[at]:,} ↑"} for at in these]
        for side, those in sides.items()
        if (these := [at for at in those if totals[at] > top])
    }
    # A line ends at its label, the first at the lowest, so that none crosses the label of the next.
    lines = [
        {"from": limit, "words": words, "pairs": top * (0.88 - 0.1 * (len(limits) - 1 - at))}
        for at, (limit, words) in enumerate(limits)
    ]
    x = {"field": "from", "type": "quantitative", "title": "probability", "scale": {"domain": [0, 1]}}
    y = {"field": "pairs", "type": "quantitative", "title": "pairs", "scale": {"domain": [0, top]}}
    columns = {
        "mark": {"type": "bar", "clip": True, "tooltip": True},
        "encoding": {
            "x": {**x, "bin": "binned"},
            "x2": {"field": "to"},
            "y": {**y, "stack": "zero"},
            "color": _colour(list(counts), key),
            "order": {"field": "at"},
        },
    }
    spec = {
        "description": title,
        "width": "container",
        "height": _HISTOGRAM,
        "data": {"values": values},
        "layer": [
            columns,
            *(_text(words, x, y, align=side, dx=3 if side == "left" else -3, dy=6) for side, words in cut.items()),
            {
                "data": {"values": lines},
                "mark": _dashed("rule"),
                "encoding": {"x": x, "y": y, "y2": {"datum": 0}},
            },
            _text(lines, x, y, align="right", dx=-4, dy=0),
        ],
    }
    heads = ("probability", *(key.get(colour, colour) for colour in counts))
    rows = [
        [f"{at / bins:.2f} to {(at + 1) / bins:.2f}", *(f"{each[at]:,}" for each in counts.values())]
        for at in range(bins)
        if totals[at]
    ]
    rows += [[words, *[""] * len(counts)] for _, words in limits]
    return Chart(spec, Section(title, heads, rows, frozenset(range(1, len(heads))), note=note))


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
        lines: Name of a colour -> points, both from 0 to 1; a line of the colour "reject" is dashed.
        key: Name of a colour -> what it stands for.
        note: A sentence under the title.
        dots: Points with a label.
    """
    values = [
        {"x": x, "y": y, "part": key.get(colour, colour), "at": at}
        for colour, points in lines.items()
        for at, (x, y) in enumerate(points)
    ]
    marked = [{"x": x, "y": y, "words": words} for x, y, words in dots]
    x, y = _unit("x", axes[0]), _unit("y", axes[1])
    colour, dash = _colour(list(lines), key), [[4, 4] if name == "reject" else [1, 0] for name in lines]
    dashed = {**colour, "scale": {"domain": colour["scale"]["domain"], "range": dash}}
    line = {
        "mark": {"type": "line", "strokeWidth": 2.5},
        "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dashed, "order": {"field": "at"}},
    }
    dot = {
        "data": {"values": marked},
        "mark": {"type": "point", "filled": True, "size": 60, "color": LIMIT, "opacity": 1},
        "encoding": {"x": x, "y": y},
    }
    spec = {
        "description": title,
        "width": _SQUARE,
        "height": _SQUARE,
        "data": {"values": values},
        "layer": [line, *([dot, _text(marked, x, y, align="right", dx=-8, dy=14)] if marked else [])],
    }
    rows = [[words, f"{px:.3f}", f"{py:.3f}"] for px, py, words in dots]
    for name, points in lines.items():
        step = max(-(-len(points) // _TABLE_ROWS), 1)
        rows += [[key.get(name, ""), f"{px:.3f}", f"{py:.3f}"] for px, py in points[::step]]
    return Chart(spec, Section(title, ("", *axes), rows, frozenset({1, 2}), note=note))


def shares(
    title: str,
    points: Mapping[str, Sequence[tuple[float, float, float, float, float]]],
    limit: tuple[float, str],
    key: Mapping[str, str],
    note: str = "",
) -> Chart:
    """Shares with their intervals over probabilities, beside the diagonal of those that keep their promise.

    Args:
        title: What the chart shows.
        points: Name of a colour -> (probability, share, low and high end of its interval, pairs) of each point.
        limit: Where a line stands, and its label.
        key: Name of a colour -> what it stands for.
        note: A sentence under the title.
    """
    values = [
        {"x": px, "y": py, "low": low, "high": high, "part": key.get(name, name)}
        for name, found in points.items()
        for px, py, low, high, _ in found
    ]
    x, y = _unit("x", "probability"), _unit("y", "share of matches")
    colour = _colour(list(points), key)
    # Beside the colour, under the same legend.
    shape = {"field": "part", "title": None, "scale": {"domain": colour["scale"]["domain"]}}
    spec = {
        "description": title,
        "width": _SQUARE,
        "height": _SQUARE,
        "data": {"values": values},
        "layer": [
            {
                "data": {"values": [{"x": end, "y": end} for end in (0, 1)]},
                "mark": {"type": "line", "color": COLOURS["reject"]},
                "encoding": {"x": x, "y": y},
            },
            {"data": {"values": [{"x": limit[0]}]}, "mark": _dashed("rule"), "encoding": {"x": x}},
            {
                "mark": {"type": "rule", "strokeWidth": 1.5},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour, "shape": shape},
            },
        ],
    }
    heads = ("", "probability", "share of matches", "95 % interval", "pairs")
    rows = [
        [key.get(name, name), f"{px:.3f}", f"{py:.3f}", f"{low:.3f} to {high:.3f}", f"{pairs:,.0f}"]
        for name, found in points.items()
        for px, py, low, high, pairs in found
    ]
    rows.append([limit[1], f"{limit[0]:.3f}", "", "", ""])
    return Chart(spec, Section(title, heads, rows, frozenset(range(1, len(heads))), note=note))


def _unit(field: str, name: str) -> Spec:
    """An axis from 0 to 1."""
    return {"field": field, "type": "quantitative", "title": name, "scale": {"domain": [0, 1]}, "axis": {"grid": True}}


def _colour(names: Sequence[str], key: Mapping[str, str]) -> Spec:
    scale = {"domain": [key.get(name, name) for name in names], "range": [COLOURS[name] for name in names]}
    return {"field": "part", "type": "nominal", "title": None, "scale": scale} | ({} if key else {"legend": None})


def _dashed(mark: str) -> Spec:
    return {"type": mark, "color": LIMIT, "strokeDash": [5, 3], "strokeWidth": 1.5}


def _text(values: Sequence[Spec], x: Spec, y: Spec, align: str, dx: int, dy: int) -> Spec:
    """Words at points."""
    return {
        "data": {"values": list(values)},
        "mark": {"type": "text", "align": align, "dx": dx, "dy": dy},
        "encoding": {"x": x, "y": y, "text": {"field": "words"}},
    }
