"""Where the titles of two offers differ, word by word, to be marked."""

import re

from sku_align.report.section import Cell
from sku_align.romanise import romanise

_WORD = re.compile(r"[^\W_]+(?:[.,'’-][^\W_]+)*")


def mark_differences(left: str, right: str) -> tuple[Cell, Cell]:
    """Both titles as cells whose words that the other lacks are marked.

    Titles that share few words (two languages, two scripts) differ everywhere; there only numbers are marked.

    Args:
        left: One title.
        right: The other.
    """
    sides = [[(match.span(), romanise(match[0])) for match in _WORD.finditer(text)] for text in (left, right)]
    words = [{word for _, word in side} for side in sides]
    # Across languages nearly every word differs and a unit is another word: there only numbers can be compared.
    common = sum(not _number(word) for word in words[0] & words[1])
    telling = 2 * common >= min(len(words[0]), len(words[1]))
    known = words if telling else [{_number(word) for word in side} for side in words]
    cells = []
    for text, side, other in zip((left, right), sides, known[::-1], strict=True):
        words_at = [(span, word if telling else _number(word)) for span, word in side]
        cells.append(Cell(text, marked=tuple(span for span, word in words_at if word and word not in other)))
    return cells[0], cells[1]


def _number(word: str) -> str:
    """The digits of a word; empty where it has none."""
    return "".join(letter for letter in word if letter.isdigit())
