"""Draws training pairs without end: labelled, positive, hard negative, changed, and invented ones."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from training.kinds import contrasts
from training.mining import Neighbours, says_the_same
from training.names import Renamer
from training.offers import LabelledPair, Offer
from training.rendering import draw_fields, render
from training.siblings import change_siblings
from training.synthetic import SyntheticProducts, add_attributes
from training.variants import Swaps, applicable, change_code, change_number, mine_swaps, swap_word

POSITIVE_SHARE = 0.30
# Of all pairs, those that are invented.
SYNTHETIC_SHARE = 0.30
SET_WEIGHTS = {
    "hk_supermarket": 0.24,
    "ikea": 0.16,
    "games": 0.22,
    "abt_buy": 0.16,
    "wdc_products": 0.14,
    "polish": 0.08,
}
RENAMED_SHARE = 0.4
# Shops whose titles leave out what others say (colour, type): there a word on one side alone makes no other product.
SPARSE_TITLE_SETS = ("abt_buy", "wdc_products", "polish")


class Drawn(NamedTuple):
    """A pair of texts.

    Attributes:
        left: One text.
        right: The other one.
        label: How sure they are one product, mostly 0 or 1.
        invented: Whether its maker knows better than any teacher what it is: a pair of kinds.
    """

    left: str
    right: str
    label: float
    invented: bool = False


@dataclass
class Corpus:
    """The part of one set that may be trained on, with everything that drawing needs worked out."""

    name: str
    offers: list[Offer]
    pairs: list[LabelledPair]
    across: Neighbours
    within: Neighbours
    products: list[list[int]] = field(init=False)
    of_product: dict[str, list[int]] = field(init=False)
    swaps: dict[str, Swaps] = field(init=False)
    added: dict[str, list[str]] = field(init=False)
    words: list[list[str]] = field(init=False)
    by_label: dict[bool, list[LabelledPair]] = field(init=False)
    renamer: Renamer = field(init=False)

    def __post_init__(self) -> None:
        """Index the offers by product and work out which words of each title can be swapped."""
        self.of_product = defaultdict(list)
        titles: dict[str, set[str]] = defaultdict(set)
        for index, offer in enumerate(self.offers):
            self.of_product[offer.product].append(index)
            titles[offer.language].add(offer.title)
        self.products = [rows for rows in self.of_product.values() if len(rows) > 1]
        self.swaps = {language: mine_swaps(sorted(found)) for language, found in titles.items()}
        sparse = self.name in SPARSE_TITLE_SETS
        self.added = {language: [] if sparse else sorted(swaps) for language, swaps in self.swaps.items()}
        self.words = [applicable(offer.title, self.swaps[offer.language]) for offer in self.offers]
        self.by_label = {label: [pair for pair in self.pairs if bool(pair.label) == label] for label in (True, False)}
        self.renamer = Renamer([f"{offer.title} {offer.brand}" for offer in self.offers])


class PairSampler:
    """An endless source of (left text, right text, label), the same for the same seed."""

    def __init__(
        self, corpora: Sequence[Corpus], synthetic: SyntheticProducts | None, seed: int, share: float = SYNTHETIC_SHARE
    ) -> None:
        self._chance = random.Random(seed)
        self._share = share
        self._corpora = list(corpora)
        self._weights = [SET_WEIGHTS.get(corpus.name, 0.1) for corpus in corpora]
        self._synthetic = synthetic
        self._kinds = synthetic.kinds if synthetic else contrasts()

    def draw(self) -> Drawn:
        """Draw one pair, in random order."""
        chance = self._chance
        invented = False
        if self._synthetic and chance.random() < self._share:
            left, right, label, invented = self._synthetic.draw(chance)
        else:
            corpus = chance.choices(self._corpora, self._weights)[0]
            left, right, label, _ = self._real(corpus)
            if chance.random() < RENAMED_SHARE:
                left, right, label = corpus.renamer.rename(left, right, label, chance)
        return Drawn(left, right, label, invented) if chance.random() < 0.5 else Drawn(right, left, label, invented)

    def _real(self, corpus: Corpus) -> Drawn:
        chance = self._chance
        positive = chance.random() < POSITIVE_SHARE
        listed = corpus.by_label[positive]
        if listed and (not corpus.products or chance.random() < 0.35):
            pair = chance.choice(listed)
            first, second = pair.left, pair.right
        elif not corpus.products:
            return self._real(chance.choice(self._corpora))
        else:
            rows = chance.choice(corpus.products)
            anchor, twin = chance.sample(rows, 2)
            if not positive and chance.random() < 0.30:
                changed = self._changed(corpus, anchor, twin)
                if changed:
                    return changed
            other = twin if positive else self._hard_negative(corpus, anchor)
            first, second = corpus.offers[anchor], corpus.offers[other]
            positive = first.product == second.product
        titles, same = (first.title, second.title), positive
        languages = first.language, second.language
        if chance.random() < 0.15:
            titles, same = add_attributes(titles, languages, same, self._kinds, chance)
        titles, same = change_siblings(titles, languages, same, chance)
        return self._written(first, second, titles, float(same))

    def _written(self, first: Offer, second: Offer, titles: tuple[str, str], label: float) -> Drawn:
        fields = draw_fields(self._chance)
        left = render(first, titles[0], fields, self._chance)
        return Drawn(left, render(second, titles[1], fields, self._chance), label)

    def _hard_negative(self, corpus: Corpus, anchor: int) -> int:
        chance = self._chance
        draw = chance.random()
        pool = corpus.across[anchor] if draw < 0.62 else corpus.within[anchor] if draw < 0.85 else []
        pool = pool or (corpus.across[anchor] + corpus.within[anchor] if draw < 0.85 else [])
        if pool:
            return (
                pool[min(int(chance.expovariate(1 / 6)), len(pool) - 1)]
                if chance.random() < 0.5
                else chance.choice(pool)
            )
        other = chance.randrange(len(corpus.offers))
        return anchor if says_the_same(corpus.offers[anchor], corpus.offers[other]) else other

    def _changed(self, corpus: Corpus, anchor: int, twin: int) -> Drawn | None:
        """Write a positive pair with one side changed into another product."""
        chance = self._chance
        first, second = corpus.offers[anchor], corpus.offers[twin]
        # A word that tells two products of one catalog apart tells a sibling apart also where it is added to one side.
        added = corpus.added[second.language]
        makers = [
            lambda: f"{second.title} {chance.choice(added)}" if added else None,
            lambda: change_number(second.title, first.title, chance),
            lambda: change_code(second.title, first.title, chance),
            lambda: swap_word(second.title, corpus.words[twin], corpus.swaps[second.language], chance),
        ]
        chance.shuffle(makers)
        for make in makers:
            changed = make()
            if changed:
                return self._written(first, second, (first.title, changed), 0.0)
        return None
