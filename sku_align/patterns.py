"""RE2 expressions over columns of text, compiled once.

Arrow's compute functions compile their expression anew for each call. On a large column that is nothing; on the few
offers of one request it is most of the call: a class of all letters takes three milliseconds to compile. RE2's own
module for Python takes as long for each text as Python's `re` for ten. So few texts are left to `re`, with the classes
of characters that RE2 has: the two may know different versions of Unicode, and a service and a run must agree.
"""

import re
from functools import cache, cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import re2
from numpy.typing import NDArray

# Up to so many texts compiled expressions are faster than Arrow. Chosen by eye: a text takes ten microseconds.
FEW = 256
_CLASS = re.compile(r"\\p\{\w+\}")


class Pattern:
    r"""An RE2 expression.

    Args:
        expression: As Arrow's `replace_substring_regex` takes it, of what RE2 and `re` have in common, and of classes
            such as `\p{Han}` within brackets.

    Example:
        >>> Pattern(r"[^\p{L}]+").replace(pa.array(["a1b22", "ü1", None]), "#").to_pylist()
        ['a#b#', 'ü#', None]
        >>> Pattern("^[0-9]").found(pa.array(["1a", "a1", None])).tolist()
        [True, False, False]
    """

    def __init__(self, expression: str) -> None:
        self.expression = expression

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        # "$" is the end of the text in RE2, and may stand before a last line break in `re`.
        return re.compile(_CLASS.sub(lambda named: _members(named[0]), self.expression).replace("$", r"\Z"))

    def replace(self, texts: pa.Array, replacement: str) -> pa.Array:
        r"""Texts with every match replaced; nulls stay.

        Args:
            texts: Column of strings, length n.
            replacement: What stands in place of each match, with `\1` for the group, if there is one.
        """
        if len(texts) > FEW:
            return pc.replace_substring_regex(texts, self.expression, replacement)
        return pa.array([text and self._replaced(text, replacement) for text in texts.to_pylist()], texts.type)

    def _replaced(self, text: str, replacement: str) -> str:
        before, group, after = replacement.partition(r"\1")
        if not group:
            return self._compiled.sub(replacement, text)
        # Every second part is what the group matched; `sub` would fill in the template match by match, in Python.
        parts = self._compiled.split(text)
        parts[1::2] = [f"{before}{matched or ''}{after}" for matched in parts[1::2]]
        return "".join(parts)

    def found(self, texts: pa.Array) -> NDArray[np.bool_]:
        """Whether the expression matches somewhere in each text, shape (n,); False for nulls."""
        if len(texts) > FEW:
            matches = pc.fill_null(pc.match_substring_regex(texts, self.expression), False)
            return np.asarray(matches.to_numpy(zero_copy_only=False), dtype=bool)
        search = self._compiled.search
        return np.array([text is not None and search(text) is not None for text in texts.to_pylist()], dtype=bool)


@cache
def _members(named: str) -> str:
    """The characters of a class such as `\\p{Han}` as RE2 has them, as ranges for brackets of `re`."""
    found = re2.compile(f"{named}+").findall(_characters())
    # Surrogates stand in no text, so a range may run over them.
    return "".join(f"\\U{ord(part[0]):08x}-\\U{ord(part[-1]):08x}" for part in found)


@cache
def _characters() -> str:
    """All characters of the planes that hold letters, marks or numbers."""
    planes = (range(0xD800), range(0xE000, 0x40000), range(0xE0000, 0xF0000))
    return "".join(chr(code) for plane in planes for code in plane)
