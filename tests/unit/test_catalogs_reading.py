import json
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook
from sqlalchemy import create_engine, text

from sku_align.catalogs.sources import CatalogSource, find_sources
from sku_align.config import CatalogSettings, Settings
from sku_align.errors import UserError
from tests.unit.feeds import feed, read_source

CHINESE = "offer_id,title\n" + "".join(f"{at:03d},无线蓝牙降噪耳机 第{at}款 黑色\n" for at in range(8))
TEXTS = {
    "gb18030": CHINESE,
    "big5": "offer_id,title\n001,無線藍牙降噪耳機 黑色\n002,電熱水壺 不鏽鋼 1.7公升\n003,嬰兒濕紙巾 補充包\n",
    "cp932": "offer_id,title\n001,ワイヤレスイヤホン ブラック\n002,電気ケトル 1.7L ホワイト\n",
    "euc_jp": "offer_id,title\n001,ワイヤレスイヤホン ブラック\n002,電気ケトル 1.7L ホワイト\n",
    "cp949": "offer_id,title\n001,무선 블루투스 이어폰 블랙\n002,전기 주전자 1.7리터\n",
    "cp1252": "offer_id;title\n001;Wasserkocher für die Küche, weiß – 29 €\n002;Bouilloire électrique à café\n",
    "cp1250": "offer_id;title\n001;Czajnik elektryczny żółty\n002;Słuchawki bezprzewodowe różowe\n",
    "utf-8": CHINESE,
    "utf-8-sig": CHINESE,
    "utf-16": CHINESE,
}


def written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", sorted(TEXTS))
def test_the_encoding_of_a_feed_is_found(tmp_path, encoding):
    read = feed(written(tmp_path, "shop.csv", TEXTS[encoding].encode(encoding)))
    expected = [line.split(",;"[";" in line], 1)[1] for line in TEXTS[encoding].splitlines()[1:]]
    assert read.columns["title"] == expected
    assert read.columns["offer_id"][1] in {"001", "002"}


def test_an_encoding_that_is_set_counts(tmp_path):
    path = written(tmp_path, "shop.csv", "offer_id,title\n1,Tschüß\n".encode("latin-1"))
    assert feed(path, encoding="latin-1").columns["title"] == ["Tschüß"]


def test_a_few_broken_bytes_leave_the_other_rows_alone(tmp_path):
    lines = [f"{at},Küche {at}\n".encode() for at in range(50)]
    lines[7] = b"7,K\xfcche 7\n"
    read = feed(written(tmp_path, "shop.csv", b"offer_id,title\n" + b"".join(lines)))
    assert [title for title in read.columns["title"] if "\ufffd" in title] == ["K\ufffdche 7"]
    assert len(read.numbers) == 50


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    rows = [["offer_id", "title", "price"], ["007", f'"Kettle{delimiter} 1.7 L"', "12.50"]]
    read = feed(written(tmp_path, "shop.csv", "\r\n".join(delimiter.join(row) for row in rows)))
    assert read.columns == {"offer_id": ["007"], "title": [f"Kettle{delimiter} 1.7 L"], "price": ["12.50"]}


def test_a_malformed_row_is_set_aside_with_its_line_and_its_neighbours_stay(tmp_path):
    content = 'offer_id,title\n1,Kettle\n2,Toaster,extra,cells\n3\n4,"Mug, ""big""\nand round"\n5,Plate\n'
    read = feed(written(tmp_path, "shop.csv", content))
    assert read.columns["offer_id"] == ["1", "4", "5"]
    assert read.columns["title"] == ["Kettle", 'Mug, "big"\nand round', "Plate"]
    assert [(line, problem) for line, problem, _ in read.malformed] == [
        (3, "the row has 4 columns where the header has 2"),
        (4, "the row has 1 columns where the header has 2"),
    ]
    assert read.numbers == [2, 5, 7]


@pytest.mark.parametrize("broken", ['2,"Toaster', '2,"Toaster" XL"', '2,x,"Toaster', '"2,Toaster'])
def test_a_stray_quote_never_costs_the_rows_after_it(tmp_path, broken):
    good = [f"{at},Kettle {at}" for at in range(10, 20)]
    read = feed(written(tmp_path, "shop.csv", "\n".join(["offer_id,title", "1,Mug", broken, *good])))
    assert [offer_id for offer_id in read.columns["offer_id"] if offer_id != "2"] == ["1", *map(str, range(10, 20))]
    assert len(read.numbers) + len(read.malformed) == 12


