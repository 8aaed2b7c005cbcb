"""The database: made, migrated and documented; and the sentences that say why it cannot be opened."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sku_align.errors import UserError
from sku_align.store import Store
from sku_align.store.models import Base
from tests.integration.shop import VIEWS, publish, read

DOCUMENT = Path(__file__).parents[2] / "docs" / "storefront.md"


def test_the_migrations_make_the_tables_that_the_models_name(database_url: str) -> None:
    with Store.open(database_url).engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "sku_align_migration"})
        assert compare_metadata(context, Base.metadata) == []


def test_every_column_of_every_view_is_documented_in_its_order(database_url: str) -> None:
    sections = dict(re.findall(r"^## (storefront_\w+)\n(.*?)(?=^## |\Z)", DOCUMENT.read_text("utf-8"), re.M | re.S))
    engine = Store.open(database_url).engine
    assert set(sections) == set(sa.inspect(engine).get_view_names()) == set(VIEWS)
    for view, section in sections.items():
        table = section.split("| --- | --- | --- | --- |\n")[1].split("\n\n")[0]
        documented = re.findall(r"^\| (\w+) \|", table, re.M)
        assert documented == [column["name"] for column in sa.inspect(engine).get_columns(view)], view


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM storefront_sku WHERE sku_id = 'x'",
        "SELECT * FROM storefront_sku_text WHERE sku_id = 'x' AND language = 'de'",
        "SELECT * FROM storefront_offer WHERE sku_id = 'x'",
        "SELECT * FROM storefront_offer WHERE catalog = 'de' AND offer_id = '1'",
        "SELECT sku.* FROM storefront_offer AS offer JOIN storefront_sku AS sku USING (sku_id) "
        "WHERE offer.catalog = 'de' AND offer.offer_id = '1'",
        "SELECT * FROM storefront_redirect WHERE former_sku_id = 'x'",
        "SELECT * FROM storefront_change WHERE publication_id > 7 ORDER BY publication_id, position",
    ],
)
def test_every_look_up_of_a_storefront_goes_through_an_index(database_url: str, question: str) -> None:
    with Store.open(database_url).engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # The tables are empty, where reading them whole would be cheaper than any index.
            connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        steps = [row[-1] for row in connection.exec_driver_sql(f"{explain} {question}")]
    whole = [step for step in steps if re.search("Seq Scan on|^SCAN", step) and "sku_align_live" not in step]
    by_index = [step for step in steps if re.search("Index.* Scan|USING.* INDEX", step)]
    sought = [step for step in steps if re.search("Index Cond|USING.* INDEX", step)]
    assert by_index and not whole, steps
    assert len(sought) == len(by_index), "an index is read from end to end: " + "\n".join(steps)


def test_a_view_whose_text_changed_is_made_anew_and_keeps_its_rows(database_url: str) -> None:
    store = Store.open(database_url)
    publish(store, {"de#1": "x", "fr#1": "x"})
    before = read(store)
    with store.engine.begin() as connection:
        connection.execute(sa.text("DROP VIEW storefront_sku"))
        connection.execute(sa.text("CREATE VIEW storefront_sku AS SELECT 1 AS of_an_older_release"))
        connection.execute(sa.text("UPDATE sku_align_views SET digest = 'of an older release'"))
    assert read(Store.open(database_url)) == before


def test_the_last_word_on_a_pair_counts(database_url: str) -> None:
    from sku_align.store.corrections import verdicts

    store = Store.open(database_url)
    pair, other = (("de", "1"), ("fr", "1")), (("de", "2"), ("fr", "2"))
    store.add_verdicts(verdicts([pair, other], "same", "ann", None, "2026-01-01"))
    store.add_verdicts(verdicts([pair], "different", "ben", 'no, "really"', "2026-01-02"))
    found = [
        (row["left_offer_id"], row["verdict"], row["note"]) for row in Store.open(database_url).verdicts().to_pylist()
    ]
    assert found == [("1", "different", 'no, "really"'), ("2", "same", None)]
    with pytest.raises(UserError, match="'same' or 'different', not 'maybe'"):
        store.add_verdicts(verdicts([pair], "maybe", "ann", None, "2026-01-03"))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "'nonsense' is not a database URL"),
        ("mysql://host/name", "SQLite or PostgreSQL, not to mysql"),
        ("sqlite:////proc/no-such-folder/skus.db", "cannot be opened: "),
        (
            "postgresql://sku:secret@127.0.0.1:1/name",
            r"postgresql\+psycopg://sku:\*\*\*@127.0.0.1:1/name cannot be opened",
        ),
    ],
)
def test_a_database_that_cannot_be_opened_is_named_in_a_sentence_without_its_password(url: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Store.open(url)
