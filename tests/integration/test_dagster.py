"""The same job in Dagster: the same stages, the same bytes."""

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import defs
from sku_align import schema
from sku_align.stages import STAGES
from tests.conftest import ROOT, SAMPLES

GRAPH = {
    # asset: (what it is made from, its checks, its pool, its kinds)
    "offers": (set(), {"expectations", "no_catalog_is_lost"}, set(), {"pandas", "parquet"}),
    "quarantine": (set(), set(), set(), {"pandas", "parquet"}),
    "embeddings": ({"offers"}, set(), {"gpu"}, {"numpy", "parquet"}),
    "candidates": ({"offers", "embeddings"}, {"pair_completeness"}, set(), {"duckdb", "parquet"}),
    "forbidden": ({"offers", "embeddings"}, set(), set(), {"duckdb", "parquet"}),
    "scores": ({"offers", "candidates"}, {"calibrated"}, {"gpu"}, {"numpy", "parquet"}),
    "verdicts": (set(), {"every_row_was_taken"}, set(), {"csv", "sqlalchemy"}),
    "decisions": ({"offers", "scores", "verdicts"}, {"share_in_review"}, set(), {"pandas", "parquet"}),
    "clusters": ({"offers", "decisions"}, {"no_sku_is_too_large"}, set(), {"scipy", "parquet"}),
    "refused_edges": ({"offers", "decisions"}, set(), set(), {"scipy", "parquet"}),
    "events": ({"offers", "decisions"}, set(), set(), {"scipy", "parquet"}),
    "review_questions": ({"offers", "decisions", "clusters"}, set(), set(), {"csv"}),
    "publication": (
        {"offers", "embeddings", "candidates", "scores", "decisions", "clusters", "refused_edges", "events"},
        {"audits", "drift", "expected_precision"},
        {"publication"},
        {"sqlalchemy"},
    ),
    "report": (
        {
            "offers",
            "quarantine",
            "forbidden",
            "decisions",
            "clusters",
            "refused_edges",
            "review_questions",
            "publication",
        },
        set(),
        set(),
        {"html"},
    ),
    # A partition for each catalog, beside the flow.
    "feeds": (set(), {"readable"}, set(), {"pandas", "parquet"}),
    # What keeps a deployment in order.
    "audit_sample": ({"decisions", "clusters"}, set(), set(), {"csv"}),
    "retention": (set(), set(), set(), {"parquet"}),
}
BESIDE = {"feeds", "audit_sample", "retention"}
FLOW = set(GRAPH) - BESIDE


def test_the_asset_graph_is_the_flow_of_the_design() -> None:
    graph = defs.resolve_asset_graph()
    drawn = {
        key.to_user_string(): (
            {parent.to_user_string() for parent in graph.get(key).parent_keys},
            {check.name for check in graph.get(key).check_keys},
            set(graph.get(key).pools),
            set(graph.get(key).kinds),
        )
        for key in graph.get_all_asset_keys()
    }
    assert drawn == GRAPH


def test_every_asset_says_what_it_is_whose_it_is_and_which_code_made_it() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners == ["team:data-engineering"], key
        if key.to_user_string() in BESIDE:
            continue
        (stage,) = (stage for stage in STAGES if key.to_user_string() in stage.writes)
        assert node.code_version == stage.code_version, key
        if key.to_user_string() not in ("publication", "report"):
            columns = node.metadata["dagster/column_schema"].columns
            assert {"catalog", "left_catalog", "left"} & {column.name for column in columns}, key


def test_columns_say_what_they_mean_in_the_words_of_the_schema() -> None:
    shown = defs.resolve_asset_graph().get(dg.AssetKey("scores")).metadata["dagster/column_schema"].columns
    meanings = {column.name: column.description for column in shown}
    assert meanings == {field.name: schema.description(field) for field in schema.SCORES}
    assert all(meanings.values())


def test_schedules_run_every_night_week_and_month_and_no_two_whole_jobs_in_one_night() -> None:
    schedules = {
        each.name: (each.job_name, str(each.cron_schedule)) for each in defs.get_repository_def().schedule_defs
    }
    assert schedules == {
        "nightly": ("align", "0 2 * * 1-6"),
        "weekly": ("rescore", "0 2 * * 0"),
        "monthly": ("audit", "0 6 1 * *"),
        "tidying": ("tidy", "0 5 * * 6"),
    }
    for job in ("align", "rescore"):
        made = {key.to_user_string() for key in defs.resolve_job_def(job).asset_layer.executable_asset_keys}
        assert made == FLOW, job


