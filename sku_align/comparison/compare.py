"""Pairs of offers compared field by field: features for the calibration, conflicts for the guards."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.comparison.brands import Brands
from sku_align.comparison.packs import COUNT, PACK, Packs
from sku_align.comparison.stated import Rows, Signal, read_stated

COMPARISON = pa.schema(
    [
        ("gtin", pa.int8()),
        ("mpn", pa.int8()),
        ("quantity", pa.int8()),
        ("pack", pa.int8()),
        ("multipack", pa.int8()),
        ("variant", pa.int8()),
        ("brand", pa.float32()),
        ("price_ratio", pa.float32()),
        ("conflicts", pa.list_(pa.string())),
    ]
)
DIFFERENT_BRAND = 0.5


class Comparison(NamedTuple):
    """Signals of m pairs: 1 agrees, -1 conflicts, 0 unknown; `brand` and `price_ratio` are NaN where unknown."""

    gtin: Signal
    mpn: Signal
    quantity: Signal
    pack: Signal
    multipack: Signal
    variant: Signal
    brand: NDArray[np.float32]
    price_ratio: NDArray[np.float32]


class Comparer:
    """Offers encoded once, so that any pairs of them compare in bulk.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        aliases: Pairs of brand strings known to be one brand.
    """

    def __init__(self, offers: pa.Table, aliases: Iterable[tuple[str, str]] = ()) -> None:
        quantities = {stated.name: stated for stated in read_stated(offers["quantities"], "dimension", "value")}
        self._sizes = [stated for name, stated in quantities.items() if name not in (PACK, COUNT)]
        self._packs = Packs(quantities, len(offers))
        self._variants = list(read_stated(offers["variants"], "attribute", "value"))
        self._brands = Brands(offers["brand"], aliases)
        self._gtins = pc.dictionary_encode(pc.utf8_lpad(offers["gtin"].combine_chunks(), 14, "0"))
        squeezed = pc.replace_substring_regex(pc.utf8_upper(offers["mpn"].combine_chunks()), r"[^0-9\p{L}]", "")
        self._mpns = pc.dictionary_encode(squeezed)
        self._mpn_words = np.array([*self._mpns.dictionary.to_pylist(), ""], dtype=np.str_)
        self._prices = pc.fill_null(offers["price"].combine_chunks(), np.nan).to_numpy(zero_copy_only=False)
        self._currencies = _codes(pc.dictionary_encode(pc.utf8_upper(offers["currency"].combine_chunks())))

    def compare(self, pairs: NDArray[np.integer]) -> Comparison:
        """Compare pairs of row numbers, shape (m, 2); the order within a pair does not matter."""
        left, right = _sides(pairs)
        quantity = _worst([stated.agreement(left, right) for stated in self._sizes], len(left))
        pack, multipack = self._packs.compare(left, right, quantity)
        return Comparison(
            gtin=_equality(_codes(self._gtins), left, right),
            mpn=self._mpn(left, right),
            quantity=quantity,
            pack=pack,
            multipack=multipack,
            variant=_worst([stated.agreement(left, right) for stated in self._variants], len(left)),
            brand=self._brands.similarity(left, right),
            price_ratio=self._price_ratio(left, right),
        )

    def conflicts(self, pairs: NDArray[np.integer]) -> pa.Array:
        """Name the conflicts of pairs for people, such as "volume 330 against 500"; list<string> of length m."""
        left, right = _sides(pairs)
        rows, texts = [np.zeros(0, dtype=np.int64)], [pa.array([], pa.string())]
        for label, signal, source in self._signals(left, right):
            at = np.flatnonzero(signal < 0)
            if len(at):
                rows.append(at)
                texts.append(
                    pc.binary_join_element_wise(
                        pa.scalar(f"{label} "), source(left[at]), pa.scalar(" against "), source(right[at]), ""
                    )
                )
        found = np.concatenate(rows)
        order = pa.array(np.argsort(found, kind="stable"))
        offsets = np.concatenate([[0], np.cumsum(np.bincount(found, minlength=len(left)))]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), pa.concat_arrays(texts).take(order))

    def _mpn(self, left: Rows, right: Rows) -> Signal:
        signal = _equality(_codes(self._mpns), left, right)
        at = np.flatnonzero(signal < 0)
        ours, theirs = (self._mpn_words[_codes(self._mpns)[side[at]]] for side in (left, right))
        signal[at[np.strings.startswith(ours, theirs) | np.strings.startswith(theirs, ours)]] = 0
        return signal

    def _price_ratio(self, left: Rows, right: Rows) -> NDArray[np.float32]:
        ours, theirs = self._prices[left], self._prices[right]
        one_currency = (self._currencies[left] >= 0) & (self._currencies[left] == self._currencies[right])
        comparable = one_currency & (ours > 0) & (theirs > 0)
        ratio = np.full(len(left), np.nan, dtype=np.float32)
        high, low = np.maximum(ours, theirs)[comparable], np.minimum(ours, theirs)[comparable]
        ratio[comparable] = high / low
        return ratio

    def _signals(self, left: Rows, right: Rows) -> Iterator[tuple[str, Signal, Callable[[Rows], pa.Array]]]:
        yield "gtin", _equality(_codes(self._gtins), left, right), lambda rows: _texts(self._gtins, rows)
        yield "mpn", self._mpn(left, right), lambda rows: _texts(self._mpns, rows)
        for stated in self._sizes:
            yield stated.name, stated.agreement(left, right), stated.text
        sizes = _worst([stated.agreement(left, right) for stated in self._sizes], len(left))
        pack, multipack = self._packs.compare(left, right, sizes)
        yield "pack", np.minimum(pack, multipack), self._packs.text
        for stated in self._variants:
            yield stated.name, stated.agreement(left, right), stated.text
        different = self._brands.similarity(left, right) < DIFFERENT_BRAND
        yield "brand", np.where(different, -1, 0).astype(np.int8), self._brands.text


def compare(offers: pa.Table, pairs: NDArray[np.integer], aliases: Iterable[tuple[str, str]] = ()) -> pa.Table:
    """Compare pairs of offers in what text models are blind to.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).
        aliases: Pairs of brand strings known to be one brand.

    Returns:
        Table of `COMPARISON`, m rows. `gtin`, `mpn`, `quantity`, `pack` and `variant` are 1 (agree), -1 (conflict) or
        0 (unknown); a conflict in one dimension outweighs agreement in another. A missing pack count is unknown,
        except beside a count of one; `multipack` is -1 where only one side states several packages and all else
        agrees. `brand` is a similarity from 0 to 1, `price_ratio` the higher price over the lower one in one currency;
        both are NaN where unknown. `conflicts` names what disagrees, for people.
    """
    used, position = np.unique(pairs, return_inverse=True)
    comparer = Comparer(offers.take(pa.array(used)), aliases)
    local = position.reshape(-1, 2)
    columns = comparer.compare(local)._asdict()
    return pa.table({**columns, "conflicts": comparer.conflicts(local)}, schema=COMPARISON)


def _sides(pairs: NDArray[np.integer]) -> tuple[Rows, Rows]:
    return np.ascontiguousarray(pairs[:, 0], dtype=np.int64), np.ascontiguousarray(pairs[:, 1], dtype=np.int64)


def _codes(encoded: pa.DictionaryArray) -> Rows:
    codes: Rows = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
    return codes


def _texts(encoded: pa.DictionaryArray, rows: Rows) -> pa.Array:
    return encoded.dictionary.take(encoded.indices.take(pa.array(rows)))


def _equality(codes: Rows, left: Rows, right: Rows) -> Signal:
    ours, theirs = codes[left], codes[right]
    signal: Signal = np.where((ours < 0) | (theirs < 0), 0, np.where(ours == theirs, 1, -1)).astype(np.int8)
    return signal


def _worst(signals: list[Signal], length: int) -> Signal:
    worst = np.zeros(length, dtype=np.int8)
    for signal in signals:
        worst = np.where((worst < 0) | (signal < 0), -1, np.maximum(worst, signal)).astype(np.int8)
    return worst
