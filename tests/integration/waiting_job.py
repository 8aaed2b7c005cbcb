"""A code location whose only run says that it began and then waits for ever."""

import os
import signal
from pathlib import Path

import dagster as dg

from pipelines.resources import RunSetup


@dg.op
def wait(setup: RunSetup) -> None:
    Path(setup.out).write_text(str(os.getpid()))
    while True:
        signal.pause()


@dg.job(executor_def=dg.in_process_executor)
def waiting() -> None:
    wait()


defs = dg.Definitions(jobs=[waiting], resources={"setup": RunSetup()})
