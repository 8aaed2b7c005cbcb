"""Every family of variant attributes beside sizes and packs, in one registry.

Extraction, comparison, guards, explanations, documentation and training read `FAMILIES`; a new family is one file here
and one line below.
"""

from collections.abc import Mapping

from sku_align.attributes.families import (
    colour,
    condition,
    connectors,
    contents,
    contrasts,
    dial,
    dimensions,
    edition,
    flavour,
    form,
    kind,
    making,
    market,
    material,
    memory,
    model,
    nominal,
    numbering,
    parts,
    pieces,
    role,
    side,
    size,
    strength,
    target,
)
from sku_align.attributes.family import Family

_MODULES = (
    condition, role, parts, contents, side, form, target, edition, model, size, strength, pieces, nominal, numbering,
    colour, dial, material, flavour, making, connectors, contrasts, dimensions, market, memory, kind,
)  # fmt: skip
FAMILIES: Mapping[str, Family] = {family.name: family for module in _MODULES for family in module.FAMILIES}
"""Name -> family, in the order in which people read them."""
