"""How fast the service answers: a synthetic publication, and clients that ask it.

    python -m benchmarks.service build FOLDER --offers 100000
    sku-align serve --db sqlite:///FOLDER/skus.db
    python -m benchmarks.service load http://127.0.0.1:8080 FOLDER --clients 1 4 16 --seconds 20

`build` invents offers of five catalogs, two or three for each SKU, with vectors that are close in a SKU, and publishes
them. `load` asks match (one offer that was never asked about before), search and rerank (20
documents), each from so many clients at a time, and prints p50, p95, p99 and answers per second.
"""

import argparse
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa

from sku_align import schema
from sku_align.config import EmbeddingSettings, Settings
from sku_align.embedding.embed import load_embedder
from sku_align.pairs import pair_columns, sort_offers
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


def build(folder: Path, count: int) -> None:
    rng = np.random.default_rng(5)
    products = _titles(rng, int(count / 2.5))
    rows, product_of = [], []
    for at in range(count):
        number = at % len(products)
        words = products[number].split()
        title = " ".join(words) if at < len(products) else " ".join([*words[1:], words[0], str(rng.choice(KINDS))])
        catalog = CATALOGS[at // len(products) if rng.random() < 0.9 else int(rng.integers(len(CATALOGS)))]
        rows.append({"catalog": catalog, "offer_id": str(at), "title": title, "language": "en", "price": 10.0,
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
    settings, scorer = Settings(), load_scorer(Settings().scoring)
    candidates = schema.conform(pairs | {"rank": np.ones(many, np.int32)}, schema.CANDIDATES)
    sure = {"probability": np.full(many, 0.99, np.float32)}
    scored = {"raw_score": np.full(many, 4.0, np.float32), "scorer": pa.repeat(scorer.fingerprint, many)}
    scores = schema.conform(pairs | sure | scored, schema.SCORES)
    merged = {"decision": pa.repeat("auto_merge", many), "reason": pa.repeat("threshold", many)}
    decisions = schema.conform(pairs | sure | merged, schema.DECISIONS)
    groups = offers.select(["catalog", "offer_id"]).append_column("cluster", pa.array(product))
    folder.mkdir(parents=True, exist_ok=True)
    db = f"sqlite:///{folder / 'skus.db'}"
    store = Store.open(db)
    previous = store.previous()
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
    path = keep_index(IndexRoot.beside(db), publication.publication_id, tables, settings, run)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    print(
        f"{count:,} offers, {publication.skus:,} SKUs; "
        f"index in {time.perf_counter() - started:.1f} s, {size / 1e6:.0f} MB"
    )


def load(address: str, folder: Path, clients: list[int], seconds: float) -> None:
    from sku_align.retrieval.index import PublishedIndex

    root = IndexRoot.beside(f"sqlite:///{folder / 'skus.db'}")
    titles = PublishedIndex.open(root.folder(root.publications()[0])).offers["title"].to_pylist()
    questions: dict[str, Callable[[np.random.Generator], tuple[str, dict[str, Any]]]] = {
        "match": lambda rng: (
            "/v1/match",
            {
                "catalog": "new-shop",
                "offers": [{"offer_id": "1", "title": f"{rng.choice(titles)} {rng.integers(1_000_000)}"}],
            },
        ),
        "search": lambda rng: ("/v1/search", {"q": f"{' '.join(str(rng.choice(titles)).split()[:3])}"}),
        "rerank": lambda rng: (
            "/v1/rerank",
            {"query": str(rng.choice(titles)), "documents": [str(text) for text in rng.choice(titles, 20)]},
        ),
    }
    print(f"{'question':8} {'clients':>7} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'per s':>7} {'errors':>6}")
    for name, question in questions.items():
        for count in clients:
            times, errors = _asked(address, question, count, seconds)
            p50, p95, p99 = np.percentile(times, [50, 95, 99]) * 1000
            print(
                f"{name:8} {count:7} {p50:8.0f} {p95:8.0f} {p99:8.0f} {len(times) / seconds:7.1f} {errors:6}",
                flush=True,
            )


def _asked(address: str, question: Any, count: int, seconds: float) -> tuple[list[float], int]:
    times: list[float] = []
    errors = [0]
    end = time.monotonic() + seconds

    def ask(number: int) -> None:
        rng = np.random.default_rng([number, int(time.time())])
        with httpx.Client(base_url=address, timeout=60) as client:
            while time.monotonic() < end:
                path, body = question(rng)
                start = time.perf_counter()
                answer = client.post(path, json=body)
                times.append(time.perf_counter() - start)
                errors[0] += answer.status_code >= 400

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, errors[0]


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
    asked = parser.parse_args()
    if asked.command == "build":
        build(asked.folder, asked.offers)
    else:
        load(asked.address, asked.folder, asked.clients, asked.seconds)


if __name__ == "__main__":
    main()
