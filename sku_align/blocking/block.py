"""Blocking: the pairs of offers worth a scorer's time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sku_align import schema
from sku_align.blocking.catalog import Catalog, prepare
from sku_align.blocking.estimate import Recapture, estimate_completeness, estimate_groups
from sku_align.blocking.fuse import Fused
from sku_align.blocking.hits import Hits
from sku_align.blocking.identifier import identifier
from sku_align.blocking.report import Hub, Report
from sku_align.blocking.search import CHANNELS, search
from sku_align.config import BlockingSettings
from sku_align.pairs import numbered, pair_columns
from sku_align.progress import track


@dataclass(frozen=True)
class Blocked:
    """Candidates and how they came about."""

    candidates: pa.Table
    report: Report


@dataclass(frozen=True)
class Around:
    """What lies around offers that are searched beside a few of a larger collection.

    Attributes:
        catalog: The catalog that is searched for; pairs of other catalogs are not looked for.
        weights: What the offers' words weigh in the collection, and their words and letter sequences together.
        hubs: Keys that are on too many of its offers, by the name of the identifier.
    """

    catalog: str
    weights: tuple[Any, Any]
    hubs: Mapping[str, Collection[str]]


def block(
    offers: pa.Table, embeddings: pa.Table, settings: BlockingSettings, has_duplicates: Collection[str] = ()
) -> Blocked:
    """Find the candidate pairs between every two catalogs.

    Args:
        offers: Offers sorted by key, length n.
        embeddings: Vectors of the same offers in the same order.
        settings: How many hits a channel gives and how many candidates stay.
        has_duplicates: Catalogs that may list a product more than once, which are also searched within themselves.

    Returns:
        Candidates (`schema.CANDIDATES`, sorted by pair; `rank` is the worse of both sides' fused ranks, so 1 means that
        each offer is the other's best) and the report.
    """
    exact, hubs = identifier(offers, settings.hub_limit)
    catalogs = prepare(offers, embeddings) if len(offers) else []
    ways = _ways(catalogs, has_duplicates)
    bits = 1 << np.arange(len(CHANNELS))
    by_channel, only_by_channel = np.zeros((2, len(CHANNELS)), dtype=np.int64)
    groups, most = [Fused.join([])], 0
    languages, names = numbered(pc.fill_null(offers["language"], "und"))
    tags = [str(name).split("-")[0] for name in names.to_pylist()]
    counts: dict[str, list[Recapture]] = defaultdict(list)
    for _, group in groupby(track(ways, "Searching candidate pairs", len(ways)), key=lambda way: way[0].start):
        parts = []
        for left, right in group:
            part, found = search(left, right, _between(exact, left, right), settings, languages)
            parts.append(part)
            for (one, other), count in found.items():
                domains = {"", f"languages: {'-'.join(sorted((tags[one], tags[other])))}"}
                for domain in domains | {f"catalog: {name}" for name in (left.name, right.name)}:
                    counts[domain].append(count)
            most = max(most, _most(part))
        fused = Fused.join(parts)
        fused = fused.take(np.lexsort((fused.right, fused.left)))
        by_channel += [np.count_nonzero(fused.channels & bit) for bit in bits]
        only_by_channel += [np.count_nonzero(fused.channels == bit) for bit in bits]
        groups.append(fused)
    # One table of one chunk: whoever looks up its offers does so once, and not for each catalog.
    candidates = _table(offers, Fused.join(groups))
    hubs += _titles(offers, settings.hub_limit) + [hub for catalog in catalogs for hub in catalog.hubs]
    report = Report(
        offers=len(offers),
        candidates=len(candidates),
        possible_pairs=sum(_possible(left, right) for left, right in ways),
        most_per_offer=most,
        by_channel=dict(zip(CHANNELS, by_channel.tolist(), strict=True)),
        only_by_channel=dict(zip(CHANNELS, only_by_channel.tolist(), strict=True)),
        estimated_pair_completeness=estimate_completeness(counts.pop("", [])),
        estimated_by_domain=estimate_groups(counts),
        hubs=sorted(hubs, key=lambda hub: (-hub.offers, hub)),
    )
    return Blocked(candidates, report)


def block_around(
    offers: pa.Table,
    embeddings: pa.Table,
    settings: BlockingSettings,
    around: Around,
    has_duplicates: Collection[str] = (),
) -> pa.Table:
    """Find one catalog's candidates among a few offers of a larger collection, as `block` does in all of it.

    Args:
        offers: As for `block`, and likewise the next two and the last.
        around: The catalog, and what the larger collection knows of the offers.

    Returns:
        Table of `schema.CANDIDATES`, sorted by pair.
    """
    exact, _ = identifier(offers, settings.hub_limit, around.hubs)
    catalogs = prepare(offers, embeddings, around.weights)
    ways = [way for way in _ways(catalogs, has_duplicates) if around.catalog in (way[0].name, way[1].name)]
    found = Fused.join([search(left, right, _between(exact, left, right), settings)[0] for left, right in ways])
    return _table(offers, found.take(np.lexsort((found.right, found.left))))


def _ways(catalogs: Sequence[Catalog], has_duplicates: Collection[str]) -> list[tuple[Catalog, Catalog]]:
    """Pairs of catalogs that may hold offers of one product."""
    both = combinations_with_replacement(catalogs, 2)
    return [(left, right) for left, right in both if left is not right or left.name in has_duplicates]


def _between(hits: Hits, left: Catalog, right: Catalog) -> Hits:
    ours = (hits.query >= left.start) & (hits.query < left.start + left.size)
    return hits.take(ours & (hits.found >= right.start) & (hits.found < right.start + right.size))


def _possible(left: Catalog, right: Catalog) -> int:
    return left.size * (left.size - 1) // 2 if left is right else left.size * right.size


def _most(part: Fused) -> int:
    both = np.concatenate([part.left, part.right])
    return int(np.bincount(both - both.min()).max()) if len(both) else 0


def _titles(offers: pa.Table, limit: int) -> list[Hub]:
    """Titles that a catalog repeats more often than the limit."""
    titles = pa.table({"catalog": offers["catalog"], "title": pc.fill_null(offers["title"], "")})
    counts = titles.group_by(["catalog", "title"]).aggregate([([], "count_all")])
    counts = counts.filter(pc.greater(counts["count_all"], limit))
    return [Hub("title", row["title"], row["count_all"]) for row in counts.to_pylist()]


def _table(offers: pa.Table, fused: Fused) -> pa.Table:
    sets = [[name for bit, name in enumerate(CHANNELS) if code >> bit & 1] for code in range(1 << len(CHANNELS))]
    columns = pair_columns(offers, fused.left, fused.right)
    columns["channels"] = pa.array(sets, schema.CANDIDATES.field("channels").type).take(pa.array(fused.channels))
    columns["rank"] = fused.rank
    return schema.conform(columns, schema.CANDIDATES)
