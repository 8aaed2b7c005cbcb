"""kill -9 of every part of a deployment at three points each: the next run starts within a minute and loses nothing.

`FAULTS=FILE pytest -m slow tests/integration/test_faults.py` also writes what it measured; docs/experiments/faults.md
shows it.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from tests.integration import postgres
from tests.integration.deployment import PRODUCTS, Deployment, Watcher, parent_of, until, write_feeds
from tests.integration.test_guardian import is_alive

pytest.importorskip("dagster_postgres")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(postgres.binaries() is None, reason="PostgreSQL is not installed"),
]
# The bound for the start of the next run, from the kill.
STARTS_WITHIN_S = 60
# A run of this size, with the processor shared by others.
ENDS_WITHIN_S = 400

POINTS: dict[str, Callable[[Deployment, str], bool]] = {
    "reading": lambda at, run_id: at.began(run_id, "ingest"),
    "scoring begins": lambda at, run_id: bool(at.workers()),
    "scoring": lambda at, run_id: len(at.shards()) >= 20,
    "scoring ends": lambda at, run_id: len(at.shards()) >= 60,
    "publishing": lambda at, run_id: at.began(run_id, "publish"),
}
VICTIMS: dict[str, Callable[[Deployment, str], int]] = {
    "run": lambda at, run_id: at.pid(run_id),
    "worker": lambda at, run_id: at.workers()[0],
    "code server": lambda at, run_id: parent_of(at.pid(run_id)),
    "daemon": lambda at, run_id: at.daemon.pid,
    "database": lambda at, run_id: int((at.server.data / "postmaster.pid").read_text().split()[0]),
}
SCORING = ["scoring begins", "scoring", "scoring ends"]
CASES = [
    (victim, point)
    for victim in VICTIMS
    for point in (SCORING if victim == "worker" else ["reading", "scoring", "publishing"])
]


@dataclass
class Scene:
    deployment: Deployment
    watcher: Watcher
    submit: Callable[[str], str]
    rows: list[str]
    day: int = 0


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    environment = dict(os.environ)
    deployment = Deployment(tmp_path_factory.mktemp("deployment"))
    watcher = Watcher(deployment)
    try:
        with deployment.workspace() as submit:
            write_feeds(deployment.folder, 0)
            watcher.start()
            scene = Scene(deployment, watcher, submit, [])
            first = submit("align")
            until(lambda: deployment.status(first) is dg.DagsterRunStatus.SUCCESS, ENDS_WITHIN_S, "the first day")
            yield scene
    finally:
        watcher.ended.set()
        deployment.close()
        os.environ.clear()
        os.environ.update(environment)
        if path := os.environ.get("FAULTS"):
            Path(path).write_text("\n".join(scene.rows) + "\n")


@pytest.mark.parametrize(("victim", "point"), CASES, ids=[f"{victim} at {point}" for victim, point in CASES])
def test_a_killed_part_costs_no_data_and_the_next_run_starts_within_a_minute(
    scene: Scene, victim: str, point: str
) -> None:
    deployment = scene.deployment
    scene.day += 1
    write_feeds(deployment.folder, scene.day)
    run_id = scene.submit("align")
    until(lambda: deployment.status(run_id) is dg.DagsterRunStatus.STARTED, 120, "the run starts")
    until(lambda: deployment.pid(run_id) and POINTS[point](deployment, run_id), 120, point)
    assert deployment.status(run_id) is dg.DagsterRunStatus.STARTED, "the point was missed"
    run, workers = deployment.pid(run_id), deployment.workers()
    killed = VICTIMS[victim](deployment, run_id)
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    # The daemon and the worker die beside the run, which goes on or tries its step again; else another run takes over.
    goes_on = victim in ("daemon", "worker")
    if victim == "database":
        until(deployment.server.start, 60, "the database starts again")

        def decided() -> bool:
            return bool(_next(deployment, run_id)) or deployment.status(run_id) is dg.DagsterRunStatus.SUCCESS

        # Whether the run asks the database anything while it is away is chance.
        until(decided, 300, "the run ends, or the next one starts")
        goes_on = _next(deployment, run_id) is None
    started = None if goes_on else until(lambda: _next(deployment, run_id), 300, "the next run starts")
    starts_in = time.monotonic() - began
    until(lambda: _published(scene), ENDS_WITHIN_S, "the day is published")
    published_in = time.monotonic() - began
    last = started or run_id
    until(lambda: deployment.status(last) is dg.DagsterRunStatus.SUCCESS, 120, "the run ends")
    ended = deployment.status(run_id)
    left = [pid for pid in [*workers, *([] if goes_on else [run])] if is_alive(pid)]
    scene.rows.append(
        f"| {victim} | {point} | {'the same run' if goes_on else 'failed; the next one'} succeeded "
        f"| {'-' if goes_on else f'{starts_in:.0f}'} | {published_in:.0f} | {len(left)} | {scene.watcher.twice} "
        f"| {len(scene.watcher.wrong)} |"
    )
    print(scene.rows[-1])
    assert ended is (dg.DagsterRunStatus.SUCCESS if goes_on else dg.DagsterRunStatus.FAILURE)
    assert not left
    assert not scene.watcher.twice
    assert not scene.watcher.wrong
    assert goes_on or starts_in < STARTS_WITHIN_S


def _next(deployment: Deployment, run_id: str) -> str | None:
    """The run that was started for a failed one."""
    for record in deployment.runs():
        run = record.dagster_run
        if run.parent_run_id == run_id and record.start_time:
            return run.run_id
    return None


def _published(scene: Scene) -> bool:
    seen = scene.deployment.live()
    return seen is not None and len(seen[1]) == 2 * (PRODUCTS + 2 * scene.day)
