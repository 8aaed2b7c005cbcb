"""OpenLineage events against a receiver on this machine."""

import importlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import dagster as dg
import pytest

from pipelines import lineage
from pipelines.definitions import defs
from pipelines.resources import RunSetup
from sku_align.config import CatalogSettings
from tests.integration.test_dagster_days import instance, run, setup

pytest.importorskip("openlineage.client")
__all__ = ["instance", "setup"]


class Receiver(BaseHTTPRequestHandler):
    said: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        assert self.path == "/api/v1/lineage"
        self.said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What a receiver was told."""
    Receiver.said.clear()
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{server.server_address[1]}")
        yield Receiver.said
        server.shutdown()


def tell(done: dg.ExecuteInProcessResult, setup: RunSetup, instance: dg.DagsterInstance, state: str) -> None:
    """Let the sensor of a state speak of a run."""
    (status,) = (status for status, word in lineage._STATES.items() if word == state)
    sensor = lineage._sensor(status)
    (event,) = (each for each in done.all_events if each.event_type_value == f"PIPELINE_{STATES[state]}")
    with dg.build_run_status_sensor_context(
        sensor_name=sensor.name,
        dagster_instance=instance,
        dagster_run=done.dagster_run,
        dagster_event=event,
        partition_key=None,
    ) as context:
        sensor(context, setup=setup)


STATES = {"START": "START", "COMPLETE": "SUCCESS", "FAIL": "FAILURE"}


def names(datasets: list[dict[str, Any]]) -> set[str]:
    return {f"{each['namespace']} {Path(each['name']).name}" for each in datasets}


def test_a_run_tells_which_catalogs_and_tables_its_stages_read_and_wrote(
    setup: RunSetup, instance: dg.DagsterInstance, said: list[dict[str, Any]]
) -> None:
    done = run("align", setup, instance)
    assert done.success
    tell(done, setup, instance, "START")
    tell(done, setup, instance, "COMPLETE")
    whole = [each for each in said if each["job"]["name"] == "align"]
    assert [each["eventType"] for each in whole] == ["START", "COMPLETE"]
    assert {each["run"]["runId"] for each in whole} == {done.run_id}
    ends = {each["job"]["name"]: each for each in said if each["eventType"] == "COMPLETE"}
    assert names(ends["align.ingest"]["inputs"]) == {"file berlin.csv", "file london.csv"}
    assert names(ends["align.ingest"]["outputs"]) == {"file offers.parquet", "file quarantine.parquet"}
    assert names(ends["align.score"]["inputs"]) == {"file offers.parquet", "file candidates.parquet"}
    assert "sqlite skus.db.storefront_offer" in names(ends["align.publish"]["outputs"])
    (offers,) = (each for each in ends["align.ingest"]["outputs"] if each["name"].endswith("offers.parquet"))
    assert offers["outputFacets"]["outputStatistics"]["rowCount"] == 4
    assert "title" in [field["name"] for field in offers["facets"]["schema"]["fields"]]
    for each in said:
        if each["job"]["name"] != "align":
            assert each["run"]["facets"]["parent"]["run"]["runId"] == done.run_id
    began = [each["job"]["name"] for each in said if each["eventType"] == "START"]
    assert sorted(began) == sorted(ends), "what began has an end"


def test_a_failed_run_tells_why_and_no_secret(
    setup: RunSetup, instance: dg.DagsterInstance, said: list[dict[str, Any]]
) -> None:
    secret = RunSetup(config=setup.config, out=setup.out, db="mysql://shop:hunter2@127.0.0.1:1/none")
    failed = run("reviewed", secret, instance)
    tell(failed, secret, instance, "FAIL")
    ends = {each["job"]["name"]: each for each in said if each["eventType"] == "FAIL"}
    assert set(ends) == {"reviewed", "reviewed.verdicts"}
    assert "not to mysql" in ends["reviewed.verdicts"]["run"]["facets"]["errorMessage"]["message"]
    assert names(ends["reviewed.verdicts"]["outputs"]) == {"mysql://127.0.0.1:1 none.sku_align_verdict"}
    assert "hunter2" not in json.dumps(said)


def test_a_receiver_that_is_away_stops_nothing(
    setup: RunSetup, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:1")
    failed = run("reviewed", setup.model_copy(update={"db": "mysql://127.0.0.1:1/none"}), instance)
    tell(failed, setup, instance, "FAIL")
    assert "OpenLineage was not told" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql+psycopg://shop:hunter2@db.internal/skus", ("postgres://db.internal:5432", "skus.public")),
        ("postgresql://shop@db.internal:6543/skus", ("postgres://db.internal:6543", "skus.public")),
        ("sqlite:////srv/skus.db", ("sqlite", "/srv/skus.db")),
    ],
)
def test_a_database_is_named_as_the_specification_says(url: str, name: tuple[str, str]) -> None:
    assert lineage._database(url) == name


@pytest.mark.parametrize(
    ("catalog", "name"),
    [
        ({"path": "/srv/berlin.csv"}, ("file", "/srv/berlin.csv")),
        ({"url": "s3://feeds/shop/berlin.csv"}, ("s3://feeds", "shop/berlin.csv")),
        ({"url": "https://u:hunter2@shop.example/f.csv?token=x"}, ("https://shop.example", "f.csv")),
        ({"url": "postgresql://u:hunter2@erp/shop", "query": "SELECT 1"}, ("postgres://erp:5432", "berlin")),
    ],
)
def test_a_feed_is_named_by_where_it_lies_without_secrets(catalog: dict[str, str], name: tuple[str, str]) -> None:
    assert lineage._feed("berlin", CatalogSettings.model_validate(catalog)) == name


def test_there_are_such_sensors_only_where_the_environment_names_a_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    assert not importlib.reload(lineage).SENSORS
    assert "openlineage_start" not in {each.name for each in defs.get_repository_def().sensor_defs}
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:1")
    told = [each.name for each in importlib.reload(lineage).SENSORS]
    assert told == ["openlineage_start", "openlineage_complete", "openlineage_fail", "openlineage_abort"]
