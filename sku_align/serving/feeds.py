"""A whole feed matched from a terminal."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sku_align.catalogs.ingest import find_sources, ingest
from sku_align.config import Settings
from sku_align.embedding.embed import embed
from sku_align.errors import UserError
from sku_align.progress import track
from sku_align.serving.matching import Match
from sku_align.serving.publication import Keeper

# Offers judged together; more gain no time, and the tables around them grow.
CHUNK = 1_000
_ANSWERS = pa.schema(
    [
        ("catalog", pa.string()),
        ("offer_id", pa.string()),
        ("title", pa.string()),
        ("decision", pa.string()),
        ("sku_id", pa.string()),
        ("probability", pa.float64()),
        ("reasons", pa.string()),
        ("published_sku_id", pa.string()),
        ("alternatives", pa.string()),
        ("publication_id", pa.int64()),
    ]
)
# Cells that a spreadsheet would run as a formula get an apostrophe before them.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def match_feed(
    feed: Path, db: str, run: Path | None, settings: Settings | None, out: Path | None, alternatives: int
) -> tuple[Path, dict[str, int]]:
    """Match every sound offer of a feed against the live publication.

    Args:
        feed: The feed; its settings in the publication, or in `settings`, say how it is read.
        db: SQLAlchemy URL of the store.
        run: Run folder whose index is used, for a database that is not a file.
        settings: Settings of this call; those of the publication for what they do not name.
        out: CSV or Parquet file to write.
        alternatives: How many other SKUs are named for each offer.

    Returns:
        The file written, and how many offers got each decision; rows that are not sound count as `quarantined`.

    Raises:
        UserError: The feed cannot be read, or nothing can be matched against.
    """
    keeper = Keeper(db, run, settings)
    keeper.look()
    snapshot = keeper.current
    path = out or feed.with_name(f"{feed.stem}.skus.csv")
    if path.suffix not in (".csv", ".parquet"):
        raise UserError(f"Answers are written as .csv or .parquet, not to {path}.")
    # A catalog that these settings do not describe is read as the publication's run read it.
    own = settings.catalogs if settings else {}
    known = snapshot.settings.model_copy(update={"catalogs": {**snapshot.settings.catalogs, **own}})
    (source,) = find_sources([feed], known)
    read = ingest([source], known)
    answers: list[Match] = []
    for start in track(range(0, len(read.offers), CHUNK), "Matching", -(-len(read.offers) // CHUNK)):
        offers = read.offers.slice(start, CHUNK)
        embeddings = embed(offers, snapshot.embedder)
        answers += snapshot.matcher.match(source.name, offers, embeddings, alternatives)
    table = _table(answers, read.offers, snapshot.publication.publication_id)
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        _write_csv(table, path)
    counts = dict(sorted(Counter(answer.decision for answer in answers).items()))
    return path, counts | ({"quarantined": len(read.quarantine)} if len(read.quarantine) else {})


def _table(answers: list[Match], offers: pa.Table, publication: int) -> pa.Table:
    titles = dict(zip(offers["offer_id"].to_pylist(), offers["title"].to_pylist(), strict=True))
    rows = []
    for answer in answers:
        row = asdict(answer) | {"title": titles[answer.offer_id], "publication_id": publication}
        row["reasons"] = "; ".join(answer.reasons)
        row["alternatives"] = ", ".join(
            each.sku_id + ("" if each.probability is None else f" {each.probability:.3f}")
            for each in answer.alternatives
        )
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=_ANSWERS)


def _write_csv(table: pa.Table, path: Path) -> None:
    """UTF-8 with BOM, one row per offer, harmless cells."""
    import pyarrow.csv as pa_csv

    columns = []
    for name in table.column_names:
        column = table[name]
        if pa.types.is_string(column.type):
            risky = pc.fill_null(pc.is_in(pc.utf8_slice_codeunits(column, 0, 1), pa.array(_FORMULA)), False)
            column = pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)
        columns.append(column)
    with path.open("wb") as file:
        file.write("\N{BYTE ORDER MARK}".encode())
        pa_csv.write_csv(pa.table(columns, names=table.column_names), file)
