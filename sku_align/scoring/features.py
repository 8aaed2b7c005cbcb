"""What a calibration knows of a pair besides the raw score: identifiers, quantities, brands, prices and numbers.

A text model reads none of these exactly. Every feature is 0 where nothing is known, so that an absent field is no
evidence, and lies within [-1, 1] or close to it, so that one prior fits all weights.
"""

import re
import unicodedata
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from anyascii import anyascii
from numpy.typing import NDArray

from sku_align.comparison import compare

SIGNALS = ("gtin", "mpn", "quantity", "pack", "variant")
FEATURES = (
    *(f"{signal}_{side}" for signal in SIGNALS for side in ("agrees", "conflicts")),
    "brand_alike",
    "brand_differs",
    "price_apart",
    "numbers_agree",
    "numbers_differ",
    "codes_agree",
    "codes_differ",
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_CODE = re.compile(r"(?=[a-z0-9./-]*\d)(?=[a-z0-9./-]*[a-z])[a-z0-9][a-z0-9./-]{3,}")
_PUNCTUATION = re.compile(r"[./-]+")


def romanise(text: str) -> str:
    """Write a text in lower-case Latin letters, full-width forms and other scripts included."""
    return anyascii(unicodedata.normalize("NFKC", text)).lower()


def features(offers: pa.Table, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Features of pairs, in the order of `FEATURES`.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).

    Returns:
        Finite values, shape (m, len(FEATURES)).
    """
    compared = compare(offers, pairs)
    columns: list[NDArray[np.float32]] = []
    for signal in SIGNALS:
        value = compared[signal].to_numpy()
        columns += [(value > 0).astype(np.float32), (value < 0).astype(np.float32)]
    brand = compared["brand"].to_numpy().astype(np.float32)
    known = np.nan_to_num(brand, nan=0.5)
    columns += [np.maximum(known - 0.5, 0) * 2, np.maximum(0.5 - known, 0) * 2]
    ratio = np.nan_to_num(compared["price_ratio"].to_numpy().astype(np.float32), nan=1.0)
    columns.append(np.minimum(np.abs(np.log(np.maximum(ratio, 1e-6))), 2.0) / 2)
    used = np.unique(pairs)
    texts = [romanise(title or "") for title in offers["title"].take(pa.array(used)).to_pylist()]
    positions = np.searchsorted(used, pairs)
    for tokens in ([_numbers(text) for text in texts], [_codes(text) for text in texts]):
        columns += list(_overlap(tokens, positions))
    return np.stack(columns, axis=1).astype(np.float32)


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


def _codes(text: str) -> frozenset[str]:
    return frozenset(_PUNCTUATION.sub("", code) for code in _CODE.findall(text))
