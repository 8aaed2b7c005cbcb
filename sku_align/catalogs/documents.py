"""Parquet files and SQL queries as rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sku_align.catalogs.records import Record, Row, Table
from sku_align.catalogs.sheets import sheet_rows as sheet_rows
from sku_align.catalogs.sources import CatalogSource
from sku_align.errors import TransientError, UserError

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy import Connection

_BATCH = 10_000


def read_parquet(path: Path, shown: str) -> Table:
    """Rows of a Parquet file, numbered from 1, a batch at a time.

    Raises:
        UserError: The file is not Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"The catalog {shown} is not a readable Parquet file; write it again.") from error

    def rows() -> Iterator[Row | Record]:
        number = 0
        with file:
            for batch in file.iter_batches(batch_size=_BATCH):
                columns = [_values(column) for column in batch.columns]
                for cells in zip(*columns, strict=True) if columns else ():
                    number += 1
                    yield number, dict(zip(batch.schema.names, cells, strict=True))

    return Table(rows(), list(dict.fromkeys(file.schema_arrow.names)))


def _values(column: "pa.Array") -> list[Any]:
    """Values of a column; where Python cannot hold one (year 20000, an unknown time zone), its text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    try:
        values: list[Any] = column.to_pylist()
        return values
    except (ValueError, OverflowError, KeyError, ImportError, pa.ArrowException):
        pass
    try:
        text: list[Any] = pc.cast(column, pa.string()).to_pylist()
        return text
    except (pa.ArrowException, ValueError):
        return [_one(column, at) for at in range(len(column))]


def _one(column: "pa.Array", at: int) -> Any:
    try:
        return column[at].as_py()
    except (ValueError, OverflowError, KeyError, ImportError):
        # The number behind a date that no calendar holds: the checks of the row name it.
        return str(getattr(column[at], "value", "unreadable"))


def read_query(source: CatalogSource) -> Table:
    """Rows of a SQL query, numbered from 1, on a connection that cannot write and is rolled back.

    Raises:
        UserError: The statement is not one SELECT, or fails.
        TransientError: The database does not answer.
    """
    from sqlalchemy import create_engine, make_url, text
    from sqlalchemy.exc import OperationalError, SQLAlchemyError

    shown = "its database"
    statement = (source.settings.query or "").strip().rstrip(";")
    _check_reads_only(statement, source.name)
    try:
        url = make_url(source.settings.url or "")
        shown = url.set(query={}).render_as_string(hide_password=True)
        if url.get_backend_name() == "sqlite":
            _check_exists(url.database, source.name)
        engine = create_engine(url)
        with engine.connect() as connection:
            _set_read_only(connection)
            result = connection.execute(text(statement))
            names = list(result.keys())
            found = [tuple(row) for row in result]
            connection.rollback()
        engine.dispose()
    except (SQLAlchemyError, ImportError, ValueError, UnicodeError) as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0].rstrip(".")
        kind = TransientError if isinstance(error, OperationalError) else UserError
        raise kind(f"The query of catalog {source.name} on {shown} fails: {cause}.") from error
    except UserError:
        raise
    except Exception as error:
        # A driver's own exception, such as SQLite's for a value of the wrong kind.
        raise UserError(f"The query of catalog {source.name} on {shown} fails: {type(error).__name__}.") from error
    return Table(((number, dict(zip(names, row, strict=True))) for number, row in enumerate(found, start=1)), names)


def _check_reads_only(statement: str, name: str) -> None:
    """Refuse what is not a SELECT before a database sees it; the connection refuses the rest."""
    words = statement.lstrip("( \n\t").split(None, 1)
    if not words or words[0].lower() not in {"select", "with", "values", "table", "from"}:
        raise UserError(f"The `query` of catalog {name} is not a SELECT; a catalog is only ever read.")


def _check_exists(database: str | None, name: str) -> None:
    # SQLite makes a file that it does not find.
    if database and database != ":memory:" and not database.startswith("file:") and not Path(database).exists():
        raise UserError(f"The query of catalog {name} fails: there is no database file {database}: no such table.")


def _set_read_only(connection: "Connection") -> None:
    """Make the session read-only in the words of its database."""
    backend = connection.dialect.name
    if backend == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
        raw = connection.connection.driver_connection
        if raw is not None and hasattr(raw, "setlimit"):
            import sqlite3

            # ATTACH would make a file even where nothing may be written.
            raw.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    elif backend in {"postgresql", "mysql", "mariadb", "oracle"}:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
