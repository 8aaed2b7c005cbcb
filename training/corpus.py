"""Puts the labelled sets on the two sides of the split: corpora to draw training pairs from, and pairs held back."""

from collections.abc import Sequence

from tokenizers import Tokenizer

from training.fitting import Model
from training.groups import DEV, TEST, TRAIN, check_no_leak, side
from training.mining import embed, nearest_other_products
from training.offers import PAIR_SETS, SEEN_PRODUCT_SETS, LabelledPair, LabelledSet, Offer
from training.sampling import Corpus


def _offers_of(pairs: Sequence[LabelledPair]) -> list[Offer]:
    return list(dict.fromkeys(offer for pair in pairs for offer in (pair.left, pair.right)))


def training_part(labelled: LabelledSet) -> tuple[list[Offer], list[LabelledPair]]:
    """Return what may be trained on of a set; where its files share products by design, that is its train file."""
    if labelled.name in SEEN_PRODUCT_SETS:
        pairs = [pair for pair in labelled.pairs if pair.source == "pairs_train"]
    else:
        pairs = [pair for pair in labelled.pairs if side(pair.left.group) == side(pair.right.group) == TRAIN]
    offers = [offer for offer in labelled.offers if side(offer.group) == TRAIN]
    return offers or _offers_of(pairs), pairs


def held_back(labelled: LabelledSet, whole: bool = False) -> dict[str, list[LabelledPair]]:
    """Return the pairs of a set for dev and test: neither offer is on the training side.

    Args:
        whole: The set took no part in training, so every pair is a test pair.
    """
    if whole:
        return {DEV: [], TEST: list(labelled.pairs)}
    if labelled.name in SEEN_PRODUCT_SETS:
        return {DEV: [], TEST: [pair for pair in labelled.pairs if pair.source == "pairs_valid"]}
    parts: dict[str, list[LabelledPair]] = {DEV: [], TEST: []}
    for pair in labelled.pairs:
        sides = {side(pair.left.group), side(pair.right.group)}
        if TRAIN not in sides:
            parts[TEST if TEST in sides else DEV].append(pair)
    return parts


def build_corpora(sets: Sequence[LabelledSet], model: Model, tokenizer: Tokenizer, device: str) -> list[Corpus]:
    """Mine hard negatives with the start model and return one corpus per set, leak-checked.

    Raises:
        ValueError: if a product of a group-split set stands on both sides.
    """
    corpora = []
    for labelled in sets:
        offers, pairs = training_part(labelled)
        if labelled.name not in SEEN_PRODUCT_SETS:
            check_no_leak(
                [*offers, *_offers_of(pairs)],
                _offers_of([pair for part in held_back(labelled).values() for pair in part]),
            )
        vectors = embed(model, tokenizer, [f"{offer.title} {offer.brand}".strip() for offer in offers], device)
        across, within = nearest_other_products(offers, vectors, device)
        if labelled.name in PAIR_SETS:
            across, within = [[] for _ in offers], [[] for _ in offers]
        corpora.append(Corpus(labelled.name, offers, pairs, across, within))
    return corpora
