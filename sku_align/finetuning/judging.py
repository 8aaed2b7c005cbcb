"""How good a reranker is on products it never learnt from, and the calibration that its new scores need."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit

from sku_align.calibration.calibration import Calibration, load_calibration
from sku_align.calibration.features import raw_log_odds
from sku_align.calibration.fit import fit_calibration
from sku_align.config import BundledScoring, ScoringSettings, VllmScoring
from sku_align.evaluation.bootstrap import Interval
from sku_align.evaluation.pairs import PairFigures, average_precision, judge
from sku_align.finetuning.labels import Labels
from sku_align.finetuning.reranker import Base, Reranker
from sku_align.finetuning.split import Split
from sku_align.scoring.protocol import Scorer
from sku_align.scoring.scorers.bundled import BundledScorer

DRAWS = 300


@dataclass(frozen=True)
class Judged:
    """A model's figures on the held-back pairs.

    Attributes:
        name: Which model.
        odds: Its scores as log odds, shape (m,).
        average_precision: Of the scores alone.
        calibrated: Figures of cross-validated probabilities; precision and recall at 0.9 are read off here.
        calibration: Fitted on all of the held-back pairs; covers no catalog.
    """

    name: str
    odds: NDArray[np.float64]
    average_precision: Interval
    calibrated: PairFigures
    calibration: Calibration


class TorchScorer:
    """Scores as the `vllm` scorer would, on whatever device torch has: the probability of "same", 0 to 1.

    Args:
        model: The model.
        fingerprint: What the `vllm` scorer calls it.
    """

    def __init__(self, model: Reranker, fingerprint: str) -> None:
        self._model = model
        self.fingerprint = fingerprint
        self.boundary = 0.5 if model.base.kind == "decoder" else None

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Probabilities of pairs, shape (m,); see `protocol.Scorer`."""
        odds = np.clip(self._model.score(self._model.read(offers, pairs)), -30, 30)
        return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)


def scorer_of(base: Base, settings: ScoringSettings, work: Path) -> Scorer:
    """The scorer that a run would use for a model, as near as this machine comes."""
    if base.kind == "bundled":
        return BundledScorer(base.folder, BundledScoring.of(settings).threads)
    from sku_align.scoring.scorers.vllm import VllmScorer

    model = str(base.folder) if base.revision is None else base.name
    named = VllmScoring.of(settings, model=model, revision=base.revision)
    return TorchScorer(Reranker(base, settings, work), VllmScorer(named).fingerprint)


def judge_scorer(
    name: str, scorer: Scorer, labels: Labels, split: Split, prior: Calibration | None, own: Path | None = None
) -> Judged:
    """Score the held-back pairs and compare with the truth.

    Args:
        name: What to call the model.
        scorer: The model.
        labels: All labelled pairs.
        split: Which of them are held back.
        prior: Calibration that the new one starts from where the scorer has none.
        own: Folder of calibrations that came with the model.
    """
    rows, same = labels.rows[split.test], labels.same[split.test]
    raw, groups = scorer.score(labels.offers, rows), split.groups[rows[:, 0]]
    known = load_calibration(scorer.fingerprint, own)
    start = known if known.fitted_on else prior
    fitted, probability = fit_calibration(
        labels.offers, rows, same, raw, groups, scorer=scorer.fingerprint, prior=start
    )
    # Picked pairs say nothing of how often the candidates of a run match, so no catalog counts as calibrated by them.
    fitted = replace(fitted, catalogs=(), fitted_on={**fitted.fitted_on, "source": "pairs held back by `train`"})
    odds = raw_log_odds(raw, fitted.raw_scale)
    ranking = judge(same, expit(odds), groups).average_precision
    return Judged(name, odds, ranking, judge(same, probability, groups), fitted)


def gain(labels: Labels, split: Split, before: Judged, after: Judged, seed: int = 0) -> Interval:
    """Rise of average precision with its 95 % interval, both models judged on the same draws of products."""
    same = labels.same[split.test]
    numbers = np.unique(split.groups[labels.rows[split.test, 0]], return_inverse=True)[1]
    random, count = np.random.default_rng(seed), int(numbers.max()) + 1

    def rise(weights: NDArray[np.float64] | None) -> float:
        return average_precision(same, after.odds, weights) - average_precision(same, before.odds, weights)

    draws = [np.bincount(random.integers(0, count, count), minlength=count)[numbers] for _ in range(DRAWS)]
    low, high = np.nanquantile([rise(draw.astype(np.float64)) for draw in draws], [0.025, 0.975])
    return Interval(rise(None), float(low), float(high))
