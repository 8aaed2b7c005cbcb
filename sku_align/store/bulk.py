"""Arrow tables into a database and out of it, a million rows in seconds: COPY on PostgreSQL, executemany on SQLite."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Select, Table, insert

_ROWS = 50_000


def write(connection: Connection, table: Table, rows: pa.Table) -> None:
    """Append rows to a table, inside the connection's transaction.

    Args:
        connection: An open connection.
        table: The table to append to.
        rows: Columns named as in `table`; those that it has more of take their defaults. JSON columns hold JSON text.
    """
    if len(rows) == 0:
        return
    if connection.dialect.name == "postgresql":
        _copy_in(connection, table, rows)
        return
    statement = insert(table).compile(dialect=connection.dialect, column_keys=rows.column_names)
    order = [rows.column_names.index(name) for name in statement.positiontup or ()]
    cursor = connection.connection.cursor()
    for batch in rows.to_batches(max_chunksize=_ROWS):
        columns = [batch.column(position).to_pylist() for position in order]
        cursor.executemany(str(statement), list(zip(*columns, strict=True)))
    cursor.close()


def read(connection: Connection, select: Select[*tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Read a query's rows.

    Args:
        connection: An open connection.
        select: The query; its columns stand in the order of `schema`.
        schema: Names and types of the result.
    """
    if connection.dialect.name == "postgresql":
        return _copy_out(connection, select, schema)
    result = connection.execute(select)
    batches = [_batch(part, schema) for part in result.partitions(_ROWS)]
    return pa.Table.from_batches(batches, schema=schema)


def _batch(rows: Sequence[Any], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    return pa.record_batch(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def _copy_in(connection: Connection, table: Table, rows: pa.Table) -> None:
    from pyarrow import csv

    columns = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in rows.column_names)
    with (
        _psycopg_cursor(connection) as cursor,
        cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN (FORMAT csv)") as copy,
    ):
        for batch in rows.to_batches(max_chunksize=_ROWS):
            text = io.BytesIO()
            csv.write_csv(batch, text, csv.WriteOptions(include_header=False))
            copy.write(text.getvalue())


def _copy_out(connection: Connection, select: Select[*tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    from pyarrow import csv

    statement = select.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    with (
        _psycopg_cursor(connection) as cursor,
        cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)") as copy,
    ):
        text = b"".join(_blocks(copy))
    if not text:
        return schema.empty_table()
    return csv.read_csv(
        io.BytesIO(text),
        read_options=csv.ReadOptions(column_names=schema.names),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
        ),
    )


def _psycopg_cursor(connection: Connection) -> Any:
    return connection.connection.cursor()


def _blocks(copy: Any) -> Iterator[bytes]:
    while block := copy.read():
        yield bytes(block)
