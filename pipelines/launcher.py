"""Launches runs by the code server and notices when one is lost; `run_launcher` of `dagster.yaml` names it.

Dagster's own launcher never looks again: a run whose code server was killed stays "Started" for good, and keeps the
only place in the queue and in its pools.
"""

import time

import dagster as dg
from dagster._core.errors import DagsterCodeLocationLoadError, DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.remote_representation.code_location import GrpcServerCodeLocation
from dagster._core.workspace.context import BaseWorkspaceRequestContext
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import ConfigurableClassData, deserialize_value

from .run_process import RunProcess

# A code server that lives fails a run whose process died by itself, with the exit code; it looks every second.
TOLD_BY_SERVER_S = 10.0
# How long a code server on another machine may be away, or know nothing of a run, until the run counts as lost.
SILENT_S = 20.0


class WatchfulRunLauncher(dg.DefaultRunLauncher):
    """Dagster's launcher for code servers, and whether a run still goes on."""

    def __init__(self, inst_data: ConfigurableClassData | None = None):
        super().__init__(inst_data)
        # Run id and the moment when it was first found gone.
        self._gone_since: dict[str, float] = {}
        self._workspace: BaseWorkspaceRequestContext | None = None

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring asks only launchers that say so."""
        return True

    def launch_run(self, context: LaunchRunContext) -> None:
        """Launch a run; a code server that was killed is started again first.

        Without that every run would fail until Dagster replaces the server, which the daemon does once a minute and
        `dagster dev` never.
        """
        self._workspace = context.workspace
        self._revive_server(context.dagster_run)
        super().launch_run(context._replace(workspace=self._workspace))

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether a run goes on: by its process where that is on this machine, else by what its code server says."""
        if process := RunProcess.of(run):
            goes_on, patience, why = process.is_alive(), TOLD_BY_SERVER_S, f"Its process {process.pid} is gone."
        elif server := self._server(run.run_id):
            goes_on, patience, why = _knows(server, run.run_id), SILENT_S, "No code server knows of it any more."
        else:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "It was started by hand, not by a code server.")
        since = self._gone_since
        if goes_on:
            since.pop(run.run_id, None)
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        now = time.monotonic()
        if now - since.setdefault(run.run_id, now) < patience:
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"{why} Looking again before it counts as lost.")
        del since[run.run_id]
        # Dagster starts the run again as soon as it is failed, only once, and needs the code server for it.
        self._revive_server(run)
        return CheckRunHealthResult(WorkerStatus.FAILED, why)

    def _revive_server(self, run: dg.DagsterRun) -> None:
        """Start the code server of a run again if it does not answer."""
        if not self._workspace or not run.remote_job_origin:
            return
        self._workspace = self._workspace.process_context.create_request_context()
        name = run.remote_job_origin.repository_origin.code_location_origin.location_name
        try:
            location = self._workspace.get_code_location(name)
            if isinstance(location, GrpcServerCodeLocation):
                location.client.ping("")
        except (DagsterCodeLocationLoadError, DagsterUserCodeUnreachableError):
            self._workspace = self._workspace.reload_code_location(name)

    def _server(self, run_id: str) -> DagsterGrpcClient | None:
        """The code server that started a run; none if no code server did, or the run ended."""
        server: DagsterGrpcClient | None = self._get_grpc_client_for_termination(run_id)  # type: ignore[no-untyped-call]
        return server


def _knows(server: DagsterGrpcClient, run_id: str) -> bool:
    try:
        answer = server.can_cancel_execution(CanCancelExecutionRequest(run_id=run_id))
    except DagsterUserCodeUnreachableError:
        return False
    return deserialize_value(answer, CanCancelExecutionResult).can_cancel
