"""The form in which the bundled model is stored: one ONNX file with 4-bit word embeddings and 8-bit matrices.

Word embeddings lie in 4-bit blocks, exactly as they came, and matrices in 8-bit blocks. Everything that does not run
the ONNX file itself (a GPU, transformers, vLLM, fine-tuning) unpacks it here, so that all hold the same numbers.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ENCODER_BLOCK = 128
PACKED_FILES = ("model.onnx", "tokenizer.json.gz", "model.json")
WORDS = "roberta.embeddings.word_embeddings"
PLACES = "roberta.embeddings.position_and_type"
POSITIONS = "roberta.embeddings.position_embeddings.weight"
TYPES = "roberta.embeddings.token_type_embeddings.weight"
Floats = NDArray[np.float32]


def quantise(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Return a matrix (outputs, inputs) as 8-bit quants (blocks, 128, outputs) and scales (blocks, 1, outputs)."""
    blocks = matrix.T.reshape(-1, ENCODER_BLOCK, len(matrix))
    scales = np.maximum(np.abs(blocks).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
    return np.rint(blocks / scales).astype(np.int8), scales


def dequantise(quants: NDArray[np.int8], scales: Floats) -> Floats:
    """Return the matrix (outputs, inputs) that `quantise` stored."""
    return np.ascontiguousarray((quants.astype(np.float32) * scales).reshape(-1, quants.shape[2]).T)


def is_packed(folder: Path) -> bool:
    """Whether a folder holds the form that the `bundled` scorer runs."""
    return all((folder / name).is_file() for name in PACKED_FILES)


def unpack(packed: Path) -> dict[str, Floats]:
    """Return the classifier's tensors by their usual names as float32, from a packed folder."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(packed / "model.onnx")).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    quants, scales = stored[f"{WORDS}.quants"].astype(np.float32), stored[f"{WORDS}.scales"].astype(np.float32)
    rows = stored[PLACES].astype(np.float32)
    state = {
        f"{WORDS}.weight": quants * np.repeat(scales, quants.shape[1] // scales.shape[1], axis=1),
        POSITIONS: rows,
        TYPES: np.zeros((1, rows.shape[1]), np.float32),
    }
    for name, value in stored.items():
        if name.endswith(".weight.quants"):
            base = name.removesuffix(".quants")
            state[base] = dequantise(value, stored[f"{base}.scales"])
        elif name.endswith((".weight", ".bias")):
            state[name] = value
    return state
