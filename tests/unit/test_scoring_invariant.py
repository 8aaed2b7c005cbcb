"""vLLM's batch-invariant mode: part of the fingerprint, without a spread, and refused where it cannot run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from sku_align import schema
from sku_align.calibration.calibration import Calibration, load_calibration
from sku_align.config import VllmScoring
from sku_align.errors import UserError
from sku_align.gpu import Gpu
from sku_align.scoring.scorers import vllm as vllm_scorer
from sku_align.scoring.scorers.vllm import VllmScorer
from sku_align.scoring.scorers.vllm_engine import EngineSpec

PLAIN, INVARIANT = VllmScorer(VllmScoring()), VllmScorer(VllmScoring(batch_invariant=True))
CARD = Gpu("1", "GPU-a", "NVIDIA Large", 80_000)


def see(monkeypatch: pytest.MonkeyPatch, gpus: list[Gpu], capability: float | None = None) -> None:
    monkeypatch.setattr(vllm_scorer, "visible_gpus", lambda: gpus)
    monkeypatch.setattr(vllm_scorer, "compute_capability", lambda gpu: capability)


def test_scores_of_the_mode_are_exact_and_never_mix_with_others() -> None:
    assert INVARIANT.fingerprint == f"{PLAIN.fingerprint} batch-invariant"
    assert INVARIANT.spread == 0 < PLAIN.spread


def test_the_mode_finds_the_calibration_of_the_same_model_without_it(tmp_path: Path) -> None:
    Calibration(PLAIN.fingerprint, raw_scale="probability", intercept=-3.0).save(tmp_path)
    found = load_calibration(INVARIANT.fingerprint, tmp_path)
    assert (found.intercept, found.scorer) == (-3.0, INVARIANT.fingerprint)


@pytest.mark.parametrize(
    ("gpus", "capability", "sentence"),
    [
        ([], None, r"needs an NVIDIA GPU, but none is visible"),
        ([CARD], 7.5, r"capability 8\.0 or higher, but GPU 1 \(NVIDIA Large\) has 7\.5: set it to false"),
        ([CARD], None, r"does not say its compute capability"),
    ],
)
def test_the_mode_is_refused_where_the_card_cannot(
    monkeypatch: pytest.MonkeyPatch, gpus: list[Gpu], capability: float | None, sentence: str
) -> None:
    see(monkeypatch, gpus, capability)
    offers = schema.conform([{"catalog": "a", "offer_id": at, "title": "t"} for at in "12"], schema.OFFERS)
    with pytest.raises(UserError, match=sentence):
        INVARIANT.score(offers, np.array([[0, 1]]))


def test_the_mode_is_refused_with_a_quantization_whose_kernels_are_not_invariant() -> None:
    assert VllmScoring(batch_invariant=True, quantization="fp8").batch_invariant
    with pytest.raises(ValidationError, match="not with gptq: remove one of the two"):
        VllmScoring(batch_invariant=True, quantization="gptq")


@pytest.mark.parametrize("chosen", [True, False])
def test_engines_run_in_the_mode_by_the_settings_alone(monkeypatch: pytest.MonkeyPatch, *, chosen: bool) -> None:
    class Standin:
        def __init__(self, spec: EngineSpec) -> None:
            self.spec = spec

        def wait(self) -> None:
            pass

        def close(self) -> None:
            pass

    see(monkeypatch, [CARD], 9.0)
    monkeypatch.setenv("VLLM_BATCH_INVARIANT", str(int(not chosen)))
    monkeypatch.setattr(vllm_scorer, "Engine", Standin)
    monkeypatch.setattr(vllm_scorer, "find_spec", lambda _: True)
    monkeypatch.setattr(VllmScorer, "_tokenizer", None)
    monkeypatch.setattr(VllmScorer, "_arguments", lambda _: dict[str, Any]())
    scorer = VllmScorer(VllmScoring(batch_invariant=chosen, engines=1))
    (engine,) = scorer._start()
    assert engine.spec.environment["VLLM_BATCH_INVARIANT"] == str(int(chosen))
    scorer.close()