def test_what_a_reviewer_returned_is_published_without_scoring() -> None:
    made = {key.to_user_string() for key in defs.resolve_job_def("reviewed").asset_layer.executable_asset_keys}
    assert made == {"verdicts", "decisions", "clusters", "refused_edges", "events"} | {
        "review_questions",
        "publication",
        "report",
    }


STATES = """
from pipelines.definitions import defs
repository = defs.get_repository_def()
print({each.default_status.value for each in (*repository.sensor_defs, *repository.schedule_defs)})
"""


@pytest.mark.parametrize(("setting", "state"), [("off", "STOPPED"), ("on", "RUNNING")])
def test_one_setting_turns_all_schedules_and_sensors_on(setting: str, state: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STATES],
        cwd=ROOT,
        env=os.environ | {"SKU_ALIGN_AUTOMATION": setting},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"{{'{state}'}}"


@pytest.fixture(scope="module")
def dagster_run(
    tmp_path_factory: pytest.TempPathFactory, sample_run: tuple[Path, str, str]
) -> tuple[Path, dg.DagsterInstance]:
    folder = tmp_path_factory.mktemp("dagster")
    shutil.copytree(sample_run[0] / "work", folder / "out" / "work")
    (folder / "home").mkdir()
    (folder / "home" / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
    environment = os.environ | {
        "DAGSTER_HOME": str(folder / "home"),
        "SKU_ALIGN_CONFIG": str(SAMPLES / "sku_align.yaml"),
        "SKU_ALIGN_OUT": str(folder / "out"),
        "SKU_ALIGN_DB": f"sqlite:///{folder / 'skus.db'}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "job", "execute", "-m", "pipelines.definitions", "-j", "align"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder / "out", dg.DagsterInstance.from_config(str(folder / "home"))


def test_dagster_makes_the_same_tables_as_the_command_line(
    dagster_run: tuple[Path, dg.DagsterInstance], sample_run: tuple[Path, str, str]
) -> None:
    names = [f"{name}.parquet" for name in ("offers", "candidates", "scores", "decisions", "clusters")] + ["review.csv"]
    assert filecmp.cmpfiles(dagster_run[0], sample_run[0], names, shallow=False) == (names, [], [])


def test_a_dagster_run_writes_its_own_report_last(
    dagster_run: tuple[Path, dg.DagsterInstance],
) -> None:
    out, _ = dagster_run
    page = (out / "report.html").read_text("utf-8")
    assert "<td>publication</td><td>1 is live" in page
    assert all((out / "report.html").stat().st_mtime >= path.stat().st_mtime for path in out.glob("*.parquet"))


def test_every_asset_reports_its_figures(dagster_run: tuple[Path, dg.DagsterInstance]) -> None:
    _, instance = dagster_run
    for name, figure in {
        "offers": "quarantined",
        "candidates": "candidates",
        "scores": "scorer",
        "clusters": "skus",
    }.items():
        event = instance.get_latest_materialization_event(dg.AssetKey(name))
        assert event is not None, name
        assert figure in event.asset_materialization.metadata, name
        assert event.asset_materialization.metadata["dagster/row_count"].value > 0, name


def test_a_person_reads_tables_beside_the_figures(dagster_run: tuple[Path, dg.DagsterInstance]) -> None:
    _, instance = dagster_run
    for name, table, told in (
        ("quarantine", "quarantined_rows", "The title is empty."),
        ("decisions", "most_doubtful_pairs", "| probability |"),
        ("decisions", "decisions_by_languages", "| de-en |"),
        ("decisions", "score_histogram", "| 0.98 to 1.00 |"),
        ("clusters", "merged_examples", "SKU-"),
        ("publication", "certificate", "expected by the calibration"),
    ):
        event = instance.get_latest_materialization_event(dg.AssetKey(name))
        assert told in event.asset_materialization.metadata[table].value, name


def test_a_users_error_fails_the_step_with_its_sentence(tmp_path: Path) -> None:
    from pipelines.defs.ingest import ingest
    from pipelines.resources import RunSetup

    setup = RunSetup(config=str(tmp_path / "none.yaml"), out=str(tmp_path / "out"), db="")
    result = dg.materialize([ingest], resources={"setup": setup}, raise_on_error=False)
    assert not result.success
    failure = result.get_step_failure_events()[0].step_failure_data
    assert "cannot be read" in str(failure.error or failure.user_failure_data)
