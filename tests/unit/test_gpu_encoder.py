"""Pairs laid end to end in one row of tokens are scored as ONNX Runtime scores them one batch at a time."""

from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from sku_align.calibration.calibration import load_calibration
from sku_align.config import Settings
from sku_align.scoring.load import load_scorer
from sku_align.scoring.scorers.cross_encoder import END, START, CrossEncoder
from sku_align.scoring.scorers.gpu_encoder import GpuEncoder, flatten, lay_out, steps


def test_pairs_are_written_end_to_end() -> None:
    flat, start = flatten([[5, 6, 7], [8], []])
    ids, borders = lay_out(flat, start, np.array([[0, 1], [1, 0], [2, 2], [1, 2]]))
    rows = [ids[a:b].tolist() for a, b in pairwise(borders)]
    assert rows == [
        [START, 5, 6, 7, END, END, 8, END],
        [START, 8, END, END, 5, 6, 7, END],
        [START, END, END, END],
        [START, 8, END, END, END],
    ]


def test_a_step_holds_as_many_pairs_as_fit_and_one_at_least() -> None:
    lengths = np.array([10, 10, 30, 5, 5, 5, 99])
    assert [rows.tolist() for rows in steps(lengths, 25)] == [[0, 1], [2], [3, 4, 5], [6]]
    assert list(steps(np.zeros(0, dtype=np.int64), 25)) == []


@pytest.mark.torch
def test_scores_are_those_of_the_scorer_on_a_cpu() -> None:
    pytest.importorskip("torch")
    texts = [
        "Kessel Brelo 1.7 l | Brelo", "Kettle Brelo 1.7 l", "Toaster Vekta T4", "電熱水壺 Brelo 1.7 l", "x",
        "Brelo kettle steel 1.7 l | Brelo | Kettles | 39.9 EUR", "T",
    ]  # fmt: skip
    pairs = np.array([[0, 1], [1, 0], [0, 2], [3, 0], [4, 6], [5, 1], [5, 3], [2, 2]])
    expected = CrossEncoder(threads=1).predict(texts, pairs)
    packed = GpuEncoder(device="cpu", dtype="float32", step_tokens=64).predict(texts, pairs)
    np.testing.assert_allclose(packed, expected, atol=2e-3)
    assert packed[0] == pytest.approx(packed[1])


def test_the_fingerprint_names_the_arithmetic_because_scores_differ_with_it() -> None:
    on_cpu = CrossEncoder().fingerprint
    half, whole = GpuEncoder(dtype="float16").fingerprint, GpuEncoder(dtype="float32").fingerprint
    assert len({on_cpu, half, whole}) == 3
    assert on_cpu.split(":")[1] == half.split(":")[1] == whole.split(":")[1]


def test_a_gpu_shares_the_calibration_of_the_same_weights_and_takes_larger_shards() -> None:
    settings = [Settings.model_validate({"scoring": scoring}).scoring for scoring in ({}, {"device": "cuda"})]
    on_cpu, on_gpu = (load_calibration(load_scorer(each).fingerprint) for each in settings)
    assert on_gpu.weights == on_cpu.weights
    assert on_gpu.scorer != on_cpu.scorer
    assert settings[1].shard_size > settings[0].shard_size
    with pytest.raises(ValidationError):
        Settings.model_validate({"scoring": {"device": "tpu"}})
