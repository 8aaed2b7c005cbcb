"""A summary tells a person what a run did, whatever stands in the feeds."""

import io
import os
import pty
import re
import subprocess
import sys
from typing import Any

import pyarrow as pa
import pytest
from rich.console import Console

from sku_align import schema
from sku_align.report import findings, markdown, page, render
from sku_align.report.section import Cell, Section

ROWS: list[dict[str, Any]] = [
    {"catalog": "de", "offer_id": "00205", "title": "Kessel <script>alert(1)</script>", "language": "de"},
    {"catalog": "en", "offer_id": "1", "title": "Kettle [red]|1.7 L|", "language": "en"},
    {
        "catalog": "zh",
        "offer_id": "9",
        "title": "电热水壶 1.7L",
        "language": "zh-Hans",
        "warnings": ["Time is odd."],
    },
]
PAIR = {"left_catalog": "de", "left_offer_id": "00205", "right_catalog": "zh", "right_offer_id": "9"}


@pytest.fixture
def offers() -> pa.Table:
    return schema.conform([{"warnings": [], **row} for row in ROWS], schema.OFFERS)


@pytest.fixture
def clusters() -> pa.Table:
    skus = ("SKU-A", "SKU-A", "SKU-B")
    return schema.conform(
        [{"catalog": r["catalog"], "offer_id": r["offer_id"], "sku_id": s} for r, s in zip(ROWS, skus, strict=True)],
        schema.CLUSTERS,
    )


@pytest.fixture
def decisions() -> pa.Table:
    row = {**PAIR, "probability": 0.8, "decision": "review", "reason": "threshold", "detail": "from 0.7 to 0.9"}
    return schema.conform([row], schema.DECISIONS)


def printed(section: Section | None, width: int = 200) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width)
    console.print(render([section]))
    return file.getvalue()


def test_titles_are_shown_as_they_are_on_terminal_page_and_in_dagster(
    offers: pa.Table, clusters: pa.Table, decisions: pa.Table
) -> None:
    merges = findings.merges(offers, clusters, 3)
    assert "Kettle [red]|1.7 L|" in printed(merges)
    html = page("Report", [merges])
    assert "<script" not in html
    assert "Kessel &lt;script&gt;" in html
    assert "Kettle \\[red\\]\\|1.7 L\\|" in markdown(merges)


def test_the_page_tells_browsers_the_language_of_a_title_and_loads_nothing(
    offers: pa.Table, decisions: pa.Table
) -> None:
    html = page("Report", [findings.doubts(offers, decisions, 3)])
    assert '<td lang="zh-Hans">电热水壶 <mark>1.7L</mark><small>zh#9</small>' in html
    assert not re.search(r"https?://|<link|<script|src=", html)


def test_a_number_keeps_its_digits_where_a_terminal_is_narrow() -> None:
    heads = ("languages", "true pairs", "merged", "precision", "recall", "F1", "found by blocking")
    section = Section("Figures", heads, [["all, B-cubed", "12,052", "1,366", *["0.996"] * 4]], frozenset(range(1, 7)))
    lines = printed(section, 72).splitlines()
    assert max(map(len, lines)) <= 72
    assert [cell.strip() for cell in lines[-2].strip("│").split("│")] == section.rows[0]


def test_a_catalog_whose_rows_are_all_bad_is_listed_with_no_offer(offers: pa.Table) -> None:
    bad = schema.conform(
        [{"catalog": "fr", "row": at, "reasons": ["The title is empty."]} for at in (2, 3)], schema.QUARANTINE
    )
    assert ["fr", "", "0", "2"] in findings.catalogs(offers, bad).rows


def test_reasons_that_differ_in_a_name_only_are_one_row_with_the_first_places() -> None:
    reasons = [
        f"The offer id {name} is used more than once; row {row} is kept." for name, row in (("A 1", 5), ("B", 7))
    ]
    rows = [
        {"catalog": "fr", "row": at, "reasons": [why]} for at, why in enumerate([*reasons, "The title is empty."], 2)
    ]
    found = findings.quarantine(schema.conform(rows, schema.QUARANTINE))
    assert found is not None
    assert found.rows == [
        [f"{reasons[0]} (and alike)", "2", "fr row 2, fr row 3"],
        ["The title is empty.", "1", "fr row 4"],
    ]


def test_values_left_out_are_told_with_their_offers(offers: pa.Table) -> None:
    assert findings.dropped_values(offers).rows == [["Time is odd.", "1", "zh#9"]]


def test_nothing_found_shows_nothing(offers: pa.Table) -> None:
    assert findings.quarantine(schema.conform([], schema.QUARANTINE)) is None
    assert findings.doubts(offers, schema.conform([], schema.DECISIONS), 3) is None
    assert "<h2>Offers</h2>" in page("Report", [Section("Offers", ("a",), [[Cell("")]])])


def test_a_terminal_shows_one_display_for_stages_and_their_bars() -> None:
    code = (
        "from sku_align.progress import stage, stages, track\n"
        "with stages():\n  with stage('block'):\n    assert list(track(range(3), 'Searching')) == [0, 1, 2]\n"
        "  with stage('score'): pass\n"
    )
    here, there = pty.openpty()
    done = subprocess.run([sys.executable, "-c", code], stderr=there, env=os.environ | {"TERM": "xterm"}, check=True)
    os.close(there)
    shown = b""
    try:
        while part := os.read(here, 65536):
            shown += part
    except OSError:
        pass
    assert done.returncode == 0
    assert shown.count(b"\x1b[?25l") == 1, "a second live display hides the cursor again"
    assert shown.index(b"block") < shown.rindex(b"score")
