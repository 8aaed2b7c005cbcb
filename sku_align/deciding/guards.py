"""Guards: what may not differ between two offers that become one SKU, whatever the scorer says."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align import schema
from sku_align.attributes import Comparison
from sku_align.attributes.compare import Comparer, encode_used
from sku_align.attributes.families import FAMILIES
from sku_align.attributes.identity import identified
from sku_align.config import GUARDS, DecidingSettings, GuardAction, GuardName
from sku_align.errors import UserError
from sku_align.pairs import pair_rows

Mask = NDArray[np.bool_]

# Pairs compared at one time; 2**21 pairs of row numbers and signals are about 100 MB.
_CHUNK = 1 << 21
_TEXTS = pa.list_(pa.string())

_FIRES: Mapping[GuardName, Callable[[Comparison, DecidingSettings], Mask]] = {
    "quantity": lambda pairs, settings: pairs.quantity < 0,
    "pack": lambda pairs, settings: pairs.pack < 0,
    "multipack": lambda pairs, settings: pairs.multipack < 0,
    "word": lambda pairs, settings: pairs.word < 0,
    "gtin": lambda pairs, settings: pairs.gtin < 0,
    "brand": lambda pairs, settings: pairs.brand < settings.brand_similarity,
    "price": lambda pairs, settings: pairs.price_apart > settings.price_ratio,
}


def first_guard(pairs: Comparison, settings: DecidingSettings, action: GuardAction) -> NDArray[np.int8]:
    """The first guard that fires in each pair, of those with one action.

    Args:
        pairs: m compared pairs.
        settings: The `deciding` section, which says what each guard does.
        action: `forbid` or `review`.

    Returns:
        Position of the guard in `GUARDS`, shape (m,); -1 where none fires.
    """
    first = np.full(len(pairs), -1, dtype=np.int8)
    for number, name in enumerate(GUARDS):
        if name == "variant":
            first[_variants_differ(pairs, settings, action) & (first < 0)] = number
        elif settings.guard(name) == action:
            first[_FIRES[name](pairs, settings) & (first < 0)] = number
    return first


def _variants_differ(pairs: Comparison, settings: DecidingSettings, action: GuardAction) -> Mask:
    """Where a family that does `action` conflicts, or only one side states it and that is evidence.

    Raises:
        UserError: The settings name a family that there is not.
    """
    for section in ("attributes", "silence"):
        for name in getattr(settings, section):
            if name not in FAMILIES:
                raise UserError(
                    f"The setting deciding.{section} names {name}, which is not a family of attributes; "
                    f"the families are {', '.join(FAMILIES)}."
                )
    fires = np.zeros(len(pairs), dtype=bool)
    usual = settings.guard("variant")
    for name, signal in pairs.attributes.items():
        family = FAMILIES.get(name)
        # With the guard off only what the settings name by itself fires.
        own = family.conflict if family and usual != "off" else None
        if settings.attributes.get(name, own or usual) == action:
            fires |= signal < 0
        alone = family.silence if family and usual != "off" else None
        if name in pairs.telling_silence and settings.silence.get(name, alone or usual) == action:
            fires |= pairs.telling_silence[name]
    return fires


def unforbidden(offers: pa.Table, candidates: pa.Table, settings: DecidingSettings) -> pa.Table:
    """The candidates that no guard forbids; see `split_forbidden`."""
    return split_forbidden(offers, candidates, settings)[0]


def split_forbidden(
    offers: pa.Table, candidates: pa.Table, settings: DecidingSettings, explain: bool = False
) -> tuple[pa.Table, pa.Table]:
    """Set aside the candidates that a guard forbids: no score could merge them, so that none of them is scored.

    A pair that an identifier calls one product stays among the candidates, because a person decides it.

    Args:
        offers: Table of `schema.OFFERS`.
        candidates: Table of `schema.CANDIDATES`, m rows.
        settings: The `deciding` section, which says what each guard does.
        explain: Fill in what conflicts.

    Returns:
        The rows of `candidates` that are left, in their order, and the others as a table of `schema.FORBIDDEN`.
    """
    left, aside = [candidates.slice(0, 0)], [schema.FORBIDDEN.empty_table()]
    whole: Comparer | None = None
    for start in range(0, len(candidates), _CHUNK):
        chunk = candidates.slice(start, _CHUNK)
        pairs = pair_rows(offers, chunk)
        if 2 * len(pairs) < len(offers):
            comparer, rows = encode_used(offers, pairs, settings.brand_similarity)
        else:
            comparer, rows = (whole := whole or Comparer(offers, settings.brand_similarity)), pairs
        first = first_guard(comparer.compare(rows), settings, "forbid")
        out = (first >= 0) & ~identified(offers, pairs)
        left.append(chunk.filter(pa.array(~out)))
        keys = {name: chunk[name].filter(pa.array(out)) for name in schema.PAIR_NAMES}
        reason = pa.DictionaryArray.from_arrays(first[out].astype(np.int32), [f"guard:{n}" for n in GUARDS])
        conflicts = comparer.compare(rows[out]).conflicts if explain else pa.array([[]] * int(out.sum()), _TEXTS)
        columns = keys | {"reason": reason, "detail": pc.binary_join(conflicts, "; ")}
        aside.append(schema.conform(columns, schema.FORBIDDEN))
    return pa.concat_tables(left), pa.concat_tables(aside)
