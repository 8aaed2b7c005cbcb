"""How far reviewers agree: Cohen's kappa over the pairs that two of them answered."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import pyarrow as pa

from sku_align.deciding.consistency import Pair, make_pair


@dataclass(frozen=True)
class Agreement:
    """Two reviewers: the pairs that both answered, the share on which they agree, and kappa.

    Kappa is 1 for full agreement and 0 for as much as chance gives (Cohen 1960); NaN where both always said the same
    one word, because chance alone agrees then.
    """

    one: str
    other: str
    pairs: int
    agreed: float
    kappa: float


def agreement(verdicts: pa.Table) -> list[Agreement]:
    """Agreement of each two reviewers, the most pairs first.

    Args:
        verdicts: Table of `schema.VERDICTS` with every answer, the oldest first; the last of each reviewer counts.
    """
    said: dict[str, dict[Pair, bool]] = defaultdict(dict)
    for row in verdicts.to_pylist():
        pair = make_pair((row["left_catalog"], row["left_offer_id"]), (row["right_catalog"], row["right_offer_id"]))
        said[row["reviewer"] or "unnamed"][pair] = row["verdict"] == "same"
    found = []
    for one, other in combinations(sorted(said), 2):
        both = said[one].keys() & said[other].keys()
        if both:
            answers = [(said[one][pair], said[other][pair]) for pair in both]
            agreed = sum(a == b for a, b in answers) / len(both)
            found.append(Agreement(one, other, len(both), agreed, _kappa(answers, agreed)))
    return sorted(found, key=lambda each: -each.pairs)


def _kappa(answers: list[tuple[bool, bool]], agreed: float) -> float:
    ours, theirs = (sum(each[side] for each in answers) / len(answers) for side in (0, 1))
    by_chance = ours * theirs + (1 - ours) * (1 - theirs)
    return (agreed - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")
