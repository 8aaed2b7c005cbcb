"""Advertising in titles, each language by its own words."""

import pytest

from sku_align.attributes.advertising import advertising, rows
from sku_align.attributes.text import Text


@pytest.mark.parametrize(
    ("title", "language", "said"),
    [
        ("Kettle Ondara 1.7 L bestseller", "en", ["bestseller"]),
        ("Wasserkocher Ondara, versandkostenfrei, auf Lager", "de", ["versandkostenfrei", "auf lager"]),
        ("Wasserkocher Ondara free shipping", "de", []),
        ("【公式】オンダラ 電気ケトル 1.7L 送料無料", "ja", ["公式", "送料無料"]),
        ("온다라 전기포트 1.7L 로켓배송 타임딜", "ko", ["로켓배송", "타임딜"]),
        ("Kettle Ondara 1.7 L", "en", []),
    ],
)
def test_a_title_advertises_in_its_own_language(title: str, language: str, said: list[str]) -> None:
    text = Text.of(title, language)
    assert [text.folded[start:end] for start, end in advertising(text)] == said


def test_every_phrase_stands_in_every_language() -> None:
    for row in rows():
        assert len(row) == 16
        assert all(row.values())
