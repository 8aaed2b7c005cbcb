"""Part numbers in titles: what its maker calls a product stands in titles of every language.

A part number is known by its form ("LN52A850", "P502-025", "010-10815-00"). What an accessory is made for ("case for
SM-G991") is no part number of its own.
"""

import re
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from sku_align.attributes.identity import squeezed_mpns

# A shorter code is a size or a series ("A4", "PS5") more often than a part number. Chosen by eye.
MIN_CHARACTERS = 4
# Digits alone are a part number where they are many, or in groups that no range of years or volts has.
_DIGITS = re.compile(r"(?<![\w.,/+-])(?:\d{5,}-\d{2,}|\d{2,}-\d{4,}-\d+|\d{6,})(?![\w.,/+-])")
_ROUND = re.compile(r"\d+000")
# "10-disc" and "4-port" count something; "301199U" does not.
_COUNTED = re.compile(r"\d{1,3}[a-z]+")


def part_numbers(offers: pa.Table) -> tuple[list[set[str]], list[set[str]]]:
    """Part numbers of offers, lower case without punctuation.

    Args:
        offers: Table of `schema.OFFERS`, n rows.

    Returns:
        Those in titles, n sets; and those with what stands in the column `mpn`, n sets.
    """
    columns = offers["title"].to_pylist(), offers["variants"].to_pylist()
    titled = [_in_title(title or "", variants or ()) for title, variants in zip(*columns, strict=True)]
    mpns = pc.utf8_lower(squeezed_mpns(offers)).to_pylist()
    return titled, [numbers | {mpn} if mpn else numbers for numbers, mpn in zip(titled, mpns, strict=True)]


def _in_title(title: str, variants: Iterable[dict[str, str]]) -> set[str]:
    """Part numbers in a title: those of digits alone, and those read as models."""
    numbers = {number.replace("-", "") for number in _DIGITS.findall(title) if not _ROUND.fullmatch(number)}
    made_for: set[str] = set()
    for variant in variants:
        code = variant["value"].partition("=")[2]
        if variant["attribute"] == "fits":
            made_for.add(code)
        elif variant["attribute"] == "model" and " " not in code and not _COUNTED.fullmatch(code):
            numbers.add(code)
    # "Pads for Norvik B05S" are made for "norvikb05s".
    own = (number for number in numbers if not any(number in target for target in made_for))
    return {number for number in own if len(number) >= MIN_CHARACTERS}
