"""Values extracted from offers, laid out so that a million pairs compare by array look-up."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Signal = NDArray[np.int8]
_Layout = tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]

# More values of one attribute are cut: a title that names more is a list of models. Chosen by eye.
MAX_VALUES = 8
# As shops round a measure, and one that was converted from other units (`_tolerances` says how it is recognised).
# Chosen by eye.
RELATIVE_TOLERANCE = 0.01
CONVERTED_TOLERANCE = 0.03
# A clock of 12 inches is one of 30 cm, a hose of half an inch one of 12.5 mm: up to a metre an inch is 25 mm to shops.
INCH_TOLERANCE = 0.016
_QUARTER_INCH, _METRE = 6.35, 1000.0
_EXACT_DIGITS = 4
# Pairs compared at one time, which bounds the memory of the products of their values.
_CHUNK = 1 << 16


class ExtractedValues(NamedTuple):
    """The values of one dimension or attribute that were extracted from n offers.

    Attributes:
        name: The dimension or attribute.
        slot: Row of `values` for each offer, shape (n,); 0 is the offer that states nothing.
        values: Distinct values a slot states, shape (slots, k), padded with NaN; codes into `words` for text.
        counts: How many values a slot states, shape (slots,).
        tolerances: Relative tolerance of each value, shape (slots, k).
        words: The texts behind the codes; None for numbers.
    """

    name: str
    slot: NDArray[np.int32]
    values: NDArray[np.float64]
    counts: NDArray[np.int64]
    tolerances: NDArray[np.float64]
    words: Sequence[str] | None

    def one_sided(self, left: Rows, right: Rows) -> NDArray[np.bool_]:
        """Whether only one side states a value, shape (m,)."""
        one_sided: NDArray[np.bool_] = (self.slot[left] > 0) != (self.slot[right] > 0)
        return one_sided

    def _both(self, left: Rows, right: Rows) -> Rows:
        """Positions of the pairs of which both sides state a value."""
        return np.flatnonzero((self.slot[left] > 0) & (self.slot[right] > 0))

    def equality(self, left: Rows, right: Rows) -> Signal:
        """1 where the two sides state the same set of values, -1 where they state other ones, 0 where one is silent."""
        return self._pairwise(
            left,
            right,
            lambda same, ours, theirs: (
                (same.sum(axis=(1, 2)) == self.counts[ours]) & (self.counts[ours] == self.counts[theirs])
            ),
        )

    def mutual_agreement(self, left: Rows, right: Rows) -> Signal:
        """-1 where each side has a value that the other lacks, 1 where one side has no more."""

        def agree(same: NDArray[np.bool_], ours: Rows, theirs: Rows) -> NDArray[np.bool_]:
            shared = same.sum(axis=(1, 2))
            agrees: NDArray[np.bool_] = (shared == self.counts[ours]) | (shared == self.counts[theirs])
            return agrees

        return self._pairwise(left, right, agree)

    def keyed_agreement(self, left: Rows, right: Rows) -> Signal:
        """Of values "key=value": -1 where a key has other values on the two sides, 1 where a value is shared, else 0.

        Only what has no equal on the other side can conflict, so a set of models ("for X5 and X6") agrees with each. A
        model number that continues the other one conflicts with nothing either: shops cut them ("DDR4", "DDR4-2133").
        """
        signal = np.zeros(len(left), dtype=np.int8)
        both = self._both(left, right)
        if not len(both):
            return signal
        keys = self._keys
        words = np.array([*(self.words or ()), ""], dtype=np.str_)
        for start in range(0, len(both), _CHUNK):
            at = both[start : start + _CHUNK]
            ours, theirs = self.slot[left[at]], self.slot[right[at]]
            same = self.values[ours][:, :, None] == self.values[theirs][:, None, :]
            same_key = keys[ours][:, :, None] == keys[theirs][:, None, :]
            free = ~same.any(axis=2)[:, :, None] & ~same.any(axis=1)[:, None, :]
            # Values that have an equal on the other side are settled; those left conflict where they share a key.
            row, one, other = np.nonzero(same_key & free)
            codes = self.values[ours[row], one].astype(np.int64), self.values[theirs[row], other].astype(np.int64)
            first, second = words[codes[0]], words[codes[1]]
            numbered = np.strings.find(first, "#") >= 0
            continued = np.strings.startswith(first, second) | np.strings.startswith(second, first)
            signal[at] = same.any(axis=(1, 2))
            signal[at[row[~(numbered & continued)]]] = -1
        return signal

    def near_agreement(
        self, left: Rows, right: Rows, distance: Callable[[str, str], float], near: float, far: float
    ) -> Signal:
        """1 where the values of the two sides are near, -1 where one of them is far from all of the other side, else 0.

        Every value of the side that states fewer must have a near one; where both state as many, those of both sides.
        A side that states more than the other may describe the same thing more closely, which is not agreement.
        """
        signal = np.zeros(len(left), dtype=np.int8)
        both = self._both(left, right)
        if not len(both):
            return signal
        codes = self._codes
        for start in range(0, len(both), _CHUNK):
            at = both[start : start + _CHUNK]
            ours, theirs = self.slot[left[at]], self.slot[right[at]]
            apart = self._distances(codes[ours], codes[theirs], distance)
            # Padding is as far as can be from everything, and nothing is asked of it.
            of_ours = np.where(codes[ours] >= 0, apart.min(axis=2), 0.0).max(axis=1)
            of_theirs = np.where(codes[theirs] >= 0, apart.min(axis=1), 0.0).max(axis=1)
            more = self.counts[ours] - self.counts[theirs]
            worst = np.where(more > 0, of_theirs, np.where(more < 0, of_ours, np.maximum(of_ours, of_theirs)))
            signal[at] = np.where(worst >= far, -1, (worst <= near) & (more == 0))
        return signal

    def _distances(
        self, ours: NDArray[np.int64], theirs: NDArray[np.int64], distance: Callable[[str, str], float]
    ) -> NDArray[np.float64]:
        """Distances of the words of one side from those of the other, worked out once for each two words that meet.

        Args:
            ours: Numbers of words, shape (m, k); -1 is padding.
            theirs: The same of the other side.
            distance: Distance of two words.

        Returns:
            Shape (m, k, k), infinite beside padding.
        """
        assert self.words is not None
        one, other = np.broadcast_arrays(ours[:, :, None], theirs[:, None, :])
        apart = np.full(one.shape, np.inf)
        meet = (one >= 0) & (other >= 0)
        met, position = np.unique(one[meet] * len(self.words) + other[meet], return_inverse=True)
        numbers = zip(*(each.tolist() for each in np.divmod(met, len(self.words))), strict=True)
        apart[meet] = np.array([distance(self.words[a], self.words[b]) for a, b in numbers])[position]
        return apart

    @property
    def _codes(self) -> NDArray[np.int64]:
        """The number of the word of each value, shape (slots, k), -1 where there is none."""
        return np.nan_to_num(self.values, nan=-1.0).astype(np.int64)

    @property
    def _keys(self) -> NDArray[np.float64]:
        """The number of the key of each value, shape (slots, k), NaN where there is none."""
        # The words are those of all families, and few of them are this one's.
        codes, position = np.unique(self._codes, return_inverse=True)
        number: dict[str, int] = {}
        words = [self.words[code] if self.words and code >= 0 else None for code in codes.tolist()]
        keys = [np.nan if word is None else number.setdefault(word.partition("=")[0], len(number)) for word in words]
        return np.array(keys, dtype=np.float64)[position.reshape(self.values.shape)]

    def _pairwise(self, left: Rows, right: Rows, agree: Callable[..., NDArray[np.bool_]]) -> Signal:
        signal = np.zeros(len(left), dtype=np.int8)
        both = self._both(left, right)
        for start in range(0, len(both), _CHUNK):
            at = both[start : start + _CHUNK]
            ours, theirs = self.slot[left[at]], self.slot[right[at]]
            signal[at] = np.where(agree(self._same(ours, theirs), ours, theirs), 1, -1)
        return signal

    def agreement(self, left: Rows, right: Rows, every: bool = True, rounded: bool = False) -> Signal:
        """1 where the two sides share a value, -1 where both state values and share none, 0 elsewhere.

        Of numbers, such as the two lengths of "60 x 90 cm", every value of the side that states fewer must be shared
        (one number beside several may be any of them), unless `every` is off. Texts are equal or not, unless they are
        `rounded` numbers.
        """
        signal = np.zeros(len(left), dtype=np.int8)
        both = self._both(left, right)
        for start in range(0, len(both), _CHUNK):
            at = both[start : start + _CHUNK]
            ours, theirs = self.slot[left[at]], self.slot[right[at]]
            same = self._same(ours, theirs)
            if rounded:
                same |= self._alike(ours, theirs)
            if self.words is None and every:
                needed = np.minimum(self.counts[ours], self.counts[theirs])
                shared = np.minimum(same.any(axis=2).sum(axis=1), same.any(axis=1).sum(axis=1))
                signal[at] = np.where(shared >= needed, 1, -1)
            else:
                signal[at] = np.where(same.any(axis=(1, 2)), 1, -1)
        return signal

    def _same(self, ours: NDArray[np.int32], theirs: NDArray[np.int32]) -> NDArray[np.bool_]:
        one, other = self.values[ours][:, :, None], self.values[theirs][:, None, :]
        if self.words is not None:
            equal: NDArray[np.bool_] = one == other
            return equal
        tolerance = np.maximum(self.tolerances[ours][:, :, None], self.tolerances[theirs][:, None, :])
        within: NDArray[np.bool_] = np.abs(one - other) <= tolerance * np.maximum(one, other)
        return within

    def _alike(self, ours: NDArray[np.int32], theirs: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether texts are numbers of three digits and more that are close, such as a storage of 1000 and 1024."""
        codes = self.values[ours][:, :, None], self.values[theirs][:, None, :]
        numbers = np.array([float(w) if w.isdecimal() and len(w) > 2 else np.nan for w in self.words or ()] + [np.nan])
        one, other = (numbers[np.nan_to_num(side, nan=-1).astype(np.int64)] for side in codes)
        alike: NDArray[np.bool_] = np.abs(one - other) <= CONVERTED_TOLERANCE * np.maximum(one, other)
        return alike

    def text(self, rows: Rows) -> pa.Array:
        """The extracted values of offers as a person reads them, such as "330 / 1980"."""
        slots, position = np.unique(self.slot[rows], return_inverse=True)
        show: Callable[[float], str] = (lambda value: f"{value:g}") if self.words is None else self._word
        known: dict[bytes, str] = {}
        texts = []
        for values in self.values[slots]:
            key = values.tobytes()
            if key not in known:
                known[key] = " / ".join(show(value) for value in values if value == value)
            texts.append(known[key])
        return pa.array(texts, pa.string()).take(pa.array(position))

    def words_of(self, row: int) -> set[str]:
        """The texts that one offer states."""
        values = self.values[self.slot[row]]
        return {self._word(value) for value in values if value == value}

    def _word(self, code: float) -> str:
        assert self.words is not None
        return self.words[int(code)]


