"""How fast the service answers: a synthetic publication, and clients that ask it.

    python -m benchmarks.service build FOLDER --offers 100000
    sku-align serve --db sqlite:///FOLDER/skus.db
    python -m benchmarks.service load http://127.0.0.1:8080 FOLDER --clients 1 4 16 --seconds 20
    python -m benchmarks.service soak FOLDER --seconds 1800 --publications 20

`build` invents offers of five catalogs, two or three for each SKU, with vectors that are close in a SKU, and publishes
them. `load` has Locust ask match (one offer that was never asked about before), search and rerank (20 documents), each
from so many clients at a time (`service_clients.py`), and prints p50, p95, p99 and answers per second. `soak` starts a
service of its own and publishes again and again while clients ask. Every price is the number of its publication, so
that a client sees at once when an answer mixes two.
"""

import argparse
import csv
import os
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa

from sku_align import schema
from sku_align.config import EmbeddingSettings, Settings
from sku_align.embedding.embed import load_embedder
from sku_align.pairs import pair_columns, sort_offers
from sku_align.retrieval.index import PublishedIndex
from sku_align.retrieval.keeping import keep_index
from sku_align.retrieval.versions import IndexRoot
from sku_align.scoring.load import load_scorer
from sku_align.skus.identity import identify
from sku_align.stages import run_folder
from sku_align.store import Store

CATALOGS = ("amber", "birch", "cedar", "dune", "ember")
NOUNS = ("kettle", "lamp", "tent", "drill", "bottle", "chair", "torch", "pan", "scale", "heater", "filter", "brush")
KINDS = ("folding", "steel", "compact", "electric", "camping", "wall", "travel", "heavy", "mini", "outdoor")


def _titles(rng: np.random.Generator, count: int) -> list[str]:
    syllables = np.array([a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "ar", "en", "ol")])
    brands = ["".join(rng.choice(syllables, 2)).capitalize() for _ in range(2000)]
    return [
        f"{brands[rng.integers(2000)]} {rng.choice(KINDS)} {rng.choice(NOUNS)} {rng.integers(10, 99)}"
        f"{rng.choice(list('ABCX'))}-{rng.integers(1000)} {rng.integers(1, 40) / 2:g} l"
        for _ in range(count)
    ]


