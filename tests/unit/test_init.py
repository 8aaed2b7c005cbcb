"""`sku-align init` writes settings that a run accepts as they are."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from sku_align.catalogs import plain_rules
from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.catalogs.presets import BY_NAME
from sku_align.catalogs.proposing import propose
from sku_align.cli.init import init_command
from sku_align.config import Settings
from sku_align.errors import UserError
from tests.unit.test_catalogs_feeds import MAGENTO, RAKUTEN, SHOPIFY, WOO

SAMPLES = Path(__file__).parents[2] / "data_samples"
EXAMPLES = {
    "shopify": SHOPIFY,
    "woocommerce": WOO,
    "magento": MAGENTO,
    "rakuten": RAKUTEN,
    "google-merchant": "id,title,link,price,gtin,availability\n1,Enamel pot,https://x.example/1,19.90 EUR,,in_stock\n",
    "amazon-flat-file": "item_sku\titem_name\tparent_child\nLA\tLinen apron\tparent\nLA-G\tApron\tchild\n",
    "akeneo": "sku;family;enabled;name-de_DE;name-en_US;price-EUR\nEP;pot;1;Emailletopf;Enamel pot;19.90\n",
    "idealo": "sku,title,brand,categoryPath,eans,price\n1,Emailletopf,Nordvik,Küche,,19.90\n",
    "naver": "id\ttitle\tprice_pc\tlink\n1\t에나멜 냄비\t19900\thttps://x.example/1\n",
    "taobao": "宝贝标题,宝贝ID,价格,颜色分类\n搪瓷锅 家用,1,99.00,红色\n",
    "bmecat": (
        '<BMECAT version="2005"><HEADER><CATALOG><LANGUAGE default="true">deu</LANGUAGE></CATALOG></HEADER>'
        "<T_NEW_CATALOG><PRODUCT><SUPPLIER_PID>EP</SUPPLIER_PID><PRODUCT_DETAILS>"
        "<DESCRIPTION_SHORT>Emailletopf 3 l</DESCRIPTION_SHORT></PRODUCT_DETAILS></PRODUCT></T_NEW_CATALOG></BMECAT>"
    ),
    "openfoodfacts": "code\tproduct_name\tbrands\tquantity\n9521234000013\tBarley crisps\tNordvik\t200 g\n",
}


def run(folder: Path, *words: object) -> Settings:
    done = CliRunner().invoke(
        init_command, [*map(str, words), "--config", str(folder / "s.yaml")], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return Settings.load(folder / "s.yaml")


def test_settings_for_the_samples_read_them_at_once(tmp_path: Path) -> None:
    feeds = [path for path in SAMPLES.iterdir() if path.suffix not in {".md", ".yaml"} and path.name != "gold.csv"]
    for feed in feeds:
        shutil.copy(feed, tmp_path)
    settings = run(tmp_path, *(tmp_path / feed.name for feed in feeds), "--contracts", tmp_path / "contracts")
    assert set(settings.catalogs) == {feed.stem for feed in feeds}
    result = ingest(find_sources([], settings), settings, check=plain_rules.failing_rows)
    assert len(result.offers) > 800
    assert {"de", "fr", "ja"} <= {catalog.language for catalog in settings.catalogs.values()}


def test_every_preset_has_an_example() -> None:
    assert sorted(EXAMPLES) == sorted(BY_NAME)


@pytest.mark.parametrize("preset", sorted(EXAMPLES))
def test_each_preset_is_recognised_and_its_settings_run(preset: str, tmp_path: Path) -> None:
    kind = "xml" if EXAMPLES[preset].startswith("<") else "tsv" if "\t" in EXAMPLES[preset] else "csv"
    path = tmp_path / f"shop.{kind}"
    path.write_text(EXAMPLES[preset], encoding="utf-8")
    settings = run(tmp_path, path)
    assert settings.catalogs["shop"].preset == preset
    result = ingest(find_sources([], settings), settings, check=plain_rules.failing_rows)
    assert len(result.offers) >= 1
    assert len(result.quarantine) == 0


def test_columns_without_telling_names_are_found_by_what_stands_in_them(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text(
        "A,B,C,D\n"
        "x-17,Enamel pot with lid,4006381333931,19.90\n"
        "x-18,Linen apron with pocket,9521234000013,29.00\n"
        "x-19,Brass funnel for jam,9521234000020,7.50\n"
    )
    columns = {name: column.own for name, column in propose(find_sources([path], Settings())[0]).columns.items()}
    assert columns == {"gtin": "C", "title": "B", "offer_id": "A", "price": "D"}


def test_settings_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text("offer_id,title\n1,Pot\n")
    (tmp_path / "s.yaml").write_text("catalogs: {}\n")
    with pytest.raises(UserError, match="exists already"):
        CliRunner().invoke(
            init_command, [str(tmp_path / "shop.csv"), "--config", str(tmp_path / "s.yaml")], catch_exceptions=False
        )
