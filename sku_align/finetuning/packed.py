"""The two forms of the bundled model: packed for ONNX Runtime, and the ordinary folder that everything else loads.

In the packed form word embeddings lie in 4-bit blocks, exactly as they came, and matrices in 8-bit blocks. The ordinary
form is unpacked from it, so that both hold the same numbers.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sku_align.calibration.calibration import CALIBRATIONS, load_calibration, raw_scale_of
from sku_align.config import VllmScoring
from sku_align.files import write_text
from sku_align.scoring.scorers.bundled import BundledScorer
from sku_align.scoring.scorers.packed_weights import (
    ENCODER_BLOCK,
    PACKED_FILES,
    PLACES,
    POSITIONS,
    TYPES,
    WORDS,
    Floats,
    quantise,
    unpack,
)
from sku_align.scoring.scorers.prompt import READS
from sku_align.scoring.scorers.vllm import VllmScorer


def repack(packed: Path, state: Mapping[str, Floats], out: Path, about: Mapping[str, Any]) -> None:
    """Write a packed folder with other weights: the graph, the pieces and the word embeddings stay.

    Args:
        packed: Packed folder of the same architecture.
        state: The classifier's tensors by their usual names; word embeddings in it are passed over.
        out: Folder to write.
        about: What `model.json` says beside sizes and hashes.

    Raises:
        ValueError: A tensor of the graph is not in `state`, which is a programming error.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(packed / "model.onnx"))
    fresh: dict[str, NDArray[Any]] = {PLACES: (state[POSITIONS] + state[TYPES]).astype(np.float16)}
    for name, value in state.items():
        fresh[name] = value
        if value.ndim == 2 and value.shape[1] % ENCODER_BLOCK == 0 and not name.startswith("roberta.embeddings."):
            fresh[f"{name}.quants"], fresh[f"{name}.scales"] = quantise(value)
    for tensor in model.graph.initializer:
        weighs = tensor.name.endswith((".quants", ".scales", ".weight", ".bias")) or tensor.name == PLACES
        if not weighs or tensor.name.startswith(WORDS):
            continue
        if tensor.name not in fresh or list(fresh[tensor.name].shape) != list(tensor.dims):
            raise ValueError(f"{packed / 'model.onnx'} has a tensor {tensor.name} that the trained model lacks")
        tensor.CopyFrom(numpy_helper.from_array(np.asarray(fresh[tensor.name], order="C"), tensor.name))
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.onnx").write_bytes(model.SerializeToString())
    (out / "tokenizer.json.gz").write_bytes((packed / "tokenizer.json.gz").read_bytes())
    hashes = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in PACKED_FILES[:2]}
    sizes = json.loads((packed / "model.json").read_text(encoding="utf-8"))["sizes"]
    text = json.dumps({**about, "sizes": sizes, "sha256": hashes}, indent=1, ensure_ascii=False)
    write_text(out / "model.json", text + "\n")


def export(packed: Path, out: Path) -> None:
    """Write `model.safetensors`, `config.json`, `tokenizer.json` and `tokenizer_config.json`.

    The word embeddings' token type row is folded into the positions. A calibration of the packed weights goes with
    them, under what the vllm scorer calls the folder: it reads one direction, which moves few decisions.

    Args:
        packed: A folder with `model.onnx`, `tokenizer.json.gz` and `model.json`.
        out: Folder to write; loads as `XLMRobertaForSequenceClassification` with one label.
    """
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer

    sizes = json.loads((packed / "model.json").read_text(encoding="utf-8"))["sizes"]
    out.mkdir(parents=True, exist_ok=True)
    state = unpack(packed)
    places = len(state[POSITIONS])
    save_file(state, out / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["XLMRobertaForSequenceClassification"],
        "model_type": "xlm-roberta",
        "vocab_size": sizes["pieces"],
        "hidden_size": sizes["hidden"],
        "num_hidden_layers": sizes["layers"],
        "num_attention_heads": sizes["heads"],
        "intermediate_size": sizes["intermediate"],
        "hidden_act": "gelu",
        "max_position_embeddings": places,
        "type_vocab_size": 1,
        "layer_norm_eps": sizes["epsilon"],
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "position_embedding_type": "absolute",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.0,
        "id2label": {"0": "LABEL_0"},
        "label2id": {"LABEL_0": 0},
        "torch_dtype": "float32",
        READS: "bundled",
    }
    special = {
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
    }
    settings = {**special, "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": places - 2}
    settings["model_input_names"] = ["input_ids", "attention_mask"]
    files = {"config": config, "tokenizer_config": settings, "special_tokens_map": special}
    for name, content in files.items():
        write_text(out / f"{name}.json", json.dumps(content, indent=2) + "\n")
    tokenizer = Tokenizer.from_str(gzip.decompress((packed / "tokenizer.json.gz").read_bytes()).decode())
    tokenizer.save(str(out / "tokenizer.json"))
    (out / "model.safetensors").chmod(0o644)
    known = load_calibration(BundledScorer(packed).fingerprint, packed / CALIBRATIONS)
    if known.fitted_on:
        served = VllmScorer(VllmScoring(model=str(out))).fingerprint
        replace(known, scorer=served, raw_scale=raw_scale_of(served)).save(out / CALIBRATIONS)