def test_json_lines_keep_numbers_as_written_and_set_broken_lines_aside(tmp_path):
    lines = [
        json.dumps(
            {"offer_id": "007", "title": "Kettle", "gtin": 4006381333931, "price": 12.50, "specs": {"b": 1, "a": 2}}
        ),
        "{broken",
        "",
        '{"title": "Mug", "offer_id": 8, "price": 1.10}',
        "[1]",
    ]
    read = feed(written(tmp_path, "shop.jsonl", "\n".join(lines)))
    assert read.columns["offer_id"] == ["007", "8"]
    assert read.columns["gtin"] == ["4006381333931", None]
    assert read.columns["price"] == ["12.5", "1.10"]
    assert read.attributes == {"specs": ['{"a": "2", "b": "1"}', None]}
    assert [line for line, _, _ in read.malformed] == [2, 5]


def test_parquet_and_sheets_and_queries_give_the_same_strings(tmp_path):
    rows = [
        {"offer_id": "007", "title": "Kettle", "price": 12.5, "gtin": 4006381333931},
        {"offer_id": "8", "title": "Mug", "price": 1.0, "gtin": None},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "shop.parquet")
    book = Workbook()
    book.active.title = "list"
    book.active.append([])
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(tmp_path / "shop.xlsx")
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with create_engine(url).begin() as connection:
        connection.execute(text("create table goods (offer_id text, title text, price real, gtin integer)"))
        connection.execute(text("insert into goods values (:offer_id, :title, :price, :gtin)"), rows)
    expected = {
        "offer_id": ["007", "8"],
        "title": ["Kettle", "Mug"],
        "price": ["12.5", "1"],
        "gtin": ["4006381333931", None],
    }
    assert feed(tmp_path / "shop.parquet").columns == expected
    assert feed(tmp_path / "shop.xlsx").columns == expected
    assert feed(tmp_path / "shop.xlsx").numbers == [3, 4]
    assert feed(tmp_path / "shop.xlsx", sheet="list").columns == expected
    query = CatalogSettings(url=url, query="select * from goods order by title")
    assert read_source(CatalogSource("goods", None, query)).columns == expected


def test_ids_in_number_cells_keep_the_zeros_that_the_sheet_shows(tmp_path):
    book = Workbook()
    book.active.append(["offer_id", "title"])
    book.active.append([42, "Kettle"])
    book.active["A2"].number_format = "00000"
    book.save(tmp_path / "shop.xlsx")
    assert feed(tmp_path / "shop.xlsx").columns["offer_id"] == ["00042"]


def test_columns_are_mapped_by_the_settings_else_by_name_in_any_case(tmp_path):
    path = written(tmp_path, "shop.tsv", "SKU\tBezeichnung\tBrand\tFarbe\n007\tKessel\tVelora\trot\n")
    read = feed(path, columns={"offer_id": "SKU", "title": "Bezeichnung"})
    assert read.columns == {"offer_id": ["007"], "title": ["Kessel"], "brand": ["Velora"]}
    assert read.attributes == {"Farbe": ["rot"]}
    assert json.loads(read.raw(0)) == {"SKU": "007", "Bezeichnung": "Kessel", "Brand": "Velora", "Farbe": "rot"}


