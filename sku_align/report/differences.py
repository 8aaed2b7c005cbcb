"""Where the titles of two offers differ, word by word, to be marked."""

import re

from sku_align.report.section import Cell
from sku_align.romanise import romanise

_WORD = re.compile(r"[^\W_]+(?:[.,'’-][^\W_]+)*")


def mark_differences(left: str, right: str) -> tuple[Cell, Cell]:
    """Both titles as cells whose words that the other lacks are marked.

    Titles that share no word (two languages, two scripts) differ everywhere; there only numbers are marked.

    Args:
        left: One title.
        right: The other.
    """
    sides = [[(match.span(), romanise(match[0])) for match in _WORD.finditer(text)] for text in (left, right)]
    words = [{word for _, word in side} for side in sides]
    shared = words[0] & words[1]
    telling = any(not any(letter.isdigit() for letter in word) for word in shared)
    cells = []
    for text, side, other in zip((left, right), sides, words[::-1], strict=True):
        spans = [
            span for span, word in side if word not in other and (telling or any(letter.isdigit() for letter in word))
        ]
        cells.append(Cell(text, marked=tuple(spans)))
    return cells[0], cells[1]
