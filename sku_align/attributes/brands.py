"""Brand strings of different languages and scripts, compared."""

import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from sku_align.romanise import romanised_words

# A brand whose words are all in the other one ("Krona", "Krona Home") is at most this similar. Chosen by eye.
PART_OF = 0.9
# Below this, romanised names in two scripts are not known to differ (`similarity` says why). Chosen by eye.
ACROSS_SCRIPTS = 0.7
# As many GTINs must have two names on their sides before both count as one brand: one or two may be typing errors.
# Chosen by eye.
MIN_IDENTIFIERS = 3
Rows = NDArray[np.int64]


class Brands:
    """The brands of n offers, romanised once.

    Args:
        column: `offers["brand"]`, n rows.
    """

    def __init__(self, column: pa.ChunkedArray) -> None:
        encoded = pc.dictionary_encode(column.combine_chunks())
        self._names = encoded.dictionary
        self._codes = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
        forms = [romanised_words(name) for name in self._names.to_pylist()]
        unique = sorted(set(forms))
        number = {form: at for at, form in enumerate(unique)}
        self._form = np.array([number[form] for form in forms] + [0], dtype=np.int64)
        self._words = np.array([*unique, ""], dtype=object)
        self._letters = np.array([form.replace(" ", "") for form in self._words], dtype=object)
        self._scripts = _script_bits([*self._names.to_pylist(), ""])
        self._aliases = np.zeros(0, dtype=np.int64)

    def learn(self, left: Rows, right: Rows, identifier: Rows) -> None:
        """Take two names for one brand where they stand on the two sides of several identifiers.

        Args:
            left: Rows of offers, shape (m,).
            right: Rows of offers with the same identifier, such as a GTIN, shape (m,).
            identifier: The identifier that both share, as a number, shape (m,).
        """
        keys = self._pair_keys(self._form[self._codes[left]], self._form[self._codes[right]])
        named = (self._codes[left] >= 0) & (self._codes[right] >= 0)
        distinct = np.unique(np.stack([keys[named], identifier[named]], axis=1), axis=0)
        names, count = np.unique(distinct[:, 0], return_counts=True)
        self._aliases = names[count >= MIN_IDENTIFIERS]

    def _pair_keys(self, ours: Rows, theirs: Rows) -> Rows:
        keys: Rows = np.minimum(ours, theirs) * len(self._words) + np.maximum(ours, theirs)
        return keys

    def similarity(self, left: Rows, right: Rows) -> NDArray[np.float32]:
        """Similarity of two brands from 0 to 1, shape (m,); NaN where one is missing or nothing can be said.

        Different scripts say something only where the romanised forms are close: a Latin and a Han brand name that
        sound different may well be one brand.
        """
        ours, theirs = self._codes[left], self._codes[right]
        width = len(self._form)
        keys = np.minimum(ours, theirs) * width + np.maximum(ours, theirs)
        keys = np.where((ours < 0) | (theirs < 0), -1, keys)
        unique, position = np.unique(keys, return_inverse=True)
        values = np.full(len(unique), np.nan, dtype=np.float32)
        known = unique >= 0
        values[known] = self._compare(unique[known] // width, unique[known] % width)
        similarity: NDArray[np.float32] = values[position]
        return similarity

    def _compare(self, one: Rows, other: Rows) -> NDArray[np.float32]:
        ours, theirs = self._form[one], self._form[other]
        letters = process.cpdist(self._letters[ours], self._letters[theirs], scorer=fuzz.ratio)
        words = process.cpdist(self._words[ours], self._words[theirs], scorer=fuzz.token_set_ratio)
        values: NDArray[np.float32] = (np.maximum(letters, PART_OF * words) / 100.0).astype(np.float32)
        values[(values < ACROSS_SCRIPTS) & (self._scripts[one] & self._scripts[other] == 0)] = np.nan
        values[np.isin(self._pair_keys(ours, theirs), self._aliases)] = 1.0
        values[(self._words[ours] == "") | (self._words[theirs] == "")] = np.nan
        return values

    def text(self, rows: Rows) -> pa.Array:
        """The brands of offers as they stand in the catalog."""
        return self._names.take(pa.array(self._codes[rows]))


def _script_bits(names: list[str]) -> NDArray[np.int64]:
    bits: dict[str, int] = {}
    return np.array([_bits(name, bits) for name in names], dtype=np.int64)


def _bits(name: str, bits: dict[str, int]) -> int:
    found = {unicodedata.name(letter, "?").split()[0] for letter in name if letter.isalpha()}
    return sum(1 << bits.setdefault(script, len(bits) % 62) for script in sorted(found))
