"""Pairs of offers as row numbers: how pair tables and positions in the offers table turn into each other."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# Up to this many key codes (0.25 GB of int32) a look-up table is used, above it a binary search.
_TABLE = 1 << 26
# More offers than a run can have: numbers of pairs below it compare where the offers are not counted yet.
MAX_ROWS = 1 << 31
UNKNOWN_LANGUAGE = "und"
# A language that was detected with less confidence is doubtful. Chosen by eye.
MIN_CONFIDENCE = 0.7


def sort_offers(offers: pa.Table) -> pa.Table:
    """Sort offers by key, so that a smaller row number means a smaller key."""
    return offers.sort_by([("catalog", "ascending"), ("offer_id", "ascending")])


def pair_columns(offers: pa.Table, left: NDArray[np.integer[Any]], right: NDArray[np.integer[Any]]) -> dict[str, Any]:
    """The four id columns of a pair table, from row numbers.

    Args:
        offers: Offers sorted by key, length n.
        left: Row numbers into `offers`, shape (m,).
        right: Row numbers into `offers`, shape (m,); in every pair the smaller number becomes the left side.

    Returns:
        `left_catalog`, `left_offer_id`, `right_catalog` and `right_offer_id` as dictionary arrays of length m.
    """
    low, high = np.minimum(left, right), np.maximum(left, right)
    catalogs = pc.dictionary_encode(offers["catalog"].combine_chunks())
    ids = pc.dictionary_encode(offers["offer_id"].combine_chunks())
    columns = {}
    for side, rows in (("left", low), ("right", high)):
        for name, encoded in (("catalog", catalogs), ("offer_id", ids)):
            codes = encoded.indices.to_numpy()[rows].astype(np.int32)
            columns[f"{side}_{name}"] = pa.DictionaryArray.from_arrays(codes, encoded.dictionary)
    return columns


def pair_rows(offers: pa.Table, pairs: pa.Table) -> NDArray[np.int64]:
    """Row numbers of both sides of each pair, the inverse of `pair_columns`.

    Args:
        offers: Offers with unique keys, length n.
        pairs: Any pair table, length m.

    Returns:
        Row numbers into `offers`, shape (m, 2); -1 where an offer is not in `offers`.
    """
    catalog, offer_id = numbered(offers["catalog"]), numbered(offers["offer_id"])
    width = len(offer_id[1])
    row = _by_number(catalog[0] * width + offer_id[0], len(catalog[1]) * width)
    sides = []
    for side in ("left", "right"):
        wanted_catalog = _recode(pairs[f"{side}_catalog"], catalog[1])
        wanted_id = _recode(pairs[f"{side}_offer_id"], offer_id[1])
        known = (wanted_catalog >= 0) & (wanted_id >= 0)
        sides.append(row(np.where(known, wanted_catalog * width + wanted_id, -1)))
    return np.stack(sides, axis=1).astype(np.int64)


def pair_codes(rows: NDArray[np.integer[Any]], offers: int) -> NDArray[np.int64]:
    """One number for each pair of row numbers below `offers`, whichever side is which, in the order of the pairs."""
    low, high = np.minimum(rows[:, 0], rows[:, 1]), np.maximum(rows[:, 0], rows[:, 1])
    return np.asarray(low.astype(np.int64) * max(offers, 1) + high)


def pairs_of_codes(codes: NDArray[np.int64], offers: int) -> NDArray[np.int64]:
    """The pairs that numbers of `pair_codes` stand for, smaller row first, shape (m, 2)."""
    return np.stack(np.divmod(codes, max(offers, 1)), axis=1)


def pair_positions(rows: NDArray[np.integer[Any]], wanted: NDArray[np.integer[Any]], offers: int) -> NDArray[np.int64]:
    """Where each wanted pair first stands among `rows`, shape (m,); -1 where it does not, or an offer is unknown (-1).

    Args:
        rows: Row numbers below `offers`, shape (k, 2).
        wanted: Row numbers, shape (m, 2).
        offers: How many offers there are.
    """
    keys, sought = pair_codes(rows, offers), pair_codes(wanted, offers)
    order = np.argsort(keys, kind="stable")
    ordered, place = np.append(keys[order], -1), np.append(order, -1)
    at = np.searchsorted(ordered[:-1], sought)
    return np.where((wanted >= 0).all(axis=1) & (ordered[at] == sought), place[at], -1)


def language_pairs(offers: pa.Table, rows: NDArray[np.int64]) -> NDArray[np.str_]:
    """Name the languages of each pair, sorted ("en-zh"), by primary subtag; shape (m,)."""
    sides = np.sort(_languages(offers)[rows], axis=1)
    return np.char.add(np.char.add(sides[:, 0], "-"), sides[:, 1])


def sure_languages(offers: pa.Table) -> NDArray[np.str_]:
    """Primary subtag of each offer's language, `UNKNOWN_LANGUAGE` where it is missing or doubtful; shape (n,)."""
    found = _languages(offers)
    if "language_confidence" in offers.column_names:
        sure = pc.fill_null(offers["language_confidence"], 1.0).to_numpy() >= MIN_CONFIDENCE
        found = np.where(sure, found, UNKNOWN_LANGUAGE)
    return found


def _languages(offers: pa.Table) -> NDArray[np.str_]:
    return np.array([(tag or UNKNOWN_LANGUAGE).split("-")[0] for tag in offers["language"].to_pylist()], dtype=np.str_)


def _by_number(numbers: NDArray[np.int64], limit: int) -> Callable[[NDArray[np.int64]], NDArray[Any]]:
    """Look-up of the position of a number among unique `numbers` below `limit`; -1 where there is none, as for -1."""
    if limit <= _TABLE:
        table = np.full(limit + 1, -1, dtype=np.int32)
        table[numbers] = np.arange(len(numbers))
        return lambda wanted: table[wanted]
    order = np.argsort(numbers)
    ordered = np.append(numbers[order], limit)

    def find(wanted: NDArray[np.int64]) -> NDArray[Any]:
        at = np.searchsorted(ordered, wanted)
        return np.where(ordered[at] == wanted, np.append(order, -1)[at], -1)

    return find


def numbered(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.Array]:
    """Number the values of a column in the order they appear, and give the values by number."""
    encoded = pc.dictionary_encode(column.combine_chunks())
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary


def _recode(column: pa.ChunkedArray, dictionary: pa.Array) -> NDArray[np.int64]:
    parts = [np.zeros(0, dtype=np.int64)]
    for chunk in column.chunks:
        encoded = chunk if isinstance(chunk, pa.DictionaryArray) else pc.dictionary_encode(chunk)
        position = pc.fill_null(pc.index_in(encoded.dictionary, dictionary), -1).to_numpy().astype(np.int64)
        parts.append(position[encoded.indices.to_numpy(zero_copy_only=False)] if len(encoded) else parts[0])
    return np.concatenate(parts)


def ranges(start: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """0-based ranges laid end to end: start 5, 9 and length 2, 3 give 5, 6, 9, 10, 11."""
    # Every range is a running number less what the ranges before it used up.
    before = np.cumsum(length) - length
    laid: NDArray[np.int64] = np.arange(int(length.sum())) + np.repeat(start - before, length)
    return laid
