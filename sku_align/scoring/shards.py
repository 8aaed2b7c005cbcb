"""Finished scores on disk: the shards of a run under way and the cache of all runs before it.

Both hold (left, right, raw_score) rows, an offer being named by 64 bits of its content hash, and both belong to one
scorer fingerprint and one way of writing offers. Files are written beside their place and renamed into it.
"""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sku_align.files import written_whole
from sku_align.scoring.scorers.encoder_text import WORDING

ROWS = pa.schema([("left", pa.uint64()), ("right", pa.uint64()), ("raw_score", pa.float32())])
# A cache is pruned once it holds this many times the pairs that are kept, which a run names twice. Chosen by eye.
PRUNE_FACTOR = 2
# Folders of a work folder.
CACHE, SHARDS = "cache", "shards"

Hashes = NDArray[np.uint64]
Scores = NDArray[np.float32]


def offer_hashes(offers: pa.Table, pairs: NDArray[np.int64]) -> Hashes:
    """64 bits that name an offer's content, shape (n,); 0 for offers of no pair.

    Raises:
        ValueError: An offer of a pair has no content hash.
    """
    hashes = np.zeros(len(offers), dtype=np.uint64)
    used = np.unique(pairs)
    for row, content in zip(used.tolist(), offers["content_hash"].take(pa.array(used)).to_pylist(), strict=True):
        if not content:
            raise ValueError(f"offer row {row} has no content_hash")
        hashes[row] = int.from_bytes(hashlib.blake2b(content.encode(), digest_size=8).digest(), "little")
    return hashes


class ScoreCache:
    """All scores of one fingerprint, in one Parquet file.

    Args:
        folder: Where the caches of all fingerprints lie.
        fingerprint: The scorer's.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.path = folder / f"{_scores_of(fingerprint)}.parquet"

    def lookup(self, hashes: Hashes, pairs: NDArray[np.int64]) -> Scores:
        """Known raw scores of directed pairs, shape (m,); nan where unknown.

        Args:
            hashes: Of all offers, shape (n,).
            pairs: Row numbers, shape (m, 2).
        """
        table = _read(self.path)
        if table is None or not len(table) or not len(pairs):
            return np.full(len(pairs), np.nan, dtype=np.float32)
        names, texts = np.unique(hashes, return_inverse=True)
        left, right = table["left"].to_numpy(), table["right"].to_numpy()
        here = np.flatnonzero(_known(names, left) & _known(names, right))
        codes = np.searchsorted(names, left[here]) * len(names) + np.searchsorted(names, right[here])
        order = np.argsort(codes, kind="stable")
        codes, raw = codes[order], table["raw_score"].to_numpy()[here[order]]
        if not len(codes):
            return np.full(len(pairs), np.nan, dtype=np.float32)
        wanted = texts[pairs[:, 0]] * len(names) + texts[pairs[:, 1]]
        at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
        return np.where(codes[at] == wanted, raw[at], np.float32(np.nan)).astype(np.float32)

    def add(self, keys: Hashes, raw: Scores, hashes: Hashes | None = None, pairs: int = 0) -> None:
        """Add scores of directed pairs named by their hashes, shape (m, 2).

        Args:
            keys: Hashes of both sides, shape (m, 2).
            raw: Raw scores, shape (m,).
            hashes: Of the offers of this run; once the cache holds several times as many pairs as the run, pairs of
                other offers are dropped. Without them all stay.
            pairs: How many pairs the run has.
        """
        table = _rows(keys, raw)
        old = _read(self.path)
        if old is not None:
            table = pa.concat_tables([old, table])
        if hashes is not None and len(table) > PRUNE_FACTOR * pairs:
            names = np.unique(hashes)
            table = table.filter(_known(names, table["left"].to_numpy()) & _known(names, table["right"].to_numpy()))
        _write(table, self.path)


class Shards:
    """The pairs of one run, cut into shards, each one file.

    Args:
        folder: Where the shards of all unfinished runs lie.
        fingerprint: The scorer's.
        size: Pairs a shard.
    """

    def __init__(self, folder: Path, fingerprint: str, size: int) -> None:
        self.folder = folder / _scores_of(fingerprint)
        self.size = size
        self.keys: Hashes = np.zeros((0, 2), dtype=np.uint64)

    def plan(self, keys: Hashes) -> bool:
        """Cut directed pairs, named by hashes of shape (m, 2), into shards; true if this very run began before."""
        self.keys = np.ascontiguousarray(keys)
        self.run = self.folder / _digest(self.keys.tobytes(), str(self.size).encode())
        return self.run.exists()

    def absorb(self, cache: ScoreCache) -> bool:
        """Move what other unfinished runs scored into the cache; true if there was something."""
        files = sorted(path for path in self.folder.glob("*/*.parquet") if path.parent != self.run)
        tables = [table for table in map(_read, files) if table is not None]
        if tables:
            known = pa.concat_tables(tables).group_by(["left", "right"], use_threads=False)
            table = known.aggregate([("raw_score", "first")])
            keys = np.stack([table["left"].to_numpy(), table["right"].to_numpy()], axis=1)
            cache.add(keys, table["raw_score_first"].to_numpy())
        for folder in {path.parent for path in files}:
            shutil.rmtree(folder)
        return bool(tables)

    def missing(self) -> Sequence[int]:
        """Numbers of the shards that have no readable file yet."""
        total = -(-len(self.keys) // self.size)
        return [number for number in range(total) if _read(self._path(number)) is None]

    def slice(self, number: int) -> slice:
        """Which of the planned pairs a shard holds."""
        return slice(number * self.size, (number + 1) * self.size)

    def write(self, number: int, raw: Scores) -> None:
        """Keep a finished shard."""
        _write(_rows(self.keys[self.slice(number)], raw), self._path(number))

    def read(self) -> tuple[Hashes, Scores]:
        """All finished shards: hashes, shape (m, 2), and raw scores, shape (m,)."""
        tables = [pq.read_table(self._path(number)) for number in range(-(-len(self.keys) // self.size))]
        return self.keys, np.concatenate([np.zeros(0, dtype=np.float32), *(t["raw_score"].to_numpy() for t in tables)])

    def clear(self) -> None:
        """Forget the run: its scores lie in the cache."""
        shutil.rmtree(self.run, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.run / f"{number:06}.parquet"


def forget_scores(work: Path) -> None:
    """Drop what finished runs scored; shards of a run that was killed stay, and it goes on at the first missing one."""
    shutil.rmtree(work / CACHE, ignore_errors=True)


def _scores_of(fingerprint: str) -> str:
    """A name of one scorer's scores of offers as this version writes them."""
    return _digest(fingerprint.encode(), str(WORDING).encode())


def _digest(*parts: bytes) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _known(names: Hashes, wanted: Hashes) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = names[np.minimum(np.searchsorted(names, wanted), len(names) - 1)] == wanted
    return known


def _rows(keys: Hashes, raw: Scores) -> pa.Table:
    return pa.table([keys[:, 0], keys[:, 1], raw], schema=ROWS)


def _read(path: Path) -> pa.Table | None:
    try:
        return pq.read_table(path, schema=ROWS)
    except (FileNotFoundError, pa.ArrowInvalid, OSError):
        return None


def _write(table: pa.Table, path: Path) -> None:
    with written_whole(path) as beside:
        pq.write_table(table, beside, use_dictionary=False)
