"""Builds the cross-encoder as an ordinary XLM-R sequence classifier from the start weights.

multilingual-e5-small is a BERT with XLM-R's pieces: its positions count from 0, XLM-R's count from pad id + 1 = 2, so the
position rows move down by two; its one used token type is folded into XLM-R's only one.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

from training.start_weights import StartWeights

PAD = 1
POSITION_OFFSET = PAD + 1
_LAYER_PARTS = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}


def configuration(start: StartWeights, pieces: int, layers: int) -> XLMRobertaConfig:
    """Return the XLM-R configuration of a classifier with one output."""
    return XLMRobertaConfig(
        vocab_size=pieces,
        hidden_size=start.hidden,
        num_hidden_layers=layers,
        num_attention_heads=start.heads,
        intermediate_size=start.intermediate,
        max_position_embeddings=start.positions + POSITION_OFFSET,
        type_vocab_size=1,
        layer_norm_eps=start.epsilon,
        pad_token_id=PAD,
        bos_token_id=0,
        eos_token_id=2,
        num_labels=1,
        hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.0,
    )


def build(start: StartWeights, pieces: NDArray[np.int64], layers: Sequence[int]) -> XLMRobertaForSequenceClassification:
    """Return a classifier with the chosen pieces and layers of the start weights and a fresh head.

    Args:
        pieces: Old piece id by new id.
        layers: Start layers to keep, in order.
    """
    model = XLMRobertaForSequenceClassification(configuration(start, len(pieces), len(layers)))
    tensors = start.tensors
    positions = np.zeros((start.positions + POSITION_OFFSET, start.hidden), np.float32)
    positions[POSITION_OFFSET:] = tensors["emb.pos"].reshape(start.positions, start.hidden)
    state = {
        "roberta.embeddings.word_embeddings.weight": start.words.rows(pieces).dense(),
        "roberta.embeddings.position_embeddings.weight": positions,
        "roberta.embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, start.hidden)[:1],
        "roberta.embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "roberta.embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for new, old in enumerate(layers):
        for part, short in _LAYER_PARTS.items():
            for kind in ("weight", "bias"):
                state[f"roberta.encoder.layer.{new}.{part}.{kind}"] = tensors[f"l{old}.{short}.{kind[0]}"]
    missing, unexpected = model.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()}, strict=False)
    if unexpected or any(not name.startswith("classifier.") for name in missing):
        raise ValueError(f"The start weights do not fit: missing {missing}, unexpected {unexpected}.")
    model.roberta.embeddings.word_embeddings.weight.requires_grad_(False)
    return model
