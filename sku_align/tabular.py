"""Joins and windows over Arrow tables, in SQL; and a table as a CSV for people."""

import csv
import io
import os
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb


def query(sql: str, **tables: pa.Table) -> pa.Table:
    """Run one SELECT over Arrow tables in an in-memory DuckDB.

    The statement orders its rows by a key, so that the same tables give the same bytes.

    Args:
        sql: The statement; each table stands under the name it was passed by.
        tables: The tables, by name.
    """
    with _database(os.getpid()).cursor() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        made: pa.Table = connection.sql(sql).to_arrow_table()
        return made


@cache
def _database(process: int) -> "duckdb.DuckDBPyConnection":
    import duckdb

    return duckdb.connect()


def to_csv(table: pa.Table) -> str:
    """A table as a CSV that spreadsheets open as it is: UTF-8 with a byte order mark, and no cell that runs.

    Args:
        table: Columns of text and numbers.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.column_names)
    writer.writerows([_harmless(value) for value in row.values()] for row in table.to_pylist())
    return "\ufeff" + text.getvalue()


def _harmless(value: object) -> object:
    """Text that a spreadsheet shows instead of running it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
