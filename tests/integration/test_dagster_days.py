"""A data engineer's days with Dagster: a failed audit, a returned sheet, a changed catalog, an outage."""

import json
import os
import socketserver
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import dagster as dg
import pytest

from pipelines.definitions import defs
from pipelines.defs.feeds import feeds
from pipelines.incidents import incidents
from pipelines.resources import RunSetup
from pipelines.retention import forget_runs, forget_unused
from pipelines.sensors import ANSWERS_WAIT_S, catalog_changes, catalog_partitions, page_answers, returned_reviews
from sku_align import schema
from sku_align.errors import TransientError
from sku_align.running import Run
from sku_align.store import Store

SETTINGS = """
catalogs:
  berlin: {path: berlin.csv, language: de}
  london: {path: london.csv, language: en}
publishing: {max_churn: 1}
"""
BERLIN = "offer_id,title\n00205,Wasserkocher Velora 1.7 L schwarz\n2,Toaster Krona T2\n,Ohne Nummer\n"
LONDON = "offer_id,title\n1,Kettle Velora 1.7 L black\n7,Toaster Krona T2\n"


@pytest.fixture
def setup(tmp_path: Path) -> RunSetup:
    (tmp_path / "settings.yaml").write_text(SETTINGS, "utf-8")
    (tmp_path / "berlin.csv").write_text(BERLIN, "utf-8")
    (tmp_path / "london.csv").write_text(LONDON, "utf-8")
    out, db = tmp_path / "out", tmp_path / "skus.db"
    return RunSetup(config=str(tmp_path / "settings.yaml"), out=str(out), db=f"sqlite:///{db}")


