"""What a feed says more than once about an offer counts: several GTINs, and titles in several languages."""

import numpy as np
import pyarrow as pa
import pytest

from sku_align import schema
from sku_align.attributes.compare import compare
from sku_align.attributes.identity import identified
from sku_align.blocking.identifier import identifier
from sku_align.blocking.tokens import text
from sku_align.catalogs import plain_rules
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.config import BundledScoring, CatalogSettings, Settings
from sku_align.embedding.embed import embed
from sku_align.finetuning.labels import Labels
from sku_align.finetuning.split import _groups
from sku_align.pairs import pair_columns
from sku_align.review.explain import explain
from sku_align.scoring.score import score
from sku_align.skus.survivorship import survive
from sku_align.titles import in_one_language

PAN, PAN_OLD, LID = "04006381333931", "04012345678901", "05012345678900"


def read(tmp_path, content, name="shop.csv", **given):
    (tmp_path / name).write_text(content, encoding="utf-8")
    found = Settings(catalogs={"shop": CatalogSettings(path=tmp_path / name, **given)})
    result = ingest(find_sources([], found), found, check=plain_rules.failing_rows)
    return {offer["offer_id"]: offer for offer in result.offers.to_pylist()}


def offers(*rows):
    full = [
        {"catalog": "ab"[at], "offer_id": "1", "title": "Pan", "content_hash": str(at), **row}
        for at, row in enumerate(rows)
    ]
    return schema.conform(full, schema.OFFERS)


PAIR = np.array([[0, 1]])


@pytest.mark.parametrize("cell", [f"{PAN[1:]}|{PAN_OLD[1:]}", f"{PAN[1:]}, {PAN_OLD[1:]}", f"{PAN[1:]} {PAN_OLD[1:]}"])
def test_every_sound_code_of_a_cell_is_kept(tmp_path, cell):
    offer = read(tmp_path, f'offer_id,title,ean\n1,Cast iron pan,"{cell}"\n')["1"]
    assert (offer["gtin"], offer["further_gtins"]) == (PAN, [PAN_OLD])
    assert offer["warnings"] == []


def test_codes_of_several_columns_and_of_a_list_are_kept(tmp_path):
    found = read(
        tmp_path, f"offer_id,title,ean,upc,isbn\n1,Pan,,{PAN_OLD[1:]},{LID[1:]}\n2,Lid,{LID[1:]},,\n3,Pot,,,\n"
    )
    assert (found["1"]["gtin"], found["1"]["further_gtins"]) == (PAN_OLD, [LID])
    assert (found["2"]["gtin"], found["2"]["further_gtins"]) == (LID, None)
    assert (found["3"]["gtin"], found["3"]["further_gtins"]) == (None, None)
    lines = f'{{"id": 1, "name": "Pan", "eans": ["{PAN[1:]}", "{PAN_OLD[1:]}"]}}\n'
    assert read(tmp_path, lines, "shop.jsonl")["1"]["further_gtins"] == [PAN_OLD]


def test_a_code_column_that_the_settings_leave_out_is_not_taken_for_the_product_s(tmp_path):
    content = f"offer_id,title,gtin,barcode\n1,Pan,{PAN[1:]},{LID[1:]}\n"
    columns = {"offer_id": "offer_id", "title": "title", "gtin": "gtin"}
    assert read(tmp_path, content, columns=columns)["1"]["further_gtins"] is None


def test_further_codes_change_the_content_hash_and_none_leaves_it(tmp_path):
    one, two, three = (
        read(tmp_path, f'offer_id,title,ean\n1,Pan,"{cell}"\n')["1"]["content_hash"]
        for cell in (PAN[1:], f"{PAN[1:]}|{LID[1:]}", f"{PAN[1:]}|{PAN[1:]}")
    )
    assert one == three != two


@pytest.mark.parametrize(
    ("left", "right", "signal"),
    [
        ({"gtin": PAN, "further_gtins": [PAN_OLD]}, {"gtin": PAN_OLD}, 1),
        ({"gtin": PAN}, {"gtin": LID, "further_gtins": [PAN_OLD, PAN]}, 1),
        ({"gtin": PAN, "further_gtins": [PAN_OLD]}, {"gtin": LID, "further_gtins": [PAN_OLD]}, 1),
        ({"gtin": PAN, "further_gtins": [PAN_OLD]}, {"gtin": LID}, -1),
        ({"gtin": PAN, "further_gtins": [PAN_OLD]}, {}, 0),
        ({"gtin": PAN[1:]}, {"gtin": PAN}, 1),
    ],
)
def test_one_code_in_common_is_the_same_product(left, right, signal):
    table = offers(left, right)
    assert compare(table, PAIR)["gtin"].to_pylist() == [signal]
    assert identified(table, PAIR).tolist() == [signal == 1]
    hits, _ = identifier(table, limit=10)
    assert len(hits.query) == (signal == 1)


def test_two_codes_in_common_are_one_candidate_and_a_code_on_many_offers_says_nothing():
    both = {"gtin": PAN, "further_gtins": [PAN_OLD]}
    hits, _ = identifier(offers(both, both), limit=10)
    assert (hits.query.tolist(), hits.found.tolist()) == ([0], [1])
    rows = [{"catalog": "a", "offer_id": str(n), "title": "x", "gtin": LID, "further_gtins": [PAN]} for n in range(4)]
    rows.append({"catalog": "b", "offer_id": "1", "title": "x", "gtin": PAN})
    assert not identified(schema.conform(rows, schema.OFFERS), np.array([[0, 4]])).any()


