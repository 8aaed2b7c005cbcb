import csv
import random
from pathlib import Path

import pytest

from sku_align import schema
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.catalogs.validation import RULES, suite
from sku_align.config import CatalogSettings, Settings

SAMPLES = Path(__file__).parents[2] / "data_samples"
HEADER = ["offer_id", "title", "price", "currency", "gtin", "language", "updated_at", "colour", "net weight"]
ROWS = [
    ["001", "Wasserkocher 1,7 L schwarz", "29,99 €", "", "4006381333931", "de", "", "schwarz", ""],
    ["002", "Kaffee gemahlen", "1.299,00", "EUR", "4006381333932", "de_DE", "", "", "500 g"],
    ["003", "", "5", "EUR", "", "de", "", "", ""],
    ["", "Becher", "-5", "EUR", "", "de", "", "", ""],
    ["005", "Teller", "-1,00", "EUR", "", "de", "", "", ""],
    ["006", "K\u00c3\u00bcchenrolle", "2", "EUR", "", "de", "", "", ""],
    ["007", "Schale", "auf Anfrage", "EURO$", "2000000000176", "??", "", "", ""],
    ["008", "x" * 501, "2", "EUR", "", "de", "", "", ""],
    ["009", "Topf alt", "10", "EUR", "", "de", "2024-01-01", "", ""],
    ["009", "Topf neu", "11", "EUR", "", "de", "2024-06-01", "", ""],
    ["009", "", "11", "EUR", "", "de", "2024-12-01", "", ""],
    ["010", "Pfanne", "", "", "", "de", "", "", ""],
    ["010", "Pfanne 24 cm", "15", "EUR", "", "de", "", "", ""],
    ["011", "Löffel", "1", "EUR", "", "de", "gestern", "", ""],
]


