"""What a channel returns: directed hits, best first."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Hits(NamedTuple):
    """`query[i]` found `found[i]` at place `rank[i]` of its list (1 is best); row numbers into the sorted offers."""

    query: NDArray[np.int32]
    found: NDArray[np.int32]
    rank: NDArray[np.int32]

    @classmethod
    def none(cls) -> "Hits":
        """No hit."""
        empty = np.zeros(0, dtype=np.int32)
        return cls(empty, empty, empty)

    @classmethod
    def join(cls, parts: list["Hits"]) -> "Hits":
        """All hits of several parts."""
        return cls(*(np.concatenate(columns) for columns in zip(cls.none(), *parts, strict=True)))