def test_people_and_storefronts_see_all_codes():
    table = offers({"gtin": PAN, "further_gtins": [LID]}, {"gtin": PAN_OLD, "further_gtins": [LID]})
    rows = table.to_pylist()
    assert f"same GTIN {LID}" in explain(*rows)
    conflict = compare(offers({"gtin": PAN, "further_gtins": [LID]}, {"gtin": PAN_OLD}), PAIR)["conflicts"].to_pylist()
    assert conflict == [[f"gtin {PAN} / {LID} against {PAN_OLD}"]]
    keys = table.select(["catalog", "offer_id"]).append_column("sku_id", pa.array(["S1", "S1"]))
    (sku,) = survive(table, keys, Settings()).skus.to_pylist()
    assert sku["gtins"] == f'["{PAN}","{PAN_OLD}","{LID}"]'


def test_offers_with_a_code_in_common_stay_on_one_side_of_a_split():
    table = offers({"title": "Pan", "gtin": PAN, "further_gtins": [PAN_OLD]}, {"title": "Poêle", "gtin": PAN_OLD})
    labels = Labels(table, np.zeros((0, 2), dtype=np.int64), np.zeros(0, dtype=bool), ["", ""])
    assert len(set(_groups(labels, by_brand=False).tolist())) == 1


VIEWS = """sku,store_view_code,product_type,name,price
T1,,simple,Enamel teapot 1 l,29
T1,de,simple,Emaillekanne 1 l,
T1,shop_french,simple,Théière émaillée 1 l,
T2,fr_FR,simple,Passoire en acier,19
T2,uk,simple,Steel colander with handles,
"""


def test_titles_of_other_store_views_keep_their_language(tmp_path):
    found = read(tmp_path, VIEWS)
    assert found["T1"]["title"] == "Enamel teapot 1 l"
    assert found["T1"]["further_titles"] == [
        {"language": "de", "title": "Emaillekanne 1 l"},
        {"language": "fr", "title": "Théière émaillée 1 l"},
    ]
    # The first view of an offer without a default one says the language; "uk" is a country that writes no Ukrainian.
    assert (found["T2"]["language"], found["T2"]["language_confidence"]) == ("fr", 1.0)
    assert found["T2"]["further_titles"] == [{"language": "en", "title": "Steel colander with handles"}]


def test_a_pair_is_scored_in_a_language_that_both_offers_have():
    german = {"language": "de", "title": "Emaillekanne", "further_titles": [{"language": "en", "title": "Teapot"}]}
    french = {"language": "fr", "title": "Théière", "further_titles": [{"language": "en", "title": "Tea pot"}]}
    english, spanish = {"language": "en", "title": "Enamel teapot"}, {"language": "es", "title": "Tetera"}
    for other, expected in (
        (english, ("Teapot", "Enamel teapot")),
        (french, ("Teapot", "Tea pot")),
        (spanish, ("Emaillekanne", "Tetera")),
        ({"language": "de", "title": "Kanne"}, ("Emaillekanne", "Kanne")),
    ):
        table, pairs = in_one_language(offers(german, other), np.array([[0, 1], [1, 0]]))
        titles = table["title"].to_pylist()
        assert [tuple(titles[row] for row in pair) for pair in pairs.tolist()] == [expected, expected[::-1]]
        assert len(set(table["content_hash"].to_pylist())) == len(table)


def test_scores_and_search_use_the_further_titles(tmp_path):
    class Equal:
        fingerprint = "equal titles"

        def score(self, offers, pairs):
            titles = np.array(offers["title"].to_pylist())
            return (titles[pairs[:, 0]] == titles[pairs[:, 1]]).astype(np.float32)

    class Raw:
        def odds(self, offers, pairs, raw, rank=None):
            return raw

        def bounded(self, offers, pairs, raw, rank, spread):
            return raw, raw, raw

    class Letters:
        fingerprint, dimension = "letters", 26

        def encode(self, texts):
            vectors = np.array([[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts], np.float32)
            return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    named = {"language": "de", "title": "Kanne", "further_titles": [{"language": "en", "title": "Teapot"}]}
    table = offers(named, {"language": "en", "title": "Teapot"})
    candidates = schema.conform(pair_columns(table, np.array([0]), np.array([1])), schema.CANDIDATES)
    settings = BundledScoring(canaries=False)
    for work in (None, tmp_path):
        assert score(table, candidates, Equal(), Raw(), settings, work)["raw_score"].to_pylist() == [1.0]
    assert text(table).to_pylist() == ["kanne  teapot", "teapot  "]
    both, alone, plain = (
        np.array(embed(one, Letters())["vector"].to_pylist(), dtype=np.float32)
        for one in (table, offers({"title": "Kanne"}, {"title": "Teapot"}), table.slice(1))
    )
    assert both[0] @ both[1] > alone[0] @ alone[1] + 0.2
    assert np.linalg.norm(both[0]) == pytest.approx(1, abs=1e-2)
    assert plain[0] == pytest.approx(both[1])
