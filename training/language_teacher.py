"""A language model as a further teacher: trained on drawn pairs, it judges more of them for the student to learn from.

    python -m training judge --data DATA --start START --model FOLDER --out judged.parquet     # on a GPU
    python -m training reproduce --judged judged.parquet ...

The model is an ordinary folder of a causal language model of the Hugging Face hub. It knows words and products of more
languages and trades than any labels show; which of that the student can hold is measured in docs/experiments.
"""

import multiprocessing
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.architecture import build
from training.batches import pad
from training.corpus import build_corpora
from training.judged import Judged
from training.offers import read_sets
from training.sampling import Corpus, Drawn, PairSampler
from training.start_weights import StartWeights
from training.synthetic import SyntheticProducts

PROMPT = ("A: ", "\nB: ", "\nSame product?")
SIDE_TOKENS = 96
STEP_TOKENS = 32_768
# The row of the answer starts as a difference of two words, the rest as a whole model: it may move faster.
RATE, ANSWER_RATE = 2e-5, 2e-4

Log = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How many pairs are drawn, and how many of them the model learns before it judges all.

    Attributes:
        pairs: Drawn and judged.
        learnt: The first so many are learnt from, once.
        workers: Processes that draw.
        seconds: Time of learning at most.
    """

    pairs: int
    learnt: int
    workers: int
    seconds: float = 1e9


class LanguageTeacher:
    """Says how likely two texts are one product, by the state of the last token of a question.

    Args:
        folder: A causal language model with `tokenizer.json`.
        device: `cuda` or `cpu`.
    """

    def __init__(self, folder: Path, device: str) -> None:
        from transformers import AutoModelForCausalLM

        self._device = device
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        whole = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).to(device)
        words = whole.get_output_embeddings().weight
        no, yes = (self._tokenizer.encode(word, add_special_tokens=False).ids[0] for word in ("no", "yes"))
        self._answer = torch.nn.Parameter((words[yes] - words[no]).detach().clone())
        self._model: Any = whole.model
        self._model.config.use_cache = False
        self._model.get_input_embeddings().weight.requires_grad_(False)
        self._parts = [self._tokenizer.encode(part, add_special_tokens=False).ids for part in PROMPT]
        if device == "cuda":
            for layer in self._model.layers:
                layer.compile(dynamic=True)

    def read(self, pairs: Sequence[Drawn]) -> list[list[int]]:
        """Token ids of the questions, one a pair."""
        flat = self._tokenizer.encode_batch_fast(
            [text for pair in pairs for text in pair[:2]], add_special_tokens=False
        )
        first, second, last = self._parts
        sides = [encoding.ids[:SIDE_TOKENS] for encoding in flat]
        return [first + left + second + right + last for left, right in zip(sides[::2], sides[1::2], strict=True)]

    def learn(self, rows: Sequence[list[int]], labels: NDArray[np.float32], seconds: float, log: Log = print) -> None:
        """Learn the labels in one pass, in random order of batches; fewer of them where time runs out.

        Args:
            rows: What `read` returned.
            labels: Whether each pair is one product, shape (len(rows),).
            seconds: Time at most; the rate falls to 0 within it.
            log: Takes a line of progress.
        """
        body = [weight for weight in self._model.parameters() if weight.requires_grad]
        groups = [{"params": body, "rate": RATE}, {"params": [self._answer], "rate": ANSWER_RATE}]
        optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01, fused=self._device == "cuda")
        batches = list(_batches(rows))
        random.Random(0).shuffle(batches)
        self._model.train()
        begun, seen, done = time.monotonic(), 0, 0.0
        for step, batch in enumerate(batches):
            elapsed = time.monotonic() - begun
            done = max(done, step / len(batches), elapsed / seconds)
            if done >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = group["rate"] * min(1.0, done / 0.03 + 1e-3, (1 - done) / 0.97)
            aim = torch.from_numpy(labels[batch] * 0.98 + 0.01).to(self._device)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(self._ask([rows[at] for at in batch]), aim)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*body, self._answer], 1.0)
            optimiser.step()
            seen += len(batch)
            if step % 100 == 0:
                log(f"step {step}/{len(batches)} loss {loss.item():.4f} {seen} pairs {elapsed:.0f} s")

    @torch.inference_mode()
    def judge(self, rows: Sequence[list[int]]) -> NDArray[np.float32]:
        """Log odds of "one product", shape (len(rows),)."""
        self._model.eval()
        result = np.zeros(len(rows), np.float32)
        for batch in _batches(rows):
            result[batch] = self._ask([rows[at] for at in batch]).cpu().numpy()
        return result

    def _ask(self, rows: Sequence[list[int]]) -> torch.Tensor:
        # No token of a causal model sees what follows it, so that padding behind, with any token, needs no mask.
        ids = pad(rows).to(self._device, non_blocking=True)
        last = torch.tensor([len(row) - 1 for row in rows], device=self._device)
        with torch.autocast(self._device, torch.bfloat16, enabled=self._device == "cuda"):
            states = self._model(input_ids=ids).last_hidden_state
        picked = states[torch.arange(len(rows), device=self._device), last].float()
        return picked @ self._answer


def _batches(rows: Sequence[list[int]]) -> Iterator[NDArray[np.int64]]:
    """Row numbers by length, so many at a time that a step has the same number of tokens."""
    lengths = np.array([len(row) for row in rows])
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        count = max(1, STEP_TOKENS // int(lengths[order[start]] + 8))
        yield order[start : start + count]
        start += count


_drawing: tuple[list[Corpus], SyntheticProducts] | None = None


def _draw(task: tuple[int, int]) -> list[Drawn]:
    seed, count = task
    if _drawing is None:
        raise RuntimeError("Pairs are drawn by processes that `draw_pairs` forks.")
    sampler = PairSampler(*_drawing, seed)
    return [sampler.draw() for _ in range(count)]


def draw_pairs(corpora: list[Corpus], synthetic: SyntheticProducts, count: int, workers: int) -> list[Drawn]:
    """Draw pairs in several processes; the same ones for the same count, whatever the processes."""
    global _drawing
    _drawing = corpora, synthetic
    size = 10_000
    tasks = [(1_000_000 + number, min(size, count - start)) for number, start in enumerate(range(0, count, size))]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        return [pair for part in pool.imap(_draw, tasks) for pair in part]


def judge_pairs(data: Path, start: Path, model: Path, out: Path, plan: Plan, device: str, log: Log = print) -> None:
    """Draw pairs, train the language model on some of them, and write what it says of all.

    Args:
        data: Folder of the labelled sets.
        start: Folder that `python -m training start` wrote; its model finds hard negatives.
        model: Folder of the language model.
        out: Parquet file to write; see `judged.Judged`.
        plan: How many pairs.
        device: `cuda` or `cpu`.
        log: Takes a line of progress.
    """
    begun = time.monotonic()
    torch.set_float32_matmul_precision("high")
    weights, tokenizer = StartWeights.load(start / "start.npz"), Tokenizer.from_file(str(start / "tokenizer.json"))
    finder = build(weights, range(weights.sizes["layers"]))
    corpora = build_corpora(read_sets(data), finder, tokenizer, device)
    pairs = draw_pairs(corpora, SyntheticProducts(data / "taxonomies"), plan.pairs, plan.workers)
    log(f"drew {len(pairs)} pairs, {time.monotonic() - begun:.0f} s")
    teacher = LanguageTeacher(model, device)
    rows, labels = teacher.read(pairs), np.array([pair.label for pair in pairs], np.float32)
    log(f"read them, {time.monotonic() - begun:.0f} s")
    teacher.learn(rows[: plan.learnt], labels[: plan.learnt], plan.seconds, log)
    log(f"learnt {plan.learnt}, {time.monotonic() - begun:.0f} s")
    Judged([pair.left for pair in pairs], [pair.right for pair in pairs], labels, teacher.judge(rows)).save(out)
    log(f"judged all, {time.monotonic() - begun:.0f} s")
