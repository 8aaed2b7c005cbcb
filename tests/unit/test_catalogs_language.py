import random
from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.blocking.block import block
from sku_align.catalogs.identifying import identifier, labels, likelihoods
from sku_align.catalogs.language import LanguageSurvey, chinese_script
from sku_align.config import BlockingSettings, EmbeddingSettings
from sku_align.embedding.embed import embed, load_embedder
from sku_align.pairs import sure_languages


def detect_languages(texts: Sequence[str]) -> list[str]:
    """The language of every text of one feed."""
    survey = LanguageSurvey()
    survey.add(texts)
    return [guess.tag for guess in survey.prior().detect(texts)]


TITLES = {
    "en": [
        "Electric kettle with temperature control",
        "Wireless earbuds with noise cancelling",
        "Cordless vacuum cleaner",
    ],
    "de": [
        "Wasserkocher mit Temperaturwahl",
        "Kabellose Kopfhörer mit Geräuschunterdrückung",
        "Akku-Staubsauger beutellos",
    ],
    "fr": [
        "Bouilloire électrique en acier brossé",
        "Écouteurs sans fil à réduction de bruit",
        "Aspirateur balai sans fil",
    ],
    "es": ["Hervidor eléctrico de acero inoxidable", "Auriculares inalámbricos con cancelación de ruido"],
    "ja": ["電気ケトル 1.7L", "ワイヤレスイヤホン ノイズキャンセリング"],
    "ko": ["무선 블루투스 이어폰", "전기 주전자 1.7리터"],
    "zh-Hans": ["无线蓝牙降噪耳机", "电热水壶 不锈钢 1.7升"],
    "zh-Hant": ["無線藍牙降噪耳機", "電熱水壺 不鏽鋼 1.7公升"],
}


@pytest.mark.parametrize("language", sorted(TITLES))
def test_a_feed_of_one_language_is_recognised(language):
    assert detect_languages(TITLES[language]) == [language] * len(TITLES[language])


def test_a_mixed_feed_is_told_apart_whatever_the_order():
    rows = [(title, language) for language, titles in TITLES.items() for title in titles]
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        assert detect_languages([title for title, _ in rows]) == [language for _, language in rows]


def test_a_name_without_words_follows_the_rest_of_its_feed():
    assert detect_languages([*TITLES["de"] * 5, "Velora V8"])[-1] == "de"


def test_a_brand_in_chinese_characters_does_not_make_an_english_title_chinese():
    titles = [*TITLES["en"], "Velora 维洛拉 electric kettle with temperature control, stainless steel, cordless"]
    assert detect_languages(titles)[-1] == "en"


def test_kanji_without_kana_are_japanese_in_a_japanese_feed():
    assert detect_languages([*TITLES["ja"], "圧力鍋 蔵高"])[-1] == "ja"


def test_chinese_without_a_script_takes_the_script_of_its_characters_or_of_the_feed():
    assert chinese_script(["电水壶", "電水壺"]) == ["zh-Hans", "zh-Hant"]
    assert chinese_script(["電水壺", "耳環", "大米"]) == ["zh-Hant"] * 3


def test_many_texts_at_once_get_the_library_s_own_probabilities():
    texts = [title.lower() for titles in TITLES.values() for title in titles] + ["", "x", "Ćevapi ßtraße".lower()]
    for text, row in zip(texts, likelihoods(texts), strict=True):
        ranked = dict(identifier().rank(text))
        assert row == pytest.approx([ranked[label] for label in labels()], abs=1e-5)


@pytest.mark.parametrize(
    "titles",
    [
        ["Sofa bed", "Wine opener"],
        ["Hammer", "Spade"],
        ["Storm lantern", "Barn door hinge"],
        ["Kettle", "Toaster"],
        ["Velora Nortino V8", "Dalmira Sovi"],
        ["Brolino Presto Vita", "Tavira Sole"],
    ],
)
def test_a_short_title_in_another_language_than_its_feed_is_marked_as_doubtful(titles):
    survey = LanguageSurvey()
    survey.add(titles)
    assert [guess for guess in survey.prior().detect(titles) if guess.tag != "en" and guess.confidence >= 0.7] == []


def test_two_english_titles_are_english_and_not_norwegian():
    words = ["desk lamp", "garden hose", "sofa bed", "wine opener", "bread knife", "glass jar", "trail jacket men"]
    for one, other in pairwise(words):
        assert detect_languages([one, other]) == ["en", "en"]


def test_an_offer_of_a_doubtful_language_is_of_no_language_and_keeps_its_candidates():
    rows = [
        {"catalog": name, "offer_id": str(at), "title": title, "language": "en", "language_confidence": sure}
        for name in "ab"
        for at, (title, sure) in enumerate([("Enamel teapot 1 l", 0.3), ("Garden hose 25 m", 1.0), ("Oak stool", None)])
    ]
    doubtful = schema.conform(rows, schema.OFFERS)
    assert sure_languages(doubtful).tolist() == ["und", "en", "en"] * 2
    embeddings = embed(doubtful, load_embedder(EmbeddingSettings()))
    wrong = doubtful.set_column(2, "language", pa.array(["no", "sr", "it", "en", "de", "ja"]))
    found, others = (block(table, embeddings, BlockingSettings()).candidates for table in (doubtful, wrong))
    assert len(found) and found.equals(others)
