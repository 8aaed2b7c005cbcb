"""The values that offers state about themselves, laid out so that a million pairs compare by array look-up."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Signal = NDArray[np.int8]

MAX_VALUES = 8
RELATIVE_TOLERANCE = 0.01
CONVERTED_TOLERANCE = 0.03
_EXACT_DIGITS = 4


class Stated(NamedTuple):
    """What n offers state about one dimension or attribute.

    Attributes:
        name: The dimension or attribute.
        slot: Row of `values` for each offer, shape (n,); 0 is the offer that states nothing.
        values: Distinct values a slot states, shape (slots, k), padded with NaN; codes into `words` for text.
        words: The texts behind the codes; None for numbers.
    """

    name: str
    slot: NDArray[np.int32]
    values: NDArray[np.float64]
    words: Sequence[str] | None

    def both(self, left: Rows, right: Rows) -> Rows:
        """Positions of the pairs whose two sides state something."""
        return np.flatnonzero((self.slot[left] > 0) & (self.slot[right] > 0))

    def agreement(self, left: Rows, right: Rows) -> Signal:
        """1 where the two sides share a value, -1 where both state values and share none, 0 elsewhere."""
        signal = np.zeros(len(left), dtype=np.int8)
        at = self.both(left, right)
        if len(at):
            ours = self.values[self.slot[left[at]]][:, :, None]
            theirs = self.values[self.slot[right[at]]][:, None, :]
            same = ours == theirs if self.words is not None else near(ours, theirs)
            signal[at] = np.where(same.any(axis=(1, 2)), 1, -1)
        return signal

    def text(self, rows: Rows) -> pa.Array:
        """The stated values of offers as a person reads them, such as "330 / 1980"."""
        slots, position = np.unique(self.slot[rows], return_inverse=True)
        show: Callable[[float], str] = (lambda value: f"{value:g}") if self.words is None else self._word
        texts = [" / ".join(show(value) for value in self.values[slot] if value == value) for slot in slots]
        return pa.array(texts, pa.string()).take(pa.array(position))

    def _word(self, code: float) -> str:
        assert self.words is not None
        return self.words[int(code)]


def near(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether two measures are one measure, as shops round them.

    Measures agree within 1%, or within 3% where one of them has more than four significant digits: no shop prints
    such a figure, so it was converted from another unit (1 fl oz is 29.5735 ml, and the other shop rounds to 30).
    """
    tolerance = np.where(_converted(ours) | _converted(theirs), CONVERTED_TOLERANCE, RELATIVE_TOLERANCE)
    within: NDArray[np.bool_] = np.abs(ours - theirs) <= tolerance * np.maximum(np.abs(ours), np.abs(theirs))
    return within


def _converted(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    magnitude = np.abs(values)
    exponent = np.floor(np.log10(np.where(magnitude > 0, magnitude, 1.0)))
    scaled = magnitude * 10.0 ** (_EXACT_DIGITS - 1 - exponent)
    converted: NDArray[np.bool_] = np.abs(scaled - np.round(scaled)) > 1e-6 * scaled
    return converted


def read_stated(column: pa.ChunkedArray, name: str, value: str) -> Iterator[Stated]:
    """Lay out a list column of {name, value} structs, one `Stated` a name, in the order of the names.

    Args:
        column: `offers["quantities"]` or `offers["variants"]`, n rows.
        name: The struct field that names the dimension or attribute.
        value: The struct field with the number or the text.
    """
    lists = column.combine_chunks()
    structs = pc.list_flatten(lists)
    parents = pc.list_parent_indices(lists).to_numpy().astype(np.int64)
    names, values = pc.struct_field(structs, name), pc.struct_field(structs, value)
    words: list[str] | None = None
    if pa.types.is_string(values.type):
        encoded = pc.dictionary_encode(values)
        values, words = encoded.indices, encoded.dictionary.to_pylist()
    numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    for key in sorted(pc.drop_null(pc.unique(names)).to_pylist()):
        chosen = pc.fill_null(pc.equal(names, key), False).to_numpy(zero_copy_only=False) & ~np.isnan(numbers)
        yield Stated(key, *_padded(parents[chosen], numbers[chosen], len(column)), words)


def _padded(rows: Rows, values: NDArray[np.float64], n: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    order = np.lexsort((values, rows))
    rows, values = rows[order], values[order]
    fresh = np.ones(len(rows), dtype=bool)
    fresh[1:] = (rows[1:] != rows[:-1]) | (values[1:] != values[:-1])
    rows, values = rows[fresh], values[fresh]
    stating, first = np.unique(rows, return_index=True)
    counts: NDArray[Any] = np.diff(np.append(first, len(rows)))
    position = np.arange(len(rows)) - np.repeat(first, counts)
    slot = np.zeros(n, dtype=np.int32)
    slot[stating] = np.arange(1, len(stating) + 1)
    kept = position < MAX_VALUES
    padded = np.full((len(stating) + 1, min(MAX_VALUES, int(counts.max(initial=1)))), np.nan)
    padded[slot[rows[kept]], position[kept]] = values[kept]
    return slot, padded
