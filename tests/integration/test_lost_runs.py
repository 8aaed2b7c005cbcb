"""A run that is lost is failed and leaves no process; one that goes on is left alone, whatever its code server says."""

import logging
import os
import shutil
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.monitoring import execute_run_monitoring_iteration

from pipelines import launcher
from pipelines.run_process import TAG, RunProcess
from tests.conftest import ROOT
from tests.integration import test_guardian
from tests.integration.test_guardian import is_alive
from tests.integration.waiting_job import waiting

# A code server loads for seconds, on a busy machine for minutes.
until = partial(test_guardian.until, seconds=180)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    monkeypatch.setenv("SKU_ALIGN_OUT", str(tmp_path / "began"))
    monkeypatch.chdir(ROOT)
    with dg.DagsterInstance.from_config(str(tmp_path)) as made:
        yield made


@pytest.fixture
def workspace(instance: dg.DagsterInstance, tmp_path: Path) -> Iterator[Any]:
    target = ModuleTarget("tests.integration.waiting_job", None, str(ROOT), "waiting")
    with create_test_daemon_workspace_context(target, instance) as context:
        yield context
        if (tmp_path / "began").exists() and is_alive(pid := int((tmp_path / "began").read_text())):
            os.kill(pid, signal.SIGKILL)


def launch(instance: dg.DagsterInstance, workspace: Any, tmp_path: Path) -> tuple[str, int]:
    """A run under way and its process id."""
    context = workspace.create_request_context()
    (location,) = context.code_locations
    (repository,) = location.get_repositories().values()
    job = repository.get_full_job("waiting")
    run = instance.create_run_for_job(
        waiting,
        remote_job_origin=job.get_remote_origin(),
        job_code_origin=job.get_python_origin(),
    )
    instance.launch_run(run.run_id, context)
    assert until((tmp_path / "began").exists)
    assert until(lambda: instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.STARTED)
    return run.run_id, int((tmp_path / "began").read_text())


def server(workspace: Any) -> int:
    """Process id of the code server."""
    (process,) = workspace._grpc_server_registry._all_processes
    return process.server_process.pid


def ends(instance: dg.DagsterInstance, workspace: Any, run_id: str, within: float = 180) -> bool:
    """Whether run monitoring fails a run."""

    def failed() -> bool:
        list(execute_run_monitoring_iteration(workspace, logging.getLogger("test")))
        return instance.get_run_by_id(run_id).status is dg.DagsterRunStatus.FAILURE

    return until(failed, seconds=within)


def test_a_run_ends_with_its_killed_code_server_and_is_failed(
    instance: dg.DagsterInstance, workspace: Any, tmp_path: Path
) -> None:
    run_id, pid = launch(instance, workspace, tmp_path)
    assert instance.run_launcher.check_run_worker_health(instance.get_run_by_id(run_id)).status is WorkerStatus.RUNNING
    os.kill(server(workspace), signal.SIGKILL)
    assert until(lambda: not is_alive(pid)), "it would work on in the run folder of the next run"
    assert ends(instance, workspace, run_id)
    told = [event.message for event in instance.all_logs(run_id, dg.DagsterEventType.RUN_FAILURE)]
    assert len(told) == 1
    assert f"Its process {pid} is gone." in told[0]
    (location,) = workspace.create_request_context().code_locations
    location.client.ping("the code server lives again, else Dagster could not start the run anew")


def test_after_a_killed_code_server_the_next_run_starts_under_a_new_one(
    instance: dg.DagsterInstance, workspace: Any, tmp_path: Path
) -> None:
    killed = server(workspace)
    os.kill(killed, signal.SIGKILL)
    assert until(lambda: not is_alive(killed))
    run_id, pid = launch(instance, workspace, tmp_path)
    assert is_alive(pid)
    assert RunProcess.of(instance.get_run_by_id(run_id)).pid == pid


def test_a_killed_run_is_failed_once(instance: dg.DagsterInstance, workspace: Any, tmp_path: Path) -> None:
    run_id, pid = launch(instance, workspace, tmp_path)
    os.kill(pid, signal.SIGKILL)
    assert ends(instance, workspace, run_id)
    assert len(list(instance.all_logs(run_id, dg.DagsterEventType.RUN_FAILURE))) == 1


def test_a_run_whose_code_was_loaded_anew_goes_on(
    instance: dg.DagsterInstance, workspace: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, pid = launch(instance, workspace, tmp_path)
    workspace.create_request_context().reload_code_location("waiting")
    monkeypatch.setattr(launcher, "TOLD_BY_SERVER_S", 2.0)
    assert not ends(instance, workspace, run_id, within=launcher.TOLD_BY_SERVER_S + 3)
    assert is_alive(pid)


@pytest.mark.parametrize(("server_lives", "lost"), [(True, False), (False, True)])
def test_of_a_run_on_another_machine_its_code_server_is_asked(
    instance: dg.DagsterInstance,
    workspace: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server_lives: bool,
    lost: bool,
) -> None:
    run_id, pid = launch(instance, workspace, tmp_path)
    instance.add_run_tags(run_id, {TAG: f"{run_id} elsewhere {pid} 1"})
    monkeypatch.setattr(launcher, "SILENT_S", 1.0)
    if not server_lives:
        os.kill(server(workspace), signal.SIGKILL)
    assert ends(instance, workspace, run_id, within=4) is lost


def test_a_run_started_by_hand_on_another_machine_is_left_alone(instance: dg.DagsterInstance) -> None:
    run = instance.create_run_for_job(waiting, status=dg.DagsterRunStatus.STARTED)
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING


def test_a_process_id_that_was_given_again_is_another_process() -> None:
    this = RunProcess.this("a")
    assert this.is_alive()
    assert not RunProcess(this.run_id, this.host, this.pid, "1").is_alive()


def test_a_reexecution_is_not_taken_for_its_dead_parent() -> None:
    parent = RunProcess.this("parent")
    again = dg.DagsterRun(job_name="waiting", run_id="again", tags={TAG: str(parent)})
    assert RunProcess.of(again) is None
