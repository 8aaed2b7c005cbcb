"""Scores held-back pairs and says how good the scores are: average precision by set, with bootstrap intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score
from tokenizers import Tokenizer

from sku_align.scoring.scorers.encoder_text import offer_text
from training.batches import join_sides, pad
from training.fitting import Model, logits
from training.offers import Offer

Floats = NDArray[np.float64]


def full_text(offer: Offer) -> str:
    """Write an offer with all its fields, as scoring does."""
    return offer_text(
        offer.title, offer.brand, offer.category, offer.price, offer.currency, offer.description, offer.language
    )


@torch.inference_mode()
def score(
    model: Model,
    tokenizer: Tokenizer,
    pairs: Sequence[tuple[str, str]],
    device: str,
    batch: int = 512,
    exact: bool = False,
) -> tuple[Floats, Floats]:
    """Return the logits of the pairs as given and with the sides exchanged; `exact` is float32 on a GPU too."""
    model.to(device).eval()
    flat = tokenizer.encode_batch([text for pair in pairs for text in pair], add_special_tokens=False)
    sides = [(flat[2 * index].ids, flat[2 * index + 1].ids) for index in range(len(pairs))]
    order = sorted(range(len(pairs)), key=lambda index: sum(len(side) for side in sides[index]))
    result = np.zeros((2, len(pairs)))
    for start in range(0, len(order), batch):
        part = order[start : start + batch]
        for direction in (0, 1):
            rows = [join_sides(sides[index][direction], sides[index][1 - direction]) for index in part]
            result[direction, part] = logits(model, pad(rows).to(device), exact).cpu().numpy()
    return result[0], result[1]


def prevalence_weights(labels: Floats, prevalence: float) -> Floats:
    """Return weights under which positives make up `prevalence`, so that a part is as difficult as its file."""
    share = labels.mean()
    if share in (0.0, 1.0):
        return np.ones_like(labels)
    return np.where(labels == 1, 1.0, share * (1 - prevalence) / (prevalence * (1 - share)))


@dataclass(frozen=True)
class Precision:
    """Average precision with its 95 % bootstrap interval."""

    pairs: int
    positives: int
    value: float
    low: float
    high: float


def average_precision(labels: Floats, scores: Floats, groups: Sequence[str], rounds: int = 200) -> Precision:
    """Return average precision and an interval from resampling whole groups (products that belong together)."""
    names, of_group = np.unique(np.array(groups), return_inverse=True)
    chance = np.random.default_rng(7)
    values = []
    for _ in range(rounds):
        times = np.bincount(chance.integers(len(names), size=len(names)), minlength=len(names))[of_group]
        if (times * labels).sum() > 0:
            values.append(average_precision_score(labels, scores, sample_weight=times))
    value = float(average_precision_score(labels, scores))
    low, high = np.quantile(values or [value], [0.025, 0.975])
    return Precision(len(labels), int(labels.sum()), value, float(low), float(high))
