"""A doubtful pair goes to a person and comes back as a verdict, through any spreadsheet."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from openpyxl import Workbook, load_workbook

from sku_align import schema
from sku_align.errors import UserError
from sku_align.pairs import pair_columns, sort_offers
from sku_align.review import apply_returned, export_review, read_verdicts, returned_sheets
from sku_align.review.sheet import COLUMNS
from sku_align.review.workbook import workbook
from sku_align.store import Store

ROWS = [
    {
        "catalog": "de",
        "offer_id": "00012",
        "title": "Wasserkocher 1,7 L",
        "language": "de",
        "price": 29.9,
        "currency": "EUR",
    },
    {"catalog": "en", "offer_id": "12", "title": '=HYPERLINK("http://x")', "language": "en", "brand": "@home"},
    {"catalog": "en", "offer_id": "13", "title": "Kettle, 1.7 L", "language": "en", "brand": "Velora"},
]


@pytest.fixture
def offers() -> pa.Table:
    return sort_offers(schema.conform(ROWS, schema.OFFERS))


@pytest.fixture
def decisions(offers: pa.Table) -> pa.Table:
    columns = pair_columns(offers, np.array([0, 0, 1]), np.array([1, 2, 2]))
    columns |= {
        "probability": [0.75, 0.85, 0.2],
        "decision": ["review", "review", "reject"],
        "reason": ["threshold"] * 3,
    }
    return schema.conform(columns, schema.DECISIONS)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_only_doubtful_pairs_are_questions_the_likeliest_first(offers: pa.Table, decisions: pa.Table) -> None:
    rows = rows_of(export_review(offers, decisions))
    assert [(row["left"], row["right"]) for row in rows] == [("de#00012", "en#13"), ("de#00012", "en#12")]
    assert [row["verdict"] for row in rows] == ["", ""]
    assert rows[0]["left_price"] == "29.90 EUR"


def test_the_sheet_opens_as_utf8_and_runs_no_formula(offers: pa.Table, decisions: pa.Table) -> None:
    text = export_review(offers, decisions)
    assert text.startswith("\ufeff")
    cells = [cell for row in rows_of(text) for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'@home" in cells


def test_no_cell_that_names_an_offer_looks_like_a_number(offers: pa.Table, decisions: pa.Table) -> None:
    for row in rows_of(export_review(offers, decisions)):
        assert "#" in row["left"]
        assert "#" in row["right"]


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "utf-8"), ("\t", "utf-16")])
def test_verdicts_come_back_from_any_spreadsheet(
    offers: pa.Table, decisions: pa.Table, tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = rows_of(export_review(offers, decisions))
    rows[0] |= {"verdict": "Same", "note": "gleiches Modell; 同款"}
    rows[1]["verdict"] = "no"
    with (path := tmp_path / "reviewed.csv").open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(reversed(rows))
    verdicts = read_verdicts(path, "ana", "2026-01-31T10:00:00+00:00")
    assert verdicts.rejected == []
    taken = verdicts.table.select(["left_offer_id", "right_offer_id", "verdict", "reviewer", "note"]).to_pylist()
    assert taken == [
        {"left_offer_id": "00012", "right_offer_id": "12", "verdict": "different", "reviewer": "ana", "note": ""},
        {
            "left_offer_id": "00012",
            "right_offer_id": "13",
            "verdict": "same",
            "reviewer": "ana",
            "note": "gleiches Modell; 同款",
        },
    ]


def test_a_bad_row_is_named_and_the_good_ones_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "reviewed.csv"
    path.write_text("verdict,left,right\nsame,a#1,b#1\nperhaps,a#2,b#2\nsame,a2,b#3\n,a#4,b#4\nsame,a#5,a#5\n", "utf-8")
    verdicts = read_verdicts(path, "ana", "2026-01-31")
    assert verdicts.table["left_offer_id"].to_pylist() == ["1"]
    assert [sentence.split(":")[0] for sentence in verdicts.rejected] == ["row 3", "row 4", "row 6"]
    assert "'perhaps'" in verdicts.rejected[0]


def test_two_rows_that_contradict_each_other_about_a_pair_are_both_named(tmp_path: Path) -> None:
    path = tmp_path / "reviewed.csv"
    path.write_text("verdict,left,right\nsame,a#1,b#1\ndifferent,b#1,a#1\nsame,a#2,b#2\n", "utf-8")
    read = read_verdicts(path, "ana", "2026-01-31")
    assert read.table["left_offer_id"].to_pylist() == ["2"]
    assert read.rejected == [
        "row 2: it says 'same', but row 3 says 'different' about the same two offers",
        "row 3: it says 'different', but row 2 says 'same' about the same two offers",
    ]


def test_a_file_that_is_no_sheet_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_verdicts(tmp_path / "none.csv", "ana", "")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="lacks the column 'verdict'"):
        read_verdicts(tmp_path / "other.csv", "ana", "")
    for name in ("bytes.csv", "bytes.xlsx"):
        (tmp_path / name).write_bytes(b"verdict,left,right\n\x00\xff\xfe\x00,x")
        with pytest.raises(UserError, match="CSV UTF-8"):
            read_verdicts(tmp_path / name, "ana", "")


def test_a_workbook_with_moved_columns_and_a_deleted_row_is_read(
    offers: pa.Table, decisions: pa.Table, tmp_path: Path
) -> None:
    rows = rows_of(export_review(offers, decisions))[1:]
    book = Workbook()
    book.active.append([name.title() for name in reversed(rows[0])])
    unanswered = [rows[0][name] for name in reversed(rows[0]) if name != "verdict"]
    book.active.append(unanswered)
    book.active.append(["DIFFERENT" if name == "verdict" else rows[0][name] for name in reversed(rows[0])])
    book.save(tmp_path / "reviewed.xlsx")
    verdicts = read_verdicts(tmp_path / "reviewed.xlsx", "ana", "")
    taken = verdicts.table.select(["left_offer_id", "right_offer_id", "verdict"]).to_pylist()
    assert taken == [{"left_offer_id": "00012", "right_offer_id": "12", "verdict": "different"}]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("SAME", "same"),
        (" Yes ", "same"),
        ("TRUE", "same"),
        ("Gleich", "same"),
        ("相同", "same"),
        ("Nein.", "different"),
    ],
)
def test_a_verdict_is_understood_as_people_write_it(tmp_path: Path, said: str, meant: str) -> None:
    (tmp_path / "reviewed.csv").write_text(f"verdict,left,right\n{said},a#1,b#1\n", "utf-8")
    assert read_verdicts(tmp_path / "reviewed.csv", "ana", "").table["verdict"].to_pylist() == [meant]


def test_a_row_with_a_broken_layout_is_named_and_costs_no_other(tmp_path: Path) -> None:
    (tmp_path / "reviewed.csv").write_text("verdict,left,right\nsame,a#1,b#1,x,y\nsame,a#2,b#2\n", "utf-8")
    verdicts = read_verdicts(tmp_path / "reviewed.csv", "ana", "")
    assert verdicts.table["left_offer_id"].to_pylist() == ["2"]
    assert verdicts.rejected == ["row 2: the row has 5 columns where the header has 3"]


def test_returned_sheets_are_taken_once_and_leave_a_receipt(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'skus.db'}")
    folder = tmp_path / "returned"
    folder.mkdir()
    (folder / "ana.csv").write_text("verdict,left,right\nsame,a#1,b#1\nperhaps,a#2,b#2\n", "utf-8")
    (folder / "ben.csv").write_text("name,price\nKettle,3\n", "utf-8")
    (folder / ".~lock.ana.csv#").write_text("open elsewhere")
    receipts = list(apply_returned(folder, store, datetime(2026, 1, 31, 10, tzinfo=UTC)))
    assert [(each.sheet, each.same, len(each.rejected)) for each in receipts] == [("ana.csv", 1, 1), ("ben.csv", 0, 0)]
    assert "lacks the column 'verdict'" in str(receipts[1].refused)
    assert store.verdicts().select(["reviewer", "verdict"]).to_pylist() == [{"reviewer": "ana", "verdict": "same"}]
    written = (folder / "taken" / "20260131T100000-ana.csv.receipt.txt").read_text("utf-8")
    assert "1 must-links and 0 cannot-links are kept" in written
    assert "row 3: not taken: the verdict 'perhaps'" in written
    assert (folder / "refused" / "20260131T100000-ben.csv").exists()
    assert returned_sheets(folder) == []
    assert list(apply_returned(folder, store, datetime(2026, 1, 31, 11, tzinfo=UTC))) == []


def test_verdicts_survive_an_old_spreadsheet_that_saves_in_the_encoding_of_its_country(tmp_path: Path) -> None:
    titles = ["无线蓝牙降噪耳机 黑色", "智能恒温电热水壶 白色", "婴儿湿纸巾 补充装", "电动牙刷 替换刷头 四支装"]
    lines = ["verdict;left_title;left;right", *(f"same;{title};货源#{at};b#{at}" for at, title in enumerate(titles))]
    (tmp_path / "reviewed.csv").write_bytes("\r\n".join(lines).encode("gb18030"))
    table = read_verdicts(tmp_path / "reviewed.csv", "ana", "").table
    assert table["right_catalog"].to_pylist() == ["货源"] * 4


def test_a_workbook_has_a_frozen_header_filters_a_drop_down_in_the_reviewers_language_and_links() -> None:
    row = {"left_title": "=1+2", "right_title": "Lampe", "left_url": "https://shop.example/?a=1&b=2", "left": "de#007"}
    data = workbook([row, row | {"left_url": "ftp://x", "note": "a\x00b"}], COLUMNS, "de-AT")
    page = load_workbook(io.BytesIO(data)).active
    assert page.freeze_panes == "B2" and page.auto_filter.ref.startswith("A1:")
    assert [cell.value for cell in page[1]] == list(COLUMNS)
    (choice,) = page.data_validations.dataValidation
    assert (choice.formula1, str(choice.sqref)) == ('"gleich,verschieden,überspringen"', "A2:A3")
    column = {name: at for at, name in enumerate(COLUMNS)}
    first, second = page[2], page[3]
    assert first[column["left_url"]].hyperlink.target == "https://shop.example/?a=1&b=2"
    assert second[column["left_url"]].hyperlink is None and second[column["left_url"]].value == "ftp://x"
    assert (first[column["left_title"]].value, first[column["left_title"]].data_type) == ("=1+2", "s")
    assert second[column["note"]].value == "a b"
    assert page.column_dimensions["B"].width > page.column_dimensions["F"].width
    assert load_workbook(io.BytesIO(workbook([], COLUMNS))).active.max_row == 1
