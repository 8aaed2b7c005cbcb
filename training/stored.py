"""Encoders on disk: everything but the frozen word embeddings, as float16, in parts that stay under 16 MiB."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

MAX_PART = 15 * 2**20


def save_encoder(state: Mapping[str, NDArray[np.float32]], folder: Path, name: str) -> None:
    """Write the tensors of a classifier by their usual names; word embeddings among them are passed over."""
    parts: list[dict[str, NDArray[np.float16]]] = [{}]
    for key, value in sorted(state.items()):
        if "word_embeddings" in key:
            continue
        half = np.ascontiguousarray(value.astype(np.float16))
        if sum(tensor.nbytes for tensor in parts[-1].values()) + half.nbytes > MAX_PART:
            parts.append({})
        parts[-1][key] = half
    for number, part in enumerate(parts):
        save_file(part, folder / f"{name}-{number}.safetensors")


def read_encoder(folder: Path, name: str) -> dict[str, NDArray[np.float32]]:
    """Read what `save_encoder` wrote, as float32; empty where there is none."""
    parts = sorted(folder.glob(f"{name}-*.safetensors"))
    return {key: value.astype(np.float32) for part in parts for key, value in load_file(part).items()}
