"""A catalog that fails is held back alone: the others go on with theirs, it goes on with its last good version."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.catalogs.contracts import ContractError
from sku_align.catalogs.ingest import Ingested, ingest
from sku_align.catalogs.sources import CatalogSource, check_source
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.pairs import sort_offers


class LastGood(NamedTuple):
    """What the last run kept of all catalogs: tables of `schema.OFFERS` and `schema.QUARANTINE`, and its figures."""

    offers: pa.Table
    quarantine: pa.Table
    facts: Mapping[str, Any]

    def of(self, catalog: str) -> Ingested:
        """What it kept of one catalog; no rows if it did not know the catalog."""
        mine = [each for each in self.facts.get("expectations", ()) if each["catalog"] == catalog]
        remarks = [each for each in self.facts.get("remarks", ()) if each["catalog"] == catalog]
        known = {name: each for name, each in self.facts.get("statistics", {}).items() if name == catalog}
        offers, bad = (table.filter(pc.equal(table["catalog"], catalog)) for table in (self.offers, self.quarantine))
        return Ingested(offers, bad, mine, remarks, known)


def ingest_each(
    sources: Sequence[CatalogSource],
    settings: Settings,
    last: LastGood,
    hold_back: bool = False,
    only: Collection[str] = (),
) -> tuple[Ingested, dict[str, str]]:
    """Read catalogs one by one, so that the fault of one costs no other.

    Args:
        sources: From `find_sources`.
        settings: All settings of the run.
        last: The last run's; what is not read anew is taken from there.
        hold_back: Go on with the last good version of a catalog that cannot be read or breaks its contract, and
            without it where there is none; else its error is raised.
        only: Catalogs to read anew; all if empty.

    Returns:
        What came of all catalogs, and for each that is held back the sentence of its error.

    Raises:
        UserError: A catalog fails and is not held back, or all of them fail.
    """
    if unknown := sorted(set(only) - {source.name for source in sources}):
        raise UserError(f"There is no catalog {unknown[0]!r}: the settings have {', '.join(s.name for s in sources)}.")
    results, held = [], {}
    first: UserError | None = None
    for source in sources:
        if only and source.name not in only:
            results.append(last.of(source.name))
            continue
        try:
            check_source(source)
            results.append(ingest([source], settings, last=last.facts.get("statistics")))
        except UserError as error:
            if not hold_back:
                raise
            first = first or error
            held[source.name] = str(error)
            kept = last.of(source.name)
            # The rows at fault are shown, though the last good version of the offers goes on.
            results.append(kept if not isinstance(error, ContractError) else _with_faults(kept, error.ingested))
    if first and len(held) == len(only or sources) and not any(len(result.offers) for result in results):
        raise first
    return _united(results), held


def _with_faults(kept: Ingested, failed: Ingested) -> Ingested:
    return Ingested(kept.offers, failed.quarantine, failed.expectations, failed.remarks, kept.statistics)


def _united(parts: Sequence[Ingested]) -> Ingested:
    offers = pa.concat_tables([schema.OFFERS.empty_table(), *(part.offers for part in parts)])
    quarantine = pa.concat_tables([schema.QUARANTINE.empty_table(), *(part.quarantine for part in parts)])
    return Ingested(
        offers=sort_offers(offers),
        quarantine=quarantine.sort_by([("catalog", "ascending"), ("row", "ascending")]),
        expectations=[each for part in parts for each in part.expectations],
        remarks=[each for part in parts for each in part.remarks],
        statistics={name: each for part in parts for name, each in part.statistics.items()},
    )
