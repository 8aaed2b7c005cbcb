"""No row of any format is lost: rows in are offers, quarantined rows, and rows remarked on."""

import bz2
import gzip
import io
import json
import zipfile
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import create_engine, text

from sku_align.catalogs import plain_rules
from sku_align.catalogs.contracts import ContractError
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.config import CatalogSettings, LimitSettings, Settings
from sku_align.errors import UserError

ONCE = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=24)
ROWS = st.lists(st.tuples(st.integers(0, 12).map(str), WORDS, WORDS), min_size=1, max_size=12)
NAMES = ("offer_id", "title", "brand")


def read(*paths, **given):
    found = Settings(catalogs={"shop": CatalogSettings(path=paths[0], **given)}) if given else Settings()
    return ingest(find_sources(list(paths), found), found, check=plain_rules.failing_rows)


def offers(result):
    return {offer["offer_id"]: offer for offer in result.offers.to_pylist()}


def kept(result) -> int:
    return len(result.offers) + len(result.quarantine) + sum(remark["rows"] for remark in result.remarks)


def filled(rows) -> int:
    return sum(any(cell.strip() for cell in row) for row in rows)


def as_csv(rows, path):
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([NAMES, *rows])


def as_jsonl(rows, path):
    path.write_text("".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in rows), encoding="utf-8")


def as_json(rows, path):
    path.write_text(json.dumps([dict(zip(NAMES, row, strict=True)) for row in rows]), encoding="utf-8")


def as_xml(rows, path):
    fields = ("".join(f"<{n}>{escape(c)}</{n}>" for n, c in zip(NAMES, row, strict=True)) for row in rows)
    path.write_text("<shop>" + "".join(f"<item>{one}</item>" for one in fields) + "</shop>", encoding="utf-8")


def as_rss(rows, path):
    fields = (
        "".join(f"<g:{n}>{escape(c)}</g:{n}>" for n, c in zip(("id", "title", "brand"), row, strict=True))
        for row in rows
    )
    items = "".join(f"<item>{one}</item>" for one in fields)
    head = '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>'
    path.write_text(f"{head}{items}</channel></rss>", encoding="utf-8")


def as_nested_json(rows, path):
    records = [dict(zip(NAMES, row, strict=True)) for row in rows]
    path.write_text(json.dumps({"shop": "north", "data": {"products": records}}), encoding="utf-8")


def as_parquet(rows, path):
    pq.write_table(pa.table({name: [row[at] for row in rows] for at, name in enumerate(NAMES)}), path)


def as_xlsx(rows, path):
    book = Workbook()
    for row in [NAMES, *rows]:
        book.active.append(list(row))
        for cell in book.active[book.active.max_row]:
            cell.data_type = "s"
    book.save(path)


def as_ods(rows, path):
    cells = lambda row: "".join(  # noqa: E731
        f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
        for cell in row
    )
    body = "".join(f"<table:table-row>{cells(row)}</table:table-row>" for row in [NAMES, *rows])
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="list">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")


def as_html(rows, path):
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in [NAMES, *rows])
    page = "<html><body><table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table></body></html>"
    path.write_text(f'<meta charset="utf-8">{page}', encoding="utf-8")


def as_tsv(rows, path):
    lines = ("\t".join(cell.replace("\t", " ").replace('"', "'") for cell in row) for row in [NAMES, *rows])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


WRITERS = {
    "csv": as_csv,
    "jsonl": as_jsonl,
    "json": as_json,
    "ndjson": as_nested_json,
    "xml": as_xml,
    "rss": as_rss,
    "parquet": as_parquet,
    "xlsx": as_xlsx,
    "ods": as_ods,
    "tsv": as_tsv,
    # What many shop systems export under the name of a workbook.
    "xls": as_html,
}


@pytest.mark.parametrize("kind", sorted(WRITERS))
@ONCE
@given(rows=ROWS)
def test_no_row_of_any_format_is_lost(kind, rows, tmp_path):
    path = tmp_path / f"shop.{kind}"
    WRITERS[kind](rows, path)
    try:
        result = read(path)
    except UserError as error:
        assert not any(row[0].strip() and row[1].strip() for row in rows), error
        return
    assert kept(result) == filled(rows)
    assert all(offer["title"] for offer in result.offers.to_pylist())


