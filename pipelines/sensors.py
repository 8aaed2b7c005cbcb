"""What starts runs: a catalog that changed, a sheet that came back, answers on the page.

A file counts once two ticks have seen it alike, so that no run reads one that is still being written.
"""

import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.folder import RunFolder
from sku_align.redaction import redact
from sku_align.review import returned_sheets
from sku_align.store import Store
from sku_align.store.asked import Mark

from .defs.feeds import catalogs
from .resources import RunSetup
from .schedules import STATUS, align, reviewed

State = dict[str, list[int]]
ANSWERS_WAIT_S = 900  # People who answer all day see their answers at work every quarter of an hour; chosen by eye.
_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dg.sensor(job=align, minimum_interval_seconds=60, default_status=STATUS, description="A catalog changed.")
def catalog_changes(context: dg.SensorEvaluationContext, setup: RunSetup) -> dg.SensorResult:
    """Starts `align` when a catalog file or the settings file changed since the sensor was turned on."""
    settings = Settings.load(Path(setup.config))
    paths = [Path(setup.config), *(catalog.path for catalog in settings.catalogs.values() if catalog.path)]
    if missing := [str(path) for path in paths if not path.exists()]:
        return dg.SensorResult(skip_reason=f"{missing[0]} is not there; waiting for it.", cursor=context.cursor)
    now, cursor = _state(paths), json.loads(context.cursor or "{}")
    ran, seen = cursor.get("ran", now), cursor.get("seen", now)
    changed = sorted(Path(name).name for name in {*now, *ran} if now.get(name) != ran.get(name))
    return _answer(now, seen, ran, changed, f"None of {len(now)} files changed.")


@dg.sensor(job=reviewed, minimum_interval_seconds=60, default_status=STATUS, description="A reviewed sheet came back.")
def returned_reviews(context: dg.SensorEvaluationContext, setup: RunSetup) -> dg.SensorResult:
    """Starts `reviewed` when reviewed sheets lie in the run folder's `returned`."""
    folder = RunFolder(Path(setup.out)).returned
    now, cursor = _state(returned_sheets(folder)), json.loads(context.cursor or "{}")
    waiting = sorted(Path(name).name for name in now if now[name] != cursor.get("ran", {}).get(name))
    return _answer(now, cursor.get("seen", {}), cursor.get("ran", {}), waiting, f"No new sheet in {folder}.")


@dg.sensor(job=reviewed, minimum_interval_seconds=60, default_status=STATUS, description="Answers came in on the page.")
def page_answers(context: dg.SensorEvaluationContext, setup: RunSetup) -> dg.SensorResult:
    """Starts `reviewed` once for the answers that were stored since the decisions of the last run, and scores nothing.

    It waits while answers still come in, but no longer than a quarter of an hour, and while such a run is under way.
    """
    cursor = json.loads(context.cursor or "{}")
    try:
        now = Store.existing(setup.db).asked.marks().verdicts if setup.db else Mark()
    except UserError as error:
        return dg.SensorResult(skip_reason=redact(str(error)), cursor=context.cursor)
    known = Mark(*RunFolder(Path(setup.out)).facts("decide").get("answers") or Mark())
    if now == known:
        return dg.SensorResult(skip_reason=f"The last run knew all {now.rows:,} answers.", cursor="{}")
    first_seen = cursor.get("since") or time.time()
    waiting = json.dumps({"seen": now, "since": first_seen})
    still = cursor.get("seen") == list(now)
    if not still and time.time() - first_seen < ANSWERS_WAIT_S:
        return dg.SensorResult(skip_reason="Answers come in; waiting until they stand still.", cursor=waiting)
    under_way = dg.RunsFilter(job_name=reviewed.name, statuses=_UNDER_WAY)
    if context.instance.get_runs(under_way, limit=1):
        return dg.SensorResult(skip_reason=f"A run of {reviewed.name} is under way.", cursor=waiting)
    key = f"answers-{hashlib.sha256(json.dumps([setup.db, now]).encode()).hexdigest()}"
    tags = {"sku_align/answers": str(now.rows - known.rows)}
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key, tags=tags)], cursor=json.dumps({"seen": now}))


@dg.sensor(minimum_interval_seconds=60, default_status=STATUS, description="Partitions of `feeds` follow the settings.")
def catalog_partitions(context: dg.SensorEvaluationContext, setup: RunSetup) -> dg.SensorResult:
    """Adds a partition for each new catalog of the settings, and retires those of catalogs that are gone."""
    wanted = set(Settings.load(Path(setup.config)).catalogs)
    there = set(context.instance.get_dynamic_partitions(str(catalogs.name)))
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if wanted - there:
        requests.append(catalogs.build_add_request(sorted(wanted - there)))
    if there - wanted:
        requests.append(catalogs.build_delete_request(sorted(there - wanted)))
    return dg.SensorResult(dynamic_partitions_requests=requests)


def _answer(now: State, seen: State, ran: State, changed: list[str], quiet: str) -> dg.SensorResult:
    """A run for what changed since `ran` and stood still since `seen`; else why not."""
    if not changed:
        return dg.SensorResult(skip_reason=quiet, cursor=json.dumps({"seen": now, "ran": ran}))
    if now != seen:
        reason = f"{', '.join(changed)} changed; waiting until it stands still."
        return dg.SensorResult(skip_reason=reason, cursor=json.dumps({"seen": now, "ran": ran}))
    key = hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()
    request = dg.RunRequest(run_key=key, tags={"sku_align/changed": ", ".join(changed)[:200]})
    return dg.SensorResult(run_requests=[request], cursor=json.dumps({"seen": now, "ran": now}))


def _state(paths: Iterable[Path]) -> State:
    return {str(path): [path.stat().st_mtime_ns, path.stat().st_size] for path in paths}
