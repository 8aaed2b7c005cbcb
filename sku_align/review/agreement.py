"""How far reviewers agree: Cohen's kappa over the pairs that two of them answered."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import pyarrow as pa

from sku_align.deciding.consistency import Key, Pair, make_pair

if TYPE_CHECKING:
    from sku_align.store.asked import SetAside

Both = tuple[bool, bool]


@dataclass(frozen=True)
class Agreement:
    """Who agreed with whom: the pairs that both answered, the share on which they agree, and kappa.

    Kappa is 1 for full agreement and 0 for as much as chance gives (Cohen 1960); NaN where both gave one answer
    throughout, because chance alone agrees then. `other` is "all others" for one reviewer against the rest.
    """

    one: str
    other: str
    pairs: int
    agreed: float
    kappa: float
    languages: str = "all"


class Answered:
    """The last answer of each reviewer to each pair.

    An answer against another person's is not taken as a verdict, so that verdicts alone would always agree: the
    answers that were set aside count here as well.

    Args:
        verdicts: Table of `schema.VERDICTS` with every answer, the oldest first; the last of each reviewer counts.
        asides: Answers that were not taken, as by `store.asked.asides()`.
    """

    def __init__(self, verdicts: pa.Table, asides: "Iterable[SetAside]" = ()) -> None:
        self._answers: dict[str, dict[Pair, bool]] = defaultdict(dict)
        for row in verdicts.to_pylist():
            pair = make_pair((row["left_catalog"], row["left_offer_id"]), (row["right_catalog"], row["right_offer_id"]))
            self._answers[row["reviewer"] or "unnamed"][pair] = row["verdict"] == "same"
        for each in asides:
            if each.state == "not taken":
                self._answers[each.reviewer][each.pair] = each.answer == "same"

    def by_two(self) -> list[Agreement]:
        """Agreement of each two reviewers, the most pairs first."""
        return self._grouped(lambda one, other, pair: [(one, other, "all")])

    def by_reviewer(self) -> list[Agreement]:
        """Agreement of each reviewer with all others, the most pairs first."""
        return self._grouped(lambda one, other, pair: [(one, "all others", "all"), (other, "all others", "all")])

    def by_languages(self, languages: Mapping[Key, str]) -> list[Agreement]:
        """Agreement of all reviewers on each pair of languages, the most pairs first.

        Args:
            languages: Of each offer, as by `languages_of`; "und" for others.
        """

        def tags(one: str, other: str, pair: Pair) -> list[tuple[str, str, str]]:
            return [("all", "all", "-".join(sorted(languages.get(key, "und") for key in pair)))]

        return self._grouped(tags)

    def _grouped(self, groups: Callable[[str, str, Pair], list[tuple[str, str, str]]]) -> list[Agreement]:
        found: dict[tuple[str, str, str], list[Both]] = defaultdict(list)
        for one, other in combinations(sorted(self._answers), 2):
            for pair in sorted(self._answers[one].keys() & self._answers[other].keys()):
                for group in groups(one, other, pair):
                    # Kappa does not mind which of two people comes first, but it does mind that they stay in place.
                    both = (self._answers[one][pair], self._answers[other][pair])
                    found[group].append(both if group[0] != other else both[::-1])
        rows = []
        for (one, other, languages), answers in found.items():
            agreed = sum(ours == theirs for ours, theirs in answers) / len(answers)
            rows.append(Agreement(one, other, len(answers), agreed, _kappa(answers, agreed), languages))
        return sorted(rows, key=lambda row: (-row.pairs, row.one, row.other, row.languages))


def languages_of(offers: pa.Table) -> dict[Key, str]:
    """Language of each offer of a table of `schema.OFFERS`, without script and region."""
    columns = [offers[name].to_pylist() for name in ("catalog", "offer_id", "language")]
    return {(catalog, offer): (tag or "und").split("-")[0] for catalog, offer, tag in zip(*columns, strict=True)}


def _kappa(answers: list[Both], agreed: float) -> float:
    ours, theirs = (sum(each[side] for each in answers) / len(answers) for side in (0, 1))
    by_chance = ours * theirs + (1 - ours) * (1 - theirs)
    return (agreed - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")
