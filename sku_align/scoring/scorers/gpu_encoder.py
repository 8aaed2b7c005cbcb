"""Runs the bundled cross-encoder, or one of its kind, on a GPU without a request per pair and without padding.

Through vLLM every pair is a request that a scheduler on the CPU passes on, and an H100 stands idle four fifths of the
time. Here tokens of an offer are made once, pairs are laid end to end in one long row of tokens, and attention
runs within each pair (variable-length attention). What the host does for the next batch, it does while the GPU works.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sku_align.scoring.scorers.cross_encoder import CLEAR_REJECT, END, START, CrossEncoder, Logits, Pairs

if TYPE_CHECKING:
    import torch

Dtype = Literal["float16", "bfloat16", "float32"]

# Tokens of one step. At 6 layers of 384 an H100 is busy from about 60,000 on; memory is about 5 kB a token.
STEP_TOKENS = 131_072
_FIRST_POSITION = 2


class GpuEncoder(CrossEncoder):
    """Judges pairs of offer texts on a GPU as `CrossEncoder` does on a CPU.

    Args:
        folder: As for `CrossEncoder`.
        device: A torch device, such as "cuda" or "cuda:1"; "cpu" works in float32 and is for tests.
        dtype: float16 moves logits by a few thousandths against float32, bfloat16 by some hundredths.
        step_tokens: Tokens computed at a time.
    """

    def __init__(
        self,
        folder: Path | None = None,
        device: str = "cuda",
        dtype: Dtype = "float16",
        step_tokens: int = STEP_TOKENS,
    ) -> None:
        super().__init__(folder)
        self.device = device
        self.dtype = dtype
        self.step_tokens = step_tokens
        self._loaded: _Encoder | None = None

    @cached_property
    def fingerprint(self) -> str:
        """As on a CPU, but for the engine and the arithmetic, such as `torch:NAME@0123456789ab:float16`."""
        _engine, name, _ = CrossEncoder(self.folder).fingerprint.split(":")
        return f"torch:{name}:{self.dtype}"

    def predict(self, texts: Sequence[str], pairs: Pairs) -> Logits:
        """Score pairs of texts; see `CrossEncoder.predict`."""
        if len(pairs) == 0:
            return np.zeros(0, np.float32)
        flat, start = flatten(self.tokenise(texts))
        rank = np.argsort(np.argsort(np.array(texts, dtype=object), kind="stable"), kind="stable")
        turned = rank[pairs[:, 0]] > rank[pairs[:, 1]]
        ordered = np.where(turned[:, None], pairs[:, ::-1], pairs).astype(np.int64)
        scores = self._one_direction_packed(flat, start, ordered)
        unsure = np.flatnonzero(scores > CLEAR_REJECT)
        scores[unsure] = (scores[unsure] + self._one_direction_packed(flat, start, ordered[unsure][:, ::-1])) / 2
        return scores

    def _one_direction_packed(self, flat: NDArray[np.int32], start: NDArray[np.int64], pairs: Pairs) -> Logits:
        """Score pairs left to right in steps of about `step_tokens` tokens."""
        import torch

        if self._loaded is None:
            self._loaded = _Encoder(self.folder, self.about["sizes"], self.device, self.dtype)
        lengths = (np.diff(start)[pairs]).sum(axis=1) + 4
        # Results stay on the GPU until all steps are queued, so the host never waits for a step.
        waiting: list[tuple[NDArray[np.int64], torch.Tensor]] = []
        with torch.inference_mode():
            for rows in steps(lengths, self.step_tokens):
                ids, borders = lay_out(flat, start, pairs[rows])
                waiting.append((rows, self._loaded(ids, borders)))
        scores = np.empty(len(pairs), np.float32)
        for rows, logits in waiting:
            scores[rows] = logits.float().cpu().numpy()
        return scores


def flatten(pieces: Sequence[Sequence[int]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """All pieces of all offers in one row, and where those of each offer begin, shape (offers + 1,)."""
    start = np.concatenate([[0], np.cumsum([len(side) for side in pieces])]).astype(np.int64)
    flat = np.fromiter((piece for side in pieces for piece in side), dtype=np.int32, count=int(start[-1]))
    return flat, start


def steps(lengths: NDArray[np.int64], tokens: int) -> Iterator[NDArray[np.int64]]:
    """Positions of pairs in steps of at most `tokens` tokens, in the order given."""
    ends = np.cumsum(lengths)
    first = 0
    while first < len(lengths):
        done = int(ends[first - 1]) if first else 0
        stop = max(first + 1, int(np.searchsorted(ends, done + tokens, side="right")))
        yield np.arange(first, stop)
        first = stop


def lay_out(
    flat: NDArray[np.int32], start: NDArray[np.int64], pairs: Pairs
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Write pairs end to end as `<s> left </s></s> right </s>`.

    Args:
        flat: Pieces of all offers.
        start: Where those of each offer begin, shape (offers + 1,).
        pairs: Offers of each pair, shape (m, 2).

    Returns:
        The tokens, and where each pair begins, shape (m + 1,).
    """
    sizes = start[pairs + 1] - start[pairs]
    borders = np.concatenate([[0], np.cumsum(sizes.sum(axis=1) + 4)])
    ids = np.full(int(borders[-1]), END, dtype=np.int32)
    ids[borders[:-1]] = START
    for side, place in ((0, borders[:-1] + 1), (1, borders[:-1] + sizes[:, 0] + 3)):
        size = sizes[:, side]
        # Position within its side, for every piece: what has been counted since the side began.
        within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        ids[np.repeat(place, size) + within] = flat[np.repeat(start[pairs[:, side]], size) + within]
    return ids, borders.astype(np.int32)


