"""Words that cannot all be true: A is B, B is C, but A is not C."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

Key = tuple[str, str]
Pair = tuple[Key, Key]


@dataclass(frozen=True)
class Word:
    """A verdict on two offers.

    Attributes:
        pair: Both offers as (catalog, offer_id), the smaller first.
        verdict: `same` or `different`.
        source: Where it was given, for people: "row 3" or "ana on 2026-01-31".
        reviewer: Who gave it.
    """

    pair: Pair
    verdict: str
    source: str
    reviewer: str | None = None

    def __str__(self) -> str:
        (catalog, offer), (other_catalog, other) = self.pair
        return f"{catalog}#{offer} and {other_catalog}#{other} are {self.verdict} ({self.source})"


def make_pair(one: Key, other: Key) -> Pair:
    """Two offers, the smaller first."""
    return (one, other) if one <= other else (other, one)


def words_of(verdicts: pa.Table) -> dict[Pair, Word]:
    """The latest verdict on each pair of a table of `schema.VERDICTS` that holds the last one about each."""
    words = {}
    for row in verdicts.to_pylist():
        pair = make_pair((row["left_catalog"], row["left_offer_id"]), (row["right_catalog"], row["right_offer_id"]))
        when = f" on {row['reviewed_at'][:10]}" if row["reviewed_at"] else ""
        words[pair] = Word(pair, row["verdict"], f"{row['reviewer'] or 'a reviewer'}{when}", row["reviewer"])
    return words


def clashes(new: Sequence[Word], kept: Mapping[Pair, Word]) -> dict[int, list[Word]]:
    """Which new words cannot stand, and the words that each clashes with.

    A new word takes the place of a kept one on the same pair. Where a "different" stands between two offers that other
    words make the same, every new verdict on the way is refused, because none of them is known to be the wrong one.

    Args:
        new: Words about to be kept, one for each pair.
        kept: The words that are kept already, by pair.

    Returns:
        Positions in `new` with the words of the contradiction, without the word itself.
    """
    refused: dict[int, list[Word]] = {}
    while True:
        number = {word.pair: at for at, word in enumerate(new) if at not in refused}
        words = {**kept, **{pair: new[at] for pair, at in number.items()}}
        found: dict[int, list[Word]] = {}
        for circle in _contradictions(words.values(), number):
            for word in circle:
                at = number.get(word.pair)
                if at is not None:
                    found.setdefault(at, [other for other in circle if other is not word])
        if not found:
            return refused
        refused |= found


def _contradictions(words: Iterable[Word], new: Mapping[Pair, int]) -> Iterable[list[Word]]:
    """For each "different" inside a group: itself and a shortest way of "same" words between its offers."""
    ways: dict[Key, list[tuple[Key, Word]]] = {}
    different = []
    for word in words:
        if word.verdict == "different":
            different.append(word)
            continue
        one, other = word.pair
        ways.setdefault(one, []).append((other, word))
        ways.setdefault(other, []).append((one, word))
    group: dict[Key, int] = {}
    for number, start in enumerate(ways):
        waiting = [] if start in group else [start]
        while waiting:
            key = waiting.pop()
            if key not in group:
                group[key] = number
                waiting += [other for other, _ in ways[key]]
    for word in different:
        one, other = word.pair
        if one in group and group[one] == group.get(other, -1):
            circle = [word, *_way(one, other, ways)]
            if any(each.pair in new for each in circle):
                yield circle


def _way(start: Key, end: Key, ways: Mapping[Key, list[tuple[Key, Word]]]) -> list[Word]:
    came: dict[Key, tuple[Key, Word]] = {}
    waiting = deque([start])
    while waiting:
        key = waiting.popleft()
        if key == end:
            break
        for other, word in ways[key]:
            if other not in came and other != start:
                came[other] = key, word
                waiting.append(other)
    path = []
    while end != start:
        end, word = came[end]
        path.append(word)
    return path[::-1]
