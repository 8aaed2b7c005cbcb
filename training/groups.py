"""Splits products into train, dev and test by group, and refuses a split in which a product stands on both sides."""

from collections.abc import Iterable
from typing import Protocol

from sku_align.finetuning.split import DEV, TEST, TRAIN, side

__all__ = ["DEV", "TEST", "TRAIN", "Components", "check_no_leak", "side"]


class Components:
    """Union-find over names; a component is called by its smallest name, so that order does not matter."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, name: str) -> str:
        """Return the name of the component that `name` belongs to."""
        parent = self._parent.setdefault(name, name)
        while parent != self._parent[parent]:
            self._parent[parent] = self._parent[self._parent[parent]]
            parent = self._parent[parent]
        self._parent[name] = parent
        return parent

    def join(self, first: str, second: str) -> None:
        """Put two names into one component."""
        low, high = sorted((self.find(first), self.find(second)))
        self._parent[high] = low


class Grouped(Protocol):
    """Anything that names its product and its group, and what it says of itself."""

    @property
    def title(self) -> str:
        """As the offer writes it."""

    @property
    def brand(self) -> str:
        """As the offer writes it."""

    @property
    def language(self) -> str:
        """BCP 47 tag."""

    @property
    def product(self) -> str:
        """What must not stand on both sides of a split."""

    @property
    def group(self) -> str:
        """A brand, a series, or a product with its sizes."""


def _wording(offer: Grouped) -> tuple[str, ...]:
    return (offer.language, *(" ".join(text.lower().split()) for text in (offer.title, offer.brand)))


def check_no_leak(trained: Iterable[Grouped], held_back: Iterable[Grouped]) -> None:
    """Refuse a split in which a product, a group or a title and brand of one language is trained on and held back.

    Raises:
        ValueError: naming up to three of what leaks.
    """
    seen_products: set[str] = set()
    seen_groups: set[str] = set()
    seen_titles: set[tuple[str, ...]] = set()
    for offer in trained:
        seen_products.add(offer.product)
        seen_groups.add(offer.group)
        seen_titles.add(_wording(offer))
    leaks = set()
    for offer in held_back:
        if offer.product in seen_products or offer.group in seen_groups or _wording(offer) in seen_titles:
            leaks.add(f"{offer.product} ({offer.title})")
    if leaks:
        raise ValueError(
            f"{len(leaks)} held-back offers stand in training too, such as {', '.join(sorted(leaks)[:3])}."
        )
