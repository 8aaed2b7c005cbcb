"""Dimensions without a unit: "90x200" of a mattress, "160 x 230" of a rug, in any order.

Sizes with units are compared as quantities; shops leave the unit out as often, and no unit means centimetres in most
countries, inches in some, and millimetres in workshops.
"""

import re
from functools import lru_cache

from sku_align.attributes.family import Family
from sku_align.attributes.measures import unit_behind
from sku_align.attributes.text import Text

_SIZE = re.compile(
    r"(?<![\w.,/×*-])(\d{2,4})\s?[x×*]\s?(\d{2,4})(?:\s?[x×*]\s?(\d{2,4}))?(?![\d.,/×*]|x\d|\s?[x×*]\s?\d)"
)
# Screens and prints have dots; of two resolutions one device has both.
_DOTS = re.compile(r"pixel|\d\s?(?:px|dpi|ppi|hz)\b|resol|auflos|risoluz|分辨率|解像度|해상도|画素")
_MAX_BARE = 999
# Centimetres, millimetres, inches: what a number without a unit may count. As shops round a converted one.
_SCALES = (1.0, 10.0, 0.1, 2.54, 1 / 2.54)
_TOLERANCE = 0.02


def _extract(text: Text) -> set[str]:
    """Sizes as "90x200", those with a unit in centimetres as "90x200 cm"; the numbers in their order by size."""
    folded = text.folded
    found: set[str] = set()
    if _DOTS.search(folded):
        return found
    for match in _SIZE.finditer(folded):
        numbers = sorted(int(number) for number in match.groups() if number)
        last = match[3] or match[2]
        unit = unit_behind(folded, match.end() - len(last), match.end(), last, text.language)
        if unit is None:
            letters = folded[match.end() : match.end() + 1].isalpha()
            if not letters and numbers[-1] <= _MAX_BARE:
                found.add("x".join(map(str, numbers)))
        elif unit[0][0] == "length":
            found.add("x".join(f"{number * unit[0][1] / 10:g}" for number in numbers) + " cm")
    return found


@lru_cache(maxsize=4096)
def _apart(one: str, other: str) -> float:
    """0 where all numbers of the shorter size are of the longer one, in some unit; 1 where they are not."""
    ours, theirs = ([float(number) for number in size.removesuffix(" cm").split("x")] for size in (one, other))
    if one.endswith("cm") and other.endswith("cm"):
        # Quantities compare these.
        return 0.0 if _within(ours, theirs) else 0.5
    return 0.0 if any(_within([number * scale for number in ours], theirs) for scale in _SCALES) else 1.0


def _within(ours: list[float], theirs: list[float]) -> bool:
    few, many = sorted((ours, list(theirs)), key=len)
    for number in few:
        near = min(many, key=lambda each: abs(each - number))
        if abs(near - number) > _TOLERANCE * max(near, number):
            return False
        many = [each for at, each in enumerate(many) if at != many.index(near)]
    return True


DIMENSIONS = Family(
    "dimensions",
    "dimensions",
    r"\d\d\s?[x×*]\s?\d\d",
    _extract,
    agreement="near",
    distance=_apart,
    limits=(0.0, 1.0),
)
FAMILIES = (DIMENSIONS,)
