"""Launches runs by the code server and notices when one is lost; `run_launcher` of `dagster.yaml` names it.

Dagster's own launcher never looks again: a run whose code server was killed stays "Started" for good, and keeps the
only place in the queue and in its pools.
"""

import time

import dagster as dg
from dagster._core.errors import DagsterCodeLocationLoadError, DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import ConfigurableClassData, deserialize_value

from .run_process import RunProcess

# A code server that lives fails a run whose process died by itself, with the exit code; it looks every second.
TOLD_BY_SERVER_S = 3.0
# How long a code server on another machine may be away, or know nothing of a run, until the run counts as lost.
SILENT_S = 20.0


class WatchfulRunLauncher(dg.DefaultRunLauncher):
    """Dagster's launcher for code servers, and whether a run still goes on."""

    def __init__(self, inst_data: ConfigurableClassData | None = None):
        super().__init__(inst_data)
        # Run id and the moment when it was first found gone.
        self._gone_since: dict[str, float] = {}

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring asks only launchers that say so."""
        return True

    def launch_run(self, context: LaunchRunContext) -> None:
        """Launch a run; a code server that was killed is started again first.

        Without that every run would fail until Dagster replaces the server, which the daemon does once a minute and
        `dagster dev` never.
        """
        try:
            super().launch_run(context)
        except (DagsterCodeLocationLoadError, DagsterUserCodeUnreachableError) as error:
            origin = context.dagster_run.remote_job_origin
            # A server that is only slow may have begun the run, and would run it beside a second one.
            if not context.workspace or not origin or "longer than" in str(error):
                raise
            name = origin.repository_origin.code_location_origin.location_name
            super().launch_run(context._replace(workspace=context.workspace.reload_code_location(name)))

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
        return CheckRunHealthResult(WorkerStatus.FAILED, why)

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
