"""Runs that are done again: from the failure, and one catalog at a time as a backfill."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.backfill import execute_backfill_iteration

from pipelines.definitions import defs
from pipelines.resources import RunSetup
from sku_align.store import Store
from tests.conftest import ROOT
from tests.integration.test_dagster_days import BERLIN, LONDON, SETTINGS


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunSetup:
    (tmp_path / "settings.yaml").write_text(SETTINGS + "hold_back_failed_catalogs: true\n", "utf-8")
    (tmp_path / "berlin.csv").write_text(BERLIN, "utf-8")
    (tmp_path / "london.csv").write_text(LONDON, "utf-8")
    made = RunSetup(
        config=str(tmp_path / "settings.yaml"), out=str(tmp_path / "out"), db=f"sqlite:///{tmp_path / 'skus.db'}"
    )
    for name in ("config", "out", "db"):
        monkeypatch.setenv(f"SKU_ALIGN_{name.upper()}", getattr(made, name))
    monkeypatch.chdir(ROOT)
    return made


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "home").mkdir()
    coordinator = "run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}\n"
    (tmp_path / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n" + coordinator)
    with dg.DagsterInstance.from_config(str(tmp_path / "home")) as made:
        yield made


def align() -> dg.JobDefinition:
    return defs.resolve_job_def("align")


def steps(result: dg.JobExecutionResult) -> list[str]:
    return [event.step_key for event in result.all_events if event.is_step_start]


def test_a_run_goes_on_from_its_failure_and_repeats_nothing(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    config = {"resources": {"setup": {"config": setup.model_dump(include={"config", "out"}) | {"db": "mysql://a/b"}}}}
    job = dg.reconstructable(align)
    with dg.execute_job(job, instance=instance, run_config=config) as failed:
        assert not failed.success
        assert [event.step_key for event in failed.all_events if event.is_step_failure] == ["verdicts"]
        run_id = failed.run_id
    config["resources"]["setup"]["config"]["db"] = setup.db
    again = dg.ReexecutionOptions.from_failure(run_id, instance)
    with dg.execute_job(job, instance=instance, run_config=config, reexecution_options=again) as mended:
        assert mended.success
        assert steps(mended) == ["verdicts", "decide", "cluster", "publish", "review", "report"]
        assert mended.dagster_run.parent_run_id == run_id
    assert len(Store.existing(setup.db).previous().table) == 4


def test_a_backfill_reads_the_catalogs_that_are_asked_for_and_names_the_bad_one(
    setup: RunSetup, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    with setup.run() as run:
        run.do("ingest")
    instance.add_dynamic_partitions("catalogs", ["berlin", "london"])
    (tmp_path / "london.csv").write_text("offer_id,title\n1,Kettle Velora 2 L black\n", "utf-8")
    (tmp_path / "berlin.csv").write_text("number\n1\n", "utf-8")
    key = dg.AssetKey("feeds")
    target = ModuleTarget("pipelines.definitions", None, str(ROOT), "pipelines.definitions")
    with create_test_daemon_workspace_context(target, instance) as workspace:
        graph = workspace.create_request_context().asset_graph
        instance.add_backfill(
            PartitionBackfill.from_asset_partitions(
                asset_graph=graph,
                backfill_id="both",
                tags={},
                backfill_timestamp=time.time(),
                asset_selection=[key],
                partition_names=["berlin", "london"],
                dynamic_partitions_store=instance,
                all_partitions=False,
                title=None,
                description=None,
                run_config=None,
            )
        )

        def done() -> bool:
            list(execute_backfill_iteration(workspace, logging.getLogger("test")))
            return instance.get_backfill("both").status is BulkActionStatus.COMPLETED_SUCCESS

        end = time.monotonic() + 400
        while not done():
            assert time.monotonic() < end, instance.get_backfill("both").status
            # The daemon looks every half minute; the runs want the processor more than this loop.
            time.sleep(2)
    assert instance.get_materialized_partitions(key) == {"berlin", "london"}
    assert {name for name, passed in checks(instance) if not passed} == {"berlin"}
    with setup.run() as run:
        titles = run.folder.read("offers")["title"].to_pylist()
    assert titles == ["Wasserkocher Velora 1.7 L schwarz", "Toaster Krona T2", "Kettle Velora 2 L black"]


def checks(instance: dg.DagsterInstance) -> list[tuple[Any, bool]]:
    """Catalog and outcome of the check on each feed."""
    events = [event for run in instance.get_runs() for event in instance.all_logs(run.run_id)]
    evaluated = [each.asset_check_evaluation for each in events if each.dagster_event and each.asset_check_evaluation]
    return [(each.metadata["catalog"].value, each.passed) for each in evaluated]
