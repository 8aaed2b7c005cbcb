"""Draws docs/architecture.md's generated part and its two pictures from the code: `python -m docs.draw`, or `--check`.

Stages come from `sku_align.stages`, tables and columns from `sku_align.schema`, the rooms from the layers that
tests/unit/test_layers.py holds and from the first line of what each room says of itself.
"""

import ast
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pyarrow as pa

from sku_align import schema
from sku_align.stage import Stage
from sku_align.stages import STAGES

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
START, END = "<!-- drawn from the code: make architecture -->\n", "<!-- end of what is drawn -->\n"
# Blue and orange of Okabe and Ito's palette, safe for colour-blind people; read and written differ in shape as well.
WRITTEN, READ, INK, FAINT, BAND = "#0072b2", "#d55e00", "#222222", "#b8b8b8", "#f2f5f9"
ROW, COLUMN, LEFT, TOP = 34, 62, 130, 128


def flow(stages: Sequence[Stage]) -> str:
    """SVG of the flow: a row for each stage, a line for each table from its writer to its last reader."""
    tables = list(dict.fromkeys(name for stage in stages for name in stage.writes))
    width, height = LEFT + COLUMN * len(tables) + 70, TOP + ROW * len(stages) + 46
    parts = []
    for row, stage in enumerate(stages):
        y = TOP + ROW * row
        if row % 2 == 0:
            parts.append(_box(0, y - ROW / 2, width, ROW, BAND))
        parts.append(_text(14, y + 5, stage.name, weight="bold"))
    for column, table in enumerate(tables):
        x = LEFT + COLUMN * column + 20
        readers = [row for row, stage in enumerate(stages) if table in stage.reads]
        writer = next(row for row, stage in enumerate(stages) if table in stage.writes)
        ends = [TOP + ROW * row for row in (writer, *readers)]
        parts.append(f'<line x1="{x}" x2="{x}" y1="{min(ends)}" y2="{max(ends)}" stroke="{FAINT}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x}" cy="{TOP + ROW * row}" r="6" fill="#fff" stroke="{READ}" stroke-width="3"/>'
            for row in readers
        ]
        parts.append(_box(x - 7, TOP + ROW * writer - 7, 14, 14, WRITTEN))
        parts.append(f'<g transform="translate({x + 4} {TOP - 30}) rotate(-40)">{_text(0, 0, table)}</g>')
    foot = height - 14
    parts += [_box(14, foot - 11, 12, 12, WRITTEN), _text(32, foot, "writes")]
    parts += [
        f'<circle cx="108" cy="{foot - 5}" r="5" fill="#fff" stroke="{READ}" stroke-width="3"/>',
        _text(120, foot, "reads"),
    ]
    return _svg(width, height, "Which stage writes and reads which table", parts)


def rooms(layers: Sequence[Sequence[str]], says: dict[str, str]) -> str:
    """SVG of the rooms from the top: each band may import those under it."""
    line, pad, width = 20, 10, 860
    parts, y = [], pad
    for layer in layers:
        high = line * len(layer) + pad
        parts.append(_box(pad, y, width - 2 * pad, high, BAND))
        for at, room in enumerate(layer):
            base = y + line * (at + 1) - 1
            parts += [_text(pad + 12, base, room, weight="bold"), _text(pad + 130, base, says.get(room, ""))]
        y += high + 6
    return _svg(width, y + pad, "The rooms; each may import only those below it", parts)


def _box(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="3" fill="{fill}"/>'


def _text(x: float, y: float, text: str, weight: str = "normal") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{INK}" font-weight="{weight}">{escape(text)}</text>'


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img"'
    body = "\n".join((f"<title>{title}</title>", _box(0, 0, width, height, "#ffffff"), *parts))
    return f'{head} font-family="sans-serif" font-size="13">\n{body}\n</svg>\n'


def layers_of(path: Path = ROOT / "tests" / "unit" / "test_layers.py") -> list[tuple[str, ...]]:
    """The rooms that stand in the package, by layer from the top, as the test of the layers lists them."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "LAYERS":
            listed: tuple[tuple[str, ...], ...] = ast.literal_eval(node.value)
            kept = (tuple(room for room in layer if _file(room).exists()) for layer in listed)
            return [layer for layer in kept if layer]
    raise SystemExit(f"{path} lists no LAYERS.")


def _file(room: str) -> Path:
    package = ROOT / "sku_align" / room
    return package / "__init__.py" if package.is_dir() else package.with_suffix(".py")


def says(room: str) -> str:
    """First line of a room's docstring, without what follows its first sentence."""
    text = ast.get_docstring(ast.parse(_file(room).read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0].split(". ")[0].rstrip(".:") if text else ""


def tables_of(stages: Sequence[Stage]) -> str:
    """Markdown: the table of stages, then the columns of every table that crosses a stage border."""
    lines = ["### Stages", "", "| stage | command | reads | writes | what it does |", "| --- | --- | --- | --- | --- |"]
    for stage in stages:
        command, names = (
            stage.command or stage.name,
            [", ".join(f"`{name}`" for name in each) or "catalogs" for each in (stage.reads, stage.writes)],
        )
        lines.append(f"| {stage.name} | `sku-align {command}` | {names[0]} | {names[1]} | {stage.does} |")
    for name, of in schema.TABLES.items():
        lines += [
            "",
            f"### `{name}`",
            "",
            schema.description(of),
            "",
            "| column | type | meaning |",
            "| --- | --- | --- |",
        ]
        lines += [f"| `{field.name}` | {_type(field.type)} | {schema.description(field)} |" for field in of]
    return "\n".join(lines) + "\n"


def _type(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return "text, encoded"
    if pa.types.is_list(kind):
        return f"list of {_type(kind.value_type)}"
    if pa.types.is_struct(kind):
        return "(" + ", ".join(kind.field(at).name for at in range(kind.num_fields)) + ")"
    return "text" if pa.types.is_string(kind) else str(kind)


def drawn() -> dict[Path, str]:
    """Every file that is drawn, as it should be."""
    layers = layers_of()
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(START)[0], page.split(END)[1]
    return {
        ROOT / "docs" / "figures" / "flow.svg": flow(STAGES),
        ROOT / "docs" / "figures" / "rooms.svg": rooms(
            layers, {room: says(room) for layer in layers for room in layer}
        ),
        PAGE: before + START + "\n" + tables_of(STAGES) + END + after,
    }


def main(check: bool) -> None:
    """Write what is drawn; or, to check, say which files are not current.

    Raises:
        SystemExit: Files are not current.
    """
    old = [path for path, text in drawn().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if check and old:
        names = ", ".join(str(path.relative_to(ROOT)) for path in old)
        raise SystemExit(f"Not drawn from the code as it is: {names}. Run `make architecture` and commit them.")
    for path in old:
        path.write_text(drawn()[path], encoding="utf-8")


if __name__ == "__main__":
    main("--check" in sys.argv[1:])
