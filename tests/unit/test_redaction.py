"""A secret that is planted in a URL, a setting or an answer is in nothing that leaves."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sku_align import schema
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.folder import RunFolder
from sku_align.redaction import redact
from sku_align.report import About, Facts, Tables, report_page
from sku_align.store import Store

SECRET = "s3cr3t-Zwiebel"
TEXTS = (
    f"postgresql://shop:{SECRET}@db.internal/skus",
    f"postgresql+psycopg://shop:{SECRET}@db.internal:5432/skus?sslmode=require",
    f"postgresql://db.internal/skus?user=shop&password={SECRET}",
    f"https://gpu.internal/v1/rerank?api_key={SECRET}&top=3",
    f"https://user:{SECRET}@gpu.internal/v1/rerank",
    f"Authorization: Bearer {SECRET}",
    f'{{"error": "wrong key", "token": "{SECRET}"}}',
    f"AWS_SECRET_ACCESS_KEY={SECRET}",
    f"PGPASSWORD='{SECRET}'",
)


@pytest.mark.parametrize("text", TEXTS)
def test_what_names_a_secret_loses_it(text: str) -> None:
    assert SECRET not in redact(text)
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    ["sqlite:////var/lib/skus.db", "https://shop.example/p/1?page=2", "Kettle: 1.7 L @ 20 EUR", "de-haushalt#00205"],
)
def test_what_names_none_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://shop:{SECRET}@127.0.0.1:1/none",
        f"postgresql://127.0.0.1:1/none?user=shop&password={SECRET}",
        f"postgresql//shop:{SECRET}@127.0.0.1/none",
        f"postgresql://shop:{SECRET}@127.0.0.1:port/none",
        f"mysql://shop:{SECRET}@127.0.0.1/none",
    ],
)
def test_a_database_url_that_fails_is_told_without_its_password(url: str) -> None:
    with pytest.raises(UserError) as caught:
        Store.open(url)
    assert SECRET not in str(caught.value)


def test_the_report_holds_no_secret_of_the_settings(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "scoring": {"name": "http", "url": f"https://user:{SECRET}@gpu.internal/v1/rerank", "model": "m"},
            "catalogs": {"shop": {"url": f"postgresql://shop:{SECRET}@db/feeds", "query": "SELECT 1"}},
        }
    )
    tables = Tables(*(schema.TABLES[name].empty_table() for name in Tables._fields))
    about = About(datetime(2026, 1, 31, tzinfo=UTC), RunFolder(tmp_path), settings, TEXTS[0])
    page = report_page(tables, Facts({}, about))
    assert "gpu.internal" in page
    assert SECRET not in page
