"""Whatever lies in the folder `returned`: each sheet alone, a receipt for each, no traceback, nothing stored twice."""

import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from sku_align.errors import UserError
from sku_align.review import apply_returned, read_verdicts
from sku_align.review.keys import harmless, key_cell
from sku_align.review.reading import _rows as sheet_rows
from sku_align.review.reading import read_answers
from sku_align.review.sheet import COLUMNS, csv_text
from sku_align.review.workbook import workbook
from sku_align.store import Store

NOW = datetime(2026, 2, 1, 10, tzinfo=UTC)
HEAD = "verdict,left,right"
GOOD = f"{HEAD}\nsame,a#1,b#1\n"


def book(*rows: list[object], second: bool = False) -> bytes:
    made = Workbook()
    page = made.active
    if second:
        page.append(["nothing here"])
        page = made.create_sheet("answers")
    for row in rows:
        page.append(row)
    sink = io.BytesIO()
    made.save(sink)
    return sink.getvalue()


def zipped(**parts: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return sink.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """A workbook with another text in one of its parts."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            new.writestr(each, content if each == name else old.read(each))
    return sink.getvalue()


XLSX = book(["verdict", "left", "right"], ["same", "a#1", "b#1"])
PAGE = "xl/worksheets/sheet1.xml"
KEEPS_ONE = {
    "plain.csv": GOOD.encode(),
    "bom.csv": GOOD.encode("utf-8-sig"),
    "utf16.csv": GOOD.encode("utf-16"),
    "utf32.csv": GOOD.encode("utf-32"),
    "sep.csv": f"sep=;\n{GOOD}".replace(",", ";").encode(),
    "semicolon.csv": GOOD.replace(",", ";").encode(),
    "tab.tsv": GOOD.replace(",", "\t").encode(),
    "crlf.csv": GOOD.replace("\n", "\r\n").encode(),
    "quoted.csv": b'"verdict","left","right"\r\n"same","a#1","b#1"\r\n',
    "capitals.csv": GOOD.replace(HEAD, "VERDICT, Left ,RIGHT").encode(),
    "blank-first.csv": f"\n\n{GOOD}".encode(),
    "blank-columns.csv": f"{HEAD},,,\nsame,a#1,b#1,,,\n".encode(),
    "more-columns.csv": f"x,{HEAD},y\n1,same,a#1,b#1,2\n".encode(),
    "repeated-row.csv": f"{GOOD}same,a#1,b#1\nsame,b#1,a#1\n".encode(),
    "bad-verdict.csv": f"{GOOD}perhaps,a#2,b#2\n".encode(),
    "number-verdict.csv": f"{GOOD}7,a#2,b#2\n".encode(),
    "bad-key.csv": f"{GOOD}same,a2,b2\n".encode(),
    "error-key.csv": f"{GOOD}same,#REF!,#N/A\n".encode(),
    "same-key.csv": f"{GOOD}same,a#2,a#2\n".encode(),
    "too-wide.csv": f"{GOOD}same,a#2,b#2,3,4,5,6\n".encode(),
    "open-quote.csv": f'{GOOD}same,"a#2,b#2\n'.encode(),
    "nul.csv": f"{GOOD}same,a\0#2,b#2\n".encode().replace(b"a\0#2", b"a#"),
    "contradiction.csv": f"{GOOD}same,a#2,b#2\ndifferent,b#2,a#2\n".encode(),
    "triangle.csv": f"{GOOD}same,x#1,y#1\nsame,y#1,z#1\ndifferent,x#1,z#1\n".encode(),
    "formula.csv": f"{GOOD}=HYPERLINK(),a#2,b#2\n".encode(),
    "apostrophe.csv": f"{HEAD}\nsame,'a#1,'b#1\n".encode(),
    "long-cell.csv": f"{HEAD},note\nsame,a#1,b#1,{'x' * 400_000}\n".encode(),
    "huge-cell.csv": f"{GOOD}{'x' * 1_500_000},a#2,b#2\n".encode(),
    "plain.xlsx": XLSX,
    "second-sheet.xlsx": book(["verdict", "left", "right"], ["same", "a#1", "b#1"], second=True),
    "true.xlsx": book(["verdict", "left", "right"], [True, "a#1", "b#1"]),
    "one.xlsx": book(["verdict", "left", "right"], [1, "a#1", "b#1"]),
    "moved.xlsx": book(["right", "note", "left", "verdict"], ["b#1", "n", "a#1", "SAME"]),
    "beyond-header.xlsx": book(["verdict", "left", "right"], ["same", "a#1", "b#1", None, "beyond"]),
    "blank-rows.xlsx": book([], ["verdict", "left", "right"], [], [], ["same", "a#1", "b#1"]),
    "date.xlsx": book(["verdict", "left", "right"], ["same", "a#1", "b#1"], [datetime(2026, 1, 1), "a#2", "b#2"]),
    "macro.xlsm": XLSX,
}
KEEPS_NONE = {
    "empty.csv": b"",
    "blank.csv": b"\n \n\t\n",
    "header.csv": HEAD.encode() + b"\n",
    "unanswered.csv": f"{HEAD}\n,a#1,b#1\n".encode(),
    "skipped.csv": f"{HEAD}\nskip,a#1,b#1\n".encode(),
    "no-verdict.csv": b"left,right\na#1,b#1\n",
    "no-left.csv": b"verdict,right\nsame,b#1\n",
    "two-verdicts.csv": b"verdict,left,right,verdict\nsame,a#1,b#1,different\n",
    "two-lefts.csv": b"verdict,left,left,right\nsame,a#1,a#2,b#1\n",
    "another.csv": b"name,price\nKettle,3\n",
    "bytes.csv": bytes(range(256)) * 50,
    "picture.csv": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01",
    "html.csv": b"<html><table><tr><td>verdict</td></tr></table></html>",
    "json.csv": b'[{"verdict": "same"}]',
    "zip.csv": XLSX,
    "text.xlsx": GOOD.encode(),
    "empty.xlsx": b"",
    "cut.xlsx": XLSX[: len(XLSX) // 2],
    "tail.xlsx": XLSX[100:],
    "other-zip.xlsx": zipped(a__b=b"x"),
    "broken-part.xlsx": with_part(XLSX, PAGE, b"<worksheet><sheetData><row><c"),
    "empty-part.xlsx": with_part(XLSX, PAGE, b""),
    "two-verdicts.xlsx": book(["verdict", "left", "right", "verdict"], ["same", "a#1", "b#1", "different"]),
    "bomb.xlsx": with_part(XLSX, PAGE, b"<worksheet><sheetData>" + b" " * 60_000_000),
    "old.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000,
    "contradiction.xlsx": book(["verdict", "left", "right"], ["same", "a#1", "b#1"], ["different", "a#1", "b#1"]),
}


def test_sixty_hostile_sheets_each_get_a_receipt_and_only_good_rows_are_kept(tmp_path: Path, database_url: str) -> None:
    store, folder = Store.open(database_url), tmp_path / "returned"
    sheets = {**KEEPS_ONE, **KEEPS_NONE}
    assert len(sheets) >= 60
    for name, data in sheets.items():
        alone = folder / name.replace(".", "-")
        alone.mkdir(parents=True)
        (alone / name).write_bytes(data)
        before = len(store.all_verdicts())
        (receipt,) = apply_returned(alone, store, NOW)
        assert "Traceback" not in str(receipt) and "Error:" not in str(receipt), (name, str(receipt))
        kept = store.all_verdicts().slice(before)
        wanted = [("a", "1", "b", "1")] if name in KEEPS_ONE else []
        shown = kept.select(["left_catalog", "left_offer_id", "right_catalog", "right_offer_id"])
        assert [tuple(row.values()) for row in shown.to_pylist()] == wanted, (name, str(receipt))
        written = list(alone.rglob("*.receipt.txt"))
        assert len(written) == 1 and written[0].read_text("utf-8").strip() == str(receipt), name
        assert not (alone / name).exists(), "the sheet was moved aside"
        (alone / name).write_bytes(data)
        list(apply_returned(alone, store, NOW))
        assert len(store.all_verdicts()) == before + len(wanted), "a sheet that comes again stores nothing"


def test_a_bad_name_stops_no_other_sheet_and_its_verdicts_are_stored_once(tmp_path: Path) -> None:
    store, folder = Store.open(f"sqlite:///{tmp_path / 'skus.db'}"), tmp_path / "returned"
    folder.mkdir()
    (folder / f"{'n' * 235}.csv").write_text(GOOD)
    (folder / f"{'ü' * 120}.csv").write_text(GOOD.replace("#1", "#2"))
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.csv")).write_text(GOOD.replace("#1", "#3"))
    (folder / "cut.xlsx").write_bytes(XLSX[:500])
    (folder / "zoe.csv").write_text(GOOD.replace("#1", "#4"))
    receipts = list(apply_returned(folder, store, NOW))
    assert sorted(receipt.refused is not None for receipt in receipts) == [False] * 4 + [True]
    assert sorted(store.verdicts()["left_offer_id"].to_pylist()) == ["1", "2", "3", "4"]
    assert len(list((folder / "taken").glob("*.receipt.txt"))) == 4
    assert len(list((folder / "refused").glob("*.receipt.txt"))) == 1
    assert list(apply_returned(folder, store, NOW)) == []


def test_a_pipe_a_device_and_a_folder_are_sentences(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    (tmp_path / "folder.csv").mkdir()
    for name in ("pipe.csv", "device.csv", "folder.csv"):
        with pytest.raises(UserError, match="is not a regular file"):
            read_answers(tmp_path / name)


@pytest.mark.parametrize("text", [";=HYPERLINK(1)", "=1", "a;=1", "a, +1", "\t@x", "x\r\n-1", "＝1", "| =1"])
def test_no_cell_starts_a_formula_whatever_the_separator_of_the_spreadsheet(text: str) -> None:
    safe = harmless(text)
    for separator in ";,|\t\n\r":
        for part in safe.replace("\r", "\n").split(separator if separator != "\r" else "\n"):
            assert not part.strip(" \u3000").startswith(("=", "+", "-", "@", "＝")), (separator, part)


ROW = {
    "left_title": "Żurek; 豆乳 «zéro»", "right_title": "=1+2", "comparison": 'says "hm", 1,5', "note": "3/4; 00123",
    "left": key_cell("café", "00012"), "right": key_cell("豆", "3-4"), "question": "Q-1-2", "left_price": "1,20 EUR",
}  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    yield tmp_path_factory.mktemp("office")


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("sheet.csv", "csv:Text - txt - csv (StarCalc):59,34,76,1,,1031"),
        ("sheet.csv", "xlsx"),
        ("sheet.xlsx", "xlsx"),
        ("sheet.xlsx", "csv:Text - txt - csv (StarCalc):59,34,76,1,,1031"),
    ],
)
def test_a_sheet_survives_libreoffice_also_with_semicolons(office: Path, name: str, to: str) -> None:
    rows = [ROW | {"verdict": "mismo"}, ROW | {"verdict": "verschieden", "left": key_cell("=x", "1e5")}]
    source, target = office / name, office / f"{name}-{to[:4]}"
    source.write_bytes(workbook(rows, COLUMNS, "es") if name.endswith("xlsx") else csv_text(rows, COLUMNS).encode())
    command = ["soffice", f"-env:UserInstallation=file://{office / 'profile'}", "--headless", "--convert-to", to]
    filters = ["--infilter=CSV:44,34,76,1"] if name.endswith("csv") else []
    subprocess.run([*command, *filters, "--outdir", target, source], check=True, capture_output=True, timeout=180)
    (saved,) = target.iterdir()
    read = read_verdicts(saved, "ana", "")
    assert read.rejected == []
    taken = {(r["left_catalog"], r["left_offer_id"], r["right_offer_id"], r["verdict"]) for r in read.table.to_pylist()}
    assert taken == {("café", "00012", "3-4", "same"), ("=x", "1e5", "3-4", "different")}
    answers = read_answers(saved)
    assert {answer.question for answer in answers.answers} == {"Q-1-2"}
    for number, cells in sheet_rows(saved):
        assert isinstance(cells, dict)
        kept = {name: (cell or "").removeprefix("'") for name, cell in cells.items()}
        assert kept == {name: rows[number - 2].get(name, "") for name in COLUMNS}, "no cell is lost or changed"
