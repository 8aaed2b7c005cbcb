"""How many words are left over of two titles that name one kind of thing."""

import numpy as np
import pyarrow as pa
import pytest

from sku_align.attributes.left_over import left_over
from sku_align.calibration.pair_features import PAIR_FEATURES, pair_features
from tests.unit.titled import offers

PAIR = np.array([[0, 1]])


def both_ways(table: pa.Table, count: float) -> None:
    """As many words are left over of the two offers, whichever comes first."""
    assert left_over(table, PAIR).tolist() == [count]
    assert left_over(table, PAIR[:, ::-1]).tolist() == [count]


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        (("Vetmor papel higiénico 12 rollos", "es"), ("Carta igienica Vetmor 12 rotoli", "it"), 0),
        (("Vetmor papel higiénico 12 rollos", "es"), ("Carta igienica Vetmor Comfort 12 rotoli", "it"), 1),
        (("Vetmor Comfort papel higiénico", "es"), ("Vetmor COMFORT carta igienica", "it"), 0),
        (("Vetmor Comfort papel higiénico", "es"), ("Vetmor Delizia carta igienica setosa", "it"), 2),
        (("Vetmor ナイトクリーム 50ml", "ja"), ("Vetmor 晚霜 50ml", "zh-Hans"), 0),
        (("Vetmor ナイトクリーム 桜色 50ml", "ja"), ("Vetmor night cream 50 ml", "en"), 1),
        (("Vetmor giấy vệ sinh 12 cuộn", "vi"), ("Vetmor toilet paper 12 rolls", "en"), 0),
        (("Vetmor giấy vệ sinh lụa tre 12 cuộn", "vi"), ("Vetmor toilet paper 12 rolls", "en"), 1),
    ],
)
def test_what_neither_kind_nor_brand_nor_number_nor_the_other_title_explains_is_left_over(
    one: tuple[str, str], other: tuple[str, str], count: float
) -> None:
    both_ways(offers(one, other, brand="Vetmor"), count)


def test_titles_of_two_kinds_or_none_have_no_count() -> None:
    table = offers(("Vetmor night cream", "en"), ("Vetmor Tagescreme", "de"), ("Vetmor 300", "en"), brand="Vetmor")
    assert np.isinf(left_over(table, np.array([[0, 1], [0, 2], [2, 2]]))).all()


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [
        (("Vetmor night cream 50 ml", "en"), ("Vetmor Nachtcreme 50 ml", "de"), 1.0),
        (("Vetmor night cream Lavanda 50 ml", "en"), ("Vetmor Nachtcreme 50 ml", "de"), 0.5),
        (("Vetmor night cream 50 ml", "en"), ("Vetmor Nachtcreme 75 ml", "de"), 0.0),
        (("Vetmor night cream 50 ml", "en"), ("Vetmor Nachtcreme Nachfüllpack 50 ml", "de"), 0.0),
        (("Vetmor night cream 50 ml", "en"), ("Vetmor Tagescreme 50 ml", "de"), 0.0),
        (("Vetmor papel higiénico blanco", "es"), ("Vetmor carta igienica bianca", "it"), 1.0),
    ],
)
def test_the_calibration_hears_that_nothing_is_left_only_where_nothing_differs(
    one: tuple[str, str], other: tuple[str, str], value: float
) -> None:
    """A size, an extra on one side or another kind is a difference; a colour that both name is none."""
    column = PAIR_FEATURES.index("nothing_left_over")
    assert pair_features(offers(one, other, brand="Vetmor"), PAIR)[:, column].tolist() == [value]


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        (("Passata di pomodoro 700 g", "it"), ("Passierte Tomaten 700 g Flasche", "de"), 0),
        (("Passata di pomodoro 700 g", "it"), ("Passierte Tomaten 700 g versandkostenfrei", "de"), 0),
        (("Passata di pomodoro 700 g", "it"), ("Passierte Tomaten 700 g gratis verzending", "de"), 2),
        (("ベトモル ナイトクリーム 50ml", "ja"), ("Vetomor night cream 50 ml", "en"), 0),
        (("베트모르 나이트 크림 50ml", "ko"), ("Betmore night cream 50 ml", "en"), 0),
        (("ベトモル ナイトクリーム 50ml", "ja"), ("Salinda night cream 50 ml", "en"), 1),
        (("サリナ ナイトクリーム 50ml", "ja"), ("Marisa night cream 50 ml", "en"), 1),
    ],
)
def test_packaging_advertising_and_a_name_in_two_scripts_are_not_left_over(
    one: tuple[str, str], other: tuple[str, str], count: float
) -> None:
    both_ways(offers(one, other), count)