@pytest.fixture(autouse=True)
def _retries_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a database that is away a run asks again after 30 s and after a minute; here at once."""
    monkeypatch.setattr(dg.RetryPolicy, "calculate_delay", lambda *_: 0)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def run(job: str, setup: RunSetup, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def(job).execute_in_process(
        run_config={"resources": {"setup": {"config": setup.model_dump(include={"config", "out", "db"})}}},
        instance=instance,
        raise_on_error=False,
    )


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}


def test_a_failed_audit_is_red_and_leaves_yesterdays_tables_live(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    first = run("align", setup, instance)
    assert first.success
    assert checks(first)["audits"] and checks(first)["drift"] and checks(first)["expected_precision"]
    assert not checks(first)["expectations"], "a row without an id fails an expectation"
    assert checks(first)["no_catalog_is_lost"]
    yesterday = Store.open(setup.db).previous()
    (tmp_path / "berlin.csv").write_text("offer_id,title\n,Ohne Nummer\n", "utf-8")
    second = run("align", setup, instance)
    assert not second.success
    assert [event.step_key for event in second.get_step_failure_events()] == ["publish"]
    assert checks(second)["audits"] is False
    assert checks(second)["no_catalog_is_lost"] is False
    sentence = second.get_step_failure_events()[0].step_failure_data.user_failure_data.description
    assert "berlin had offers" in sentence
    assert "what is live stays live" in sentence
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "FAILED" in page
    assert "what was live stays live" in page, "the page beside the new tables must not be that of the run before"
    assert Store.open(setup.db).previous().table.equals(yesterday.table)


def test_a_returned_sheet_is_obeyed_and_what_was_not_understood_is_yellow(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    assert run("align", setup, instance).success
    returned = tmp_path / "out" / "returned"
    (returned / "ana.csv").write_text("verdict,left,right\nsame,berlin#00205,london#1\nnever,a,b\n", "utf-8")
    again = run("reviewed", setup, instance)
    assert again.success
    assert checks(again)["every_row_was_taken"] is False
    live = Store.open(setup.db).previous().table.to_pylist()
    sku_of = {f"{row['catalog']}#{row['offer_id']}": row["sku_id"] for row in live}
    assert sku_of["berlin#00205"] == sku_of["london#1"]
    assert not (returned / "ana.csv").exists()


def tick(
    sensor: dg.SensorDefinition, setup: RunSetup, cursor: str | None, instance: dg.DagsterInstance | None = None
) -> dg.SensorResult:
    with dg.build_sensor_context(instance, cursor=cursor, resources={"setup": setup}) as context:
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        return result


def test_a_changed_catalog_starts_one_run_once_it_stands_still(setup: RunSetup, tmp_path: Path) -> None:
    quiet = tick(catalog_changes, setup, None)
    assert not quiet.run_requests
    (tmp_path / "berlin.csv").write_text(BERLIN + "3,Becher\n", "utf-8")
    writing = tick(catalog_changes, setup, quiet.cursor)
    assert not writing.run_requests
    assert "berlin.csv changed" in str(writing.skip_reason)
    settled = tick(catalog_changes, setup, writing.cursor)
    assert [request.tags["sku_align/changed"] for request in settled.run_requests or []] == ["berlin.csv"]
    assert not tick(catalog_changes, setup, settled.cursor).run_requests


def test_a_catalog_that_is_away_starts_nothing_and_is_named(setup: RunSetup, tmp_path: Path) -> None:
    (tmp_path / "london.csv").unlink()
    away = tick(catalog_changes, setup, None)
    assert not away.run_requests
    assert "london.csv is not there" in str(away.skip_reason)


def test_a_returned_sheet_starts_one_run(setup: RunSetup, tmp_path: Path) -> None:
    cursor = tick(returned_reviews, setup, None).cursor
    returned = tmp_path / "out" / "returned"
    returned.mkdir(parents=True)
    sheet = returned / "ana.csv"
    sheet.write_text("verdict,left,right\n", "utf-8")
    os.utime(sheet, (1, 1))
    cursor = tick(returned_reviews, setup, cursor).cursor
    asked = tick(returned_reviews, setup, cursor)
    assert len(asked.run_requests or []) == 1
    assert not tick(returned_reviews, setup, asked.cursor).run_requests


def answer(setup: RunSetup, number: int, word: str, reviewer: str = "ana") -> None:
    row = {"left_catalog": "berlin", "left_offer_id": str(number), "right_catalog": "london", "right_offer_id": "7"}
    said = row | {"verdict": word, "reviewer": reviewer, "note": "", "reviewed_at": f"2026-02-01T10:00:{number:02d}"}
    Store.open(setup.db).add_verdicts(schema.conform([said], schema.VERDICTS))


def test_answers_on_the_page_start_one_run_for_the_batch_and_nothing_is_scored(
    setup: RunSetup, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no database" in str(tick(page_answers, setup, None, instance).skip_reason)
    assert run("align", setup, instance).success
    assert "knew all 0 answers" in str(tick(page_answers, setup, None, instance).skip_reason)
    answer(setup, 2, "same")
    coming = tick(page_answers, setup, None, instance)
    assert "waiting until they stand still" in str(coming.skip_reason)
    asked = tick(page_answers, setup, coming.cursor, instance)
    again = tick(page_answers, setup, asked.cursor, instance)
    (request,), (repeated,) = asked.run_requests or [], again.run_requests or []
    assert request.tags["sku_align/answers"] == "1"
    assert request.run_key == repeated.run_key, "Dagster starts one run for a key"
    made = run("reviewed", setup, instance)
    assert made.success and not [each for each in made.get_step_success_events() if each.step_key == "score"]
    live = {
        f"{row['catalog']}#{row['offer_id']}": row["sku_id"]
        for row in Store.open(setup.db).previous().table.to_pylist()
    }
    assert live["berlin#2"] == live["london#7"]
    done = tick(page_answers, setup, again.cursor, instance)
    assert "knew all 1 answers" in str(done.skip_reason)
    answer(setup, 205, "different")
    cursor = tick(page_answers, setup, done.cursor, instance).cursor
    answer(setup, 206, "different")
    busy = tick(page_answers, setup, cursor, instance)
    assert not busy.run_requests, "somebody goes on answering"
    late = time.time() + ANSWERS_WAIT_S
    monkeypatch.setattr("pipelines.sensors.time.time", lambda: late)
    answer(setup, 207, "different")
    assert tick(page_answers, setup, busy.cursor, instance).run_requests, (
        "but a day of answers does not wait for its end"
    )


def test_the_run_says_how_many_answers_it_waits_for_and_how_far_reviewers_agree(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    answer(setup, 2, "same")
    returned = tmp_path / "out" / "returned"
    returned.mkdir(parents=True)
    (returned / "ben.csv").write_text("verdict,left,right\ndifferent,berlin#2,london#7\n", "utf-8")
    made = run("align", setup, instance)
    told = {
        each.asset_key.to_user_string(): each.step_materialization_data.materialization.metadata
        for each in made.get_asset_materialization_events()
        if each.asset_key
    }
    assert "| ana | ben | all | 1 | 0% |" in told["verdicts"]["agreement"].value
    assert "| all | all | de-en | 1 | 0% |" in told["verdicts"]["agreement"].value
    assert told["verdicts"]["not_taken"].value == 1
    waits = told["review_questions"]["questions"].value
    assert f"| {waits} | questions wait for an answer |" in told["review_questions"]["waits_for"].value


@pytest.mark.parametrize(
    ("error", "again"), [(TransientError("The database is away."), True), (ValueError("odd"), False)]
)
def test_only_what_may_pass_by_itself_is_tried_again(
    setup: RunSetup, monkeypatch: pytest.MonkeyPatch, error: Exception, again: bool
) -> None:
    def fails(run: Run, name: str) -> None:
        raise error

    monkeypatch.setattr(Run, "do", fails)
    with pytest.raises(dg.Failure, match=str(error)) as failure, setup.run() as run:
        run.do("embed")
    assert failure.value.allow_retries is again


def test_an_unreachable_database_is_tried_again_and_an_unreadable_setting_is_not(
    setup: RunSetup, tmp_path: Path
) -> None:
    away = setup.model_copy(update={"db": "postgresql+psycopg://nobody@127.0.0.1:1/none"})
    with pytest.raises(dg.Failure, match="cannot be opened") as failure, away.run() as run:
        run.do("verdicts")
    assert failure.value.allow_retries
    (tmp_path / "settings.yaml").write_text("catalogs: [", "utf-8")
    with pytest.raises(dg.Failure, match="not valid YAML") as failure, setup.run():
        pass
    assert not failure.value.allow_retries


def test_partitions_follow_the_catalogs_of_the_settings(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    instance.add_dynamic_partitions("catalogs", ["london", "paris"])
    with dg.build_sensor_context(instance=instance, resources={"setup": setup}) as context:
        asked = catalog_partitions(context)
    assert isinstance(asked, dg.SensorResult)
    found = [(type(each).__name__, list(each.partition_keys)) for each in asked.dynamic_partitions_requests or []]
    assert found == [("AddDynamicPartitionsRequest", ["berlin"]), ("DeleteDynamicPartitionsRequest", ["paris"])]


def test_one_catalog_is_read_anew_and_a_bad_one_is_red_alone(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(settings.read_text() + "hold_back_failed_catalogs: true\n")
    instance.add_dynamic_partitions("catalogs", ["berlin", "london"])
    with setup.run() as run_:
        run_.do("ingest")
    (tmp_path / "london.csv").write_text("offer_id,title\n1,Kettle Velora 2 L black\n", "utf-8")
    (tmp_path / "berlin.csv").write_text("number\n1\n", "utf-8")
    passed = {}
    for name in ("london", "berlin"):
        done = dg.materialize([feeds], partition_key=name, resources={"setup": setup}, instance=instance)
        (check,) = done.get_asset_check_evaluations()
        passed[name] = check.passed
    assert passed == {"london": True, "berlin": False}
    with setup.run() as run_:
        titles = run_.folder.read("offers")["title"].to_pylist()
    assert titles == ["Wasserkocher Velora 1.7 L schwarz", "Toaster Krona T2", "Kettle Velora 2 L black"]


def tell(failed: dg.ExecuteInProcessResult, setup: RunSetup, instance: dg.DagsterInstance) -> str:
    """The newest page of the sensor `incidents`."""
    with dg.build_run_status_sensor_context(
        sensor_name="incidents",
        dagster_instance=instance,
        dagster_run=failed.dagster_run,
        dagster_event=failed.get_run_failure_event(),
        partition_key=None,
    ).for_run_failure() as context:
        incidents(context, setup=setup)
    return max((Path(setup.out) / "incidents").glob("*.md"), key=lambda page: page.stat().st_mtime_ns).read_text(
        "utf-8"
    )


def test_a_failed_run_leaves_a_page_that_says_what_to_do(setup: RunSetup, instance: dg.DagsterInstance) -> None:
    secret = setup.model_copy(update={"db": "postgresql://shop:hunter2@127.0.0.1:1/none"})
    failed = run("reviewed", secret, instance)
    assert not failed.success
    told = tell(failed, secret, instance)
    assert told.startswith("# reviewed failed at ")
    assert "verdicts: The database" in told
    assert "last success: never" in told
    assert "1. See whether the database answers." in told
    assert "hunter2" not in told


def test_a_page_names_the_catalog_since_when_it_fails_and_what_stays_live(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    assert run("align", setup, instance).success
    (tmp_path / "berlin.csv").unlink()
    first = run("align", setup, instance)
    began = instance.get_run_record_by_id(first.run_id)
    told = tell(run("align", setup, instance), setup, instance)
    since = f"{datetime.fromtimestamp(began.end_time, UTC):%Y-%m-%d %H:%M} UTC"
    assert f"Fails since: {since}; last success: 20" in told
    assert "- Catalogs: berlin\n" in told
    assert "What is live: publication 1 of " in told
    assert "1. Deliver the feed" in told


class _Chat(BaseHTTPRequestHandler):
    said: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


class _Mail(socketserver.StreamRequestHandler):
    said: ClassVar[list[str]] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        inside, text = False, ""
        for line in self.rfile:
            if inside and line == b".\r\n":
                inside = False
                self.said.append(text)
            elif inside:
                text += line.decode()
                continue
            elif line.upper().startswith(b"DATA"):
                inside = True
                self.wfile.write(b"354 go on\r\n")
                continue
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 good\r\n")


@pytest.fixture
def listeners() -> Iterator[tuple[int, int]]:
    """Ports of a chat and of a mail server."""
    with (
        HTTPServer(("127.0.0.1", 0), _Chat) as chat,
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as post_office,
    ):
        for server in (chat, post_office):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        yield chat.server_address[1], post_office.server_address[1]
        chat.shutdown()
        post_office.shutdown()


def test_a_chat_and_a_mailbox_get_the_page_and_one_that_is_away_keeps_it_from_nobody(
    setup: RunSetup, instance: dg.DagsterInstance, listeners: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, post_office = listeners
    monkeypatch.setenv("SKU_ALIGN_MAIL_TO", "night@shop.example")
    monkeypatch.setenv("SKU_ALIGN_MAIL_SERVER", f"smtp://127.0.0.1:{post_office}")
    secret = setup.model_copy(update={"db": "postgresql://shop:hunter2@127.0.0.1:1/none"})
    failed = run("reviewed", secret, instance)
    for port in (1, chat):
        monkeypatch.setenv("SKU_ALIGN_SLACK_WEBHOOK", f"http://127.0.0.1:{port}/hook")
        tell(failed, secret, instance)
    (said,), (mailed, again) = _Chat.said, _Mail.said
    assert said.startswith("# reviewed failed at ")
    assert "Subject: reviewed failed at " in mailed and "To: night@shop.example" in mailed
    assert "What to do" in mailed and "What to do" in again
    assert "hunter2" not in said + mailed + again


def test_a_weekly_run_scores_every_pair_again_and_publishes_the_same(
    setup: RunSetup, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run("align", setup, instance).success
    cache = next((tmp_path / "out" / "work" / "cache").glob("*.parquet"))
    before, live = cache.stat().st_ino, Store.open(setup.db).previous().table
    assert run("align", setup, instance).success
    assert cache.stat().st_ino == before, "nothing changed, so nothing is scored"
    whole = defs.resolve_job_def("rescore").execute_in_process(
        run_config={
            "ops": {"score": {"config": {"anew": True}}},
            "resources": {"setup": {"config": setup.model_dump(include={"config", "out", "db"})}},
        },
        instance=instance,
    )
    assert whole.success
    assert cache.stat().st_ino != before
    assert Store.open(setup.db).previous().table.equals(live)


def test_a_monthly_sample_lies_ready_and_says_how_many_questions_it_asks(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    assert run("align", setup, instance).success
    made = run("audit", setup, instance)
    assert made.success
    (event,) = made.get_asset_materialization_events()
    told = event.step_materialization_data.materialization.metadata
    sheet = Path(told["sheet"].value)
    assert sheet == tmp_path / "out" / "audit.csv"
    assert len(sheet.read_text("utf-8-sig").splitlines()) - 1 == told["questions"].value > 0


def test_retention_forgets_old_runs_but_the_last_good_one_and_caches_that_nobody_used(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    good = [run("align", setup, instance).run_id for _ in range(2)]
    work = tmp_path / "out" / "work"
    old, used = work / "cache" / "old.parquet", next((work / "cache").glob("*.parquet"))
    old.write_bytes(b"x" * 2_000_000)
    os.utime(old, (1, 1))
    later = datetime.now(UTC) + timedelta(days=1)
    assert forget_runs(instance, datetime.now(UTC) - timedelta(days=90)) == 0
    assert forget_runs(instance, later) == 1
    assert [each.run_id for each in instance.get_runs()] == good[1:]
    assert forget_unused(work, datetime.now(UTC) - timedelta(days=90)) == 2.0
    assert used.exists() and not old.exists()
