"""Every row of the table of unit words holds in its example, and the word keeps its meaning elsewhere."""

import pytest

from sku_align.attributes.quantities import extract_quantities
from sku_align.attributes.readings import READINGS, Reading
from sku_align.attributes.units import UNITS


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: f"{reading.words}: {reading.example}")
def test_a_word_means_what_its_row_says_in_the_example(reading: Reading) -> None:
    assert extract_quantities(reading.example, reading.language) == list(reading.sizes)


def test_every_row_is_about_known_words() -> None:
    for reading in READINGS:
        assert set(reading.words.split()) <= set(UNITS), reading


@pytest.mark.parametrize(
    ("title", "language", "sizes"),
    [
        ("Kabel 3 m", "de", [("length", 3000.0)]),
        ("Netzteil 12V 60W", "de", [("power", 60.0), ("voltage", 12.0)]),
        ("Frame 8 x 10 in", "en", [("length", 203.2), ("length", 254.0)]),
        ("Monitor 27 cali", "pl", [("length", 685.8)]),
        ("花生油 5升", "zh-Hans", [("volume", 5000.0)]),
        ("苹果 3斤", "zh-Hans", [("mass", 1500.0)]),
        ("Disque 256 Go", "fr", [("data", 262144.0)]),
        ("Protein powder 900 g", "en", [("mass", 900.0)]),
        ("Cooker hood 60 cm", "en", [("length", 600.0)]),
        ('Speakers 6" x 9"', "en", [("length", 152.4), ("length", 228.6)]),
        ('Mount 32" to 60"', "en", [("length", 812.8), ("length", 1524.0)]),
    ],
)
def test_elsewhere_the_word_is_its_unit(title: str, language: str, sizes: list[tuple[str, float]]) -> None:
    assert extract_quantities(title, language) == sizes
