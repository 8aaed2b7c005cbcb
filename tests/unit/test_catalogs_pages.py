"""What was checked is there to be read by people: pages on request, remarks on a terminal, contracts as files."""

import sys

import pytest
from click.testing import CliRunner

from sku_align.catalogs import plain_rules
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.cli.init import init_command
from sku_align.cli.stages import stage_command
from sku_align.config import CatalogSettings, Settings
from sku_align.errors import UserError
from sku_align.report.findings import remarks

FEED = "offer_id,title,price,gtin\n1,Enamel teapot,9.90,kein EAN\n2,Linen apron,cheap,\n2,Funnel,4,\n,Stool,7,\n"


def test_ingest_writes_data_docs_and_says_its_remarks(tmp_path):
    (tmp_path / "shop.csv").write_text(FEED + "Total,,,\n", encoding="utf-8")
    words = [str(tmp_path / "shop.csv"), "--out", str(tmp_path / "out"), "--data-docs", str(tmp_path / "pages")]
    for _ in range(2):
        done = CliRunner().invoke(stage_command("ingest"), words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        assert "shop: 1 GTIN cells only fill the field and are left empty." in done.output
        assert "set aside as totals and notes" in done.output
    pages = list((tmp_path / "pages" / "shop" / "validations").rglob("*.html"))
    assert (tmp_path / "pages" / "shop" / "index.html").exists()
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert "offer_id" in text
    assert "unread_price" in text


def test_remarks_are_a_section_for_people():
    said = [{"catalog": "shop", "kind": "footer", "sentence": "2 rows were set aside.", "rows": 2}]
    section = remarks({"remarks": said})
    assert section is not None
    assert section.rows == [["shop", "2 rows were set aside.", "2"]]
    assert remarks({}) is None


def test_a_contract_that_init_writes_is_checked_by_the_run(tmp_path):
    feed = tmp_path / "shop.csv"
    feed.write_text("sku,name,price\n1,Enamel teapot with lid,9.90\n2,Linen apron with pocket,19\n", encoding="utf-8")
    config = tmp_path / "s.yaml"
    words = [str(feed), "--config", str(config), "--contracts", str(tmp_path / "contracts")]
    assert CliRunner().invoke(init_command, words, catch_exceptions=False).exit_code == 0
    settings = Settings.load(config)
    read = lambda: ingest(find_sources([], settings), settings, check=plain_rules.failing_rows)  # noqa: E731
    assert len(read().offers) == 2
    feed.write_text("sku,name\n1,Enamel teapot with lid\n2,Linen apron with pocket\n", encoding="utf-8")
    with pytest.raises(UserError, match="price"):
        read()


def test_an_address_without_its_package_is_a_sentence_that_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "fsspec.implementations.http", raising=False)
    found = Settings(catalogs={"shop": CatalogSettings(url="https://shop.example/feed.csv?token=s3cret")})
    with pytest.raises(UserError, match=r"aiohttp.*remote") as caught:
        ingest(find_sources([], found), found, check=plain_rules.failing_rows)
    assert "s3cret" not in str(caught.value)
