"""What two offers state of their variants, said to a person in plain words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sku_align.attributes.families import FAMILIES
from sku_align.attributes.family import Family

Variants = Iterable[Mapping[str, Any]]


def printed(value: str) -> str:
    """A value as people write it: "rx4070" for "rx#=rx4070", "percent 3.5" for "percent=3.5"."""
    key, equals, rest = value.partition("=")
    return rest if "#" in key else f"{key} {rest}" if equals else value


def tell(left: Variants, right: Variants) -> list[str]:
    """Say family by family what two offers state, where it tells something.

    Args:
        left: The `variants` of one offer.
        right: Those of the other.

    Returns:
        Clauses such as "same colour black" and "role differs (left: refill, right: the thing itself)", in the order of
        the families. What only one side states is left out, unless that is evidence of another product.
    """
    ours, theirs = _by_family(left), _by_family(right)
    same_model = bool(set(ours.get("model", ())) & set(theirs.get("model", ())))
    names = [*FAMILIES, *sorted((ours.keys() | theirs.keys()) - FAMILIES.keys())]
    return [clause for name in names for clause in _clause(name, ours.get(name, []), theirs.get(name, []), same_model)]


def _by_family(variants: Variants) -> dict[str, list[str]]:
    stated: dict[str, list[str]] = {}
    for entry in variants:
        stated.setdefault(str(entry["attribute"]), []).append(str(entry["value"]))
    return {name: sorted(values) for name, values in stated.items()}


def _clause(name: str, ours: Sequence[str], theirs: Sequence[str], same_model: bool) -> Iterator[str]:
    family = FAMILIES.get(name)
    words = family.words if family else name
    if ours and theirs:
        if _alike(family, ours, theirs):
            yield f"same {words} {_list(ours)}"
        else:
            yield f"{words} differs (left: {_list(ours)}, right: {_list(theirs)})"
    elif (ours or theirs) and family and _silence_tells(family, same_model):
        silence = family.default or "not named"
        yield f"{words} differs (left: {_list(ours) or silence}, right: {_list(theirs) or silence})"


def _alike(family: Family | None, ours: Sequence[str], theirs: Sequence[str]) -> bool:
    if family and family.distance is not None:
        distance, (_, far) = family.distance, family.limits
        return all(min(distance(one, other) for other in theirs) < far for one in ours)
    if family is None or family.agreement == "same":
        return set(ours) == set(theirs)
    return bool(set(ours) & set(theirs))


def _silence_tells(family: Family, same_model: bool) -> bool:
    return family.one_sided == "always" or (family.one_sided == "same model" and same_model)


def _list(values: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(printed(value).partition("+")[0] for value in values))