def _tolerances(values: NDArray[np.float64], lengths: bool) -> NDArray[np.float64]:
    """Relative difference up to which a measure is another one, rounded: 1%, or 3% where it was converted.

    Of lengths, whole quarters of an inch up to a metre may be off by what an inch of 25 mm lacks.

    No shop prints more than four significant digits, so such a figure comes from another unit (1 fl oz is 29.5735 ml),
    and the other shop may have rounded it (to 30 ml).
    """
    exponent = np.floor(np.log10(np.where(values > 0, values, 1.0)))
    scaled = np.abs(values) * 10.0 ** (_EXACT_DIGITS - 1 - exponent)
    converted = np.abs(scaled - np.round(scaled)) > 1e-6 * scaled
    tolerances = np.where(converted, CONVERTED_TOLERANCE, RELATIVE_TOLERANCE)
    if lengths:
        quarters = values / _QUARTER_INCH
        inches = (np.abs(quarters - np.round(quarters)) < 1e-6) & (values <= _METRE)
        tolerances = np.where(inches, np.maximum(tolerances, INCH_TOLERANCE), tolerances)
    return tolerances


def read_extracted(column: pa.ChunkedArray, name: str, value: str) -> Iterator[ExtractedValues]:
    """Lay out a list column of {name, value} structs, one `ExtractedValues` per name, in the order of the names.

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
    encoded = pc.dictionary_encode(names)
    owner = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
    # Sorted once by name, offer and value; then the entries of a name lie side by side.
    order = np.lexsort((numbers, parents, owner))
    order = order[(owner[order] >= 0) & ~np.isnan(numbers[order])]
    owner, parents, numbers = owner[order], parents[order], numbers[order]
    for key, code in sorted(zip(encoded.dictionary.to_pylist(), range(len(encoded.dictionary)), strict=True)):
        part = slice(*np.searchsorted(owner, [code, code + 1]))
        yield ExtractedValues(key, *_padded(parents[part], numbers[part], len(column), key == "length"), words)


def extracted_of(name: str, rows: Sequence[Rows], values: Sequence[NDArray[np.float64]], n: int) -> ExtractedValues:
    """Numbers that n offers state, each once, from row numbers and values in any order."""
    flat, numbers = np.concatenate([*rows, np.zeros(0, dtype=np.int64)]), np.concatenate([*values, np.zeros(0)])
    order = np.lexsort((numbers, flat))
    flat, numbers = flat[order], numbers[order]
    fresh = np.ones(len(flat), dtype=bool)
    fresh[1:] = (flat[1:] != flat[:-1]) | (numbers[1:] != numbers[:-1])
    return ExtractedValues(name, *_padded(flat[fresh], numbers[fresh], n), None)


def _padded(rows: Rows, values: NDArray[np.float64], n: int, lengths: bool = False) -> _Layout:
    """Lay out values that are sorted by offer and value; equal ones are sides of one thing, such as a square.

    Lengths may be whole inches.
    """
    if not len(rows):
        return _nothing(n)
    # Each value knows its place among those of its offer.
    stating, first = np.unique(rows, return_index=True)
    counts: NDArray[Any] = np.diff(np.append(first, len(rows)))
    position = np.arange(len(rows)) - np.repeat(first, counts)
    slot = np.zeros(n, dtype=np.int32)
    slot[stating] = np.arange(1, len(stating) + 1)
    kept = position < MAX_VALUES
    padded = np.full((len(stating) + 1, min(MAX_VALUES, int(counts.max(initial=1)))), np.nan)
    padded[slot[rows[kept]], position[kept]] = values[kept]
    return slot, padded, np.isfinite(padded).sum(axis=1), _tolerances(padded, lengths)


def _nothing(n: int) -> _Layout:
    """The layout of n offers that state nothing."""
    padded = np.full((1, 1), np.nan)
    return np.zeros(n, dtype=np.int32), padded, np.zeros(1, dtype=np.int64), np.full((1, 1), RELATIVE_TOLERANCE)
