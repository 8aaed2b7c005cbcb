"""Variant attributes of two offers side by side, as far as they help a person decide."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sku_align.attributes.families import FAMILIES
from sku_align.attributes.families.contents import is_made_for
from sku_align.attributes.family import Family

Variants = Iterable[Mapping[str, Any]]
_ORDER = {name: at for at, name in enumerate(FAMILIES)}


class VariantDifference(NamedTuple):
    """The values of one family on two offers: `left` and `right` as people write it, empty where a side is silent."""

    name: str
    alike: bool
    left: tuple[str, ...]
    right: tuple[str, ...]


def printed(value: str) -> str:
    """A value as people write it: "rx4070" for "rx#=rx4070", "percent 3.5" for "percent=3.5"."""
    key, equals, rest = value.partition("=")
    return rest if "#" in key else f"{key} {rest}" if equals else value


def variant_differences(left: Variants, right: Variants) -> list[VariantDifference]:
    """Compare the variant attributes of two offers family by family.

    Args:
        left: The `variants` of one offer.
        right: Those of the other.

    Returns:
        What both state, alike or not, in the order of the families. What only one side states is left out, unless that
        is evidence of another product.
    """
    ours, theirs = _by_family(left), _by_family(right)
    models, targets = ([own.get(family, ()) for own in (ours, theirs)] for family in ("model", "fits"))
    when = {
        "always": True,
        "same model": not set(models[0]).isdisjoint(models[1]),
        "its model": is_made_for(targets[0], models[1]) or is_made_for(targets[1], models[0]),
    }
    names = sorted(ours.keys() | theirs.keys(), key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    found = (_difference(name, ours.get(name, []), theirs.get(name, []), when) for name in names)
    return [each for each in found if each]


def _by_family(variants: Variants) -> dict[str, list[str]]:
    by_family: dict[str, list[str]] = {}
    for entry in variants:
        by_family.setdefault(str(entry["attribute"]), []).append(str(entry["value"]))
    return {name: sorted(values) for name, values in by_family.items()}


def _difference(
    name: str, ours: Sequence[str], theirs: Sequence[str], when: Mapping[str, bool]
) -> VariantDifference | None:
    family = FAMILIES.get(name)
    if ours and theirs:
        return VariantDifference(name, _alike(family, ours, theirs), _list(ours), _list(theirs))
    if family and when.get(family.one_sided):
        return VariantDifference(name, False, _list(ours), _list(theirs))
    return None


def _alike(family: Family | None, ours: Sequence[str], theirs: Sequence[str]) -> bool:
    if family and family.distance is not None:
        distance, (_, far) = family.distance, family.limits
        return all(min(distance(one, other) for other in theirs) < far for one in ours)
    if family is None or family.agreement == "same":
        return set(ours) == set(theirs)
    return bool(set(ours) & set(theirs))


def _list(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(printed(value).partition("+")[0] for value in values))
