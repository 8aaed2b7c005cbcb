"""Feeds in; one table of offers and one of quarantined rows out.

A feed is read twice: first from its own format into portions of rows, adding up what the rows say together (language,
decimal mark, parents), then portion by portion into offers. Feeds of more than a few portions lie in temporary files in
between and are finished by two processes, so that memory stays bounded and both cores work.
"""

import os
import pickle
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.catalogs.contracts import Statistics, check_catalogs
from sku_align.catalogs.data_docs import DataDocs
from sku_align.catalogs.finishing import WIDE, Finished, finish, raw_json
from sku_align.catalogs.normalising import Portion, Reading
from sku_align.catalogs.reading import FeedReader
from sku_align.catalogs.records import Remark
from sku_align.catalogs.sources import CatalogSource, find_sources
from sku_align.catalogs.validation import ROW_RULES, UNIQUE, Check, failing_rows
from sku_align.config import Settings
from sku_align.pairs import sort_offers

__all__ = ["CatalogSource", "Ingested", "find_sources", "ingest"]

_LAYOUT = "row fits the columns"
# A second process costs ten seconds of imports; with fewer portions it does not pay (benchmarks/feeds.py).
_PARALLEL_FROM = 5


@dataclass(frozen=True)
class Ingested:
    """What came of the feeds.

    Attributes:
        offers: Table of `schema.OFFERS`, sorted by key.
        quarantine: Table of `schema.QUARANTINE`, sorted by catalog and row.
        expectations: For each catalog and expectation its `catalog`, `name`, `severity`, `rows` checked, `failed` rows
            and `success`.
        remarks: What a person should know of whole feeds: `catalog`, `kind`, `sentence`, and `rows` that are neither
            offers nor quarantined.
        statistics: Figures of each catalog that the next run is compared with: catalog -> `Statistics` as a mapping.
    """

    offers: pa.Table
    quarantine: pa.Table
    expectations: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    statistics: dict[str, dict[str, Any]] = field(default_factory=dict)


def ingest(
    sources: Sequence[CatalogSource],
    settings: Settings,
    check: Check = failing_rows,
    last: Mapping[str, Mapping[str, Any]] | None = None,
) -> Ingested:
    """Read, normalise and check feeds.

    Every feed is read before anything is returned, and the order of rows changes nothing but row numbers. For every
    feed the rows read are the offers, the quarantined rows and those that its remarks count.

    Args:
        sources: From `find_sources`, or made by hand.
        settings: All settings of the run.
        check: Finds the rows that fail the rules; Great Expectations by default.
        last: `statistics` of the last run, for the rules that compare with it.

    Raises:
        UserError: A feed cannot be read, is empty, or lacks a required column.
        ContractError: A feed breaks its contract or its limits; the error holds what came of all feeds.

    Examples:
        >>> from pathlib import Path
        >>> from sku_align.config import Settings
        >>> sources = find_sources([Path("shop.csv")], Settings())  # doctest: +SKIP
        >>> ingest(sources, Settings()).offers.num_rows  # doctest: +SKIP
        1000
    """
    docs = {s.name: DataDocs(s.name, settings.data_docs, check) for s in sources} if settings.data_docs else {}
    catalogs = [_ingest_one(source, docs.get(source.name, check)) for source in sources]
    offers = [catalog.offers for catalog in catalogs]
    quarantined = sorted((row for c in catalogs for row in c.quarantine), key=lambda row: (row["catalog"], row["row"]))
    table_rules = check_catalogs(
        {c.source.name: (c.source.settings, c.statistics) for c in catalogs}, last or {}, check, docs
    )
    for each in docs.values():
        each.write()
    result = Ingested(
        offers=sort_offers(pa.concat_tables(offers) if offers else schema.conform([], schema.OFFERS)),
        quarantine=schema.conform(quarantined, schema.QUARANTINE),
        expectations=[*(entry for c in catalogs for entry in c.expectations), *table_rules.expectations],
        remarks=[
            {"catalog": c.source.name, "kind": r.kind, "sentence": r.sentence, "rows": r.rows}
            for c in catalogs
            for r in c.remarks
        ],
        statistics={c.source.name: c.statistics.as_dict() for c in catalogs},
    )
    table_rules.require(result)
    return result