def write(path: Path, rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def read(*paths: Path, settings: Settings | None = None):
    settings = settings or Settings()
    return ingest(find_sources(paths, settings), settings)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return read(write(tmp_path_factory.mktemp("feeds") / "shop.csv", ROWS))


@pytest.fixture(scope="module")
def offers(shop):
    return {offer["offer_id"]: offer for offer in shop.offers.to_pylist()}


def test_good_rows_become_offers_and_keep_their_ids_as_text(shop, offers):
    assert shop.offers.schema == schema.OFFERS
    assert list(offers) == ["001", "002", "007", "009", "010", "011"]
    kettle = offers["001"]
    assert (kettle["catalog"], kettle["price"], kettle["currency"]) == ("shop", 29.99, "EUR")
    assert kettle["gtin"] == "04006381333931"
    assert kettle["language"] == "de"
    assert kettle["attributes"] == '{"color": "schwarz"}'
    assert kettle["quantities"] == [{"dimension": "volume", "value": 1700.0}]
    assert kettle["variants"] == [
        {"attribute": "colour", "value": "black"},
        {"attribute": "kind", "value": "toaster-kettle#=electric kettle"},
    ]
    assert kettle["warnings"] == []


def test_a_size_column_tells_what_the_title_does_not(offers):
    assert offers["002"]["quantities"] == [{"dimension": "mass", "value": 500.0}]


def test_one_bad_value_is_dropped_with_a_warning_and_the_offer_stays(offers):
    assert (offers["002"]["gtin"], offers["002"]["price"]) == (None, 1299.0)
    assert offers["002"]["warnings"] == ["GTIN 4006381333932 has a wrong check digit and is not used."]
    bowl = offers["007"]
    assert (bowl["price"], bowl["currency"], bowl["gtin"], bowl["language"]) == (None, None, None, "de")
    assert bowl["warnings"] == [
        "The price auf Anfrage is not a number and is left empty.",
        "The currency EURO$ is not of ISO 4217 and is left empty.",
        "The language ?? is not a BCP 47 tag; the language is detected.",
        "GTIN 2000000000176 has a prefix for a shop's own use and is not used.",
    ]
    assert offers["011"]["warnings"] == ["The time gestern is not understood and is left empty."]


def test_bad_rows_go_to_quarantine_with_their_row_and_all_their_reasons(shop):
    assert shop.quarantine.schema == schema.QUARANTINE
    reasons = {row["row"]: row["reasons"] for row in shop.quarantine.to_pylist()}
    assert reasons == {
        4: ["The title is empty."],
        5: ["The offer id is empty.", "The price is negative."],
        6: ["The price is negative."],
        7: ["The title has broken characters, as text read in the wrong encoding has."],
        9: ["The title is longer than 500 characters."],
        10: ["The offer id 009 is used more than once; row 11 is kept."],
        12: ["The title is empty.", "The offer id 009 is used more than once; row 11 is kept."],
        13: ["The offer id 010 is used more than once; row 14 is kept."],
    }


def test_of_a_repeated_id_the_latest_sound_row_stays_else_the_fullest(offers):
    assert offers["009"]["title"] == "Topf neu"
    assert offers["010"]["title"] == "Pfanne 24 cm"


def test_every_expectation_reports_its_failed_rows(shop):
    failed = {entry["name"]: entry["failed"] for entry in shop.expectations if not entry["success"]}
    assert failed == {
        "offer_id is not empty": 1,
        "offer_id is unique in its catalog": 3,
        "title is not empty": 2,
        "title has at most 500 characters": 1,
        "title is not garbled": 1,
        "price is not negative": 2,
        "price is a number": 1,
        "currency is of ISO 4217": 1,
        "language is a BCP 47 tag": 1,
        "updated_at is a time": 1,
        "gtin is sound": 2,
    }
    assert {entry["rows"] for entry in shop.expectations} == {len(ROWS)}
    assert len(shop.expectations) == len(RULES) + 1


def test_the_order_of_rows_changes_row_numbers_only(shop, tmp_path):
    for seed in range(3):
        rows = [list(row) for row in ROWS]
        random.Random(seed).shuffle(rows)
        shuffled = read(write(tmp_path / "shop.csv", rows))
        assert shuffled.offers.equals(shop.offers)
        assert sorted(map(str, shuffled.quarantine["raw"])) == sorted(map(str, shop.quarantine["raw"]))
        assert shuffled.expectations == shop.expectations


def test_two_feeds_may_use_one_id_and_offers_come_sorted_by_key(tmp_path):
    both = read(write(tmp_path / "b.csv", [ROWS[0]]), write(tmp_path / "a.csv", [ROWS[0], ROWS[1]]))
    keys = [(offer["catalog"], offer["offer_id"]) for offer in both.offers.to_pylist()]
    assert keys == [("a", "001"), ("a", "002"), ("b", "001")]
    assert both.offers["content_hash"][0] == both.offers["content_hash"][2]
    assert len(both.quarantine) == 0


def test_a_content_hash_follows_the_content_but_not_the_time_of_the_update(tmp_path):
    first, later, dearer = list(ROWS[0]), list(ROWS[0]), list(ROWS[0])
    later[6], dearer[2] = "2025-01-01", "31,99 €"
    hashes = [read(write(tmp_path / "shop.csv", [row])).offers["content_hash"][0] for row in (first, later, dearer)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_settings_give_what_a_feed_leaves_out(tmp_path):
    path = write(tmp_path / "shop.csv", [["1", "Kettle", "1.980", "", "", "", "", "", ""]])
    settings = Settings(catalogs={"tokyo": CatalogSettings(path=path, language="ja-JP", currency="JPY")})
    offer = read(path, settings=settings).offers.to_pylist()[0]
    assert (offer["catalog"], offer["language"], offer["price"], offer["currency"]) == ("tokyo", "ja", 1980.0, "JPY")


def test_the_suite_names_each_expectation_and_its_severity():
    named = {(expectation.meta["name"], expectation.meta["severity"]) for expectation in suite().expectations}
    assert named == {(rule.name, rule.severity) for rule in RULES}


def test_no_labelled_sample_offer_is_lost_and_bad_sample_rows_are_named():
    settings = Settings.load(SAMPLES / "sku_align.yaml")
    samples = ingest(find_sources([], settings), settings)
    offers = {(offer["catalog"], offer["offer_id"]) for offer in samples.offers.to_pylist()}
    with (SAMPLES / "gold.csv").open(encoding="utf-8") as file:
        gold = {(row["catalog"], row["offer_id"]) for row in csv.DictReader(file)}
    assert gold <= offers
    said = " ".join(reason for row in samples.quarantine["reasons"].to_pylist() for reason in row)
    for part in ("title is empty", "offer id is empty", "negative", "broken", "columns", "longer", "more than once"):
        assert part in said
    languages = {offer["language"] for offer in samples.offers.to_pylist() if offer["catalog"] == "outlet-mix"}
    assert {"de", "en", "es", "fr", "it", "ja", "zh-Hans"} >= languages >= {"de", "fr", "it", "ja", "zh-Hans"}
