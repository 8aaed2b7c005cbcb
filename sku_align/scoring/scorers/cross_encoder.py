"""Runs the bundled cross-encoder, or one of its kind, with ONNX Runtime on a CPU."""

import gzip
import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sku_align.errors import UserError
from sku_align.scoring.scorers.encoder_text import SIDE_TOKENS

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer

WEIGHTS = Path(__file__).parent / "weights"
# Fits into a core's second-level cache; three times as many are a tenth slower.
BATCH_TOKENS = 512
# Below this logit a pair is not a match by any threshold, and its second direction is not worth computing.
CLEAR_REJECT = -3.0
START, PAD, END = 0, 1, 2

Pairs = NDArray[np.int64]
Logits = NDArray[np.float32]


class CrossEncoder:
    """Judges pairs of offer texts; `sku_align.scoring.scorers.encoder_text.offer_text` writes the texts.

    A pair is read in both directions and the logits are averaged, unless the first direction (the text that sorts
    first stands left) already rejects it clearly. So a score depends neither on the order of the pair's sides nor on
    the other pairs of its batch.

    Args:
        folder: A folder with `model.onnx`, `tokenizer.json.gz` and `model.json`; the bundled one if absent.
        threads: Batches computed at a time, each on one core; all cores of this process if absent.

    Raises:
        UserError: if the folder lacks one of its files.
    """

    def __init__(self, folder: Path | None = None, threads: int | None = None) -> None:
        self.folder = folder or WEIGHTS
        self._threads = threads or len(os.sched_getaffinity(0))
        for name in ("model.onnx", "tokenizer.json.gz", "model.json"):
            if not (self.folder / name).is_file():
                raise UserError(f"{self.folder} is not a cross-encoder: {name} is missing; export the model again.")

    @cached_property
    def about(self) -> dict[str, Any]:
        """What `model.json` says: name, version, licence, sources, figures, hashes."""
        loaded: dict[str, Any] = json.loads((self.folder / "model.json").read_text(encoding="utf-8"))
        return loaded

    @cached_property
    def fingerprint(self) -> str:
        """Engine, model and the start of the hash of its weights and pieces, such as `onnx:NAME@0123456789ab:int8`."""
        digest = hashlib.sha256()
        for name in ("model.onnx", "tokenizer.json.gz"):
            digest.update(hashlib.sha256((self.folder / name).read_bytes()).digest())
        return f"onnx:{self.about['name']}@{digest.hexdigest()[:12]}:int8"

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        return Tokenizer.from_str(gzip.decompress((self.folder / "tokenizer.json.gz").read_bytes()).decode())

    @cached_property
    def _session(self) -> "onnxruntime.InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # Batches side by side, not threads within one: those wait for each other whenever a core has other work.
        options.intra_op_num_threads = 1
        # Batches differ in shape, so arenas that remember shapes only grow.
        options.enable_mem_pattern = False
        # On a CPU the fused node takes four times as long as its parts.
        return onnxruntime.InferenceSession(
            str(self.folder / "model.onnx"),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],
        )

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        # Kept, because on a busy machine starting threads for a few pairs takes as long as reading one of them.
        return ThreadPoolExecutor(self._threads, thread_name_prefix="cross-encoder")

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the pieces of each text, cut to 60, without special tokens."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids[:SIDE_TOKENS] for encoding in encoded]

    def predict(self, texts: Sequence[str], pairs: Pairs) -> Logits:
        """Score pairs of texts.

        Args:
            texts: One string per offer, each tokenised once.
            pairs: Indices into `texts`, shape (n, 2).

        Returns:
            Logits, shape (n,), higher is more alike: the mean over both directions, or for a clear reject that of one.
        """
        if len(pairs) == 0:
            return np.zeros(0, np.float32)
        pieces = self.tokenise(texts)
        ordered = np.array([(a, b) if texts[a] <= texts[b] else (b, a) for a, b in pairs.tolist()], np.int64)
        scores = self._one_direction(pieces, ordered)
        unsure = np.flatnonzero(scores > CLEAR_REJECT)
        scores[unsure] = (scores[unsure] + self._one_direction(pieces, ordered[unsure][:, ::-1])) / 2
        return scores

    def _one_direction(self, pieces: list[list[int]], pairs: Pairs) -> Logits:
        """Score pairs left to right in batches of about equal length, one batch per thread."""
        sizes = np.array([len(side) for side in pieces])
        lengths = sizes[pairs].sum(axis=1) + 4
        scores = np.zeros(len(pairs), np.float32)
        session = self._session

        def run(rows: NDArray[np.int64]) -> None:
            ids = np.full((len(rows), lengths[rows[-1]]), PAD, np.int64)
            for line, row in enumerate(rows):
                left, right = (pieces[index] for index in pairs[row])
                ids[line, : lengths[row]] = [START, *left, END, END, *right, END]
            scores[rows] = session.run(None, {"input_ids": ids})[0][:, 0]

        # A few pairs are shared out evenly among the threads: a request waits for the longest batch.
        most = min(BATCH_TOKENS, int(lengths.sum()) // self._threads + int(lengths.max(initial=0)))
        list(self._pool.map(run, _batches(lengths, most)))
        return scores


def _batches(lengths: NDArray[np.int64], most: int) -> list[NDArray[np.int64]]:
    """Positions in batches of at most so many tokens, padding counted, the longest first; each has at least one."""
    order = np.argsort(lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and (stop + 1 - start) * lengths[order[stop]] <= most:
            stop += 1
        batches.append(order[start:stop])
        start = stop
    return batches[::-1]
