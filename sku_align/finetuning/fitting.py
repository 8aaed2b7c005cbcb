"""The training loop: labelled pairs in, better weights in the model."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sku_align.evaluation.pairs import average_precision
from sku_align.finetuning.labels import Labels
from sku_align.finetuning.reranker import Kind, Reranker, Tuning
from sku_align.finetuning.split import Split
from sku_align.progress import track

# Of the schedule: epochs without gain before training ends, label smoothing, and the share of steps in which the rate
# rises. Usual values.
PATIENCE = 2
SMOOTHING = 0.01
WARM_UP = 0.1
FEW_STEPS = 50
CHUNK = 16


@dataclass(frozen=True)
class Schedule:
    """How far and how fast a model moves.

    Attributes:
        rate: Highest learning rate of a training of few steps.
        lasting_rate: The highest learning rate of a training of many.
        batch: Pairs a step.
        epochs: Passes over the pairs at most.
    """

    rate: float
    lasting_rate: float
    batch: int
    epochs: int

    def steps(self, pairs: int) -> int:
        """Steps that all passes over so many pairs take."""
        return self.epochs * -(-pairs // self.batch)

    def highest_rate(self, pairs: int) -> float:
        """Learning rate after warming up: rate times steps stays the same from 50 steps on, down to the lasting rate.

        Fifty steps at full rate learn new words; four times as many unlearn what the model knows of other products.
        """
        return max(self.lasting_rate, self.rate * min(1.0, FEW_STEPS / self.steps(pairs)))


SCHEDULES: dict[Kind, Schedule] = {
    "bundled": Schedule(1e-4, 2e-5, 32, 8),
    "encoder": Schedule(3e-5, 3e-5, 32, 4),
    "decoder": Schedule(2e-4, 2e-4, 16, 2),
}
# All weights of a language model: usual values of a full fine-tuning, with the batch of the adapters.
FULL = Schedule(2e-5, 2e-5, 16, 2)


def schedule_of(kind: Kind, tuning: Tuning) -> Schedule:
    """How a kind of model is trained."""
    return FULL if kind == "decoder" and tuning.full else SCHEDULES[kind]


def fit(
    model: Reranker, labels: Labels, split: Split, schedule: Schedule, on_progress: Callable[[str], None], seed: int = 0
) -> None:
    """Train a model in place; it ends with the weights of the pass that judged the watched pairs best.

    A pass reads each pair in the other order than the pass before did. Without pairs to watch, the last pass counts.

    Args:
        model: The model; its weights change.
        labels: All labelled pairs.
        split: Which of them to learn from and which to watch.
        schedule: Learning rate, batch and passes.
        on_progress: Takes one line per pass.
        seed: Seed of the order of the pairs and of dropout.
    """
    import torch

    torch.manual_seed(seed)
    chance = random.Random(seed)
    rows, same = labels.rows[split.train], labels.same[split.train].astype(np.float32)
    orders = [model.read(labels.offers, rows), model.read(labels.offers, rows[:, ::-1])]
    watched = model.read(labels.offers, labels.rows[split.dev]) if len(split.dev) else None
    weights = model.make_trainable()
    steps, rate = schedule.steps(len(rows)), schedule.highest_rate(len(rows))
    optimiser = torch.optim.AdamW(weights, lr=rate, weight_decay=0.01)
    sizes = np.array([len(ids) for ids in orders[0].ids])
    first = np.array([chance.randrange(2) for _ in rows])
    step, best, kept, since = 0, (-1.0, 0.0), [weight.detach().clone() for weight in weights], 0
    for epoch in range(schedule.epochs):
        model.net.train()
        losses = []
        for part in track(_batches(sizes, schedule.batch, chance), f"pass {epoch + 1} of {schedule.epochs}"):
            done = step / steps
            optimiser.param_groups[0]["lr"] = rate * min((step + 1) / (WARM_UP * steps), 1 - done)
            answers = [
                model.logits(orders[turn], chosen.tolist())
                for turn in (0, 1)
                if len(chosen := part[(first[part] + epoch) % 2 == turn])
            ]
            aims = np.concatenate([part[(first[part] + epoch) % 2 == turn] for turn in (0, 1)])
            aim = torch.from_numpy(same[aims] * (1 - 2 * SMOOTHING) + SMOOTHING).to(model.device)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(torch.cat(answers), aim)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            step += 1
            losses.append(float(loss.detach()))
        found, line = (0.0, 0.0), f"pass {epoch + 1}: loss {np.mean(losses):.3f}"
        if watched is not None:
            found = _quality(labels.same[split.dev], model.score(watched))
            line += f", watched pairs: average precision {found[0]:.3f}"
        on_progress(line)
        since = 0 if watched is None or found > best else since + 1
        if since == 0:
            best, kept = found, [weight.detach().clone() for weight in weights]
        if since >= PATIENCE:
            break
    with torch.no_grad():
        for weight, value in zip(weights, kept, strict=True):
            weight.copy_(value)
    model.net.eval()


def _quality(same: NDArray[np.bool_], odds: NDArray[np.float64]) -> tuple[float, float]:
    """Average precision, and among equals the smaller loss."""
    margin = np.where(same, odds, -odds)
    return average_precision(same, odds), -float(np.logaddexp(0.0, -margin).mean())


def _batches(sizes: NDArray[Any], batch: int, chance: random.Random) -> list[NDArray[np.int64]]:
    """Cut shuffled rows into batches of about equal length, in random order."""
    order = np.array(chance.sample(range(len(sizes)), len(sizes)), dtype=np.int64)
    batches = []
    for start in range(0, len(order), batch * CHUNK):
        chunk = order[start : start + batch * CHUNK]
        chunk = chunk[np.argsort(sizes[chunk], kind="stable")]
        batches += [chunk[at : at + batch] for at in range(0, len(chunk), batch)]
    chance.shuffle(batches)
    return batches
