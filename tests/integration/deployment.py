"""A deployment as systemd runs it: PostgreSQL for runs and SKUs, a daemon that is started again when it dies, runs.

A day brings new titles for every offer and new products, so that every pair is scored anew; by GTIN it is known which
offers belong together, and every offer must keep the id that it first had. About 250 pairs a day in shards of three.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa
import yaml
from dagster._cli.job import _create_run
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import ModuleTarget

from pipelines.run_process import RunProcess
from tests.conftest import ROOT
from tests.integration.postgres import Server
from tests.integration.test_guardian import is_alive

THINGS = {"de": "Wasserkocher", "en": "Kettle"}
BRANDS = ("Velora", "Krona", "Tamsin", "Ordo", "Pelikor", "Brenta", "Sundvik", "Maranto")
PRODUCTS = 120
SETTINGS = """
catalogs:
  de: {path: de.csv, language: de}
  en: {path: en.csv, language: en}
publishing: {max_churn: 1}
scoring: {name: bundled, shard_size: 3, threads: 1}
"""


def gtin(product: int) -> str:
    digits = f"40{product:010d}"
    total = sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(digits))
    return digits + str(-total % 10)


def write_feeds(folder: Path, day: int) -> None:
    """The feeds of a day: two products more than the day before, and every title changed."""
    for catalog, thing in THINGS.items():
        rows = [
            f"{number},{thing} {BRANDS[number % 8]} K{number * 37 % 1000} {number % 9 + 1}.{number % 7} L Serie {day},"
            f"{gtin(number)}"
            for number in range(PRODUCTS + 2 * day)
        ]
        (folder / f"{catalog}.csv").write_text("offer_id,title,gtin\n" + "\n".join(rows) + "\n", "utf-8")


def processes(*words: str) -> list[int]:
    """Ids of living processes whose command line holds all words."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError, ValueError):
            line = path.read_bytes().decode(errors="replace")
            if all(word in line for word in words) and is_alive(int(path.parent.name)):
                found.append(int(path.parent.name))
    return found


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class Deployment:
    """All of it, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out, self.home = folder, folder / "out", folder / "home"
        self.home.mkdir()
        self.server = Server(max_connections="100")
        assert self.server.start()
        for name in ("dagster", "skus"):
            engine = sa.create_engine(self.server.url().replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
            engine.dispose()
        self.db = self.server.url("skus").replace("://", "+psycopg://")
        settings = yaml.safe_load((ROOT / "dagster.yaml").read_text())
        storage = {"postgres": {"postgres_url": self.server.url("dagster").replace("://", "+psycopg2://")}}
        (self.home / "dagster.yaml").write_text(yaml.safe_dump(settings | {"storage": storage}))
        (folder / "settings.yaml").write_text(SETTINGS)
        self.environment = {
            "DAGSTER_HOME": str(self.home),
            "SKU_ALIGN_CONFIG": str(folder / "settings.yaml"),
            "SKU_ALIGN_OUT": str(self.out),
            "SKU_ALIGN_DB": self.db,
            "PYTHONPATH": str(ROOT),
        }
        os.environ.update(self.environment)
        os.environ.pop("SKU_ALIGN_AUTOMATION", None)
        self.instance = dg.DagsterInstance.from_config(str(self.home))
        self.daemon: subprocess.Popen[bytes] | None = None
        self.stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise)
        self._supervisor.start()

    def _supervise(self) -> None:
        """What systemd does with Restart=always and RestartSec=5."""
        log = (self.folder / "daemon.log").open("ab")
        command = [sys.executable, "-W", "ignore", "-m", "dagster._daemon", "run", "-m", "pipelines.definitions"]
        while not self.stopping.is_set():
            self.daemon = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
            while self.daemon.poll() is None and not self.stopping.wait(0.2):
                pass
            self.stopping.wait(5)
        self.daemon.terminate()
        self.daemon.wait()

    @contextmanager
    def workspace(self) -> Iterator[Callable[[str], str]]:
        """A function that puts a run of a job into the queue, as the UI does, and gives its id."""
        target = ModuleTarget("pipelines.definitions", None, str(ROOT), "pipelines.definitions")
        with create_test_daemon_workspace_context(target, self.instance) as process_context:
            workspace = process_context.create_request_context()
            (location,) = workspace.code_locations
            (repository,) = location.get_repositories().values()
            jobs = {each: repository.get_full_job(each) for each in ("align",)}

            def submit(job: str) -> str:
                made = _create_run(self.instance, location, repository, jobs[job], {}, None, None, None)
                self.instance.submit_run(made.run_id, workspace)
                return made.run_id

            yield submit

    def runs(self) -> list[dg.RunRecord]:
        """All runs, newest first; none while the database is away."""
        with suppress(Exception):
            return list(self.instance.get_run_records())
        return []

    def status(self, run_id: str) -> dg.DagsterRunStatus | None:
        return next((each.dagster_run.status for each in self.runs() if each.dagster_run.run_id == run_id), None)

    def pid(self, run_id: str) -> int | None:
        """Process id of a run."""
        with suppress(Exception):
            return RunProcess.of(self.instance.get_run_by_id(run_id)).pid
        return None

    def workers(self) -> list[int]:
        """The scoring processes, without the guardians before them."""
        return [pid for pid in processes("score_worker", str(self.out)) if pid not in processes("pipelines.guardian")]

    def shards(self) -> list[Path]:
        return list((self.out / "work" / "shards").glob("*/*/*.parquet"))

    def began(self, run_id: str, step: str) -> bool:
        with suppress(Exception):
            events = self.instance.all_logs(run_id, dg.DagsterEventType.STEP_START)
            return any(event.dagster_event.step_key == step for event in events)
        return False

    def live(self) -> tuple[int, Mapping[str, str]] | None:
        """Number of the live publication and the SKU of each offer as storefronts see them, at one moment."""
        engine = sa.create_engine(self.db, poolclass=sa.NullPool, isolation_level="REPEATABLE READ")
        try:
            with engine.connect() as connection:
                number = connection.execute(sa.text("SELECT publication_id FROM storefront_publication")).scalar()
                rows = connection.execute(sa.text("SELECT catalog, offer_id, sku_id FROM storefront_offer")).all()
                skus = connection.execute(sa.text("SELECT sku_id FROM storefront_sku")).scalars().all()
        except sa.exc.DBAPIError:
            return None
        assert {row[2] for row in rows} == set(skus), "every SKU has an offer and every offer a SKU"
        return (number or 0), {f"{catalog}#{offer}": sku for catalog, offer, sku in rows}

    def close(self) -> None:
        self.stopping.set()
        self._supervisor.join()
        self.instance.dispose()
        for pid in processes("dagster", str(self.home)) + processes("score_worker", str(self.out)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.remove()


class Watcher(threading.Thread):
    """Looks at views and shards all the time, and notes what must never be."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__(daemon=True)
        self.deployment, self.wrong, self.ended = deployment, [], threading.Event()
        self.first: dict[str, str] = {}
        self.sizes: dict[int, int] = {}
        self.scored: dict[Path, int] = {}
        self.twice = 0

    def run(self) -> None:
        while not self.ended.wait(0.1):
            try:
                self._look()
            except (AssertionError, OSError) as error:
                self.wrong.append(str(error))

    def _look(self) -> None:
        for path in self.deployment.shards():
            with suppress(FileNotFoundError):
                inode = path.stat().st_ino
                self.twice += self.scored.setdefault(path, inode) != inode
        if (seen := self.deployment.live()) is None:
            return
        number, sku_of = seen
        assert self.sizes.setdefault(number, len(sku_of)) == len(sku_of), f"publication {number} changed"
        moved = [offer for offer, sku in sku_of.items() if self.first.setdefault(offer, sku) != sku]
        assert not moved, f"publication {number}: {moved[:3]} have other ids than before"
        apart = [offer for offer, sku in sku_of.items() if sku_of.get(f"en#{offer[3:]}") != sku]
        assert not apart, f"publication {number}: {apart[:3]} are apart"


def until(happened: Callable[[], Any], seconds: float, what: str) -> Any:
    """What `happened` gives once it is true.

    Raises:
        AssertionError: It took too long.
    """
    end = time.monotonic() + seconds
    while not (result := happened()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return result
