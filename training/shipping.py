"""Writes the shipped form: one ONNX file with 4-bit word embeddings and an 8-bit encoder, for ONNX Runtime on a CPU.

Word embeddings were frozen, so their 4-bit blocks are stored and gathered exactly as they came (GatherBlockQuantized).
Encoder matrices are stored as 8-bit blocks of 128 inputs and unpacked once, when the file is loaded; the arithmetic
is float32. Activations are not quantised: dynamic per-tensor quantisation was 1.5 times as fast, but moved logits by
up to 2.9 and made the score of a pair depend on the pairs that share its batch.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from sku_align.scoring.scorers.packed_weights import quantise
from training.start_weights import BLOCK, BlockTable, StartWeights
from training.stored import read_encoder

POSITION_ROWS = 258
Floats = NDArray[np.float32]


class _Graph:
    """Collects nodes and initialisers; every call returns the name of what it made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.initialisers.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], output, domain=domain, **attributes))
        return output

    def linear(self, name: str, source: str, state: Mapping[str, Floats]) -> str:
        """Add a matrix product with bias, named as in the state dict; the weights are unpacked once, at load."""
        quants, scales = quantise(state[f"{name}.weight"])
        stored = [self.constant(f"{name}.weight.quants", quants), self.constant(f"{name}.weight.scales", scales)]
        wide = self.node("Cast", [stored[0]], f"{name}.weight.cast", to=TensorProto.FLOAT)
        scaled = self.node("Mul", [wide, stored[1]], f"{name}.weight.scaled")
        shape = self.constant(f"{name}.weight.shape", np.array([-1, quants.shape[2]], np.int64))
        matrix = self.node("Reshape", [scaled, shape], f"{name}.weight")
        product = self.node("MatMul", [source, matrix], f"{name}.product")
        return self.node("Add", [product, self.constant(f"{name}.bias", state[f"{name}.bias"])], f"{name}.out")

    def norm(self, name: str, source: str, state: Mapping[str, Floats], epsilon: float) -> str:
        names = [self.constant(f"{name}.{part}", state[f"{name}.{part}"]) for part in ("weight", "bias")]
        return self.node("LayerNormalization", [source, *names], f"{name}.out", axis=-1, epsilon=epsilon)


def _words(graph: _Graph, words: BlockTable) -> str:
    low, high = words.quants[:, 0::2] & 0x0F, words.quants[:, 1::2] & 0x0F
    packed = (low | (high << 4)).astype(np.uint8)
    name = "roberta.embeddings.word_embeddings"
    quants = helper.make_tensor(f"{name}.quants", TensorProto.INT4, words.quants.shape, packed.tobytes(), raw=True)
    graph.initialisers.append(quants)
    scales = graph.constant(f"{name}.scales", words.scales)
    gathered = graph.node(
        "GatherBlockQuantized", [quants.name, "input_ids", scales], f"{name}.half", "com.microsoft",
        gather_axis=0, quantize_axis=1, block_size=BLOCK,
    )  # fmt: skip
    return graph.node("Cast", [gathered], f"{name}.out", to=TensorProto.FLOAT)


