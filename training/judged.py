"""Pairs that a language model has judged, on disk and as a stream of batches for the student."""

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.utils.data import IterableDataset, get_worker_info

from training.batches import CHUNK_BATCHES, CachedTokenizer, join_sides, pad

JudgedBatch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Judged:
    """Pairs of texts, n of them.

    Attributes:
        lefts: One text of each pair.
        rights: The other one.
        labels: Whether they are one product, shape (n,).
        logits: What the language model says, log odds, shape (n,).
    """

    lefts: Sequence[str]
    rights: Sequence[str]
    labels: NDArray[np.float32]
    logits: NDArray[np.float32]

    def save(self, path: Path) -> None:
        """Write a Parquet file."""
        texts = {"left": pa.array(self.lefts), "right": pa.array(self.rights)}
        numbers = {"label": pa.array(self.labels), "logit": pa.array(self.logits)}
        pq.write_table(pa.table({**texts, **numbers}), path, compression="zstd")

    @staticmethod
    def load(path: Path) -> "Judged":
        """Read what `save` wrote."""
        table = pq.read_table(path)
        lefts, rights = table["left"].to_pylist(), table["right"].to_pylist()
        return Judged(lefts, rights, table["label"].to_numpy(), table["logit"].to_numpy())


class JudgedStream(IterableDataset[JudgedBatch]):
    """An endless stream of (token ids, labels, logits); every worker shuffles in its own way."""

    def __init__(self, judged: Judged, tokenizer: Tokenizer, seed: int, batch: int) -> None:
        self._judged, self._tokenizer, self._seed, self._batch = judged, tokenizer.to_str(), seed, batch

    def __iter__(self) -> Iterator[JudgedBatch]:
        """Yield batches in random order out of chunks sorted by length."""
        # A tokenizer that is copied into a worker with its threads waits for them for ever.
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        worker = get_worker_info()
        chance = random.Random(self._seed * 1000 + (worker.id if worker else 0))
        tokenise = CachedTokenizer(Tokenizer.from_str(self._tokenizer))
        judged, size = self._judged, self._batch * CHUNK_BATCHES
        while True:
            chosen = [chance.randrange(len(judged.labels)) for _ in range(size)]
            lefts, rights = (
                tokenise([judged.lefts[at] for at in chosen]),
                tokenise([judged.rights[at] for at in chosen]),
            )
            rows = [join_sides(left, right) for left, right in zip(lefts, rights, strict=True)]
            order = sorted(range(size), key=lambda place: len(rows[place]))
            starts = list(range(0, size, self._batch))
            chance.shuffle(starts)
            for start in starts:
                part = order[start : start + self._batch]
                at = [chosen[place] for place in part]
                said = torch.from_numpy(judged.labels[at]), torch.from_numpy(judged.logits[at])
                yield pad([rows[place] for place in part]), *said
