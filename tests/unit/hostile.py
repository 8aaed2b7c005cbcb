"""Files that a stranger might send, each as a function that writes it into a folder: broken, huge, or meant to hurt."""

import bz2
import gzip
import io
import json
import lzma
import os
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from openpyxl import Workbook

GOOD = "offer_id,title\n1,Enamel teapot 1 l\n2,Linen apron\n3,Brass funnel\n"
HOSTILE: dict[str, Callable[[Path], Path]] = {}


def hostile(function: Callable[[Path], Path]) -> Callable[[Path], Path]:
    HOSTILE[function.__name__] = function
    return function


def _text(name: str, suffix: str, content: str | bytes) -> None:
    def write(folder: Path) -> Path:
        path = folder / f"shop{suffix}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        return path

    HOSTILE[name] = write


def _rows(*cells: str, header: str = "offer_id,title,price") -> str:
    return "\n".join([header, "1,Enamel teapot 1 l,9.90", *cells, "3,Brass funnel,4.50", ""])


# Encodings
_text("utf8_bom_twice", ".csv", b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD.encode())
_text("utf16_odd_length", ".csv", GOOD.encode("utf-16")[:-1])
_text("utf32", ".csv", GOOD.encode("utf-32"))
_text("utf32_without_mark", ".csv", GOOD.encode("utf-32-le"))
_text("utf16_be_without_mark", ".csv", GOOD.encode("utf-16-be"))
_text("encodings_mixed", ".csv", GOOD.encode() + "4,Küche\n".encode("cp1252") + "5,Küche\n".encode())
_text("random_bytes", ".csv", bytes(range(256)) * 40)
_text("only_nulls", ".csv", b"\0" * 5000)
_text("lone_surrogates", ".csv", GOOD + "4,\ud800 lamp\n")
_text("right_to_left_marks", ".csv", GOOD + "4,\u202ereverse\u202c \u200flamp\n")
_text("nul_in_id_and_title", ".csv", _rows("a\0b,Lamp\0shade,1.00"))
_text("control_characters", ".csv", _rows("\x01\x02,Lamp\x07shade\x1b[31m,1.00"))
_text("old_mac_line_ends", ".csv", GOOD.replace("\n", "\r"))
_text("line_separators", ".csv", GOOD + "4,Lamp\u2028shade\x85\n")
# Delimiters and quotes
_text("no_newline", ".csv", "offer_id,title")
_text("empty", ".csv", "")
_text("blank_lines_only", ".csv", "\n" * 5000)
_text("header_only", ".csv", "offer_id,title\n")
_text("unclosed_quote_at_the_end", ".csv", GOOD + '4,"Lamp')
_text("unclosed_quote_at_the_start", ".csv", GOOD.replace("1,", '1,"', 1))
_text("quotes_only", ".csv", GOOD + '"' * 5001 + "\n")
_text("every_line_opens_a_quote", ".csv", "offer_id,title\n" + "".join(f'{at},"Lamp {at}\n' for at in range(300)))
_text(
    "five_thousand_columns",
    ".csv",
    ",".join(["offer_id", "title", *(f"c{i}" for i in range(5000))]) + "\n1,Teapot" + ",x" * 5000,
)
_text("fifty_thousand_columns", ".csv", ",".join(f"c{i}" for i in range(50_000)) + "\n" + "x," * 49_999 + "x\n")
_text("separator_line", ".csv", "sep=;\n" + GOOD.replace(",", ";"))
_text("separator_line_of_nothing", ".csv", "sep=\n" + GOOD)
_text("repeated_header", ".csv", "offer_id,title,title,title\n1,Teapot,a,b\n")
_text("header_repeated_in_the_midst", ".csv", GOOD + GOOD.replace("1,", "5,").replace("2,", "6,").replace("3,", "7,"))
_text("huge_cell", ".csv", GOOD + f'4,"{"x" * 5_000_000}"\n5,Lamp\n')
_text("huge_line", ".csv", GOOD + "x" * 9_000_000 + "\n5,Lamp\n")
_text("many_lines_in_quotes", ".csv", GOOD + '4,"' + "\n" * 20_000 + '"\n5,Lamp\n')
_text("csv_that_is_json", ".csv", '{"offer_id": 1, "title": "Teapot"}')
_text("csv_that_is_html", ".csv", "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>")
# Values
_text("long_id", ".csv", _rows(f"{'9' * 3000},Lamp,1.00"))
_text("many_digits", ".csv", _rows(f"2,Lamp {'9' * 308} kg,1.00", f"4,Lamp,{'9' * 400}"))
_text("letters_in_price", ".csv", _rows(f"2,Lamp,{'x' * 100_000}"))
_text("comments_without_end", ".csv", _rows(f"2,{'<!--' * 125_000},1.00", f"4,{'<br ' * 125_000},1.00"))
_text("entities_nested", ".csv", _rows(f"2,{'&amp;' * 50_000},1.00", f"4,{'&' * 100_000},1.00"))
_text("size_of_spaces", ".csv", "offer_id,title,size\n1,Teapot," + "9 " * 50_000 + "\n2,Lamp,5 l\n")
_text("size_chain", ".csv", "offer_id,title\n1," + "9 x " * 125 + "\n2," + "1/" * 250 + "\n3," + "(" * 499 + "\n")
_text(
    "turkish_capitals",
    ".csv",
    "offer_id,title\n1,AYÇİÇEK YAĞI 5 LİTRE\n2,KİLO 3 KİLO\n3,TV 27 İN\n4,10 kılo\n5,SİX pack\n",
)
_text(
    "javascript_url",
    ".csv",
    "offer_id,title,url\n1,Teapot,javascript:alert(1)\n2,Lamp,data:text/html;x\n3,Pan,\x01java\n",
)
_text(
    "edge_of_the_calendar",
    ".csv",
    "offer_id,title,updated_at\n1,Teapot,0001-01-01T00:00:00+01:00\n2,Lamp,9999-12-31T23:59:59-01:00\n3,Pan,99999999999999"
    "\n4,Cup,9999999999\n5,Mug,2026-02-30\n",
)
_text("formulas", ".csv", "offer_id,title\n=1+1,=HYPERLINK(\"x\")\n@2,+cmd|' /C calc'!A0\n-3,;=1\n")
_text(
    "digits_of_other_scripts",
    ".csv",
    "offer_id,title,price,gtin\n1,Teapot,١٢٣,٤٠٠٦٣٨١٣٣٣٩٣١\n2,Lamp,²³,４００６３８１３３３９３１\n",
)
# JSON
_text("json_deep", ".json", "[" * 100_000)
_text("json_deep_value", ".jsonl", '{"offer_id": 1, "title": "Teapot", "x": ' + '{"a":' * 900 + "1" + "}" * 900 + "}\n")
_text("json_surrogates", ".jsonl", '{"offer_id": 1, "title": "Tea", "\\ud800": ["\\udfff", {"\\ud83d": "\\ud83d"}]}\n')
_text(
    "json_keys_of_their_own",
    ".jsonl",
    "".join(f'{{"offer_id": {i}, "title": "Lamp {i}", "k{i}": 1}}\n' for i in range(10_000)),
)
_text("json_huge_number", ".jsonl", f'{{"offer_id": {"9" * 5000}, "title": "Tea", "price": 1e999999999}}\n')
_text("json_nan", ".jsonl", '{"offer_id": NaN, "title": Infinity}\n{"offer_id": 1, "title": "Tea"}\n')
_text("json_scalars", ".json", '[1, null, "x", [], {"offer_id": 1, "title": "Tea"}]')
_text("json_cut_off", ".json", '[{"offer_id": 1, "title": "Tea"}, {"offer_id": 2, "ti')
_text("json_without_records", ".json", '{"error": "rate limit"}')
_text(
    "json_strange_types",
    ".jsonl",
    '{"offer_id": true, "title": ["a", "b"], "price": {"x": 1}}\n{"offer_id": [1], "title": {}}\n',
)
_text("json_empty_keys", ".jsonl", '{"": 1, " ": 2, "offer_id": 3, "title": "Tea"}\n')
# XML
_text(
    "xml_billion_laughs",
    ".xml",
    '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><shop><item><id>&b;</id><title>x</title></item></shop>',
)
_text(
    "xml_outside_entity",
    ".xml",
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><shop><item><id>1</id><title>&x;</title></item></shop>',
)
_text(
    "xml_parameter_entity",
    ".xml",
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]><shop><item><id>1</id><title>x</title></item></shop>',
)
_text("xml_cut_off", ".xml", "<shop>" + "<item><id>1</id><title>Tea</title></item>" * 3 + "<item><id>4</id><ti")
_text("xml_deep", ".xml", "<a>" * 20_000)
_text("xml_of_nothing", ".xml", "<?xml version='1.0'?><shop/>")
_text("xml_wrong_encoding", ".xml", "<?xml version='1.0' encoding='klingon'?><shop><item/></shop>")
_text("xml_huge_text", ".xml", f"<shop><item><id>1</id><title>{'x' * 12_000_000}</title></item></shop>")
_text(
    "xml_attributes",
    ".xml",
    "<shop><item " + " ".join(f'a{i}="1"' for i in range(3000)) + "><id>1</id><title>x</title></item></shop>",
)
# Names that lie
_text("pdf", ".pdf", b"%PDF-1.7 ...")
_text("xls_that_is_text", ".xls", GOOD.replace(",", "\t"))
_text(
    "xls_that_is_html",
    ".xls",
    "<html><table><tr><td>offer_id</td><td>title</td></tr><tr><td>1</td><td>Tea</td></tr></table></html>",
)
_text("xlsx_of_nothing", ".xlsx", b"PK\x03\x04 nothing")
_text("ods_of_nothing", ".ods", b"PK\x03\x04 nothing")
_text("xls_broken", ".xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 3000)
_text("parquet_cut_off", ".parquet", b"PAR1" + b"\0" * 100 + b"PAR1")
# Archives
_text("gz_cut_off", ".csv.gz", gzip.compress((GOOD * 500).encode())[:-20])
_text("gz_of_nothing", ".csv.gz", b"")
_text("gz_with_rubbish_behind", ".csv.gz", gzip.compress(GOOD.encode()) + b"rubbish")
_text("bz2_cut_off", ".csv.bz2", bz2.compress((GOOD * 500).encode())[:-20])
_text("xz_cut_off", ".csv.xz", lzma.compress((GOOD * 500).encode())[:-20])
_text("zst_cut_off", ".csv.zst", zstandard.compress((GOOD * 500).encode())[:-4])
_text("not_gz_at_all", ".csv.gz", GOOD)
_text("gz_bomb", ".csv.gz", gzip.compress(b"\0" * 120_000_000))
_text("bz2_bomb", ".csv.bz2", bz2.compress(b"a" * 60_000_000))
_text("zst_bomb", ".csv.zst", zstandard.compress(b"a" * 120_000_000))


def _zip(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


_text("zip_of_two", ".zip", _zip(("a.csv", GOOD.encode()), ("b.csv", GOOD.encode())))
_text("zip_that_climbs", ".zip", _zip(("../../evil.csv", GOOD.encode())))
_text("zip_of_nothing", ".zip", _zip())
_text("zip_bomb", ".zip", _zip(("a.csv", b"\0" * 120_000_000)))
_text("zip_in_zip_in_zip", ".zip", _zip(("a.zip", _zip(("b.zip", _zip(("c.zip", _zip(("d.csv", GOOD.encode())))))))))
_text("xlsx_bomb", ".xlsx", _zip(("[Content_Types].xml", b"<x/>"), ("xl/sharedStrings.xml", b"a" * 150_000_000)))


@hostile
def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "shop.csv")
    return folder / "shop.csv"


@hostile
def link_to_an_endless_device(folder: Path) -> Path:
    (folder / "shop.csv").symlink_to("/dev/zero")
    return folder / "shop.csv"


@hostile
def link_loop(folder: Path) -> Path:
    (folder / "shop.csv").symlink_to(folder / "other.csv")
    (folder / "other.csv").symlink_to(folder / "shop.csv")
    return folder / "shop.csv"


@hostile
def folder_named_as_a_file(folder: Path) -> Path:
    (folder / "shop.csv").mkdir()
    return folder / "shop.csv"


@hostile
def sheet_with_text_in_a_number_cell(folder: Path) -> Path:
    return _sheet_with(folder, b'<c r="C3"><v>4.5</v></c>', b'<c r="C3"><v>four</v></c>')


@hostile
def sheet_that_breaks_off(folder: Path) -> Path:
    return _sheet_with(folder, b"</sheetData>", b"<row r=")


def _sheet_with(folder: Path, old: bytes, new: bytes) -> Path:
    """A workbook in whose sheet one piece of XML is replaced."""
    plain, path = folder / "plain.xlsx", folder / "shop.xlsx"
    book = Workbook()
    for row in (["offer_id", "title", "price"], [1, "Teapot", 3.5], [2, "Lamp", 4.5], [3, "Funnel", 5.5]):
        book.active.append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename.endswith("sheet1.xml"):
                content = content.replace(b' t="n"', b"").replace(old, new)
            target.writestr(member.filename, content)
    return path


@hostile
def sheet_with_cells_beyond_its_header(folder: Path) -> Path:
    book = Workbook()
    for row in (["offer_id", "title"], [1, "Teapot", "blue", "big"], [2, "Lamp"]):
        book.active.append(row)
    book.save(folder / "shop.xlsx")
    return folder / "shop.xlsx"


@hostile
def sheet_far_out(folder: Path) -> Path:
    book = Workbook()
    book.active.append(["offer_id", "title"])
    book.active.append([1, "Teapot"])
    book.active["XFD1048576"] = "far"
    book.save(folder / "shop.xlsx")
    return folder / "shop.xlsx"


@hostile
def parquet_of_strange_types(folder: Path) -> Path:
    table = pa.table(
        {
            "offer_id": pa.array([1, 2], pa.uint64()),
            "title": pa.array([b"Teapot", b"\xff\xfe"], pa.binary()),
            "updated_at": pa.array([2**62, -(2**62)], pa.int64()).cast(pa.timestamp("us")),
            "price": pa.array([float("inf"), float("nan")]),
            "days": pa.array([10**8, -(10**8)], pa.int32()).cast(pa.date32()),
            "nested": pa.array([[{"a": [1]}], None]),
            "when": pa.array([datetime(2026, 1, 1)] * 2, pa.timestamp("us", tz="UTC")),
        }
    )
    pq.write_table(table, folder / "shop.parquet")
    return folder / "shop.parquet"


@hostile
def parquet_of_an_unknown_zone(folder: Path) -> Path:
    when = pa.array([0, 1], pa.timestamp("us", tz="Mars/Olympus"))
    pq.write_table(
        pa.table({"offer_id": ["1", "2"], "title": ["Tea", "Pot"], "updated_at": when}), folder / "shop.parquet"
    )
    return folder / "shop.parquet"


@hostile
def parquet_without_rows(folder: Path) -> Path:
    pq.write_table(
        pa.table({"offer_id": pa.array([], pa.string()), "title": pa.array([], pa.string())}), folder / "shop.parquet"
    )
    return folder / "shop.parquet"


@hostile
def json_of_everything(folder: Path) -> Path:
    rows = [{"offer_id": value, "title": value} for value in (None, 0, -1, 1.5, "", " ", [], {}, True, "x" * 600)]
    (folder / "shop.json").write_text(json.dumps(rows))
    return folder / "shop.json"
