"""Joins and windows over Arrow tables, in SQL."""

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
        return connection.sql(sql).to_arrow_table()


@cache
def _database(process: int) -> "duckdb.DuckDBPyConnection":
    import duckdb

    return duckdb.connect()
