"""Channel `identifier`: offers with the same GTIN, or the same MPN where the brands do not contradict."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.attributes.brands import Brands
from sku_align.attributes.gtins import Gtins
from sku_align.blocking.hits import Hits
from sku_align.blocking.report import Hub
from sku_align.patterns import Pattern

# Offers of one part number whose brands are less similar than this are not paired: short numbers recur across brands.
# Chosen by eye.
OTHER_BRAND = 0.5
# Shorter part numbers recur in every shop. Chosen by eye.
_MIN_MPN = 4
_PUNCTUATION = Pattern(r"[^\p{L}\p{N}]")
_NO_GTIN = "0" * 14

Rows = NDArray[np.int64]


class Keys(NamedTuple):
    """The identifiers of one kind on n offers, each once per offer.

    Attributes:
        row: Row of the offer, shape (k,); sorted by `code`, then by row.
        code: Position of the identifier in `names`, shape (k,).
        names: The identifiers, ascending, as strings.
    """

    row: Rows
    code: Rows
    names: pa.Array

    @classmethod
    def of(cls, rows: Rows, texts: pa.Array) -> "Keys":
        """From rows and their identifiers in any order, repeats included."""
        encoded = pc.dictionary_encode(texts)
        order = pc.sort_indices(encoded.dictionary).to_numpy()
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        code = place[encoded.indices.to_numpy(zero_copy_only=False)]
        sort = np.lexsort((rows, code))
        rows, code = rows[sort], code[sort]
        fresh = (np.diff(rows, prepend=-1) != 0) | (np.diff(code, prepend=-1) != 0)
        return cls(rows[fresh], code[fresh], encoded.dictionary.take(pa.array(order)))

    @property
    def texts(self) -> list[str]:
        """The identifier of each entry, length k."""
        found: list[str] = self.names.take(pa.array(self.code)).to_pylist()
        return found

    @property
    def offers(self) -> Rows:
        """How many offers have each identifier, shape (names,)."""
        return np.bincount(self.code, minlength=len(self.names))

    def hubs(self, limit: int) -> list[tuple[str, int]]:
        """Identifiers on more offers than the limit, and on how many; the largest first."""
        counts = self.offers
        at = np.flatnonzero(counts > limit)
        names = self.names.take(pa.array(at)).to_pylist()
        return sorted(zip(names, counts[at].tolist(), strict=True), key=lambda hub: (-hub[1], hub[0]))

    def pairs(self, limit: int, without: Collection[str] = ()) -> tuple[Rows, Rows, Rows]:
        """Pairs of offers that share an identifier: smaller row, larger row and code, sorted by these three.

        Args:
            limit: An identifier on more offers gives no pair.
            without: Identifiers that give no pair either.
        """
        crowded = self.offers > limit
        if without:
            crowded |= pc.is_in(self.names, pa.array(list(without), pa.string())).to_numpy(zero_copy_only=False)
        row, code = self.row[~crowded[self.code]], self.code[~crowded[self.code]]
        most = int(np.bincount(code).max(initial=0))
        # Offers of one identifier stand side by side, so that a shift by 1, 2, ... pairs each with all behind it.
        starts = [np.flatnonzero(code[step:] == code[:-step]) for step in range(1, most)]
        first = np.concatenate([np.zeros(0, dtype=np.int64), *starts])
        second = np.concatenate([np.zeros(0, dtype=np.int64), *(at + step for step, at in enumerate(starts, 1))])
        order = np.lexsort((code[first], row[second], row[first]))
        return row[first][order], row[second][order], code[first][order]


def _gtins(offers: pa.Table) -> Keys:
    gtins = Gtins.of(offers)
    texts = gtins.values.take(pa.array(gtins.codes))
    named = pc.not_equal(texts, _NO_GTIN).to_numpy(zero_copy_only=False)
    return Keys.of(gtins.rows[named], texts.filter(pa.array(named)))


def _mpns(offers: pa.Table) -> Keys:
    encoded = pc.dictionary_encode(offers["mpn"].combine_chunks())
    squeezed = _PUNCTUATION.replace(encoded.dictionary, "")
    texts = pc.utf8_upper(squeezed).take(encoded.indices)
    long_enough = pc.fill_null(pc.greater_equal(pc.utf8_length(squeezed), _MIN_MPN).take(encoded.indices), False)
    return Keys.of(np.flatnonzero(long_enough.to_numpy(zero_copy_only=False)), texts.filter(long_enough))


KEYS: Mapping[str, Callable[[pa.Table], Keys]] = {"gtin": _gtins, "mpn": _mpns}


def identifier(
    offers: pa.Table, limit: int, known: Mapping[str, Collection[str]] | None = None
) -> tuple[Hits, list[Hub]]:
    """Pairs that share an identifier, and the identifiers on too many offers.

    Args:
        offers: Offers sorted by key, length n.
        limit: A key on more offers than this gives no pair.
        known: Keys that are on too many offers of a larger collection, by the name of the identifier.

    Returns:
        Hits of rank 1 from the smaller row to the larger, each pair once per identifier; and the hubs, largest first.
    """
    keys = {name: keys_of(offers) for name, keys_of in KEYS.items()}
    hubs = [Hub(name, *hub) for name, found in keys.items() for hub in found.hubs(limit)]
    left, right, gtin = keys["gtin"].pairs(limit, (known or {}).get("gtin", ()))
    # Each pair once, whatever number of GTINs it shares.
    once = (np.diff(left, prepend=-1) != 0) | (np.diff(right, prepend=-1) != 0)
    by_gtin = left[once], right[once]
    left, right, _ = keys["mpn"].pairs(limit, (known or {}).get("mpn", ()))
    one_brand = _one_brand(offers, left, right, by_gtin, gtin[once])
    return Hits.join([_hits(*by_gtin), _hits(left[one_brand], right[one_brand])]), hubs


def _hits(left: Rows, right: Rows) -> Hits:
    return Hits(left.astype(np.int32), right.astype(np.int32), np.ones(len(left), dtype=np.int32))


def _one_brand(offers: pa.Table, left: Rows, right: Rows, sure: tuple[Rows, Rows], gtin: Rows) -> NDArray[np.bool_]:
    """Whether the brands of pairs do not contradict, shape (m,).

    Args:
        offers: Offers sorted by key.
        left: Smaller rows of the pairs, shape (m,).
        right: Larger rows.
        sure: Pairs of one GTIN: brand names that stand on both sides of several GTINs are one brand.
        gtin: Number of the GTIN of each of those.
    """
    if not len(left):
        return np.zeros(0, dtype=bool)
    brands = Brands(offers["brand"])
    brands.learn(*sure, gtin)
    return np.asarray(~(brands.similarity(left, right) < OTHER_BRAND))
