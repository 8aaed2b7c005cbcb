"""What blocking says about itself."""

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from sku_align.errors import UserError


class Hub(NamedTuple):
    """A key on more offers than the limit: no evidence, so it gave no pair of its own."""

    kind: str
    key: str
    offers: int


@dataclass(frozen=True)
class Report:
    """Figures of one blocking run.

    Attributes:
        offers: Offers read.
        candidates: Pairs kept.
        possible_pairs: All pairs between different catalogs.
        most_per_offer: Largest number of candidates of one offer in one other catalog.
        by_channel: Kept pairs that a channel found, by channel.
        only_by_channel: Kept pairs that no other channel found, by channel.
        estimated_pair_completeness: Share of the true pairs among the candidates, estimated without labels from the
            overlap of independent channels; None if there is nothing to go by.
        estimated_by_domain: The same for each `languages: en-zh` and each `catalog: NAME` that has enough to go by.
        hubs: Keys on too many offers, largest first.
    """

    offers: int
    candidates: int
    possible_pairs: int
    most_per_offer: int
    by_channel: dict[str, int] = field(default_factory=dict)
    only_by_channel: dict[str, int] = field(default_factory=dict)
    estimated_pair_completeness: float | None = None
    estimated_by_domain: dict[str, float] = field(default_factory=dict)
    hubs: list[Hub] = field(default_factory=list)

    @property
    def reduction_ratio(self) -> float:
        """Share of the possible pairs that the scorer is spared."""
        return 1.0 - self.candidates / self.possible_pairs if self.possible_pairs else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain values, ready for JSON."""
        figures = asdict(self) | {"reduction_ratio": self.reduction_ratio}
        return figures | {"hubs": [hub._asdict() for hub in self.hubs]}


class LossError(UserError):
    """Blocking lost too many true pairs, by its own estimate; `estimate` and `limit` are shares of the true pairs."""

    def __init__(self, estimate: float, limit: float) -> None:
        self.estimate, self.limit = estimate, limit
        super().__init__(
            f"Blocking lost too many true pairs: by its estimate {estimate:.3f} of them were found, and "
            f"blocking.min_pair_completeness asks for {limit:.3f}. Raise blocking.neighbours and blocking.lexical, "
            "take an embedding model that knows the catalogs' languages, or lower the limit."
        )


def require(estimate: float | None, limit: float | None) -> None:
    """Hold the estimated pair completeness against the settings' limit; without one of the two all is well.

    Raises:
        LossError: The estimate is below the limit.
    """
    if estimate is not None and limit is not None and estimate < limit:
        raise LossError(estimate, limit)
