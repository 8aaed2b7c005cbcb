"""Builds the cross-encoder as an ordinary XLM-R sequence classifier from the start weights.

multilingual-e5-small is a BERT with XLM-R's pieces: its positions count from 0, XLM-R's from pad id + 1 = 2, so the
position rows move down by two; its one used token type is folded into XLM-R's only one.
"""

import copy
from collections.abc import Sequence

import numpy as np
import torch
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
        hidden_size=start.sizes["hidden"],
        num_hidden_layers=layers,
        num_attention_heads=start.sizes["heads"],
        intermediate_size=start.sizes["intermediate"],
        max_position_embeddings=start.sizes["positions"] + POSITION_OFFSET,
        type_vocab_size=1,
        layer_norm_eps=start.epsilon,
        pad_token_id=PAD,
        bos_token_id=0,
        eos_token_id=2,
        num_labels=1,
        hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.0,
    )


def build(start: StartWeights, layers: Sequence[int]) -> XLMRobertaForSequenceClassification:
    """Return a classifier with the chosen layers of the start weights, frozen word embeddings and a fresh head.

    Args:
        layers: Start layers to keep, in order.
    """
    hidden, positions = start.sizes["hidden"], start.sizes["positions"]
    words = start.dense("emb.word")
    model = XLMRobertaForSequenceClassification(configuration(start, len(words), len(layers)))
    moved = np.zeros((positions + POSITION_OFFSET, hidden), np.float32)
    moved[POSITION_OFFSET:] = start.dense("emb.pos").reshape(positions, hidden)
    state = {
        "roberta.embeddings.word_embeddings.weight": words,
        "roberta.embeddings.position_embeddings.weight": moved,
        "roberta.embeddings.token_type_embeddings.weight": start.dense("emb.type").reshape(-1, hidden)[:1],
        "roberta.embeddings.LayerNorm.weight": start.dense("emb.ln.w"),
        "roberta.embeddings.LayerNorm.bias": start.dense("emb.ln.b"),
    }
    for new, old in enumerate(layers):
        for part, short in _LAYER_PARTS.items():
            for kind in ("weight", "bias"):
                state[f"roberta.encoder.layer.{new}.{part}.{kind}"] = start.dense(f"l{old}.{short}.{kind[0]}")
    tensors = {name: torch.from_numpy(value) for name, value in state.items()}
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    if unexpected or any(not name.startswith("classifier.") for name in missing):
        raise ValueError(f"The start weights do not fit: missing {missing}, unexpected {unexpected}.")
    model.roberta.embeddings.word_embeddings.weight.requires_grad_(False)
    return model


def keep_layers(
    model: XLMRobertaForSequenceClassification, layers: Sequence[int]
) -> XLMRobertaForSequenceClassification:
    """Return a copy of a trained model with only the given layers, head included: where a student starts."""
    student = copy.deepcopy(model)
    student.roberta.encoder.layer = torch.nn.ModuleList(student.roberta.encoder.layer[layer] for layer in layers)
    student.config.num_hidden_layers = len(layers)
    return student
