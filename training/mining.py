"""Finds hard negatives: for every offer the nearest other products, in each other catalog and in its own."""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import XLMRobertaForSequenceClassification

from training.architecture import PAD
from training.offers import Offer, plain

Neighbours = list[list[int]]


@torch.inference_mode()
def embed(
    model: XLMRobertaForSequenceClassification,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    device: str,
    batch: int = 256,
) -> NDArray[np.float32]:
    """Return unit-length mean-pooled embeddings, shape (texts, hidden), as multilingual-e5 defines them."""
    encoded = [encoding.ids[:64] for encoding in tokenizer.encode_batch([f"query: {text}" for text in texts])]
    order = sorted(range(len(encoded)), key=lambda index: len(encoded[index]))
    result = np.zeros((len(texts), model.config.hidden_size), np.float32)
    encoder = model.roberta.eval().to(device)
    for start in range(0, len(order), batch):
        part = order[start : start + batch]
        width = max(len(encoded[index]) for index in part)
        ids = torch.full((len(part), width), PAD)
        for row, index in enumerate(part):
            ids[row, : len(encoded[index])] = torch.tensor(encoded[index])
        ids = ids.to(device)
        mask = (ids != PAD).to(device)
        states = encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        result[part] = torch.nn.functional.normalize(pooled.float(), dim=1).cpu().numpy()
    return result


def says_the_same(first: Offer, second: Offer) -> bool:
    """Tell whether two offers read alike although their labels differ, as unlabelled matches do.

    Either the titles are the same letters and digits, or both carry the same Latin name of eight letters or more.
    """
    if plain(first.title) == plain(second.title):
        return True
    names = [
        {plain(part) for part in re.findall(r"[A-Za-z][A-Za-z\d :'&.!-]{7,}", offer.title)} for offer in (first, second)
    ]
    return first.language != second.language and first.dataset == "games" and bool(names[0] & names[1])


def nearest_other_products(
    offers: Sequence[Offer], embeddings: NDArray[np.float32], device: str, across: int = 10, within: int = 10
) -> tuple[Neighbours, Neighbours]:
    """Return for every offer the rows of its nearest other products: in every other catalog, and in its own.

    Args:
        offers: Offers of one set.
        embeddings: Their embeddings, shape (offers, hidden).
        across: Neighbours in each other catalog.
        within: Neighbours in the own catalog.
    """
    by_catalog: dict[str, list[int]] = defaultdict(list)
    for index, offer in enumerate(offers):
        by_catalog[offer.catalog].append(index)
    vectors = torch.from_numpy(embeddings).to(device)
    other: Neighbours = [[] for _ in offers]
    own: Neighbours = [[] for _ in offers]
    for source, rows in by_catalog.items():
        for target, columns in by_catalog.items():
            size = within if source == target else across
            similar = vectors[rows] @ vectors[columns].T
            best = similar.topk(min(size + 4, len(columns)), dim=1).indices.cpu().numpy()
            for row, places in zip(rows, best, strict=True):
                found = [columns[place] for place in places if offers[columns[place]].product != offers[row].product]
                found = [index for index in found if index != row and not says_the_same(offers[row], offers[index])]
                (own if source == target else other)[row].extend(found[:size])
    return other, own
