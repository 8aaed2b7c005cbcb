"""Turns drawn pairs into padded batches of similar length, in as many worker processes as there are cores to spare."""

import os
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

import torch
from tokenizers import Tokenizer
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from training.architecture import PAD
from training.sampling import SYNTHETIC_SHARE, Corpus, PairSampler
from training.synthetic import SyntheticProducts

SIDE_TOKENS = 60
CHUNK_BATCHES = 8
_START, _END = 0, 2

T = TypeVar("T")
S = TypeVar("S")


class Batch(NamedTuple):
    """Drawn pairs, b of them.

    Attributes:
        ids: Token ids, shape (b, tokens).
        labels: How sure they are one product, shape (b,).
        invented: Whether the label alone teaches, shape (b,); see `sampling.Drawn`.
    """

    ids: torch.Tensor
    labels: torch.Tensor
    invented: torch.Tensor


def join_sides(left: list[int], right: list[int]) -> list[int]:
    """Return `<s> left </s></s> right </s>`, each side cut to 60 tokens."""
    return [_START, *left[:SIDE_TOKENS], _END, _END, *right[:SIDE_TOKENS], _END]


def pad(rows: Sequence[list[int]], multiple: int = 8) -> torch.Tensor:
    """Return token ids as one int64 tensor, padded to the longest row rounded up."""
    width = -(-max(map(len, rows)) // multiple) * multiple
    return torch.tensor([row + [PAD] * (width - len(row)) for row in rows])


class CachedTokenizer:
    """Tokenises word by word and remembers every word, which is exact because pieces never span a space."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the piece ids of each text, without special tokens."""
        split = [text.split() for text in texts]
        fresh = sorted({word for words in split for word in words if word not in self._known})
        encoded = self._tokenizer.encode_batch_fast(fresh, add_special_tokens=False)
        self._known.update((word, encoding.ids) for word, encoding in zip(fresh, encoded, strict=True))
        return [[piece for word in words for piece in self._known[word]] for words in split]


class Worker:
    """What each worker of a stream does with a chunk of pairs, and what it draws with.

    Args:
        tokenizer: A tokenizer as text.
        seed: Of the stream; every worker makes one of its own of it.
        batch: Pairs in a batch.

    Attributes:
        seed: The worker's own.
        chance: What draws, and shuffles batches.
        chunk: Pairs in a chunk.
    """

    def __init__(self, tokenizer: str, seed: int, batch: int) -> None:
        # A tokenizer that is copied into a worker with its threads waits for them for ever.
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        worker = get_worker_info()
        self.seed = seed * 1000 + (worker.id if worker else 0)
        self.chance = random.Random(self.seed)
        self.chunk = batch * CHUNK_BATCHES
        self._tokenise, self._batch = CachedTokenizer(Tokenizer.from_str(tokenizer)), batch

    def batches(self, lefts: Sequence[str], rights: Sequence[str]) -> Iterator[tuple[torch.Tensor, list[int]]]:
        """Yield the ids of a batch, and where its pairs stand in the chunk: pairs of like length, in random order."""
        rows = [join_sides(*sides) for sides in zip(self._tokenise(lefts), self._tokenise(rights), strict=True)]
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        starts = list(range(0, len(order), self._batch))
        self.chance.shuffle(starts)
        for start in starts:
            part = order[start : start + self._batch]
            yield pad([rows[place] for place in part]), part


class PairStream(IterableDataset[Batch]):
    """An endless stream of batches; every worker draws from a seed of its own."""

    def __init__(
        self,
        corpora: Sequence[Corpus],
        synthetic: SyntheticProducts | None,
        tokenizer: Tokenizer,
        seed: int,
        batch: int,
        share: float = SYNTHETIC_SHARE,
    ) -> None:
        self._corpora, self._synthetic, self._share = corpora, synthetic, share
        self._tokenizer, self._seed, self._batch = tokenizer.to_str(), seed, batch

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches in random order out of chunks sorted by length."""
        worker = Worker(self._tokenizer, self._seed, self._batch)
        sampler = PairSampler(self._corpora, self._synthetic, worker.seed, self._share)
        while True:
            drawn = [sampler.draw() for _ in range(worker.chunk)]
            for ids, places in worker.batches([pair.left for pair in drawn], [pair.right for pair in drawn]):
                pairs = [drawn[place] for place in places]
                yield Batch(
                    ids, torch.tensor([pair.label for pair in pairs]), torch.tensor([pair.invented for pair in pairs])
                )


def stream(pairs: IterableDataset[T], workers: int) -> Iterator[T]:
    """Iterate over the stream with the given number of worker processes (0: in this one)."""
    loader = DataLoader(
        pairs, batch_size=None, num_workers=workers, multiprocessing_context="fork" if workers else None,
        prefetch_factor=8 if workers else None, pin_memory=torch.cuda.is_available(),
    )  # fmt: skip
    return iter(loader)


def mixed(first: Iterator[T], second: Iterator[S], share: float, chance: random.Random) -> Iterator[T | S]:
    """Take the next one of the second with a probability of `share`, else of the first."""
    while True:
        yield next(second) if chance.random() < share else next(first)
