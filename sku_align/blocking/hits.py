"""What a channel returns: directed hits, best first."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sku_align.pairs import MAX_ROWS, pair_codes


class Hits(NamedTuple):
    """`query[i]` found `found[i]` at place `rank[i]` of its list; 1 is best. Row numbers are int32."""

    query: NDArray[np.int32]
    found: NDArray[np.int32]
    rank: NDArray[np.int32]

    @classmethod
    def none(cls) -> "Hits":
        """No hit."""
        empty = np.zeros(0, dtype=np.int32)
        return cls(empty, empty, empty)

    @classmethod
    def join(cls, parts: Sequence["Hits"]) -> "Hits":
        """All hits of several parts."""
        return cls(*(np.concatenate(columns) for columns in zip(cls.none(), *parts, strict=True)))

    def shifted(self, query: int, found: int) -> "Hits":
        """The same hits with both sides' row numbers counted from elsewhere."""
        return Hits(self.query + np.int32(query), self.found + np.int32(found), self.rank)

    def take(self, kept: NDArray[np.bool_]) -> "Hits":
        """The chosen hits."""
        return Hits(self.query[kept], self.found[kept], self.rank[kept])

    def pairs(self) -> NDArray[np.int64]:
        """Each hit's pair as one number, whichever side asked."""
        return pair_codes(np.stack([self.query, self.found], axis=1), MAX_ROWS)