@ONCE
@given(rows=ROWS)
def test_no_row_of_a_query_is_lost(rows, tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS shop"))
        connection.execute(text("CREATE TABLE shop (offer_id TEXT, title TEXT, brand TEXT)"))
        connection.execute(
            text("INSERT INTO shop VALUES (:offer_id, :title, :brand)"),
            [dict(zip(NAMES, row, strict=True)) for row in rows],
        )
    engine.dispose()
    given = Settings(catalogs={"shop": CatalogSettings(url=url, query="SELECT * FROM shop")})
    result = ingest(find_sources([], given), given, check=plain_rules.failing_rows)
    assert kept(result) == filled(rows)


PACKED = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": zstandard.compress,
    ".zip": lambda data: _zipped(data),
}


def _zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("export/shop.csv", data)
    return file.getvalue()


@pytest.mark.parametrize("suffix", sorted(PACKED))
def test_a_packed_feed_is_read_under_its_plain_name(suffix, tmp_path):
    path = tmp_path / f"shop.csv{suffix}"
    path.write_bytes(PACKED[suffix](b"offer_id,title\n1,Enamel teapot\n"))
    assert read(path).offers["catalog"].to_pylist() == ["shop"]


def test_a_pattern_makes_one_catalog_of_many_files(tmp_path):
    for at in (1, 2):
        (tmp_path / f"shop-{at}.csv.gz").write_bytes(gzip.compress(f"offer_id,title\n{at},Teapot {at} l\n".encode()))
    assert sorted(offers(read(tmp_path / "shop-*.csv.gz", language="en"))) == ["1", "2"]


def test_a_url_is_read_and_its_secrets_are_not_told(tmp_path):
    import fsspec

    with fsspec.open("memory://feeds/shop.csv", "wb") as file:
        file.write(b"offer_id,title\n1,Teapot\n")
    found = Settings(catalogs={"shop": CatalogSettings(url="memory://feeds/shop.csv")})
    assert len(ingest(find_sources([], found), found, check=plain_rules.failing_rows).offers) == 1
    lost = Settings(catalogs={"shop": CatalogSettings(url="memory://feeds/none.csv?token=s3cret")})
    with pytest.raises(UserError, match="no feed at memory") as caught:
        ingest(find_sources([], lost), lost)
    assert "s3cret" not in str(caught.value)


SHOPIFY = """Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src
apron,Linen apron,Nordvik,Color,Green,LA-G,29.00,https://x.example/1.jpg
apron,,,,Blue,LA-B,29.00,
apron,,,,,,,https://x.example/2.jpg
pot,Enamel pot,Nordvik,Title,Default Title,EP,19.00,
"""
WOO = """ID,Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)
7,variable,LA,Linen apron,,,Colour,"Green, Blue"
8,variation,LA-G,,29,LA,Colour,Green
9,variation,LA-B,,29,id:7,Colour,Blue
10,simple,EP,Enamel pot,19,,,
"""
MAGENTO = """sku,store_view_code,attribute_set_code,product_type,name,price,additional_attributes
LA,,Default,configurable,Linen apron,,
LA-G,,Default,simple,Linen apron green,29,"color=Green,material=Linen"
LA-G,de,Default,simple,Leinenschürze grün,,
"""
RAKUTEN = """商品管理番号,商品名,SKU管理番号,バリエーション項目キー1,バリエーション項目選択肢1,販売価格
apron,リネンエプロン,,,,
apron,,LA-G,カラー,緑,2900
apron,,LA-B,カラー,青,2900
"""
VARIANTS = {
    "shopify": (SHOPIFY, {"LA-G": "Green", "LA-B": "Blue", "EP": None}, "Linen apron"),
    "woocommerce": (WOO, {"LA-G": "Green", "LA-B": "Blue", "EP": None}, "Linen apron"),
    "magento": (MAGENTO, {"LA-G": "Green"}, "Linen apron green"),
    "rakuten": (RAKUTEN, {"LA-G": "緑", "LA-B": "青"}, "リネンエプロン"),
}


@pytest.mark.parametrize("preset", sorted(VARIANTS))
def test_variants_take_from_their_parent_which_is_no_offer(preset, tmp_path):
    content, colours, title = VARIANTS[preset]
    (tmp_path / "shop.csv").write_text(content, encoding="utf-8")
    result = read(tmp_path / "shop.csv")
    found = offers(result)
    assert {key: json.loads(offer["attributes"] or "{}").get("color") for key, offer in found.items()} == colours
    assert found["LA-G"]["title"] == title
    assert kept(result) == content.count("\n") - 1
    assert any(preset in remark["sentence"] for remark in result.remarks)


