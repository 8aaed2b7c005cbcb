"""Candidate pairs are scored in a process of their own, so that the code server never loads a model or holds a GPU."""

import sys

import dagster as dg

from pipelines.defs.block import candidates
from pipelines.resources import RunSetup


@dg.asset(
    group_name="align",
    kinds={"vllm", "parquet"},
    deps=[candidates],
    pool="gpu",
    retry_policy=dg.RetryPolicy(max_retries=1, delay=30),
)
def scores(context: dg.AssetExecutionContext, setup: RunSetup, pipes: dg.PipesSubprocessClient) -> dg.MaterializeResult:
    """Raw score and match probability of every candidate pair."""
    command = [sys.executable, "-m", "pipelines.score_worker", "--out", setup.out, "--config", setup.config]
    return pipes.run(command=command, context=context).get_materialize_result()
