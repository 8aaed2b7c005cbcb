"""Write a run beside the live rows, take it back, and forget runs that are too old to go back to."""

from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    and_,
    delete,
    exists,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased

from sku_align.store import bulk
from sku_align.store.models import OPEN, VERSIONED, Base, Event, Issued, Publication, Versioned
from sku_align.tabular import query

_ARROW = {"VARCHAR": pa.string()}
_OWN = ("valid_from", "valid_to", "row_hash")


@dataclass(frozen=True)
class Difference:
    """Keys of the rows that a run adds or replaces (`written`), and of those that it ends (`ended`)."""

    written: pa.Table
    ended: pa.Table


def keys(model: type[Versioned]) -> list[str]:
    """Names of the columns that name a row, whatever its version."""
    return [column.name for column in table_of(model).primary_key if column.name != "valid_from"]


def table_of(model: type[Base]) -> Table:
    """The table behind a model."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def valid_at(model: type[Versioned], publication: int) -> ColumnElement[bool]:
    """The rows of a model that a publication shows."""
    return and_(model.valid_from <= publication, model.valid_to > publication)


def write_beside(connection: Connection, model: type[Versioned], rows: pa.Table, base: int, new: int) -> Difference:
    """Write what differs from the live rows, as rows that nobody sees until publication `new` is live.

    Args:
        connection: A connection in a transaction.
        model: Which table.
        rows: All rows that publication `new` shows: every column of the model but its versions.
        base: The live publication.
        new: The publication being written.
    """
    names = keys(model)
    listed = ", ".join(names)
    stored = bulk.read(
        connection,
        select(*(getattr(model, name) for name in names), model.row_hash).where(valid_at(model, base)),
        pa.schema([*((name, pa.string()) for name in names), ("row_hash", pa.int64())]),
    )
    # The lower 63 bits of an MD5 over the row as JSON: the same on every machine and release.
    differing = query(
        f"""
        SELECT hashed.* EXCLUDE ({listed}), {listed}, stored.row_hash AS stored_hash
        FROM (SELECT rows.*, (md5_number_lower(to_json(rows)::VARCHAR) >> 1)::BIGINT AS row_hash FROM rows) AS hashed
        FULL JOIN stored USING ({listed})
        WHERE stored.row_hash IS DISTINCT FROM hashed.row_hash
        ORDER BY {listed}
        """,
        rows=rows,
        stored=stored,
    )
    fresh = differing.filter(differing["row_hash"].is_valid()).drop_columns(["stored_hash"])
    stale = differing.filter(differing["stored_hash"].is_valid()).select(names)
    count = len(fresh)
    versions = {"valid_from": pa.repeat(new, count), "valid_to": pa.repeat(OPEN, count)}
    for name, values in versions.items():
        fresh = fresh.append_column(name, values)
    bulk.write(connection, table_of(model), fresh)
    _end(connection, model, stale, base, new)
    return Difference(fresh.select(names), stale)


def _end(connection: Connection, model: type[Versioned], stale: pa.Table, base: int, new: int) -> None:
    if len(stale) == 0:
        return
    names = keys(model)
    ended = Table(
        "sku_align_ended",
        MetaData(),
        *(Column(name, getattr(model, name).type) for name in names),
        prefixes=["TEMPORARY"],
    )
    ended.create(connection)
    bulk.write(connection, ended, stale)
    connection.execute(
        update(model)
        .where(valid_at(model, base), tuple_(*(getattr(model, name) for name in names)).in_(select(ended)))
        .values(valid_to=new)
    )
    ended.drop(connection)


def write_again(connection: Connection, model: type[Versioned], earlier: int, base: int, new: int) -> None:
    """Write beside the live rows what an earlier publication showed."""
    now, then = aliased(model), aliased(model)
    names = [column.name for column in table_of(model).columns if column.name not in _OWN]

    def same(left: type[Versioned], right: type[Versioned]) -> ColumnElement[bool]:
        pairs = [getattr(left, name) == getattr(right, name) for name in keys(model)]
        return and_(*pairs, left.row_hash == right.row_hash)

    connection.execute(
        update(model)
        .where(
            valid_at(model, base),
            ~exists(select(literal(1)).where(same(then, model), valid_at(then, earlier)).correlate(model)),
        )
        .values(valid_to=new)
    )
    restored = select(
        *(getattr(then, name) for name in names),
        then.row_hash,
        literal(new),
        literal(OPEN, BigInteger),
    ).where(
        valid_at(then, earlier),
        ~exists(select(literal(1)).where(same(now, then), valid_at(now, base)).correlate(then)),
    )
    connection.execute(insert(model).from_select([*names, "row_hash", "valid_from", "valid_to"], restored))


def take_back(connection: Connection, new: int) -> None:
    """Undo everything that was written for a publication that never went live."""
    for model in VERSIONED:
        connection.execute(delete(model).where(model.valid_from == new))
        connection.execute(update(model).where(model.valid_to == new).values(valid_to=OPEN))
    for dated in (Event, Issued, Publication):
        connection.execute(delete(dated).where(dated.publication_id == new))


def prune(connection: Connection, keep: int) -> None:
    """Forget what only publications before the last `keep` showed; ids and what happened to them stay."""
    kept = connection.scalars(
        select(Publication.publication_id)
        .where(Publication.status == "published")
        .order_by(Publication.publication_id.desc())
        .limit(keep)
    ).all()
    if len(kept) < keep:
        return
    oldest = min(kept)
    for model in VERSIONED:
        connection.execute(delete(model).where(model.valid_to <= oldest))
    connection.execute(delete(Event).where(Event.publication_id < oldest, Event.event == "updated"))
    connection.execute(update(Publication).where(Publication.publication_id < oldest).values(status="pruned"))