def test_other_store_views_become_further_titles(tmp_path):
    (tmp_path / "shop.csv").write_text(MAGENTO, encoding="utf-8")
    offer = offers(read(tmp_path / "shop.csv"))["LA-G"]
    assert offer["further_titles"] == [{"language": "de", "title": "Leinenschürze grün"}]


def test_the_table_is_found_below_a_letterhead_and_above_its_totals(tmp_path):
    book = Workbook()
    book.active.append(["cover"])
    page = book.create_sheet("Sortiment")
    for row in (
        ["Preisliste Nordvik"],
        [],
        ["Ware", None, "Preise", None],
        ["Art.-Nr.", "Bezeichnung", "EK", "VK"],
        ["0007", "Emailletopf 3 l", 9.5, 19.9],
        ["0008", "Leinenschürze", 12, 29],
        [None, "Summe", None, 48.9],
        ["Alle Preise zzgl. MwSt."],
    ):
        page.append(row)
    book.save(tmp_path / "shop.xlsx")
    result = read(tmp_path / "shop.xlsx")
    assert {key: offer["price"] for key, offer in offers(result).items()} == {"0007": 19.9, "0008": 29.0}
    counted = {remark["kind"]: remark["rows"] for remark in result.remarks if remark["rows"]}
    assert counted == {
        "preamble": 2,
        "footer": 2,
    }
    assert len(result.quarantine) == 0


def test_a_query_cannot_write(tmp_path):
    url = f"sqlite:///{tmp_path / 'erp.db'}"
    with create_engine(url).begin() as connection:
        connection.execute(text("create table goods (offer_id text, title text)"))
        connection.execute(text("insert into goods values ('1', 'Teapot')"))
    for statement in (
        "DROP TABLE goods",
        f"ATTACH '{tmp_path / 'new.db'}' AS other",
        "WITH x AS (SELECT 1) DELETE FROM goods",
        "SELECT 1; DROP TABLE goods",
    ):
        given = Settings(catalogs={"erp": CatalogSettings(url=url, query=statement)})
        with pytest.raises(UserError, match="catalog erp"):
            ingest(find_sources([], given), given)
    with create_engine(url).begin() as connection:
        assert connection.execute(text("select count(*) from goods")).scalar() == 1
    assert not (tmp_path / "new.db").exists()


def test_a_broken_contract_names_what_was_agreed_and_keeps_what_was_read(tmp_path):
    (tmp_path / "shop.csv").write_text("offer_id,title,price\n1,Teapot,2 EUR\n2,Lamp,3 USD\n")
    contract = tmp_path / "contract.yaml"
    contract.write_text("columns: [offer_id, title, gtin]\ncurrencies: [EUR]\nrows: [5, 10]\n")
    with pytest.raises(ContractError) as caught:
        read(tmp_path / "shop.csv", contract=contract)
    assert all(part in str(caught.value) for part in ("2 offers where 5 to 10", "no column gtin", "currency", "USD"))
    assert len(caught.value.ingested.offers) == 2
    assert caught.value.catalogs == ["shop"]


def test_a_feed_that_shrank_or_changed_its_languages_is_noticed(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("offer_id,title,language\n" + "".join(f"{at},Lamp {at},en\n" for at in range(30)))
    limits = LimitSettings(max_row_change=0.2, max_mix_change=0.3)
    found = Settings(catalogs={"shop": CatalogSettings(path=path, limits=limits)})
    sources = find_sources([], found)
    first = ingest(sources, found, plain_rules.failing_rows)
    assert ingest(sources, found, plain_rules.failing_rows, last=first.statistics).statistics == first.statistics
    path.write_text("offer_id,title,language\n" + "".join(f"{at},Lampe {at},de\n" for at in range(20)))
    with pytest.raises(ContractError, match=r"20 offers after 30 .* share of language"):
        ingest(sources, found, plain_rules.failing_rows, last=first.statistics)


@pytest.mark.parametrize("name", ["'x", " x", "", "=x", "x\ny", "#x"])
def test_names_that_a_spreadsheet_would_change_are_refused(name, tmp_path):
    (tmp_path / "shop.csv").write_text("offer_id,title\n1,Teapot\n")
    found = Settings(catalogs={name: CatalogSettings(path=tmp_path / "shop.csv")})
    with pytest.raises(UserError, match="name"):
        find_sources([], found)
