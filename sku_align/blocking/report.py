"""What blocking says about itself."""

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple


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
        hubs: Keys on too many offers, largest first.
    """

    offers: int
    candidates: int
    possible_pairs: int
    most_per_offer: int
    by_channel: dict[str, int] = field(default_factory=dict)
    only_by_channel: dict[str, int] = field(default_factory=dict)
    estimated_pair_completeness: float | None = None
    hubs: list[Hub] = field(default_factory=list)

    @property
    def reduction_ratio(self) -> float:
        """Share of the possible pairs that the scorer is spared."""
        return 1.0 - self.candidates / self.possible_pairs if self.possible_pairs else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain values, ready for JSON."""
        figures = asdict(self) | {"reduction_ratio": self.reduction_ratio}
        return figures | {"hubs": [hub._asdict() for hub in self.hubs]}
