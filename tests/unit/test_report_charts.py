"""The page of a run draws what its tables hold, marks what differs, says what it cost, and loads nothing."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.config import CostSettings, DecidingSettings, Settings
from sku_align.evaluation.clusters import evaluate_clusters
from sku_align.report import About, Facts, Tables, figures, report_page
from sku_align.report.charts import bars, histogram, stacked
from sku_align.report.differences import mark_differences
from sku_align.report.gold import gold_curves
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


def test_a_bar_is_as_long_as_its_figure() -> None:
    chart = bars("Sizes", [("one", 50.0, "50"), ("two", 25.0, "25"), ("none", 0.0, "0")])
    assert chart is not None
    assert [float(width) for width in re.findall(r"width: ([\d.]+)%", chart.drawn)] == [60, 30]
    assert stacked("Nothing", [], {}) is None


def test_a_histogram_has_a_column_for_each_count_and_a_line_at_each_limit() -> None:
    chart = histogram("P", {"auto_merge": [0, 0, 3, 1], "reject": [900, 2, 0, 0]}, [(0.9, "merge 0.9")], {})
    assert re.findall(r'class="(\w+)"[^>]*><title>([^<]+)', chart.drawn) == [
        ("reject", "0.00: 900"),
        ("reject", "0.25: 2"),
        ("auto_merge", "0.50: 3"),
        ("auto_merge", "0.75: 1"),
    ]
    assert 'x1="648.0"' in chart.drawn
    assert "900 ↑" in chart.drawn


def test_decisions_are_counted_by_pair_of_languages() -> None:
    chart = figures.decisions_by_languages(OFFERS, decisions())
    assert chart is not None
    assert "<dt>de-en</dt>" in chart.drawn
    assert "25 merged, 5 asked, 10 rejected" in chart.drawn


def test_skus_are_counted_by_their_size() -> None:
    chart = figures.sku_sizes(clusters())
    assert chart is not None
    assert re.findall(r"<dt>(.*?)</dt>.*?<span>(.*?)</span>", chart.drawn) == [
        ("1 offer", "30 SKUs"),
        ("2 offers", "25 SKUs"),
    ]


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
    assert "0.9: precision 1.000, recall 0.625" in recall.drawn
    assert "this run" in reliability.key.values()


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
    assert not re.search(r"https?://|<link|<script|src=|url\(|@import", page)
    for title in ("From rows to SKUs", "Match probabilities", "Decisions by pair of languages", "Offers of a SKU"):
        assert f"<h2>{title}" in page


def test_thresholds_of_the_settings_are_the_lines_of_the_histogram() -> None:
    chart = figures.probabilities(decisions(), DecidingSettings(auto_merge=0.85, review=0.6))
    assert chart is not None
    assert "merge 0.85" in chart.drawn
    assert "review 0.6" in chart.drawn


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
