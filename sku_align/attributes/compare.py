"""Pairs of offers compared field by field: features for the calibration, conflicts for the guards."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import re2
from numpy.typing import NDArray

from sku_align.attributes.brands import Brands
from sku_align.attributes.exchanged import Exchange, Titles
from sku_align.attributes.extracted import ExtractedValues, Rows, Signal, read_extracted
from sku_align.attributes.families import FAMILIES
from sku_align.attributes.families.contents import is_made_for, names_target
from sku_align.attributes.families.heads import heads
from sku_align.attributes.gtins import Gtins
from sku_align.attributes.identity import squeezed_mpns
from sku_align.attributes.packs import COUNT, PACK, Packs, bare_numbers
from sku_align.attributes.text import fold
from sku_align.config import BRAND_SIMILARITY

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


# Fewer pairs say nothing of a rate between two currencies; chosen by eye.
MIN_PAIRS_FOR_RATE = 20


class Comparer:
    """Offers encoded once, so that any pairs of them compare in bulk.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        brand_similarity: Brands less similar than this are a conflict.
    """

    def __init__(self, offers: pa.Table, brand_similarity: float = BRAND_SIMILARITY) -> None:
        self.brand_similarity = brand_similarity
        quantities = {each.name: each for each in read_extracted(offers["quantities"], "dimension", "value")}
        self.sizes = [values for name, values in quantities.items() if name not in (PACK, COUNT)]
        self.packs = Packs(quantities, len(offers))
        self.variants = {each.name: each for each in read_extracted(offers["variants"], "attribute", "value")}
        self.titles = offers["title"]
        self.words = Titles(offers)
        self.languages = offers["language"]
        self._heads: dict[int, frozenset[str]] = {}
        self.brands = Brands(offers["brand"])
        self.gtins = Gtins.of(offers)
        self.mpns = pc.dictionary_encode(squeezed_mpns(offers))
        self.catalogs = _codes(pc.dictionary_encode(offers["catalog"].combine_chunks()))
        self.prices = pc.fill_null(offers["price"].combine_chunks(), np.nan).to_numpy(zero_copy_only=False)
        self.currencies = _codes(pc.dictionary_encode(pc.utf8_upper(offers["currency"].combine_chunks())))

    def heads(self, row: int) -> frozenset[str]:
        """The part that the title of an offer is about."""
        if row not in self._heads:
            self._heads[row] = heads(self.titles[row].as_py() or "", self.languages[row].as_py())
        return self._heads[row]

    def learn_brands(self, pairs: NDArray[np.integer]) -> "Comparison":
        """Compare pairs, and take brand names on the two sides of at least three of their GTINs for one brand."""
        comparison = self.compare(pairs)
        left, right = pairs[comparison.gtin > 0].T
        self.brands.learn(left, right, self.gtins.first[left])
        return comparison

    def compare(self, pairs: NDArray[np.integer]) -> "Comparison":
        """Compare pairs of row numbers, shape (m, 2); the order within a pair does not matter."""
        return Comparison(self, pairs)


class Comparison:
    """What pairs of offers agree and differ in, each signal worked out when it is first asked for.

    Signals of shape (m,) are 1 (agree), -1 (conflict) or 0 (unknown).
    """

    def __init__(self, offers: Comparer, pairs: NDArray[np.integer]) -> None:
        self._offers = offers
        self._left, self._right = (np.ascontiguousarray(pairs[:, side], dtype=np.int64) for side in (0, 1))

    def __len__(self) -> int:
        return len(self._left)

    @cached_property
    def gtin(self) -> Signal:
        """Whether any GTIN of one offer is one of the other's, whatever their padding."""
        return self._offers.gtins.agreement(self._left, self._right)

    @cached_property
    def mpn(self) -> Signal:
        """Whether the part numbers are equal but for punctuation; unknown where one continues the other."""
        codes = _codes(self._offers.mpns)
        words = np.array([*self._offers.mpns.dictionary.to_pylist(), ""], dtype=np.str_)
        signal = _equality(codes, self._left, self._right)
        at = np.flatnonzero(signal < 0)
        ours, theirs = words[codes[self._left[at]]], words[codes[self._right[at]]]
        # "ABC40" and "ABC40-2133" may be one part: shops cut numbers.
        signal[at[np.strings.startswith(ours, theirs) | np.strings.startswith(theirs, ours)]] = 0
        return signal

    @cached_property
    def quantity(self) -> Signal:
        """Whether the sizes agree; a conflict in one dimension outweighs agreement in another."""
        return _worst([size.agreement(self._left, self._right) for size in self._offers.sizes], len(self))

    @cached_property
    def pack(self) -> Signal:
        """Whether the pack and piece counts agree; a missing count is unknown, except beside a count of one."""
        return self._packs[0]

    @cached_property
    def multipack(self) -> Signal:
        """-1 where only one side states several packages and everything else agrees.

        Unless the other title has the number too, without a word for packages: "raisins 9 mini boxes".
        """
        signal = self._packs[1].copy()
        packs = self._offers.packs.pack
        for at, states, silent in self._one_sided_rows(packs, signal < 0):
            if not bare_numbers(self._title(silent)).isdisjoint(packs.values[packs.slot[states]].tolist()):
                signal[at] = 0
        return signal

    @cached_property
    def variant(self) -> Signal:
        """Whether colour, condition, side and the like agree; the worst of `attributes` but for the kind."""
        return _worst([signal for name, signal in self.attributes.items() if name != "kind"], len(self))

    @cached_property
    def word(self) -> Signal:
        """-1 where the titles are equal but for words at one place that do not say the same, else 0.

        Identifiers outweigh it, and so does a family that knows the words of both and agrees ("blk", "black").
        """
        signal = np.zeros(len(self), dtype=np.int8)
        signal[list(self._exchanged)] = -1
        return signal

    @cached_property
    def _exchanged(self) -> Mapping[int, Exchange]:
        """What is exchanged, by the position of the pair."""
        found = {}
        for at in np.flatnonzero((self.gtin <= 0) & (self.mpn <= 0)).tolist():
            exchange = self._offers.words.exchanged(int(self._left[at]), int(self._right[at]))
            if exchange and not any(self.attributes[name][at] > 0 for name in exchange.families & set(self.attributes)):
                found[at] = exchange
        return found

    @cached_property
    def kind(self) -> Signal:
        """Whether both titles name one kind of thing of a contrast, or different ones."""
        return self.attributes.get("kind", np.zeros(len(self), dtype=np.int8))

    @cached_property
    def attributes(self) -> Mapping[str, Signal]:
        """Agreement of each family of variant attributes that an offer states, by the family's name.

        Where silence has a meaning ("new"), a value that only one side states is a conflict.
        """
        variants = self._offers.variants
        signals = {name: _family_signal(values, self._left, self._right) for name, values in variants.items()}
        if "role" in signals:
            signals["role"][self._is_part_too("role", signals["role"] < 0)] = 0
        return signals

    @cached_property
    def one_sided(self) -> Mapping[str, NDArray[np.bool_]]:
        """Where only one side states a family, shape (m,), by the family's name."""
        return {name: values.one_sided(self._left, self._right) for name, values in self._offers.variants.items()}

    @cached_property
    def telling_silence(self) -> Mapping[str, NDArray[np.bool_]]:
        """`one_sided` of the families whose absence is evidence of another product (`Family.one_sided`), by name.

        A part tells only where both sides name one device, and a "for X" only where the other side is X: a filter alone
        is a thing of its own.
        """
        model = self.attributes.get("model", np.zeros(len(self), dtype=np.int8))
        telling = {}
        for name, one_sided in self.one_sided.items():
            family = FAMILIES.get(name)
            if family is None or family.one_sided == "never":
                continue
            counts = one_sided & (model > 0) if family.one_sided == "same model" else one_sided
            if family.one_sided == "its model":
                counts = counts & self._is_model_of(name, counts)
            if name in ("role", "fits"):
                counts = counts & ~self._is_part_too(name, counts)
            if family.unless:
                counts = counts & ~self._excused(name, family.unless, counts)
            if family.excused_by in self._offers.variants:
                counts = counts & ~self._comes_with(name, family.excused_by, counts)
            telling[name] = counts
        return telling

    def _is_part_too(self, name: str, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether the silent side is about the part that the other side says is spare or made for a device, shape (m,).

        "Velo R3 brush" and "Replacement brush for Velo R3" are one thing; a refill is another thing than what it fills.
        """
        found = np.zeros(len(self), dtype=bool)
        values = self._offers.variants[name]
        for at, states, silent in self._one_sided_rows(values, asked & self.one_sided[name]):
            if name != "role" or set(values.words_of(states)) == {"part"}:
                found[at] = not self._offers.heads(states).isdisjoint(self._offers.heads(silent))
        return found

    def _is_model_of(self, name: str, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether the side that is silent on a family has one of the other side's values as its model, shape (m,)."""
        found = np.zeros(len(self), dtype=bool)
        models, values = self._offers.variants.get("model"), self._offers.variants[name]
        for at, states, silent in self._one_sided_rows(values, asked):
            targets = values.words_of(states)
            of_model = models is not None and is_made_for(targets, models.words_of(silent))
            found[at] = of_model or names_target(targets, fold(self._title(silent)))
        return found

    def _comes_with(self, name: str, excused_by: str, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether the silent side names beside the thing all that the other side states, shape (m,)."""
        found, values = np.zeros(len(self), dtype=bool), self._offers.variants[name]
        beside = self._offers.variants[excused_by]
        either = (beside.slot[self._left] > 0) | (beside.slot[self._right] > 0)
        for at, states, silent in self._one_sided_rows(values, asked & either):
            found[at] = {f"{value}=included" for value in values.words_of(states)} <= beside.words_of(silent)
        return found

    def _excused(self, name: str, unless: str, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether the title that is silent on a family says what excuses it, shape (m,)."""
        found, pattern = np.zeros(len(self), dtype=bool), re2.compile(unless)
        for at, _, silent in self._one_sided_rows(self._offers.variants[name], asked):
            found[at] = pattern.search(fold(self._title(silent))) is not None
        return found

    def _one_sided_rows(self, values: ExtractedValues, asked: NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
        """Of pairs where one side states something: position, row of the offer that does, row of the silent one."""
        for at in np.flatnonzero(asked).tolist():
            ours, theirs = int(self._left[at]), int(self._right[at])
            yield (at, ours, theirs) if values.slot[ours] > 0 else (at, theirs, ours)

    def _title(self, row: int) -> str:
        return self._offers.titles[row].as_py() or ""

    @cached_property
    def brand(self) -> NDArray[np.float32]:
        """Similarity of the brands from 0 to 1, NaN where unknown."""
        return self._offers.brands.similarity(self._left, self._right)

    @cached_property
    def price_ratio(self) -> NDArray[np.float32]:
        """The higher price over the lower one, NaN unless both are known in one currency."""
        ours, theirs = self._offers.prices[self._left], self._offers.prices[self._right]
        currency = self._offers.currencies[self._left]
        comparable = (currency >= 0) & (currency == self._offers.currencies[self._right]) & (ours > 0) & (theirs > 0)
        ratio = np.full(len(self), np.nan, dtype=np.float32)
        high, low = np.maximum(ours, theirs)[comparable], np.minimum(ours, theirs)[comparable]
        ratio[comparable] = high / low
        return ratio

    @cached_property
    def price_apart(self) -> NDArray[np.float32]:
        """How many times the prices are apart, for the guard: `price_ratio`, and more where no currency is named.

        Where neither offer names a currency, both are taken to be in one. Catalogs in two currencies show in the
        pairs themselves: from 20 of them on, their median ratio counts as the rate between the two catalogs.
        """
        apart = self.price_ratio.copy()
        offers = self._offers
        ours, theirs = offers.prices[self._left], offers.prices[self._right]
        nameless = (offers.currencies[self._left] < 0) & (offers.currencies[self._right] < 0)
        at = np.flatnonzero(nameless & (ours > 0) & (theirs > 0))
        one, other = offers.catalogs[self._left[at]], offers.catalogs[self._right[at]]
        # Logarithms, so that a rate is a difference; the sign turns every pair the same way round between two catalogs.
        ratio = np.log(ours[at] / theirs[at]) * np.where(one <= other, 1.0, -1.0)
        way = np.minimum(one, other) * (offers.catalogs.max(initial=0) + 1) + np.maximum(one, other)
        for each in np.unique(way):
            of_way = way == each
            if np.count_nonzero(of_way) >= MIN_PAIRS_FOR_RATE:
                ratio[of_way] -= np.median(ratio[of_way])
        apart[at] = np.exp(np.abs(ratio))
        return apart

    @cached_property
    def conflicts(self) -> pa.Array:
        """What conflicts, for people, such as "volume 330 against 500"; list<string>."""
        rows, texts = [np.zeros(0, dtype=np.int64)], [pa.array([], pa.string())]
        for label, signal, words in self._named():
            at = np.flatnonzero(signal < 0)
            ours, theirs = words(at)
            rows.append(at)
            texts.append(pc.binary_join_element_wise(f"{label} ", ours, " against ", theirs, ""))
        # Conflicts were gathered attribute by attribute; a stable sort by pair keeps their order within a pair, and the
        # counts of each pair are the lengths of its list.
        found = np.concatenate(rows)
        order = pa.array(np.argsort(found, kind="stable"))
        offsets = np.concatenate([[0], np.cumsum(np.bincount(found, minlength=len(self)))]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), pa.concat_arrays(texts).take(order))

    @cached_property
    def _packs(self) -> tuple[Signal, Signal]:
        return self._offers.packs.compare(self._left, self._right, self.quantity, self.gtin)

    def _named(self) -> Iterator[tuple[str, Signal, Callable[[Rows], tuple[pa.Array, pa.Array]]]]:
        """What people call each signal, the signal, and what the two sides say in some of the pairs."""
        for label, signal, words in self._named_by_offers():
            yield label, signal, partial(self._of_offers, words)
        yield "wording", self.word, self._exchanged_words

    def _of_offers(self, words: Callable[[Rows], pa.Array], at: Rows) -> tuple[pa.Array, pa.Array]:
        return words(self._left[at]), words(self._right[at])

    def _exchanged_words(self, at: Rows) -> tuple[pa.Array, pa.Array]:
        found = [self._exchanged[each] for each in at.tolist()]
        ours, theirs = [each.ours for each in found], [each.theirs for each in found]
        return pa.array(ours, pa.string()), pa.array(theirs, pa.string())

    def _named_by_offers(self) -> Iterator[tuple[str, Signal, Callable[[Rows], pa.Array]]]:
        yield "gtin", self.gtin, self._offers.gtins.text
        yield "mpn", self.mpn, lambda rows: _texts(self._offers.mpns, rows)
        for size in self._offers.sizes:
            yield size.name, size.agreement(self._left, self._right), size.text
        yield "pack", np.minimum(self.pack, self.multipack), self._offers.packs.text
        for name, values in self._offers.variants.items():
            differs = self.attributes[name] < 0
            if name in self.telling_silence:
                differs = differs | self.telling_silence[name]
            signal = np.where(differs, -1, 0).astype(np.int8)
            yield FAMILIES[name].words if name in FAMILIES else name, signal, _family_texts(values)
        yield (
            "brand",
            np.where(self.brand < self._offers.brand_similarity, -1, 0).astype(np.int8),
            self._offers.brands.text,
        )


def compare_used(
    offers: pa.Table, pairs: NDArray[np.integer], brand_similarity: float = BRAND_SIMILARITY
) -> Comparison:
    """Compare pairs of a large table, encoding only the offers that they use.

    Brand names that stand on the two sides of at least three GTINs count as one brand, whatever they look like.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).
        brand_similarity: Brands less similar than this are a conflict.
    """
    comparer, local = encode_used(offers, pairs, brand_similarity)
    return comparer.learn_brands(local)


def encode_used(
    offers: pa.Table, pairs: NDArray[np.integer], brand_similarity: float = BRAND_SIMILARITY
) -> tuple[Comparer, Rows]:
    """Encode only the offers of a table that some pairs use.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).
        brand_similarity: Brands less similar than this are a conflict.

    Returns:
        The encoded offers, and the pairs as their row numbers, shape (m, 2).
    """
    used, position = np.unique(pairs, return_inverse=True)
    return Comparer(offers.take(pa.array(used)), brand_similarity), position.reshape(-1, 2)


def compare(offers: pa.Table, pairs: NDArray[np.integer]) -> pa.Table:
    """Compare pairs of offers in what text models are blind to.

    Args:
        offers: Table of `schema.OFFERS`, n rows.
        pairs: Row numbers into `offers`, shape (m, 2).

    Returns:
        Table of `COMPARISON`, m rows: the signals of `Comparison`, and `conflicts` as sentences for people.
    """
    comparison = compare_used(offers, pairs)
    return pa.table({name: getattr(comparison, name) for name in COMPARISON.names}, schema=COMPARISON)


def _family_signal(values: ExtractedValues, left: Rows, right: Rows) -> Signal:
    family = FAMILIES.get(values.name)
    if family is None or family.agreement == "shared":
        signal = values.agreement(left, right, rounded=family is not None and family.rounded)
    elif family.distance is not None:
        signal = values.near_agreement(left, right, family.distance, *family.limits)
    elif family.agreement == "mutual":
        signal = values.mutual_agreement(left, right)
    elif family.agreement == "same":
        signal = values.equality(left, right)
    else:
        signal = values.keyed_agreement(left, right)
    if family and family.default is not None:
        signal[values.one_sided(left, right)] = -1
    return signal


def _family_texts(values: ExtractedValues) -> Callable[[Rows], pa.Array]:
    """Values as a person reads them: the meaning of silence where there is one, and no keys."""
    family = FAMILIES.get(values.name)

    def texts(rows: Rows) -> pa.Array:
        words = values.text(rows)
        if family and family.agreement == "keyed":
            words = pc.replace_substring_regex(words, r"[^/=]*#[^/=]*=", "")
            words = pc.replace_substring(words, "=", " ")
        return pc.if_else(pc.equal(words, ""), (family and family.default) or "none", words)

    return texts


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
