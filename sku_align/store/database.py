"""Connect to the store's database, bring it up to date, and let one run at a time write to it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from sku_align.errors import TransientError, UserError, how_to_install
from sku_align.redaction import redact
from sku_align.store.models import Base

_LOCK = int.from_bytes(hashlib.blake2b(b"sku_align publisher", digest_size=7).digest())
# How long a writer waits for another one on SQLite.
_BUSY_MS = 60_000
MIGRATION = "sku_align_migration"


def connect(url: str, create: bool = True) -> Engine:
    """Make an engine for a SQLite or PostgreSQL database, and reach it once.

    Args:
        url: SQLAlchemy URL.
        create: Make the database if it is a SQLite file that does not exist; else one without SKU Align's tables is
            refused.

    Raises:
        UserError: The URL is not one of either, the database cannot be reached, or it is not there and may not be made.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UserError(
            f"{redact(url)!r} is not a database URL: write for example sqlite:///skus.db or postgresql://user@host/name."
        ) from error
    name = parsed.get_backend_name()
    if name in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    elif name != "sqlite":
        raise UserError(f"SKU Align publishes to SQLite or PostgreSQL, not to {name}: change the database URL.")
    shown = redact(parsed.render_as_string(hide_password=True))
    try:
        engine = create_engine(parsed)
        if name == "sqlite":
            if create:
                Path(parsed.database or "").parent.mkdir(parents=True, exist_ok=True)
            elif not Path(parsed.database or "").is_file():
                raise UserError(f"There is no database at {parsed.database}: correct --db; only publishing makes one.")
            _prepare_sqlite(engine)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            if not create and not inspect(connection).has_table(MIGRATION):
                raise UserError(f"The database {shown} holds nothing of SKU Align: correct --db.")
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise UserError(f"{shown} needs a driver: {how_to_install('postgres')}.") from error
    except (DBAPIError, OSError) as error:
        reason = redact(" ".join(str(getattr(error, "orig", error)).split()))
        kind = TransientError if isinstance(error, OperationalError) else UserError
        raise kind(f"The database {shown} cannot be opened: {reason}.") from error
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    """Readers go on while a run writes (WAL), and DDL belongs to its transaction."""

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, committed at the end of the block."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def only_publisher(engine: Engine) -> Iterator[None]:
    """Hold the right to publish; it ends with the block, or with the process if that dies.

    Raises:
        UserError: Another run holds it.
    """
    busy = TransientError(
        "Another run is publishing to this database: wait until it has finished, then run this one again."
    )
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}):
                raise busy
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        return
    from filelock import FileLock, Timeout

    if not (database := engine.url.database) or database == ":memory:":
        yield
        return
    lock = FileLock(f"{database}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise busy from error
    try:
        yield
    finally:
        lock.release()


def refresh_statistics(engine: Engine) -> None:
    """Tell the query planner of what was written, before storefronts ask for it."""
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA analysis_limit = 1000"))
        tables = [table.name for table in Base.metadata.sorted_tables]
        for table in tables:
            connection.execute(text(f"ANALYZE {table}"))


def bring_up_to_date(engine: Engine) -> None:
    """Run the migrations that are missing, and renew the storefront views if their text changed."""
    from alembic import command
    from alembic.config import Config

    folder = _sql_folder()
    config = Config()
    config.set_main_option("script_location", str(folder / "migrations").replace("%", "%%"))
    views = {path.stem: path.read_text(encoding="utf-8") for path in sorted((folder / "views").glob("*.sql"))}
    digest = hashlib.blake2b(repr(views).encode(), digest_size=16).hexdigest()
    with engine.connect() as connection:
        if _is_up_to_date(connection, config, digest):
            return
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK + 1})
        for name in views:
            connection.execute(text(f"DROP VIEW IF EXISTS {name}"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        for statement in views.values():
            connection.exec_driver_sql(statement)
        connection.execute(text("UPDATE sku_align_views SET digest = :digest"), {"digest": digest})


def _is_up_to_date(connection: Connection, config: Any, digest: str) -> bool:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    context = MigrationContext.configure(connection, opts={"version_table": MIGRATION})
    if context.get_current_revision() != ScriptDirectory.from_config(config).get_current_head():
        return False
    return bool(connection.scalar(text("SELECT digest FROM sku_align_views")) == digest)


def _sql_folder() -> Path:
    """`sku_align/sql` where the package is installed, `sql` beside it in a checkout."""
    package = Path(__file__).parents[1]
    return package / "sql" if (package / "sql").is_dir() else package.parent / "sql"
