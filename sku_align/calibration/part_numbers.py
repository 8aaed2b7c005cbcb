"""Part numbers that two offers share, and how much that says: what half a catalog holds is a standard or a series."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.attributes.part_numbers import MIN_CHARACTERS, part_numbers
from sku_align.pairs import numbered, ranges

# With as many characters no two makers mean different things by one number. Chosen by eye.
SURE_CHARACTERS = 8

Rows = NDArray[np.int64]


def part_numbers_agree(offers: pa.Table, pairs: Rows) -> NDArray[np.float64]:
    """How much the part numbers that the offers of a pair share say that these are one product.

    Args:
        offers: Table of `schema.OFFERS`, n rows: all of the run, because a number that many offers of a catalog state
            says little.
        pairs: Row numbers of offers, shape (m, 2).

    Returns:
        From 0 to 1, shape (m,), of the most telling number: 1 for eight characters that no other offer of either
        catalog states, less for fewer, and divided by how many offers state it. A number that stands in columns alone
        counts as `mpn_agrees` instead.
    """
    if not len(pairs):
        return np.zeros(0)
    titled, either = part_numbers(offers)
    codes = {code: at for at, code in enumerate(sorted(set().union(*either)))}
    catalog, _ = numbered(offers["catalog"])
    stated, in_title = _Stated.of(either, codes, catalog), _Stated.of(titled, codes, catalog)
    return np.maximum(_shared(in_title, stated, pairs), _shared(in_title, stated, pairs[:, ::-1]))


class _Stated(NamedTuple):
    """Which part numbers n offers state.

    Attributes:
        start: Where the numbers of each offer begin, shape (n + 1,).
        code: Which number it is, ascending within an offer.
        worth: What sharing the number says, from 0 to 1.
        key: Offer and number as one number, ascending.
        codes: How many numbers there are.
    """

    start: Rows
    code: Rows
    worth: NDArray[np.float64]
    key: Rows
    codes: int

    @classmethod
    def of(cls, numbers: list[set[str]], codes: dict[str, int], catalog: Rows) -> "_Stated":
        start = np.concatenate([[0], np.cumsum([len(own) for own in numbers])]).astype(np.int64)
        code = np.array([at for own in numbers for at in sorted(codes[number] for number in own)], dtype=np.int64)
        row = np.repeat(np.arange(len(numbers)), np.diff(start))
        _, which, times = np.unique(catalog[row] * len(codes) + code, return_inverse=True, return_counts=True)
        length = np.array([len(number) for number in codes])[code] if codes else np.zeros(0)
        worth = np.clip((length - MIN_CHARACTERS + 2) / (SURE_CHARACTERS - MIN_CHARACTERS + 2), 0.0, 1.0)
        return cls(start, code, worth / times[which], row * len(codes) + code, len(codes))


def _shared(ours: _Stated, theirs: _Stated, pairs: Rows) -> NDArray[np.float64]:
    """The worth of the most telling number of the first offers that the second ones state too, shape (m,)."""
    result = np.zeros(len(pairs))
    counts = ours.start[pairs[:, 0] + 1] - ours.start[pairs[:, 0]]
    pair = np.repeat(np.arange(len(pairs)), counts)
    if not len(pair) or not len(theirs.key):
        return result
    at = ranges(ours.start[pairs[:, 0]], counts)
    wanted = pairs[pair, 1] * ours.codes + ours.code[at]
    place = np.minimum(np.searchsorted(theirs.key, wanted), len(theirs.key) - 1)
    both = theirs.key[place] == wanted
    np.maximum.at(result, pair[both], np.minimum(ours.worth[at[both]], theirs.worth[place[both]]))
    return result
