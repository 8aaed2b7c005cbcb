"""Names of scorers, and how to get one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sku_align.config import BundledScoring, CascadeScoring, HttpScoring, MeanScoring, ScoringSettings, VllmScoring
from sku_align.errors import UserError
from sku_align.scoring.protocol import Scorer


def load_scorer(settings: ScoringSettings) -> Scorer:
    """Make the scorer that the settings name; models are loaded at its first use, not here.

    Raises:
        UserError: No scorer has this name, or its settings do not fit together.

    Example:
        >>> from sku_align.config import Settings
        >>> load_scorer(Settings().scoring).fingerprint.split("@")[0]
        'bundled onnx:sku-align-reranker-small'
    """
    try:
        make = SCORERS[settings.name]
    except KeyError:
        names = ", ".join(SCORERS)
        raise UserError(f"There is no scorer named {settings.name!r}: set scoring.name to one of {names}.") from None
    return make(settings)


def _bundled(settings: BundledScoring) -> Scorer:
    from sku_align.scoring.scorers.bundled import BundledScorer

    return BundledScorer(Path(settings.model) if settings.model else None, settings.threads, settings.device)


def _vllm(settings: VllmScoring) -> Scorer:
    from sku_align.scoring.scorers.vllm import VllmScorer

    return VllmScorer(settings)


def _http(settings: HttpScoring) -> Scorer:
    from sku_align.scoring.scorers.http import HttpScorer

    return HttpScorer(settings)


def _cascade(settings: CascadeScoring) -> Scorer:
    from sku_align.scoring.cascade import Cascade

    return Cascade(load_scorer(settings.fast), load_scorer(settings.strong), settings)


def _mean(settings: MeanScoring) -> Scorer:
    from sku_align.scoring.mean import Mean

    return Mean(tuple(map(load_scorer, settings.scorers)), settings)


SCORERS: dict[str, Callable[[Any], Scorer]] = {
    "bundled": _bundled,
    "vllm": _vllm,
    "http": _http,
    "cascade": _cascade,
    "mean": _mean,
}
