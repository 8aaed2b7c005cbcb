"""Options of shop exports that spread an attribute over a column of names and one of values ("Option1 Name")."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

_NAME = re.compile(r"(option\s?\d|attribute \d) (?:name|label)", re.IGNORECASE)


def options(attributes: Mapping[str, Sequence[str | None]], row: int) -> list[tuple[str, str]]:
    """Options of one offer.

    Args:
        attributes: Column -> n cells.
        row: Position of the offer among them.

    Returns:
        (name, value) pairs, such as ("Color", "Red").
    """
    found = []
    for column, names in attributes.items():
        if (held := _values_of(column)) and (name := names[row]):
            value = next((cells[row] for other, cells in attributes.items() if other.strip().lower() in held), None)
            if value:
                found.append((name, value))
    return found


# Asked for every column of every offer, so the few names of columns are looked at once.
@lru_cache(maxsize=1 << 12)
def _values_of(column: str) -> tuple[str, ...]:
    """Names, in lower case, of the column of values that belongs to a column of names; empty for any other column."""
    option = _NAME.fullmatch(column.strip())
    return (f"{option[1].lower()} value", f"{option[1].lower()} value(s)") if option else ()
