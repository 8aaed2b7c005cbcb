"""What a calibration reads of the two offers themselves: identifiers, quantities, brands, prices and numbers.

A text model reads none of these exactly. Every feature is 0 where nothing is known, so that an absent field is no
evidence, and lies within [-1, 1] or close to it, so that one prior fits all weights.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.attributes import Comparer
from sku_align.attributes.beside_title import full_title
from sku_align.attributes.compare import Comparison
from sku_align.attributes.left_over import left_over
from sku_align.config import BRAND_SIMILARITY
from sku_align.romanise import romanise

SIGNALS = ("gtin", "mpn", "quantity", "pack", "variant", "kind")
PAIR_FEATURES = (
    *(f"{signal}_{side}" for signal in SIGNALS for side in ("agrees", "conflicts")),
    "nothing_left_over",
    "sibling_silence",
    "brand_alike",
    "brand_differs",
    "price_apart",
    "numbers_agree",
    "numbers_differ",
)
# Log of the price ratio from which prices cannot be further apart: e^2 = 7.4 times. Chosen by eye; halved, prices 2.7
# times apart count as much as prices 20 times apart.
MAX_LOG_RATIO = np.float32(2.0)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def pair_features(offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Features of pairs, in the order of `PAIR_FEATURES`.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).

    Returns:
        Finite values, shape (m, len(PAIR_FEATURES)).
    """
    used, positions = np.unique(pairs, return_inverse=True)
    part, local = offers.take(pa.array(used)), positions.reshape(-1, 2)
    compared = Comparer(part).compare(local)
    columns: list[NDArray[np.floating[Any]]] = []
    for signal in SIGNALS:
        value = getattr(compared, signal)
        columns += [(value > 0).astype(np.float32), (value < 0).astype(np.float32)]
    silent = np.zeros(len(local), dtype=bool)
    for alone in compared.telling_silence.values():
        silent |= alone
    columns += [_nothing_left_over(part, local, compared, silent), silent.astype(np.float32)]
    # An unknown brand is one exactly at the threshold, and so neither alike nor different.
    brand = np.nan_to_num(compared.brand, nan=BRAND_SIMILARITY)
    columns += [np.maximum(brand - BRAND_SIMILARITY, 0) / (1 - BRAND_SIMILARITY)]
    columns += [np.maximum(BRAND_SIMILARITY - brand, 0) / BRAND_SIMILARITY]
    ratio = np.nan_to_num(compared.price_ratio, nan=1.0)
    columns.append(np.minimum(np.log(np.maximum(ratio, 1.0)), MAX_LOG_RATIO) / MAX_LOG_RATIO)
    # Sizes are compared as the scorer reads them: 33 cl and 330 ml are one number, not two that differ.
    rows = zip(*(part[name].to_pylist() for name in ("title", "attributes", "language")), strict=True)
    numbers = [
        _numbers(romanise(full_title(title or "", attributes, language))) for title, attributes, language in rows
    ]
    columns += list(_overlap(numbers, local))
    return np.stack(columns, axis=1).astype(np.float32)


def _nothing_left_over(
    offers: pa.Table, pairs: NDArray[np.int64], compared: Comparison, silent: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Half for each word that is left over where both name one kind and nothing differs, else 0; shape (m,)."""
    result = np.zeros(len(pairs), dtype=np.float32)
    differ = silent | (compared.variant < 0) | (compared.quantity < 0) | (compared.pack < 0)
    at = np.flatnonzero((compared.kind > 0) & ~differ)
    colour = compared.attributes.get("colour")
    # A colour that both name is a word, and no table holds them all.
    said = np.zeros(len(at)) if colour is None else (colour[at] > 0).astype(np.float32)
    result[at] = 0.5 ** np.maximum(left_over(offers, pairs[at]) - said, 0)
    return result


def _overlap(tokens: list[frozenset[str]], pairs: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
    agree, differ = np.zeros((2, len(pairs)), dtype=np.float32)
    for at, (left, right) in enumerate(pairs.tolist()):
        one, other = tokens[left], tokens[right]
        if one and other:
            shared = len(one & other)
            agree[at] = shared / len(one | other)
            differ[at] = 1 - shared / min(len(one), len(other))
    yield agree
    yield differ


def _numbers(text: str) -> frozenset[str]:
    return frozenset(number.replace(",", ".").lstrip("0") or "0" for number in _NUMBER.findall(text))