def build(folder: Path, count: int, db: str = "", settings: Settings | None = None) -> None:
    """Publish invented offers: to SQLite in the folder, or to another database, whose index lies in its `run`."""
    folder.mkdir(parents=True, exist_ok=True)
    db = db or f"sqlite:///{folder / 'skus.db'}"
    store = Store.open(db)
    previous = store.previous()
    price = float((previous.publication_id or 0) + 1)
    rng = np.random.default_rng(5)
    products = _titles(rng, int(count / 2.5))
    rows, product_of = [], []
    for at in range(count):
        number = at % len(products)
        words = products[number].split()
        title = " ".join(words) if at < len(products) else " ".join([*words[1:], words[0], str(rng.choice(KINDS))])
        catalog = CATALOGS[at // len(products) if rng.random() < 0.9 else int(rng.integers(len(CATALOGS)))]
        rows.append({"catalog": catalog, "offer_id": str(at), "title": title, "language": "en", "price": price,
                     "currency": "EUR", "brand": words[0], "content_hash": str(at)})  # fmt: skip
        product_of.append(number)
    offers = sort_offers(schema.conform(rows, schema.OFFERS))
    product = np.array(product_of)[[int(offer) for offer in offers["offer_id"].to_pylist()]]
    embedder = load_embedder(EmbeddingSettings())
    base = rng.standard_normal((len(products), embedder.dimension)).astype(np.float32)
    vectors = base[product] + 0.3 * rng.standard_normal((count, embedder.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.astype(np.float16).reshape(-1)), embedder.dimension)
    keys = {name: offers[name] for name in ("catalog", "offer_id")}
    embeddings = schema.conform(keys | {"vector": column}, schema.embeddings_schema(embedder.dimension))
    order = np.argsort(product, kind="stable")
    same = product[order][1:] == product[order][:-1]
    left, right = order[:-1][same], order[1:][same]
    sort = np.lexsort((np.maximum(left, right), np.minimum(left, right)))
    pairs = pair_columns(offers, left[sort], right[sort])
    many = len(sort)
    settings = settings or Settings()
    scorer = load_scorer(settings.scoring)
    candidates = schema.conform(pairs | {"rank": np.ones(many, np.int32)}, schema.CANDIDATES)
    sure = {"probability": np.full(many, 0.99, np.float32)}
    scored = {"raw_score": np.full(many, 4.0, np.float32), "scorer": pa.repeat(scorer.fingerprint, many)}
    scores = schema.conform(pairs | sure | scored, schema.SCORES)
    merged = {"decision": pa.repeat("auto_merge", many), "reason": pa.repeat("threshold", many)}
    decisions = schema.conform(pairs | sure | merged, schema.DECISIONS)
    groups = offers.select(["catalog", "offer_id"]).append_column("cluster", pa.array(product))
    found = identify(groups, offers, decisions, previous)
    publication = store.publish(
        offers=offers, decisions=decisions, clusters=found.clusters, refused=schema.REFUSED.empty_table(),
        events=found.events, previous=previous, settings=settings, published_at=datetime.now(UTC), accept_churn=True,
    )  # fmt: skip
    tables = {"offers": offers, "embeddings": embeddings, "candidates": candidates, "scores": scores,
              "decisions": decisions, "clusters": found.clusters}  # fmt: skip
    run = run_folder(folder / "run")
    run.note("score", {"scorer": scorer.fingerprint})
    run.note("embed", {"embedder": embedder.fingerprint})
    started = time.perf_counter()
    path = keep_index(IndexRoot.beside(db, None, folder / "run"), publication.publication_id, tables, settings, run)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    print(
        f"{count:,} offers, {publication.skus:,} SKUs; "
        f"index in {time.perf_counter() - started:.1f} s, {size / 1e6:.0f} MB"
    )


def load(address: str, folder: Path, clients: list[int], seconds: float) -> None:
    """Ask each question from so many clients at a time, by Locust in a process of its own, and print its figures."""
    print(f"{'question':8} {'clients':>7} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'per s':>7} {'errors':>6}")
    for question in ("match", "search", "rerank"):
        for count in clients:
            with tempfile.TemporaryDirectory() as figures:
                command = _locust(address, count, seconds, Path(figures) / "found")
                asked = {"SERVICE_FOLDER": str(folder), "SERVICE_QUESTION": question}
                subprocess.run(command, env=os.environ | asked, capture_output=True, check=False)
                with (Path(figures) / "found_stats.csv").open(encoding="utf-8") as file:
                    found = list(csv.DictReader(file))[-1]
            # Where no answer came in time, Locust writes N/A.
            times = " ".join(f"{found[name]:>8}" for name in ("50%", "95%", "99%"))
            rate = float(found["Requests/s"])
            print(f"{question:8} {count:7} {times} {rate:7.1f} {found['Failure Count']:>6}", flush=True)


def soak(folder: Path, seconds: float, publications: int, clients: int, pace: float) -> None:
    """Publish while clients ask, and print failures, publications taken up and the service's memory.

    Args:
        folder: What `build` made.
        seconds: How long clients ask.
        publications: How many publications are made meanwhile, evenly spread.
        clients: How many clients ask, each match, search and rerank in turn.
        pace: Requests a second that each client sends.
    """
    root = IndexRoot.beside(f"sqlite:///{folder / 'skus.db'}")
    offers = len(PublishedIndex.open(root.folder(root.publications()[0])).offers)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, db = f"http://127.0.0.1:{port}", f"sqlite:///{folder / 'skus.db'}"
    serve = [sys.executable, "-c", "from sku_align.cli import main; main()", "serve", "--db", db, "--port", str(port)]
    with (folder / "serve.log").open("w") as log, subprocess.Popen(serve, stdout=log, stderr=log) as service:
        try:
            while not _ready(address):
                if service.poll() is not None:
                    raise SystemExit(f"The service did not start: see {folder / 'serve.log'}.")
                time.sleep(0.5)
            command = _locust(address, clients, seconds, folder / "soak")
            asked = os.environ | {"SERVICE_FOLDER": str(folder), "SERVICE_PACE": str(pace)}
            with subprocess.Popen(command, env=asked, stdout=log, stderr=log) as asking:
                started, made, memory = time.monotonic(), 0, list[int]()
                while asking.poll() is None:
                    if made < publications and time.monotonic() - started > (made + 0.5) * seconds / publications:
                        made += 1
                        subprocess.run(
                            [sys.executable, "-m", "benchmarks.service", "build", str(folder), "--offers", str(offers)],
                            check=True, stdout=log, stderr=log,
                        )  # fmt: skip
                    memory.append(_resident(service.pid))
                    time.sleep(1)
            with (folder / "soak_stats.csv").open(encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    found = {name: row[name] for name in ("Request Count", "Failure Count", "50%", "95%", "99%")}
                    print(row["Name"], found)
            tenth = max(len(memory) // 10, 1)
            first, last = (max(part) / 1e6 for part in (memory[tenth : 2 * tenth], memory[-tenth:]))
            print(
                f"{made} publications; memory {first:.0f} MB in the second tenth of the time, {last:.0f} MB at the end"
            )
        finally:
            service.terminate()


def _locust(address: str, clients: int, seconds: float, figures: Path) -> list[str]:
    """The command by which so many clients ask; its figures begin with the path."""
    return [
        sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("service_clients.py")), "--headless",
        "--host", address, "-u", str(clients), "-r", "100", "-t", f"{seconds:g}s", "--stop-timeout", "60",
        "--csv", str(figures), "--loglevel", "ERROR", "--only-summary",
    ]  # fmt: skip


def _resident(pid: int) -> int:
    """Bytes of memory that a process of Linux holds."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _ready(address: str) -> bool:
    """Whether a service answers questions."""
    try:
        return httpx.get(f"{address}/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build")
    building.add_argument("folder", type=Path)
    building.add_argument("--offers", type=int, default=100_000)
    loading = commands.add_parser("load")
    loading.add_argument("address")
    loading.add_argument("folder", type=Path)
    loading.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16])
    loading.add_argument("--seconds", type=float, default=20)
    soaking = commands.add_parser("soak")
    soaking.add_argument("folder", type=Path)
    soaking.add_argument("--seconds", type=float, default=1800)
    soaking.add_argument("--publications", type=int, default=20)
    soaking.add_argument("--clients", type=int, default=4)
    soaking.add_argument("--pace", type=float, default=0.5, help="requests a second of each client")
    asked = parser.parse_args()
    if asked.command == "build":
        build(asked.folder, asked.offers)
    elif asked.command == "soak":
        soak(asked.folder, asked.seconds, asked.publications, asked.clients, asked.pace)
    else:
        load(asked.address, asked.folder, asked.clients, asked.seconds)


if __name__ == "__main__":
    main()
