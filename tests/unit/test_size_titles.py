"""Sizes read from 600 titles in twelve languages: what is read is right, and little is missed.

`data/size_titles.tsv` was written by hand for this test (products are invented). `330ml` and the like are sizes, `p6`
six packages, `c20` twenty pieces, `%13` a strength, `spf50` a factor; `-` says that the title states no size.
"""

import csv
import math
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from sku_align.attributes.quantities import extract_quantities
from sku_align.attributes.units import UNITS

_TITLES = Path(__file__).with_name("data") / "size_titles.tsv"
_SIZE = re.compile(r"(?P<sign>[pc%]|spf)?(?P<value>[\d.]+)(?P<unit>.*)")
_SIGNS = {"p": "pack", "c": "count", "%": "percent", "spf": "spf"}
_UNITS = {"floz": "fl oz", "gal": "gallon", "in": "inch"}


def _expected(cell):
    sizes = []
    for word in cell.replace("-", "").split():
        match = _SIZE.fullmatch(word)
        if match["sign"]:
            sizes.append((_SIGNS[match["sign"]], float(match["value"])))
        else:
            unit = match["unit"]
            dimension, factor = UNITS[_UNITS.get(unit, unit).lower()]
            sizes.append((dimension, float(match["value"]) * factor))
    return sizes


def _same(one, other):
    return one[0] == other[0] and math.isclose(one[1], other[1], rel_tol=0.002)


def _titles():
    with _TITLES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def figures():
    """Language -> (sizes read, of them right, sizes stated, of them found, titles with a fault)."""
    found: dict[str, list[Any]] = defaultdict(lambda: [0, 0, 0, 0, []])
    for row in _titles():
        read, stated = extract_quantities(row["title"], row["language"]), _expected(row["sizes"])
        entry = found[row["language"].partition("-")[0]]
        wrong = [size for size in read if not any(_same(size, other) for other in stated)]
        missed = [size for size in stated if not any(_same(size, other) for other in read)]
        entry[0] += len(read)
        entry[1] += len(read) - len(wrong)
        entry[2] += len(stated)
        entry[3] += len(stated) - len(missed)
        if wrong or missed:
            entry[4].append((row["title"], read, stated))
    return found


def test_there_are_six_hundred_titles_in_twelve_languages():
    rows = _titles()
    assert len({row["title"] for row in rows}) == len(rows) >= 600
    assert len({row["language"].partition("-")[0] for row in rows}) == 12


@pytest.mark.parametrize("language", ["de", "en", "es", "fi", "fr", "it", "ja", "ko", "nl", "pl", "pt", "zh"])
def test_sizes_are_read_right_and_seldom_missed(language):
    read, right, stated, found, faults = figures()[language]
    assert right >= 0.99 * read, faults
    assert found >= 0.92 * stated, faults


if __name__ == "__main__":
    for language, (read, right, stated, found, faults) in sorted(figures().items()):
        precision, recall = f"{right / read:.3f} ({right} of {read})", f"{found / stated:.3f} ({found} of {stated})"
        print(f"{language}: precision {precision}, recall {recall}")
        for title, got, wanted in faults:
            print(f"    {title}: read {got}, stated {wanted}")
