"""Which thresholds apply to a pair."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.config import DecidingSettings, PolicySettings

Rows = NDArray[np.int64]
Limits = NDArray[np.float32]


class Thresholds(NamedTuple):
    """Thresholds of m pairs, shape (m,) each."""

    auto_merge: Limits
    review: Limits

    def band(self, probability: NDArray[np.floating[Any]]) -> NDArray[np.int8]:
        """0 below review, 1 from review on, 2 from auto_merge on: the decision by threshold alone, shape (m,)."""
        return np.asarray((probability >= self.review).astype(np.int8) + (probability >= self.auto_merge), np.int8)


def thresholds(offers: pa.Table, pairs: Rows, settings: DecidingSettings) -> Thresholds:
    """Thresholds of pairs of offers: the strictest of the exceptions that meet in a pair, else the general ones.

    A side without a threshold of its own counts with the general one, so that a lower threshold of one catalog changes
    nothing beside a catalog that has none.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).
        settings: The `deciding` section.
    """
    return Thresholds(
        _strictest(offers, pairs, settings, settings.auto_merge, lambda policy: policy.auto_merge),
        _strictest(offers, pairs, settings, settings.review, lambda policy: policy.review),
    )


def _strictest(
    offers: pa.Table,
    pairs: Rows,
    settings: DecidingSettings,
    general: float,
    pick: Callable[[PolicySettings], float | None],
) -> Limits:
    catalogs = {name: limit for name, policy in settings.catalogs.items() if (limit := pick(policy)) is not None}
    categories = {name: limit for name, policy in settings.categories.items() if (limit := pick(policy)) is not None}
    languages = {name: limit for name, policy in settings.language_pairs.items() if (limit := pick(policy)) is not None}
    found = []
    if catalogs:
        found.append(_by_side(offers["catalog"], pairs, general, catalogs.get))
    if categories:
        prefixes = {prefix.casefold(): limit for prefix, limit in categories.items()}
        found.append(_by_side(offers["category"], pairs, general, lambda path: _longest_prefix(path, prefixes)))
    if languages:
        found.append(_by_language_pair(offers["language"], pairs, languages))
    limits = np.full(len(pairs), np.nan, dtype=np.float32)
    for column in found:
        limits = np.fmax(limits, column)
    return np.where(np.isnan(limits), np.float32(general), limits)


def _by_side(column: pa.ChunkedArray, pairs: Rows, general: float, limit: Callable[[str], float | None]) -> Limits:
    codes, words = _encoded(column)
    values = np.array([limit(word) if word is not None else None for word in words], dtype=np.float32)
    ours, theirs = values[codes[pairs[:, 0]]], values[codes[pairs[:, 1]]]
    one = np.fmax(np.where(np.isnan(ours), np.float32(general), ours), np.where(np.isnan(theirs), general, theirs))
    return np.where(np.isnan(ours) & np.isnan(theirs), np.nan, one).astype(np.float32)


def _longest_prefix(path: str, prefixes: Mapping[str, float]) -> float | None:
    matching = [prefix for prefix in prefixes if path.casefold().startswith(prefix)]
    return prefixes[max(matching, key=len)] if matching else None


def _by_language_pair(column: pa.ChunkedArray, pairs: Rows, limits: Mapping[str, float]) -> Limits:
    codes, words = _encoded(column)
    table = np.array([[_of_languages(one, other, limits) for other in words] for one in words], dtype=np.float32)
    return table[codes[pairs[:, 0]], codes[pairs[:, 1]]]


def _of_languages(one: str | None, other: str | None, limits: Mapping[str, float]) -> float | None:
    if one is None or other is None:
        return None
    exact = limits.get("-".join(sorted((one, other))))
    return exact if exact is not None else limits.get("-".join(sorted((one.split("-")[0], other.split("-")[0]))))


def _encoded(column: pa.ChunkedArray) -> tuple[Rows, list[str | None]]:
    encoded = pc.dictionary_encode(column.combine_chunks())
    words: list[str | None] = [*encoded.dictionary.to_pylist(), None]
    return pc.fill_null(encoded.indices, len(words) - 1).to_numpy().astype(np.int64), words
