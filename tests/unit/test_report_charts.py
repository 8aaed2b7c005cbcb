"""The page of a run draws what its tables hold, marks what differs, says what it cost, and loads nothing."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.config import CostSettings, DecidingSettings, Settings
from sku_align.evaluation.clusters import evaluate_clusters
from sku_align.report import About, Facts, Tables, figures, report_page
from sku_align.report.charts import Chart, bars, curve, histogram, stacked
from sku_align.report.differences import mark_differences
from sku_align.report.gold import gold_curves
from sku_align.report.page import page
from sku_align.report.section import Cell
from sku_align.running import Run
from sku_align.stages import run_folder

KEYS = [(catalog, str(number)) for catalog in ("de", "en") for number in range(40)]
OFFERS = schema.conform(
    [
        {
            "catalog": c,
            "offer_id": n,
            "language": c,
            "title": f"{'Topf' if c == 'de' else 'Pot'} Nr {n} rot <b>",
            "warnings": [],
        }
        for c, n in KEYS
    ],
    schema.OFFERS,
)
GOLD = pa.table(
    {"catalog": [c for c, _ in KEYS], "offer_id": [n for _, n in KEYS], "gold_product_id": [n for _, n in KEYS]}
)


def decisions() -> pa.Table:
    rows: list[dict[str, Any]] = []
    for number in range(40):
        probability = 0.95 if number < 25 else 0.8 if number < 30 else 0.3
        made = "auto_merge" if number < 25 else "review" if number < 30 else "reject"
        ids = {"left_catalog": "de", "left_offer_id": str(number), "right_catalog": "en", "right_offer_id": str(number)}
        rows.append(ids | {"probability": probability, "decision": made, "reason": "threshold"})
    return schema.conform(rows, schema.DECISIONS)


def clusters() -> pa.Table:
    rows = [{"catalog": c, "offer_id": n, "sku_id": f"S{n}" if int(n) < 25 else f"S{c}{n}"} for c, n in KEYS]
    return schema.conform(rows, schema.CLUSTERS)


def marked(cell: Cell) -> list[str]:
    return [cell.text[start:end] for start, end in cell.marked]


def test_words_that_only_one_title_has_are_marked() -> None:
    left, right = mark_differences("Lumo kettle 1.7 l red", "Lumo Kettle 1.2 l, red")
    assert (marked(left), marked(right)) == (["1.7"], ["1.2"])


def test_titles_of_two_languages_differ_in_numbers_only() -> None:
    left, right = mark_differences("Instant noodles 5 x 85g", "即食麵 5 x 90克")
    assert (marked(left), marked(right)) == (["85g"], ["90克"])


def test_marks_of_a_title_with_markup_stay_text() -> None:
    page = report_page(*run())
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def words(chart: Chart) -> list[str]:
    """All that stands as text in a drawing."""
    data = [layer["data"]["values"] for layer in chart.spec["layer"] if "data" in layer]
    found = [row["words"] for rows in (chart.spec["data"]["values"], *data) for row in rows if "words" in row]
    return list(dict.fromkeys(found))


def test_a_bar_is_as_long_as_its_figure_and_says_it() -> None:
    chart = bars("Sizes", [("one", 50.0, "50 pairs"), ("two", 25.0, "25"), ("none", 0.0, "0")])
    assert chart is not None
    assert [(row["label"], row["value"]) for row in chart.spec["data"]["values"]] == [
        ("one", 50),
        ("two", 25),
        ("none", 0),
    ]
    assert words(chart) == ["one: 50 pairs", "two: 25", "none: 0"]
    assert chart.table.rows == [["one", "50 pairs"], ["two", "25"], ["none", "0"]]
    assert stacked("Nothing", [], {}) is None


def test_the_words_of_a_stacked_bar_stand_once_and_its_parts_have_colours_of_their_own() -> None:
    chart = stacked(
        "Parts", [("a", {"auto_merge": 2.0, "review": 1.0}, "3")], {"auto_merge": "merged", "review": "asked"}
    )
    assert chart is not None
    assert words(chart) == ["a: 3"]
    scale = chart.spec["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"] == ["merged", "asked"]
    assert len(set(scale["range"])) == 2


def test_a_histogram_has_a_column_for_each_count_and_a_line_at_each_limit() -> None:
    counts = {"auto_merge": [0, 0, 3, 1], "reject": [900, 2, 0, 0]}
    chart = histogram("P", counts, [(0.6, "review 0.6"), (0.9, "merge 0.9")], {})
    columns, left, right, lines, _ = chart.spec["layer"]
    drawn = [(row["part"], row["from"], row["to"], row["pairs"]) for row in chart.spec["data"]["values"]]
    assert drawn == [
        ("reject", 0, 0.25, 900),
        ("reject", 0.25, 0.5, 2),
        ("auto_merge", 0.5, 0.75, 3),
        ("auto_merge", 0.75, 1, 1),
    ]
    assert [row["from"] for row in lines["data"]["values"]] == [0.6, 0.9]
    assert [(row["words"], row["from"]) for row in left["data"]["values"]] == [("900 ↑", 0.25)]
    assert [(row["words"], row["from"]) for row in right["data"]["values"]] == [("3 ↑", 0.5)]
    assert columns["encoding"]["y"]["scale"]["domain"] == [0, pytest.approx(2 * 1.15)]
    assert chart.table.rows[0] == ["0.00 to 0.25", "0", "900"]
    assert [row[0] for row in chart.table.rows[-2:]] == ["review 0.6", "merge 0.9"]


def test_a_curve_draws_all_points_and_lists_a_few() -> None:
    points = [(at / 300, 1 - at / 300) for at in range(301)]
    chart = curve("C", ("recall", "precision"), {"auto_merge": points}, {}, dots=[(0.5, 0.5, "here")])
    assert [(row["x"], row["y"]) for row in chart.spec["data"]["values"]] == points
    assert words(chart) == ["here"]
    assert chart.table.rows[0] == ["here", "0.500", "0.500"]
    assert len(chart.table.rows) <= 21


def test_decisions_are_counted_by_pair_of_languages() -> None:
    chart = figures.decisions_by_languages(OFFERS, decisions())
    assert chart is not None
    assert words(chart) == ["de-en: 25 merged, 5 asked, 10 rejected"]
    assert [row["value"] for row in chart.spec["data"]["values"]] == [25, 5]


def test_skus_are_counted_by_their_size() -> None:
    chart = figures.sku_sizes(clusters())
    assert chart is not None
    assert chart.table.rows == [["1 offer", "30 SKUs"], ["2 offers", "25 SKUs"]]


@pytest.mark.parametrize(
    ("settings", "money"), [(CostSettings(), None), (CostSettings(machine_hour=3.6, gpu_hour=36), "0.0400")]
)
def test_cost_is_seconds_times_price_and_shown_only_where_there_is_one(
    settings: CostSettings, money: str | None
) -> None:
    costs = {"score": {"seconds": 10.0, "peak_mb": 512.4, "gpu_seconds": 3.0}}
    _, facts = run()
    section = figures.cost(facts._replace(costs=costs), settings)
    assert section is not None
    assert section.rows[0][:4] == ["score", "10.0", "512", "3.0"]
    assert section.rows[0][4:-1] == ([] if money is None else [money])
    # 80 offers took 10 seconds; a million would take 125,000.
    assert section.rows[-1][1] == "125,000.0"


def test_the_curves_against_gold_count_what_blocking_lost() -> None:
    evaluation = evaluate_clusters(GOLD, OFFERS, clusters())
    lost = decisions().slice(0, 25)
    recall, reliability = (chart for chart in gold_curves(GOLD, OFFERS, lost, evaluation, 0.9) if chart)
    assert words(recall) == ["0.9: precision 1.000, recall 0.625"]
    assert {row["part"] for row in reliability.spec["data"]["values"]} == {"this run", "as promised"}


def run(out: Path = Path("out")) -> tuple[Tables, Facts]:
    stages = {
        "ingest": {"offers": 80, "quarantined": 2},
        "decide": {"decisions": {"auto_merge": 25, "review": 5, "reject": 10}},
        "cluster": {"skus": 55, "skus_with_several_offers": 25, "refused_edges": 0},
    }
    about = About(datetime(2026, 1, 2, tzinfo=UTC), run_folder(out), Settings())
    empty = [of.empty_table() for of in (schema.QUARANTINE, schema.FORBIDDEN, schema.REFUSED)]
    tables = Tables(OFFERS, empty[0], empty[1], decisions(), clusters(), empty[2])
    return tables, Facts(stages, about)


def test_the_page_is_one_small_file_that_asks_no_address_for_anything() -> None:
    page = report_page(*run())
    assert len(page) < 3_000_000
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    for script in scripts:
        page = page.replace(f"<script>{script}</script>", "")
    assert not re.search(r"https?://|<link|<script>|src=|url\(|@import", page)
    for title in ("From rows to SKUs", "Match probabilities", "Decisions by pair of languages", "Offers of a SKU"):
        assert f"<h2>{title}" in page
    # The browser is told so too, and to run these scripts alone.
    allowed = " ".join(f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in scripts)
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-eval' {allowed}"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert len(scripts) == 3


def test_each_drawing_stands_above_its_figures() -> None:
    page = report_page(*run())
    parts = re.findall(
        r'<section><h2>.*?<div class="drawing"></div><script type="application/json">(.*?)</script>'
        r"<details open><summary>Figures</summary>.*?<table>.*?</details></section>",
        page,
        re.DOTALL,
    )
    specs: list[Mapping[str, Any]] = [json.loads(part) for part in parts]
    assert [spec["description"] for spec in specs] == [
        "From rows to SKUs",
        "Match probabilities of the scored pairs",
        "Decisions by pair of languages",
        "Offers of a SKU",
    ]


def test_a_label_ends_no_script() -> None:
    label = '</script><script>alert("<!--")</script>'
    shown = page("P", [bars("B", [(label, 1.0, "1")])])
    (spec,) = re.findall(r'<script type="application/json">(.*?)</script>', shown)
    assert json.loads(spec)["data"]["values"][0]["label"] == label
    assert "alert(" not in re.sub(r'<script type="application/json">.*?</script>', "", shown).replace(
        "alert(&quot;", ""
    )


def test_a_page_without_charts_carries_no_script() -> None:
    assert "<script" not in page("P", [figures.cost(run()[1], CostSettings())])


def test_thresholds_of_the_settings_are_the_lines_of_the_histogram() -> None:
    chart = figures.probabilities(decisions(), DecidingSettings(auto_merge=0.85, review=0.6))
    assert chart is not None
    assert {"merge 0.85", "review 0.6"} <= set(words(chart))


def test_a_run_notes_what_each_stage_took_and_keeps_it_while_the_stage_rests(tmp_path: Path) -> None:
    feed = tmp_path / "shop.csv"
    feed.write_text("offer_id,title\n1,Kettle\n2,Lamp\n", "utf-8")
    first = Run(tmp_path / "out", Settings(), [feed])
    first.do("ingest")
    again = Run(tmp_path / "out", Settings(), [feed])
    assert again.do("ingest").reused
    assert again.costs() == first.costs()
    assert again.costs()["ingest"]["seconds"] > 0
    assert again.costs()["ingest"]["gpu_seconds"] == 0