@dataclass
class _Catalog:
    source: CatalogSource
    offers: pa.Table
    quarantine: list[dict[str, Any]]
    expectations: list[dict[str, Any]]
    remarks: list[Remark]
    statistics: Statistics


def _ingest_one(source: CatalogSource, check: Check) -> _Catalog:
    reader = FeedReader(source)
    with _Portions() as portions:
        for portion in reader.portions():
            portions.add(portion)
        reading = reader.reading()
        finished = list(_finished(portions, reading, check))
        keys = [(number, key) for one in finished for number, key in one.keys]
        failed: Counter[str] = Counter()
        for one in finished:
            failed.update(one.failed)
        quarantine = [row for one in finished for row in one.quarantine]
        if not keys and quarantine:
            first = quarantine[0]
            _refuse_if_unreadable(reader, first, quarantine)
        wide = pa.concat_tables(one.offers for one in finished) if finished else pa.Table.from_batches([], WIDE)
        wide, repeated = _settle_repeated(wide, keys, quarantine, portions, source, check)
        failed[UNIQUE.name] = repeated
    figures: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for one in finished:
        figures.update(one.figures)
        skipped.update(one.skipped)
    malformed = reader.rows - len(keys) - sum(skipped.values())
    counts = [(_LAYOUT, "error", malformed), *((r.name, r.severity, failed[r.name]) for r in (*ROW_RULES, UNIQUE))]
    expectations = [
        {
            "catalog": source.name,
            "name": name,
            "severity": severity,
            "rows": figures["rows"],
            "failed": count,
            "success": count == 0,
        }
        for name, severity, count in counts
    ]
    offers = wide.select(schema.OFFERS.names).cast(schema.OFFERS)
    statistics = Statistics.of(figures, len(offers), len(quarantine), list(reader.names))
    remarks = [*reader.remarks, *_remarks(skipped, figures)]
    return _Catalog(source, offers, quarantine, expectations, remarks, statistics)


class _Portions:
    """Portions of one feed: a few in memory, more of them in files of a folder that goes with them."""

    def __init__(self) -> None:
        self.folder: TemporaryDirectory[str] | None = None
        self.held: list[Portion] = []
        self.files: list[Path] = []

    def __enter__(self) -> "_Portions":
        return self

    def __exit__(self, *error: object) -> None:
        if self.folder:
            self.folder.cleanup()

    def add(self, portion: Portion) -> None:
        """Keep a portion."""
        self.held.append(portion)
        if self.files or len(self.held) >= _PARALLEL_FROM:
            self.folder = self.folder or TemporaryDirectory(prefix="sku-align-rows-")
            for one in self.held:
                path = Path(self.folder.name) / f"{len(self.files):06d}"
                path.write_bytes(pickle.dumps(one, protocol=5))
                self.files.append(path)
            self.held = []

    def __iter__(self) -> Iterator[Portion]:
        yield from self.held
        for path in self.files:
            yield pickle.loads(path.read_bytes())


def _finished(portions: _Portions, reading: Reading, check: Check) -> Iterator[Finished]:
    if len(portions.files) < _PARALLEL_FROM or _cores() < 2 or check is not failing_rows or not _may_spawn():
        for portion in portions:
            yield finish(portion, reading, check)
        return
    # Spawned, not forked: the parent may run threads of Arrow or Dagster.
    with ProcessPoolExecutor(2, get_context("spawn"), _start, (reading,)) as pool:
        yield from pool.map(_finish_file, portions.files)


def _may_spawn() -> bool:
    """Whether a worker may import the main module: a plain script without a guard would run a second time."""
    main = sys.modules["__main__"]
    return main.__spec__ is not None or not str(getattr(main, "__file__", "")).endswith(".py")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_reading: list[Reading] = []


def _start(reading: Reading) -> None:
    pa.set_cpu_count(1)
    _reading[:] = [reading]


