"""Candidate pairs are scored in a process of their own, so that the code server never loads a model or holds a GPU."""

import os
import sys

import dagster as dg
from dagster._core.errors import DagsterPipesExecutionError
from pydantic import Field

from ..policy import stage_assets
from ..resources import RunSetup

_HERE = __name__.rpartition(".defs.")[0]
GUARDIAN, WORKER = f"{_HERE}.guardian", f"{_HERE}.score_worker"


class ScoreConfig(dg.Config):
    """What the person or schedule that starts the run may ask for."""

    anew: bool = Field(False, description="Score every candidate pair, those of earlier runs too.")


@stage_assets(
    "score",
    kinds={"numpy", "parquet"},
    pool="gpu",
    checks=[
        dg.AssetCheckSpec("calibrated", asset="scores", description="0.9 was proven to mean 0.9 on these catalogs.")
    ],
)
def score(
    context: dg.AssetExecutionContext, config: ScoreConfig, setup: RunSetup, pipes: dg.PipesSubprocessClient
) -> dg.MaterializeResult:
    """Raw score and match probability of every candidate pair."""
    worker = [sys.executable, "-m", WORKER, "--out", setup.out, "--config", setup.config]
    worker += ["--anew"] if config.anew else []
    command = [sys.executable, "-m", GUARDIAN, str(os.getpid()), *worker]
    try:
        done = pipes.run(command=command, context=context)
    except DagsterPipesExecutionError as error:
        ended = f"The scoring process ended early ({error}); its last lines are in the log. Finished shards are kept."
        raise dg.Failure(ended, allow_retries=True) from error
    for message in done.get_custom_messages():
        raise dg.Failure(message["sentence"], allow_retries=message["transient"])
    return done.get_materialize_result()
