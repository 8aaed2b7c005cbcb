"""Pairs that a language model has judged, on disk and as a stream of batches for the student."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.utils.data import IterableDataset

from training.batches import Worker


class JudgedBatch(NamedTuple):
    """Judged pairs, b of them.

    Attributes:
        ids: Token ids, shape (b, tokens).
        labels: Whether they are one product, shape (b,).
        logits: What the language model says, shape (b,).
    """

    ids: torch.Tensor
    labels: torch.Tensor
    logits: torch.Tensor


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
    """An endless stream of batches; every worker shuffles in its own way."""

    def __init__(self, judged: Judged, tokenizer: Tokenizer, seed: int, batch: int) -> None:
        self._judged, self._tokenizer, self._seed, self._batch = judged, tokenizer.to_str(), seed, batch

    def __iter__(self) -> Iterator[JudgedBatch]:
        """Yield batches in random order out of chunks sorted by length."""
        worker, judged = Worker(self._tokenizer, self._seed, self._batch), self._judged
        while True:
            chosen = [worker.chance.randrange(len(judged.labels)) for _ in range(worker.chunk)]
            texts = [judged.lefts[at] for at in chosen], [judged.rights[at] for at in chosen]
            for ids, places in worker.batches(*texts):
                at = [chosen[place] for place in places]
                yield JudgedBatch(ids, torch.from_numpy(judged.labels[at]), torch.from_numpy(judged.logits[at]))
