"""A catalog that is a query reads another system's database and leaves nothing there."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from sku_align.catalogs.documents import read_query
from sku_align.catalogs.sources import CatalogSource
from sku_align.config import CatalogSettings
from sku_align.errors import UserError

WRITES = (
    "DROP TABLE goods",
    "DELETE FROM goods",
    "INSERT INTO goods VALUES (2, 'Toaster')",
    "CREATE TABLE more (id INTEGER)",
)


def rows(url: str, query: str) -> list[dict[str, object]]:
    source = CatalogSource("goods", None, CatalogSettings(url=url, query=query))
    return [row[1] for row in read_query(source).rows if isinstance(row, tuple)]


@pytest.fixture
def shop(database_url: str) -> str:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE goods (id INTEGER, title VARCHAR(40))"))
        connection.execute(sa.text("INSERT INTO goods VALUES (1, 'Kettle')"))
    engine.dispose()
    return database_url


def test_a_query_reads(shop: str) -> None:
    assert rows(shop, "SELECT id, upper(title) AS title FROM goods") == [{"id": 1, "title": "KETTLE"}]
    recursive = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n"
    assert rows(shop, recursive) == [{"i": 1}, {"i": 2}, {"i": 3}]


@pytest.mark.parametrize("query", WRITES)
def test_a_query_that_writes_is_refused_and_changes_nothing(shop: str, query: str) -> None:
    with pytest.raises(UserError, match="goods"):
        rows(shop, query)
    assert rows(shop, "SELECT * FROM goods") == [{"id": 1, "title": "Kettle"}]


def test_a_query_of_sqlite_makes_no_file(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "shop.db").close()
    for url, query in (
        (f"sqlite:///{tmp_path}/shop.db", f"ATTACH '{tmp_path}/other.db' AS other"),
        (f"sqlite:///{tmp_path}/none.db", "SELECT 1"),
    ):
        with pytest.raises(UserError, match="goods"):
            rows(url, query)
    assert [path.name for path in tmp_path.iterdir()] == ["shop.db"]
