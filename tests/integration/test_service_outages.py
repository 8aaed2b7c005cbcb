"""What the service needs may be away for a while: every error has a name, and it goes on by itself afterwards."""

import errno
import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from benchmarks.service import build
from sku_align.config import HttpScoring, ServingSettings, Settings
from sku_align.serving.app import create_app
from sku_align.serving.publication import Keeper

OFFERS = 60
# The watcher is left asleep, so that a test looks for itself.
SELDOM = ServingSettings(poll_s=3600)


@contextmanager
def serving(db: str, run: Path, settings: Settings) -> Iterator[tuple[TestClient, Keeper]]:
    keeper = Keeper(db, run, settings)
    with TestClient(create_app(keeper), raise_server_exceptions=False) as client:
        yield client, keeper


def matched(client: TestClient, keeper: Keeper, row: int) -> Any:
    """Ask which SKU an offer is that is called nearly as a published one."""
    title = f"{keeper.current.index.offers['title'][row].as_py()} new"
    offer = {"offer_id": "1", "title": title}
    return client.post("/v1/match", json={"catalog": "new-shop", "offers": [offer]})


def test_a_dead_database_leaves_what_needs_none_and_is_taken_up_again(database_url: str, tmp_path: Path) -> None:
    build(tmp_path, OFFERS, database_url)
    with serving(database_url, tmp_path / "run", Settings(serving=SELDOM)) as (client, keeper):
        sku = keeper.current.index.offers["sku_id"][0].as_py()
        before = matched(client, keeper, 0).json()
        assert client.get(f"/v1/skus/{sku}").status_code == 200
        with away(database_url, keeper):
            refused = client.get(f"/v1/skus/{sku}")
            assert refused.status_code == 503
            assert refused.json()["type"] == "database_unavailable"
            assert refused.headers["retry-after"]
            keeper.look()
            ready = client.get("/ready").json()
            assert ready["status"] == "degraded"
            assert ready["trouble"]
            during = matched(client, keeper, 0).json()
            assert {**during, "timings_ms": {}} == {**before, "timings_ms": {}}
        assert client.get(f"/v1/skus/{sku}").status_code == 200
        keeper.look()
        assert client.get("/ready").json()["status"] == "ready"


@contextmanager
def away(url: str, keeper: Keeper) -> Iterator[None]:
    """The database refuses everybody: PostgreSQL by its own means, a file because a folder has its place."""
    parts = sa.make_url(url)
    if parts.get_backend_name() == "sqlite":
        keeper.store.engine.dispose()
        path = Path(str(parts.database))
        aside = path.rename(path.with_suffix(".aside"))
        path.mkdir()
        yield
        path.rmdir()
        aside.rename(path)
        return
    admin = sa.create_engine(parts.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = str(parts.database)
    with admin.connect() as connection:
        connection.execute(sa.text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(sa.text(ended), {"name": name})
        yield
        connection.execute(sa.text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    admin.dispose()


class Reranker(BaseHTTPRequestHandler):
    """Scores documents by the words that they share with the query."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        words = set(asked["query"].split())
        scores = [len(words & set(text.split())) / (1 + len(words | set(text.split()))) for text in asked["documents"]]
        results = [{"index": at, "relevance_score": score} for at, score in enumerate(scores)]
        body = json.dumps({"results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: Any) -> None:
        """Say nothing."""


def started(port: int = 0) -> tuple[int, Callable[[], None]]:
    """A server of scores: its port, and what kills it."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Reranker)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def kill() -> None:
        server.shutdown()
        server.server_close()

    return server.server_address[1], kill


def test_a_killed_scorer_is_named_and_asked_again_when_it_is_back(tmp_path: Path) -> None:
    port, kill = started()
    url = f"http://127.0.0.1:{port}/v1/rerank"
    scoring = HttpScoring(url=url, http_retries=0, http_timeout_s=10, canaries=False)
    settings = Settings(scoring=scoring, serving=SELDOM)
    build(tmp_path, OFFERS, settings=settings)
    with serving(f"sqlite:///{tmp_path / 'skus.db'}", tmp_path / "run", settings) as (client, keeper):
        assert matched(client, keeper, 1).status_code == 200
        kill()
        refused = matched(client, keeper, 2)
        assert refused.status_code == 503
        assert refused.json()["type"] == "unavailable"
        assert url in refused.json()["message"]
        assert refused.headers["retry-after"]
        # Scores that are known need no scorer, and a search goes on in the order of recall.
        assert matched(client, keeper, 1).status_code == 200
        recalled = client.post("/v1/search", json={"q": "steel kettle", "rerank": True}).json()
        assert recalled["results"]
        assert recalled["reranked"] is False
        assert "gave no answer" in recalled["rerank_note"]
        _, kill = started(port)
        assert matched(client, keeper, 2).status_code == 200
        assert client.post("/v1/search", json={"q": "steel kettle", "rerank": True}).json()["reranked"] is True
    kill()


def test_a_full_disk_is_named_and_costs_nothing_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*words: Any, **more: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    build(tmp_path, OFFERS)
    with serving(f"sqlite:///{tmp_path / 'skus.db'}", tmp_path / "run", Settings(serving=SELDOM)) as (client, keeper):
        with monkeypatch.context() as patched:
            patched.setattr(tempfile, "NamedTemporaryFile", full)
            refused = matched(client, keeper, 0)
            assert refused.status_code == 503
            assert "No space left on device" in refused.json()["message"]
            assert refused.headers["retry-after"]
            assert client.get("/v1/search", params={"q": "steel kettle"}).status_code == 200
        assert matched(client, keeper, 0).status_code == 200