class _Encoder:
    """The network in torch, tokens of many pairs in one row.

    Args:
        folder: Packed folder of the weights.
        sizes: `sizes` of its `model.json`.
        device: Where it runs.
        dtype: What it computes in.
    """

    def __init__(self, folder: Path, sizes: Mapping[str, Any], device: str, dtype: Dtype) -> None:
        import torch

        from sku_align.scoring.scorers.packed_weights import unpack

        self.device, self.dtype = torch.device(device), getattr(torch, dtype)
        self.heads, self.epsilon, self.layers = sizes["heads"], sizes["epsilon"], sizes["layers"]
        self.hidden = sizes["hidden"]
        state = unpack(folder)
        prefix = "roberta.encoder.layer"
        for layer in range(self.layers):
            # One product instead of three for query, key and value.
            names = [f"{prefix}.{layer}.attention.self.{name}" for name in ("query", "key", "value")]
            for part in ("weight", "bias"):
                state[f"{prefix}.{layer}.attention.self.all.{part}"] = np.concatenate(
                    [state.pop(f"{name}.{part}") for name in names]
                )
        self.state = {name: torch.tensor(value).to(self.device, self.dtype) for name, value in state.items()}
        positions = self.state["roberta.embeddings.position_embeddings.weight"]
        self.positions = positions + self.state["roberta.embeddings.token_type_embeddings.weight"]
        # In float32 attention is padded by masks, which a compiler cannot follow.
        compiled = self.device.type == "cuda" and self.dtype.itemsize == 2
        self._body = torch.compile(self._layers, dynamic=True) if compiled else self._layers

    def __call__(self, ids: NDArray[np.int32], borders: NDArray[np.int32]) -> "torch.Tensor":
        """Logits of pairs laid end to end, shape (m,)."""
        import torch

        tokens = torch.from_numpy(ids)
        starts = torch.from_numpy(borders)
        if self.device.type == "cuda":
            tokens, starts = tokens.pin_memory(), starts.pin_memory()
        tokens, starts = tokens.to(self.device, non_blocking=True), starts.to(self.device, non_blocking=True)
        longest = int(np.diff(borders).max())
        return self._body(tokens.long(), starts, longest)

    def _layers(self, tokens: "torch.Tensor", starts: "torch.Tensor", longest: int) -> "torch.Tensor":
        import torch
        from torch.nn import functional

        state = self.state
        counts = (starts[1:] - starts[:-1]).long()
        within = torch.arange(len(tokens), device=tokens.device) - torch.repeat_interleave(
            starts[:-1].long(), counts, output_size=len(tokens)
        )
        hidden = state["roberta.embeddings.word_embeddings.weight"][tokens] + self.positions[within + _FIRST_POSITION]
        hidden = self._norm("roberta.embeddings.LayerNorm", hidden)
        for layer in range(self.layers):
            prefix = f"roberta.encoder.layer.{layer}"
            mixed = self._linear(f"{prefix}.attention.self.all", hidden)
            query, key, value = mixed.view(len(tokens), 3, self.heads, -1).unbind(1)
            attended = self._attention(query, key, value, starts, longest).reshape(len(tokens), self.hidden)
            added = self._linear(f"{prefix}.attention.output.dense", attended) + hidden
            hidden = self._norm(f"{prefix}.attention.output.LayerNorm", added)
            wide = functional.gelu(self._linear(f"{prefix}.intermediate.dense", hidden))
            hidden = self._norm(f"{prefix}.output.LayerNorm", self._linear(f"{prefix}.output.dense", wide) + hidden)
        first = hidden[starts[:-1].long()]
        pooled = torch.tanh(self._linear("classifier.dense", first))
        return self._linear("classifier.out_proj", pooled)[:, 0]

    def _linear(self, name: str, value: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        return functional.linear(value, self.state[f"{name}.weight"], self.state[f"{name}.bias"])

    def _norm(self, name: str, value: "torch.Tensor") -> "torch.Tensor":
        from torch.nn import functional

        weight, bias = self.state[f"{name}.weight"], self.state[f"{name}.bias"]
        return functional.layer_norm(value, (self.hidden,), weight, bias, self.epsilon)

    def _attention(
        self, query: "torch.Tensor", key: "torch.Tensor", value: "torch.Tensor", starts: "torch.Tensor", longest: int
    ) -> "torch.Tensor":
        """Attention within each pair, shape (tokens, heads, size of a head)."""
        if self.dtype.itemsize == 2 and self.device.type == "cuda":
            from torch.nn.attention.varlen import varlen_attn

            return varlen_attn(query, key, value, starts, starts, longest, longest)
        return _padded_attention(query, key, value, starts, longest)


def _padded_attention(
    query: "torch.Tensor", key: "torch.Tensor", value: "torch.Tensor", starts: "torch.Tensor", longest: int
) -> "torch.Tensor":
    """The same in float32, for which there is no variable-length kernel: padded and taken apart again."""
    import torch
    from torch.nn import functional

    counts = (starts[1:] - starts[:-1]).long()
    places = torch.arange(longest, device=starts.device)
    shown = places[None, :] < counts[:, None]
    sides = []
    for side in (query, key, value):
        padded = side.new_zeros(len(counts), longest, *side.shape[1:])
        padded[shown] = side
        sides.append(padded.transpose(1, 2))
    mixed = functional.scaled_dot_product_attention(*sides, attn_mask=shown[:, None, None, :])
    return mixed.transpose(1, 2)[shown]
