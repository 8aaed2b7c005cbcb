"""What is old enough to forget. All of it can be made again or is history of runs; the store prunes itself."""

import shutil
from datetime import datetime
from pathlib import Path

import dagster as dg

from sku_align.embedding.embed import VECTORS
from sku_align.scoring.shards import CACHE, SHARDS

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def forget_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete ended runs and their logs that were last touched before a moment.

    The last good run of each job stays, because incidents tell since when it was good.

    Args:
        instance: Dagster's instance.
        before: The moment.

    Returns:
        How many were deleted.
    """
    old = instance.get_runs(dg.RunsFilter(statuses=_ENDED, updated_before=before))
    kept: set[str] = set()
    for job in {run.job_name for run in old}:
        good = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS])
        kept |= {run.run_id for run in instance.get_runs(good, limit=1)}
    forgotten = [run.run_id for run in old if run.run_id not in kept]
    for run_id in forgotten:
        instance.delete_run(run_id)
    return len(forgotten)


def forget_unused(work: Path, before: datetime) -> float:
    """Delete cached scores, vectors and shards of models that no run wrote or read since a moment.

    Args:
        work: The folder `work` of a run folder.
        before: The moment.

    Returns:
        Megabytes freed.
    """
    freed = 0
    for path in [*work.glob(f"{CACHE}/*.parquet"), *work.glob(f"{VECTORS}/*"), *work.glob(f"{SHARDS}/*")]:
        files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
        stats = [each.stat() for each in files] or [path.stat()]
        if max(max(stat.st_mtime, stat.st_atime) for stat in stats) < before.timestamp():
            freed += sum(stat.st_size for stat in stats)
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return round(freed / 1e6, 3)
