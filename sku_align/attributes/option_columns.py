"""Options of shop exports that spread an attribute over a column of names and one of values ("Option1 Name")."""

import re
from collections.abc import Mapping, Sequence

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
        if (option := _NAME.fullmatch(column.strip())) and (name := names[row]):
            held = (f"{option[1].lower()} value", f"{option[1].lower()} value(s)")
            value = next((cells[row] for other, cells in attributes.items() if other.strip().lower() in held), None)
            if value:
                found.append((name, value))
    return found