def build_onnx(state: Mapping[str, Floats], words: BlockTable, heads: int, epsilon: float) -> onnx.ModelProto:
    """Return the classifier as an ONNX model: `input_ids` int64 (pairs, tokens) to `logits` float32 (pairs, 1).

    Args:
        state: The XLM-R sequence classifier's tensors by their usual names, word embeddings left out.
        words: The word embeddings in 4-bit blocks.
    """
    graph = _Graph()
    pad, one = graph.constant("pad", np.array(1, np.int64)), graph.constant("one", np.array(1, np.int64))
    axis = graph.constant("axis", np.array(1, np.int64))
    shown = graph.node("Not", [graph.node("Equal", ["input_ids", pad], "is_pad")], "is_shown")
    counted = graph.node("Cast", [shown], "shown", to=TensorProto.INT64)
    mask = graph.node("Cast", [shown], "mask", to=TensorProto.INT32)
    running = graph.node("Mul", [graph.node("CumSum", [counted, axis], "running"), counted], "place")
    places = graph.node("Add", [running, one], "position_ids")
    prefix = "roberta.embeddings"
    rows = state[f"{prefix}.position_embeddings.weight"] + state[f"{prefix}.token_type_embeddings.weight"]
    table = graph.constant(f"{prefix}.position_and_type", rows[:POSITION_ROWS].astype(np.float16))
    half = graph.node("Gather", [table, places], "positions.half")
    positions = graph.node("Cast", [half], "positions", to=TensorProto.FLOAT)
    summed = graph.node("Add", [_words(graph, words), positions], "embedded")
    hidden = graph.norm(f"{prefix}.LayerNorm", summed, state, epsilon)
    first_row = graph.constant("first_row", np.array([0], np.int64))
    layers = 1 + max(int(name.split(".")[3]) for name in state if name.startswith("roberta.encoder.layer."))
    for layer in range(layers):
        prefix = f"roberta.encoder.layer.{layer}"
        # Only the first token's answer is read, so in the last layer only the first token asks.
        asks = graph.node("Gather", [hidden, first_row], "first_asks", axis=1) if layer == layers - 1 else hidden
        sources = {"query": asks, "key": hidden, "value": hidden}
        sides = [graph.linear(f"{prefix}.attention.self.{side}", source, state) for side, source in sources.items()]
        mixed = graph.node(
            "MultiHeadAttention", [*sides, "", mask], f"{prefix}.mixed", "com.microsoft", num_heads=heads
        )
        dense = graph.linear(f"{prefix}.attention.output.dense", mixed, state)
        added = graph.node("Add", [dense, asks], f"{prefix}.attended")
        attended = graph.norm(f"{prefix}.attention.output.LayerNorm", added, state, epsilon)
        wide = graph.node("Gelu", [graph.linear(f"{prefix}.intermediate.dense", attended, state)], f"{prefix}.wide")
        added = graph.node("Add", [graph.linear(f"{prefix}.output.dense", wide, state), attended], f"{prefix}.added")
        hidden = graph.norm(f"{prefix}.output.LayerNorm", added, state, epsilon)
    first = graph.node("Gather", [hidden, graph.constant("first", np.array(0, np.int64))], "first_token", axis=1)
    for name, output in (("classifier.dense", "pooled"), ("classifier.out_proj", "logits")):
        weight, bias = (graph.constant(f"{name}.{part}", state[f"{name}.{part}"]) for part in ("weight", "bias"))
        product = graph.node("Gemm", [first, weight, bias], output, transB=1)
        first = graph.node("Tanh", [product], f"{name}.tanh") if output == "pooled" else product
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["pairs", "tokens"])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["pairs", 1])]
    model = helper.make_graph(graph.nodes, "cross_encoder", inputs, outputs, graph.initialisers)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(model, opset_imports=opsets, ir_version=10, producer_name="sku-align")


def ship(start: Path, trained: Path, out: Path, name: str, about: Mapping[str, object]) -> None:
    """Write the shipped folder: `model.onnx`, `tokenizer.json.gz` and `model.json`.

    Args:
        start: Folder that `python -m training start` wrote.
        trained: Folder that `python -m training reproduce` wrote.
        about: What else `model.json` shall say.
    """
    weights, state = StartWeights.load(start / "start.npz"), read_encoder(trained, "student")
    out.mkdir(parents=True, exist_ok=True)
    model = build_onnx(state, weights.table("emb.word"), weights.sizes["heads"], weights.epsilon)
    (out / "model.onnx").write_bytes(model.SerializeToString())
    (out / "tokenizer.json.gz").write_bytes(gzip.compress((start / "tokenizer.json").read_bytes(), 9, mtime=0))
    hashes = {
        path: hashlib.sha256((out / path).read_bytes()).hexdigest() for path in ("model.onnx", "tokenizer.json.gz")
    }
    layers = 1 + max(int(key.split(".")[3]) for key in state if key.startswith("roberta.encoder.layer."))
    sizes = {
        **weights.sizes,
        "layers": layers,
        "epsilon": weights.epsilon,
        "pieces": len(weights.table("emb.word").quants),
    }
    (out / "model.json").write_text(
        json.dumps({"name": name, **about, "sizes": sizes, "sha256": hashes}, indent=1) + "\n"
    )
