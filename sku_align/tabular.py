"""Joins and windows over Arrow tables, in SQL."""

import pyarrow as pa


def query(sql: str, **tables: pa.Table) -> pa.Table:
    """Run one SELECT over Arrow tables in an in-memory DuckDB.

    The statement orders its rows by a key, so that the same tables give the same bytes.

    Args:
        sql: The statement; each table stands under the name it was passed by.
        tables: The tables, by name.
    """
    import duckdb

    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        return connection.sql(sql).to_arrow_table()
