"""Write the index of a publication: its offers, their vectors and words, their pairs, and who belongs together."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.blocking.identifier import KEYS
from sku_align.blocking.neighbours import Nearest
from sku_align.blocking.tokens import Frequencies, weigh
from sku_align.embedding.vectors import vectors_of
from sku_align.pairs import numbered, pair_positions, pair_rows
from sku_align.retrieval.arrays import write_array, write_csr, write_table
from sku_align.retrieval.lexicon import Lexicon, word_hashes
from sku_align.retrieval.versions import READY

# Raised whenever a release writes other files or means something else by them.
FORMAT = 3
COUNTS = "counts"
PAIRS = pa.schema(
    [
        ("left", pa.int32()),
        ("right", pa.int32()),
        ("rank", pa.int32()),
        ("raw_score", pa.float32()),
        ("probability", pa.float32()),
        ("decision", schema.NAME),
        ("reason", schema.NAME),
    ]
)


@dataclass(frozen=True)
class IndexInput:
    """The tables of a finished run, and what made them.

    Attributes:
        offers: Table of `schema.OFFERS`, sorted by key.
        embeddings: Vectors of the same offers in the same order.
        candidates: Table of `schema.CANDIDATES`.
        scores: Table of `schema.SCORES`.
        decisions: Table of `schema.DECISIONS`.
        clusters: Table of `schema.CLUSTERS`.
        settings: All settings of the run as JSON, without secrets.
        hub_limit: A key shared by more offers than this is not evidence.
    """

    offers: pa.Table
    embeddings: pa.Table
    candidates: pa.Table
    scores: pa.Table
    decisions: pa.Table
    clusters: pa.Table
    settings: str
    hub_limit: int


def build_index(folder: Path, publication: int, run: IndexInput, about: Mapping[str, Any]) -> None:
    """Write an index into an empty folder.

    Args:
        folder: Where to.
        publication: The publication it holds for.
        run: The tables.
        about: More to note in `index.json`, such as the fingerprints of the scorer and the embedder.
    """
    offers = run.offers
    write_table(folder / "offers.arrow", _with_skus(offers, run.clusters))
    vectors = vectors_of(run.embeddings).astype(np.float16)
    write_array(folder / "vectors.npy", vectors)
    lexicon, features = Lexicon.learn(offers)
    write_array(folder / "words.npy", lexicon.words)
    write_array(folder / "numbers.npy", lexicon.numbers)
    write_array(folder / "frequency.npy", lexicon.frequency)
    # Few texts have a word twice, and none has one 65,000 times.
    write_csr(folder, COUNTS, features, np.uint16)
    features = weigh(features, Frequencies(lexicon.documents, lexicon.frequency))
    catalogs = _catalogs(offers)
    for number, (_, start, stop) in enumerate(catalogs):
        _write_catalog(folder, number, vectors[start:stop], features[start:stop])
    hubs = {}
    for name, keys_of in KEYS.items():
        keys = keys_of(offers)
        hubs[name] = sorted(hub for hub, _ in keys.hubs(run.hub_limit))
        hashes = word_hashes(keys.texts)
        order = np.argsort(hashes, kind="stable")
        write_array(folder / f"{name}.keys.npy", hashes[order])
        write_array(folder / f"{name}.rows.npy", keys.row.astype(np.int32)[order])
    _write_skus(folder, offers, run.clusters)
    _write_pairs(folder, run)
    (folder / "settings.json").write_text(run.settings, encoding="utf-8")
    note = {
        "format": FORMAT,
        "publication_id": publication,
        "offers": len(offers),
        "dimension": int(vectors.shape[1]),
        "catalogs": catalogs,
        "hubs": hubs,
        **about,
    }
    (folder / READY).write_text(json.dumps(note, ensure_ascii=False, indent=1), encoding="utf-8")


def _with_skus(offers: pa.Table, clusters: pa.Table) -> pa.Table:
    if not offers.select(["catalog", "offer_id"]).equals(clusters.select(["catalog", "offer_id"])):
        raise ValueError("clusters and offers are not about the same offers in the same order")
    return offers.append_column("sku_id", clusters["sku_id"])


def _catalogs(offers: pa.Table) -> list[tuple[str, int, int]]:
    codes, names = numbered(offers["catalog"])
    starts = np.flatnonzero(np.diff(codes, prepend=-1)).tolist()
    return list(zip(names.to_pylist(), starts, [*starts[1:], len(offers)], strict=True))


def _write_catalog(folder: Path, number: int, vectors: Any, features: Any) -> None:
    import faiss

    nearest = Nearest(vectors)
    faiss.write_index(nearest.index, str(folder / f"{number}.faiss"))
    write_array(folder / f"{number}.rows.npy", nearest.rows)
    write_csr(folder, f"{number}.postings", features.T.tocsr())


def _write_skus(folder: Path, offers: pa.Table, clusters: pa.Table) -> None:
    encoded = pc.dictionary_encode(clusters["sku_id"].combine_chunks())
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    codes = place[encoded.indices.to_numpy()]
    write_table(folder / "skus.arrow", pa.table({"sku_id": encoded.dictionary.take(pa.array(order))}))
    write_array(folder / "sku_of.npy", codes.astype(np.int32))
    write_array(folder / "sku_rows.npy", np.argsort(codes, kind="stable").astype(np.int32))
    write_array(folder / "sku_starts.npy", np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(order)))]))


def _write_pairs(folder: Path, run: IndexInput) -> None:
    """The scored pairs with what was decided, and for each offer the pairs that it stands in."""
    offers, count = run.offers, len(run.offers)
    rows = pair_rows(offers, run.scores)
    candidates = pair_rows(offers, run.candidates)
    ranked = pair_positions(candidates, rows, count)
    rank = pc.fill_null(run.candidates["rank"], 0).to_numpy()
    decided = pair_positions(pair_rows(offers, run.decisions), rows, count)
    at = pa.array(decided, mask=decided < 0)
    table = pa.table(
        {
            "left": rows[:, 0].astype(np.int32),
            "right": rows[:, 1].astype(np.int32),
            "rank": np.where(ranked >= 0, np.append(rank, 0)[ranked], 0).astype(np.int32),
            "raw_score": run.scores["raw_score"],
            "probability": run.scores["probability"],
            "decision": run.decisions["decision"].take(at),
            "reason": run.decisions["reason"].take(at),
        }
    )
    write_table(folder / "pairs.arrow", schema.conform(table.unify_dictionaries(), PAIRS))
    owner = rows.T.reshape(-1)
    write_array(folder / "pair_of.npy", (np.argsort(owner, kind="stable") % max(len(rows), 1)).astype(np.int64))
    write_array(folder / "pair_starts.npy", np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]))
