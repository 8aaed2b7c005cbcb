"""Recreates the ordinary model folder from the shipped files, for transformers, sentence-transformers and vLLM."""

import gzip
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from training.shipping import POSITION_ROWS, dequantise
from training.start_weights import BlockTable

_WORDS = "roberta.embeddings.word_embeddings"
_PLACES = "roberta.embeddings.position_and_type"


def _tensors(path: Path) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(str(path)).graph.initializer}


def state_of(shipped: Path) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """Return the classifier's tensors by their usual names, unpacked to float32, from the shipped folder."""
    stored = _tensors(shipped / "model.onnx")
    words = BlockTable(stored[f"{_WORDS}.quants"].astype(np.int8), stored[f"{_WORDS}.scales"])
    rows = stored[_PLACES].astype(np.float32)
    state = {
        f"{_WORDS}.weight": words.dense(),
        "roberta.embeddings.position_embeddings.weight": rows,
        "roberta.embeddings.token_type_embeddings.weight": np.zeros((1, rows.shape[1]), np.float32),
    }
    for name, value in stored.items():
        if name.endswith(".weight.quants"):
            base = name.removesuffix(".quants")
            state[base] = dequantise(value, stored[f"{base}.scales"])
        elif name.endswith((".weight", ".bias")):
            state[name] = value
    return state


def export(shipped: Path, out: Path) -> None:
    """Write `model.safetensors`, `config.json`, `tokenizer.json` and `tokenizer_config.json`.

    The word embeddings' token type row is folded into the positions, which are 256 here.

    Args:
        shipped: A folder with `model.onnx`, `tokenizer.json.gz` and `model.json`.
        out: Folder to write; loads as `XLMRobertaForSequenceClassification` with one label.
    """
    sizes = json.loads((shipped / "model.json").read_text(encoding="utf-8"))["sizes"]
    out.mkdir(parents=True, exist_ok=True)
    save_file(state_of(shipped), out / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["XLMRobertaForSequenceClassification"],
        "model_type": "xlm-roberta",
        "vocab_size": sizes["pieces"],
        "hidden_size": sizes["hidden"],
        "num_hidden_layers": sizes["layers"],
        "num_attention_heads": sizes["heads"],
        "intermediate_size": sizes["intermediate"],
        "hidden_act": "gelu",
        "max_position_embeddings": POSITION_ROWS,
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
    }
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    tokenizer = Tokenizer.from_str(gzip.decompress((shipped / "tokenizer.json.gz").read_bytes()).decode())
    tokenizer.save(str(out / "tokenizer.json"))
    special = {
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
    }
    settings = {**special, "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": POSITION_ROWS - 2}
    settings["model_input_names"] = ["input_ids", "attention_mask"]
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    (out / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