def _finish_file(path: Path) -> Finished:
    return finish(pickle.loads(path.read_bytes()), _reading[0])


def _settle_repeated(
    wide: pa.Table,
    keys: Sequence[tuple[int, str | None]],
    quarantine: list[dict[str, Any]],
    portions: Iterable[Portion],
    source: CatalogSource,
    check: Check,
) -> tuple[pa.Table, int]:
    """Of the rows of one offer id the latest sound one stays, then the fullest; the others are quarantined."""
    import pandas as pd

    frame = pd.DataFrame({"key": pd.Series([key for _, key in keys], dtype=object)}, index=pd.RangeIndex(len(keys)))
    failing = check(frame, [UNIQUE])[UNIQUE.name]
    if not len(failing):
        return wide, 0
    groups: dict[str, list[int]] = {}
    for position in failing.tolist():
        number, key = keys[position]
        groups.setdefault(str(key), []).append(number)
    ids = pa.array(list(groups), pa.string())
    sound = wide.append_column("at", pa.array(range(len(wide)), pa.int64())).filter(pc.is_in(wide["offer_id"], ids))
    ranked: dict[str, list[tuple[float, int, str, str, int, int]]] = {}
    wanted = {number for numbers in groups.values() for number in numbers}
    raws = {number: raw_json(cells) for portion in portions for number, cells in portion.rows if number in wanted}
    for row in sound.select(["offer_id", "updated", "filled", "content_hash", "row", "at"]).to_pylist():
        tie = blake2b(raws.get(row["row"], "").encode("utf-8", "replace"), digest_size=8).hexdigest()
        rank = (-row["updated"], -row["filled"], row["content_hash"], tie, row["row"], row["at"])
        ranked.setdefault(row["offer_id"], []).append(rank)
    known = {(entry["row"], entry["offer_id"]): entry for entry in quarantine}
    dropped: set[int] = set()
    repeated = 0
    for key, numbers in groups.items():
        candidates = sorted(ranked.get(key, []))
        kept = candidates[0] if candidates else None
        fate = "none of its rows is sound" if kept is None else f"row {kept[4]} is kept"
        reason = f"The offer id {key[:300]} is used more than once; {fate}."
        places = {rank[4]: rank[5] for rank in candidates}
        for number in sorted(numbers):
            if kept is not None and number == kept[4]:
                continue
            repeated += 1
            shown = key if len(key) <= 300 else f"{key[:300]}..."
            if entry := known.get((number, shown)):
                entry["reasons"] = [*entry["reasons"], reason]
                continue
            dropped.add(places[number])
            quarantine.append(
                {"catalog": source.name, "row": number, "offer_id": shown, "reasons": [reason], "raw": raws.get(number)}
            )
    stays = [at not in dropped for at in range(len(wide))]
    return wide.filter(pa.array(stays, pa.bool_())), repeated


def _refuse_if_unreadable(reader: FeedReader, first: Mapping[str, Any], quarantine: Sequence[object]) -> None:
    from sku_align.errors import UserError

    if len(quarantine) == reader.rows and first["offer_id"] is None:
        why = first["reasons"][0].rstrip(".")
        raise UserError(
            f"No row of the catalog {reader.source.where} can be read: row {first['row']}: {why}; correct the file."
        )


def _remarks(skipped: Counter[str], figures: Counter[str]) -> list[Remark]:
    sentences = {
        "parent": "{} parent rows stand for their variants and are not offers.",
        "further image": "{} rows only add an image to the row above and are not offers.",
        "store view": "{} rows are other store views of an offer; their titles are kept with it.",
    }
    found = [Remark(why, sentences[why].format(count), count) for why, count in sorted(skipped.items())]
    if count := figures["placeholder gtins"]:
        found.append(Remark("placeholders", f"{count} GTIN cells only fill the field and are left empty."))
    if count := figures["doubtful languages"]:
        sentence = f"The language of {count} offers is doubtful; set `language` for the catalog, or map a column to it."
        found.append(Remark("languages", sentence))
    return found
