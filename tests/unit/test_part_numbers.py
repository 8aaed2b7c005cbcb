"""Part numbers that two offers share."""

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.attributes.extract import extract_attributes
from sku_align.calibration.part_numbers import part_numbers_agree


def offers(*rows: tuple[str, ...]) -> pa.Table:
    """A catalog, a title and, where there is one, the cell of the column of part numbers."""
    titles = [row[1] for row in rows]
    read = extract_attributes({}, range(len(rows)), titles, ["en"] * len(rows))
    table = [
        {"catalog": row[0], "offer_id": str(at), "title": row[1], "mpn": (*row, None)[2]}
        | {key: read[key][at] for key in read}
        for at, row in enumerate(rows)
    ]
    return schema.conform(pa.Table.from_pylist(table), schema.OFFERS)


def agree(*rows: tuple[str, ...]) -> float:
    """Of the first two of these offers."""
    return float(part_numbers_agree(offers(*rows), np.array([[0, 1]]))[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Borvik mixer BVX-4420K", "Mixer Borvik BVX4420K silver"),
        ("Case for cameras - LCS/TH9-CB", "Kameratasche LCSTH9CB"),
        ("Steering wheel 963293-0403", "Volant 9632930403"),
        ("Cable 010-10723-01", "Kabel USB 0101072301"),
        ("Disk 3011998U 1 TB", "Disque dur 3011998U"),
    ],
)
def test_one_part_number_in_two_spellings_agrees(one, other):
    assert agree(("a", one), ("b", other)) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Screen 27 inch 1080p 120 Hz", "Monitor 27 Zoll 1080p 120 Hz"),
        ("Changer for 10-disc sets", "10-disc carousel"),
        ("Trousers 2019-2023", "Hose 2019-2023"),
        ("Bulb 100-240V 50000 hours", "Lampe 100-240V 50000 Stunden"),
        ("Card 512GB USB3", "Karte 512GB USB3"),
        ("Paper A4 500 sheets", "Papier A4 500 Blatt"),
        ("Drill BVX4420K", "Drill BVX4420J"),
        ("Bolts M6x30 steel", "Schrauben M6x30 Messing"),
        ("Spot GU10 dimmable", "Strahler GU10"),
    ],
)
def test_measures_counts_and_years_are_no_part_numbers(one, other):
    assert agree(("a", one), ("b", other)) == 0.0


def test_what_an_accessory_is_made_for_is_no_number_of_its_own():
    assert agree(("a", "Red case for Zento ZN-G9910"), ("b", "Charger for Zento ZNG9910")) == 0.0
    assert agree(("a", "Sintered pads for Norvik B055S"), ("b", "Beläge organisch für Norvik B055S")) == 0.0


def test_a_shorter_number_says_less_and_one_that_more_offers_state_too():
    assert agree(("a", "Radio BV92"), ("b", "BV92 radio")) == pytest.approx(1 / 3)
    shared = ("a", "Radio BVX4420K"), ("b", "BVX4420K radio"), ("b", "BVX4420K remote"), ("b", "Leg of BVX4420K")
    assert agree(*shared) == pytest.approx(1 / 3)


def test_a_column_is_compared_with_a_title_and_not_with_a_column():
    assert agree(("a", "Radio", "BVX-4420K"), ("b", "Radio BVX4420K")) == 1.0
    assert agree(("a", "Radio BVX4420K"), ("b", "Radio", "bvx 4420 k")) == 1.0
    assert agree(("a", "Radio", "BVX-4420K"), ("b", "Radio", "BVX4420K")) == 0.0


def test_offers_without_titles_and_no_pairs_are_nothing():
    assert part_numbers_agree(offers(("a", ""), ("b", "Radio")), np.array([[0, 1]])).tolist() == [0.0]
    assert part_numbers_agree(offers(("a", "Radio")), np.zeros((0, 2), dtype=np.int64)).tolist() == []
