"""Kill -9 of each process of a Dagster deployment while it scores: the next run starts soon and finishes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dagster as dg
import pytest

from tests.conftest import ROOT

SHOP = "offer_id,title\n1,Kettle Velora 1.7 L black\n2,Toaster Krona T2\n3,Lamp Osk 40 W\n"
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc")


class Scorer(ThreadingHTTPServer):
    """A rerank endpoint that answers nothing until `gate` is open, and counts what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        self.gate, self.asked, self.pairs = threading.Event(), threading.Event(), 0
        super().__init__(("127.0.0.1", 0), Answer)


class Answer(BaseHTTPRequestHandler):
    server: Scorer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.set()
        self.server.gate.wait()
        self.server.pairs += len(body["documents"])
        scores = [{"index": at, "relevance_score": 0.5} for at in range(len(body["documents"]))]
        text = json.dumps({"results": scores}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def scorer() -> Iterator[Scorer]:
    server = Scorer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.gate.set()
    server.shutdown()


class Deployment:
    """A daemon with its code server and runs, as `dagster dev` and systemd start them, in a home of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        (self.home / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
        for name in ("hafen", "mole"):
            (folder / f"{name}.csv").write_text(SHOP, "utf-8")
        (folder / "settings.yaml").write_text(
            "catalogs: {hafen: {path: hafen.csv}, mole: {path: mole.csv}}\npublishing: {max_churn: 1}\n"
            f"scoring: {{name: http, url: '{url}', model: stub, canaries: false, http_timeout_s: 600}}\n"
        )
        self.environment = os.environ | {
            "DAGSTER_HOME": str(self.home),
            "SKU_ALIGN_CONFIG": str(folder / "settings.yaml"),
            "SKU_ALIGN_OUT": str(folder / "out"),
            "SKU_ALIGN_DB": f"sqlite:///{folder / 'skus.db'}",
            "PYTHONPATH": str(ROOT),
        }
        self.log = (folder / "daemon.log").open("w")
        self.start()

    def start(self) -> None:
        words = [sys.executable, "-W", "ignore", "-m", "dagster._daemon", "run", "-m", "pipelines.definitions"]
        self.daemon = subprocess.Popen(words, env=self.environment, cwd=ROOT, stdout=self.log, stderr=self.log)

    def launch(self) -> str:
        words = [sys.executable, "-W", "ignore", "-m", "dagster", "job", "launch", "-m", "pipelines.definitions"]
        done = subprocess.run([*words, "-j", "align"], env=self.environment, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return self.instance().get_runs(limit=1)[0].run_id

    def instance(self) -> dg.DagsterInstance:
        return dg.DagsterInstance.from_config(str(self.home))

    def processes(self, part: str) -> list[int]:
        """Processes of this deployment whose command line holds `part`, the oldest first."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                ours = f"DAGSTER_HOME={self.home}".encode() in (path / "environ").read_bytes()
                if ours and part.encode() in (path / "cmdline").read_bytes():
                    found.append(int(path.name))
            except OSError:
                continue
        return sorted(found)

    def stop(self) -> None:
        self.daemon.terminate()
        self.daemon.wait(60)
        for process in self.processes(""):
            os.kill(process, signal.SIGKILL)


@pytest.fixture
def deployment(tmp_path: Path, scorer: Scorer) -> Iterator[Deployment]:
    deployment = Deployment(tmp_path, f"http://127.0.0.1:{scorer.server_port}/v1/rerank")
    yield deployment
    deployment.stop()


def until(happened: Callable[[], object], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


VICTIMS = os.environ.get("SKU_ALIGN_VICTIMS", "run").split()


@pytest.mark.parametrize("victim", VICTIMS)
def test_after_a_kill_the_next_run_starts_within_a_minute_and_finishes(
    victim: str, deployment: Deployment, scorer: Scorer
) -> None:
    first = deployment.launch()
    until(scorer.asked.is_set, 240, "the first run scores")
    worker = deployment.processes("score_worker")[-1]
    guardian = parent(worker)
    target = {
        "run": lambda: parent(guardian),
        "worker": lambda: worker,
        "guardian": lambda: guardian,
        "daemon": lambda: deployment.daemon.pid,
        "code server": lambda: parent(parent(guardian)),
    }[victim]()
    os.kill(target, signal.SIGKILL)
    killed = time.time()
    if victim == "daemon":
        deployment.daemon.wait()
        deployment.start()
    if victim in ("run", "guardian"):
        until(lambda: worker not in deployment.processes("score_worker"), 15, "the scoring process ends")
    scorer.gate.set()
    second = deployment.launch()
    instance = deployment.instance()

    def record(run: str) -> dg.RunRecord:
        return instance.get_run_records(dg.RunsFilter(run_ids=[run]))[0]

    until(lambda: record(second).dagster_run.is_finished, 300, "the second run ends")
    ended = {run: record(run).dagster_run.status.value for run in (first, second)}
    assert ended[second] == "SUCCESS", ended
    assert not deployment.processes("score_worker")
    began = max(record(second).start_time or 0, record(first).end_time or 0)
    print(f"{victim}: first {ended[first]}, second began {began - killed:.0f} s after the kill")
    assert (record(second).start_time or 0) - killed < 240 if victim != "run" else began - killed < 120
    assert scorer.pairs == 9, "no pair is scored twice"
