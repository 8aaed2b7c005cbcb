"""The training loop: teachers learn from labels, the student from its teachers' mean."""

import copy
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from transformers import XLMRobertaForSequenceClassification

from training.architecture import PAD
from training.batches import Batch
from training.judged import JudgedBatch

Model: TypeAlias = XLMRobertaForSequenceClassification
TAUGHT_AHEAD = 8


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        steps: Batches at most.
        seconds: Time at most; where the machine is too slow for `steps`, fewer are done and the rate still falls to 0.
        rate: Highest learning rate, reached after the first 4 % of the steps.
        average: Decay of the moving average of the weights that is kept in the end.
    """

    steps: int
    seconds: float = 1e9
    rate: float = 1e-4
    average: float = 0.998


def logits(model: Model, ids: torch.Tensor, exact: bool = False) -> torch.Tensor:
    """Return one float32 logit per row; bfloat16 inside on a GPU unless `exact`."""
    with torch.autocast(ids.device.type, torch.bfloat16, enabled=ids.device.type == "cuda" and not exact):
        return model(input_ids=ids, attention_mask=(ids != PAD).long()).logits[:, 0].float()


def taught(
    batches: Iterator[Batch | JudgedBatch], teachers: Sequence[Model], device: str
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Add the teachers' mean logit to each batch, a few batches before it is asked for: on a GPU of their own they
    answer while the student learns.

    Where a language model has judged a batch, its logit counts as much as the teachers' mean. Of an invented pair it is
    NaN: teachers that do not hold its kinds would hold the student down to what they know.
    """
    for teacher in teachers:
        teacher.to(device).eval()

    @torch.inference_mode()
    def answer() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        batch = next(batches)
        there = batch.ids.to(device, non_blocking=True)
        said = torch.stack([logits(teacher, there) for teacher in teachers]).mean(0).cpu()
        aims = (said + batch.logits) / 2 if isinstance(batch, JudgedBatch) else said.masked_fill(batch.invented, np.nan)
        return batch.ids, batch.labels, aims

    with ThreadPoolExecutor(1) as pool:
        asked = deque(pool.submit(answer) for _ in range(TAUGHT_AHEAD))
        while True:
            asked.append(pool.submit(answer))
            yield asked.popleft().result()


def fit(
    model: Model,
    batches: Iterator[tuple[torch.Tensor, ...]],
    schedule: Schedule,
    device: str,
    on_progress: Callable[[str], None] = print,
) -> Model:
    """Train `model` and return the moving average of its weights.

    The loss is cross entropy on the labels; where `taught` added the teachers' logit, mostly its squared distance.

    Args:
        model: What is trained.
        batches: Token ids, labels and, where teachers teach, their logits, NaN where the label alone does.
        schedule: How long and how fast.
        device: `cuda` or `cpu`.
        on_progress: Takes a line of progress.
    """
    model.to(device).train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=schedule.rate, weight_decay=0.01, fused=device == "cuda")
    averaged = copy.deepcopy(model).eval()
    kept = [parameter for parameter in averaged.parameters() if parameter.requires_grad]
    begun, steps, step, seen, elapsed = time.monotonic(), schedule.steps, 0, 0, 0.0
    while step < steps:
        ids, labels, *aims = (tensor.to(device, non_blocking=True) for tensor in next(batches))
        progress = step / steps
        optimiser.param_groups[0]["lr"] = schedule.rate * min(1.0, progress / 0.04 + 1e-3, (1 - progress) / 0.96)
        answer = logits(model, ids)
        losses = torch.nn.functional.binary_cross_entropy_with_logits(answer, labels * 0.98 + 0.01, reduction="none")
        for aim in aims:
            apart = (answer - aim.nan_to_num().clamp(-8, 8)) ** 2
            losses = torch.where(aim.isnan(), losses, 0.15 * losses + 0.25 * apart)
        loss = losses.mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(kept, trained, 1 - min(schedule.average, step / (step + 10)))
        step, seen = step + 1, seen + len(labels)
        if step % 100 == 0 or step == steps:
            running, now = loss.item(), time.monotonic() - begun
            if 100 < step <= 400:
                steps = max(step, min(steps, step + int(100 * (schedule.seconds - now) / (now - elapsed))))
            elapsed = now
            on_progress(f"step {step}/{steps} loss {running:.4f} {seen / elapsed:,.0f} pairs/s {elapsed:.0f} s")
            if elapsed > schedule.seconds * 1.1:
                break
    return averaged
