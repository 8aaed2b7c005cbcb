"""What one family of variant attributes is: how it is read, compared, guarded and told to people."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from sku_align.attributes.lexicon import Lexicon, Table
from sku_align.attributes.text import Text
from sku_align.config import GuardAction

Agreement = Literal["shared", "mutual", "same", "keyed", "near"]
"""How two sets of values compare: `shared` agrees if one value is shared and conflicts if none is; `mutual` conflicts
where each side has a value that the other lacks; `same` conflicts unless the sets are equal; `keyed` holds values
"key=value" and conflicts where one key has other values on the two sides; `near` is `shared` with `Family.distance`
instead of equality."""


@dataclass(frozen=True)
class Family:
    """One family of variant attributes.

    Attributes:
        name: The attribute's name in the `variants` column, such as "condition".
        words: What people call it.
        hint: Pattern (RE2) over the folded text; "" for none. `extract` runs only where it matches or a word of
            `lexicons` stands.
        extract: Reads values from such a text.
        agreement: How two offers compare.
        lexicons: Words that call for a reading, beside the hint.
        columns: Names of columns that hold it, folded, as feeds call them.
        default: What silence means, where it means something ("new"); a value then conflicts with silence.
        one_sided: Whether it is evidence of another product that only one of two offers states it: `always`, `never`,
            `same model`, where both name one device and only one names a part of it as well, or `its model`, where what
            one is made for is the model of the other.
        unless: Pattern over the folded title of the silent offer; where it matches, silence is not evidence.
        excused_by: Name of a family that excuses silence as well, by values "value=included" of the silent offer.
        distance: Distance of two values, for `near`.
        limits: Distance up to which two values agree, and from which they conflict.
        rounded: Whether values are numbers that shops round, such as a storage of 1000 and 1024.
        conflict: What a conflict does to a pair that would merge by itself; None leaves it to the guard `variant`.
        silence: What a value on one side only does, where it is evidence; None leaves it to the guard `variant`.
    """

    name: str
    words: str
    hint: str
    extract: Callable[[Text], Iterable[str]]
    agreement: Agreement = "shared"
    lexicons: tuple[Lexicon, ...] = ()
    columns: tuple[str, ...] = ()
    default: str | None = None
    one_sided: Literal["always", "same model", "its model", "never"] = "never"
    unless: str = ""
    excused_by: str = ""
    distance: Callable[[str, str], float] | None = None
    limits: tuple[float, float] = (0.0, 1.0)
    rounded: bool = False
    conflict: GuardAction | None = None
    silence: GuardAction | None = None


def lexical(name: str, words: str, table: Table, columns: str = "", **more: object) -> Family:
    """A family whose values are the meanings of the words of a table.

    Args:
        name: The attribute's name.
        words: What people call it.
        table: Value -> language -> words, as `Lexicon` reads them.
        columns: Names of columns that hold it, apart by spaces, `_` for a space.
        **more: Further fields of `Family`.
    """
    lexicon = Lexicon(table)
    return Family(name, words, "", lexicon.values, lexicons=(lexicon,), columns=named(columns), **more)  # type: ignore[arg-type]


def named(columns: str) -> tuple[str, ...]:
    """Names of columns apart by spaces, `_` for a space."""
    return tuple(column.replace("_", " ") for column in columns.split())


def with_bare(sure: Lexicon, bare: Lexicon, about: re.Pattern[str], text: Text) -> set[str]:
    """What the words of `sure` mean, and those of `bare` where the folded title is about such things."""
    found, more = sure.values(text), bare.values(text)
    return found | more if more and about.search(text.folded) else found
