"""What a title says that the thing is free of: "powder free gloves", "ohne Silikon", "不含酒精"."""

import re
from collections.abc import Iterable

from sku_align.attributes.families.beside import alternation
from sku_align.attributes.lexicon import Found, Lexicon
from sku_align.attributes.text import Text

_BEFORE = re.compile(
    rf"(?:(?<![\w-])(?:{alternation(__file__, 'before')})\s(?:added\s|de\s|d')?"
    rf"|(?:{alternation(__file__, 'unspaced_before')})\s?)\Z"
)
_BEHIND = re.compile(
    rf"[ -]?(?:{alternation(__file__, 'behind')})(?![\w-])|\s?(?:{alternation(__file__, 'unspaced_behind')})"
)
# With what a compound ends that is such a word itself.
_FREE = ("frei", "freie", "freier", "freies", "vrij", "vrije", "fri", "fritt", "loze")
# The longest word before, with a space and an article.
_FAR = 24


def not_denied(text: Text, found: Iterable[Found]) -> list[Found]:
    """The words that the title does not say to be absent, nor are such a word themselves ("silikonfrei")."""
    return [word for word in found if not _is_denied(text.folded, word.start, word.end)]


def stated(lexicon: Lexicon, text: Text) -> set[str]:
    """What the words of a lexicon mean that a title does not deny."""
    return {word.value for word in not_denied(text, lexicon.find(text))}


def _is_denied(folded: str, start: int, end: int) -> bool:
    return (
        _BEHIND.match(folded, end) is not None
        or _BEFORE.search(folded, max(0, start - _FAR), start) is not None
        or folded.endswith(_FREE, start, end)
    )