@pytest.mark.parametrize(
    ("name", "content", "settings", "says"),
    [
        ("shop.csv", "", {}, ["shop.csv", "empty"]),
        ("shop.csv", "offer_id,title\n", {}, ["shop.csv", "no rows"]),
        (
            "shop.csv",
            "Foo,Bar\n1,Mug\n",
            {},
            ["no column offer_id", "title", "Foo, Bar", "columns: {offer_id:", "init"],
        ),
        ("shop.csv", "offer_id,Bar\n1,Mug\n", {}, ["no column title", "offer_id, Bar"]),
        (
            "shop.csv",
            "offer_id,title\n1,Mug\n",
            {"columns": {"title": "Name"}},
            ["no column 'Name'", "offer_id, title"],
        ),
        ("shop.csv", "offer_id,title\n1,Mug\n", {"columns": {"titel": "title"}}, ["'titel'", "not a canonical column"]),
        ("shop.csv", "offer_id,title\n1,Mug\n", {"encoding": "klingon"}, ["klingon"]),
        ("shop.csv", "offer_id,title\n1,电热水壶\n" * 20, {"encoding": "ascii"}, ["cannot be read as ascii"]),
        ("shop.csv", b"\x00\x01\x02\xff\xfe" * 50, {}, ["not a text file", "encoding"]),
        ("shop.json", '{"title":\n"Mug"', {}, ["No row", "row 1", "not valid JSON"]),
        ("shop.pdf", "x", {}, ["unknown format", ".csv"]),
        ("shop.xlsx", "x", {}, ["not a readable XLSX"]),
        ("shop.parquet", "x", {}, ["not a readable Parquet"]),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path, name, content, settings, says):
    with pytest.raises(UserError) as caught:
        feed(written(tmp_path, name, content), **settings)
    message = str(caught.value)
    assert all(part in message for part in says), message
    assert "\n" not in message


def test_a_failing_query_names_the_catalog_and_hides_the_password(tmp_path):
    sqlite3.connect(tmp_path / "none.db").close()
    settings = CatalogSettings(url=f"sqlite:///{tmp_path}/none.db", query="select * from goods")
    with pytest.raises(UserError, match=r"query of catalog goods .*no such table"):
        read_source(CatalogSource("goods", None, settings))
    settings = CatalogSettings(url="nosuchdb://me:secret@127.0.0.1/x", query="select 1")
    with pytest.raises(UserError) as caught:
        read_source(CatalogSource("goods", None, settings))
    assert "secret" not in str(caught.value)


def test_files_take_their_names_from_the_settings_else_from_the_file(tmp_path):
    for name in ("a.csv", "b.csv"):
        written(tmp_path, name, "offer_id,title\n1,Mug\n")
    settings = Settings(catalogs={"berlin": CatalogSettings(path=tmp_path / "a.csv", language="de")})
    sources = find_sources([tmp_path / "b.csv", tmp_path / "a.csv"], settings)
    assert [(source.name, source.settings.language) for source in sources] == [("b", None), ("berlin", "de")]
    assert [source.name for source in find_sources([], settings)] == ["berlin"]


def test_a_configured_query_may_be_given_by_its_name():
    settings = Settings(catalogs={"erp": CatalogSettings(url="sqlite://", query="select 1")})
    assert find_sources([Path("erp")], settings) == [CatalogSource("erp", None, settings.catalogs["erp"])]


def test_missing_files_twins_and_no_catalogs_stop_a_run(tmp_path):
    with pytest.raises(UserError, match=r"none\.csv does not exist"):
        find_sources([tmp_path / "none.csv"], Settings())
    (tmp_path / "x").mkdir()
    for path in (tmp_path / "a.csv", tmp_path / "x" / "a.csv"):
        path.write_text("offer_id,title\n1,Mug\n")
    with pytest.raises(UserError, match="Two catalogs have the name a"):
        find_sources([tmp_path / "a.csv", tmp_path / "x" / "a.csv"], Settings())
    with pytest.raises(UserError, match="no catalog to read"):
        find_sources([], Settings())
    with pytest.raises(UserError, match="is a folder"):
        find_sources([tmp_path / "x"], Settings())
    with pytest.raises(UserError, match="contains '#'"):
        find_sources([], Settings(catalogs={"a#b": CatalogSettings(path=tmp_path / "a.csv")}))


def test_a_huge_cell_costs_its_own_row_only(tmp_path):
    content = f'offer_id,title\n1,Kettle\n2,"{"x" * 1_500_000}"\n3,Mug\n'
    read = feed(written(tmp_path, "shop.csv", content))
    assert read.columns["offer_id"] == ["1", "3"]
    assert [(line, problem) for line, problem, _ in read.malformed] == [
        (3, "a cell has more than 1,000,000 characters")
    ]
    assert len(read.malformed[0][2]) < 1000


def test_a_broken_array_keeps_what_stands_before_the_break(tmp_path):
    content = '[{"offer_id": "1", "title": "Mug"},\n {"offer_id": "2", "title": "Pan"},\n {"offer_id": "3", "ti'
    read = feed(written(tmp_path, "shop.json", content))
    assert read.columns["offer_id"] == ["1", "2"]
    assert [(number, problem.split(":")[0]) for number, problem, _ in read.malformed] == [
        (3, "from line 3 on the file is not valid JSON")
    ]


def test_no_line_of_json_takes_the_feed_down(tmp_path):
    lines = [
        '{"offer_id": "1", "title": "Mug", "price": 1.5e2}',
        "[" * 100_000,
        '{"offer_id": "2", "title": "Pan \\ud83d"}',
    ]
    read = feed(written(tmp_path, "shop.jsonl", "\n".join(lines)))
    assert read.columns["price"] == ["150", None]
    assert read.columns["title"] == ["Mug", "Pan \ufffd"]
    assert [(line, problem) for line, problem, _ in read.malformed] == [(2, "the line is nested too deeply")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_is_found(tmp_path, encoding):
    assert feed(written(tmp_path, "shop.csv", CHINESE.encode(encoding))).columns["offer_id"][1] == "001"
