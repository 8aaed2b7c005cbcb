"""Candidate pairs are scored in a process of their own, so that the code server never loads a model or holds a GPU."""

import sys

import dagster as dg
from dagster._core.errors import DagsterPipesExecutionError

from pipelines.defs.block import candidates
from pipelines.policy import RETRIES
from pipelines.resources import RunSetup


@dg.asset(
    group_name="align",
    kinds={"vllm", "parquet"},
    deps=[candidates],
    pool="gpu",
    retry_policy=RETRIES,
    check_specs=[
        dg.AssetCheckSpec("calibrated", asset="scores", description="0.9 was proven to mean 0.9 on these catalogs.")
    ],
)
def scores(context: dg.AssetExecutionContext, setup: RunSetup, pipes: dg.PipesSubprocessClient) -> dg.MaterializeResult:
    """Raw score and match probability of every candidate pair."""
    command = [sys.executable, "-m", "pipelines.score_worker", "--out", setup.out, "--config", setup.config]
    try:
        done = pipes.run(command=command, context=context)
    except DagsterPipesExecutionError as error:
        ended = f"The scoring process ended early ({error}); its last words stand in the log. Finished shards are kept."
        raise dg.Failure(ended, allow_retries=True) from error
    for said in done.get_custom_messages():
        raise dg.Failure(said["sentence"], allow_retries=said["transient"])
    return done.get_materialize_result()
