"""Blocking: the pairs of offers worth a scorer's time."""

from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align import schema
from sku_align.blocking.fuse import Fused, fuse
from sku_align.blocking.hits import Hits
from sku_align.blocking.identifier import Hub, identifier
from sku_align.blocking.lexical import lexical, romanise, weigh
from sku_align.blocking.neighbours import neighbours
from sku_align.config import BlockingSettings

CHANNELS = ("identifier", "neighbours", "lexical")


@dataclass(frozen=True)
class Report:
    """Figures of one blocking run."""

    offers: int
    candidates: int
    possible_pairs: int
    by_channel: dict[str, int] = field(default_factory=dict)
    hubs: list[Hub] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain values, ready for JSON."""
        return asdict(self) | {"hubs": [hub._asdict() for hub in self.hubs]}


@dataclass(frozen=True)
class Blocked:
    """Candidates and how they came about."""

    candidates: pa.Table
    report: Report


def block(offers: pa.Table, embeddings: pa.Table, settings: BlockingSettings) -> Blocked:
    """Find the candidate pairs between every two catalogs.

    Args:
        offers: Offers sorted by key, length n.
        embeddings: Vectors of the same offers in the same order.
        settings: How many hits a channel gives and how many candidates stay.

    Returns:
        Candidates (`schema.CANDIDATES`, sorted by pair; `rank` is the better of both sides' fused ranks) and the
        report.
    """
    vectors = _matrix(embeddings)
    weights = weigh(romanise(offers))
    exact, hubs = identifier(offers, settings.hub_limit)
    catalogs = _catalogs(offers)
    parts = []
    for left, right in combinations(catalogs, 2):
        channels = {
            "identifier": _between(exact, left, right),
            "neighbours": Hits.join([neighbours(vectors, *way, settings.neighbours) for way in _ways(left, right)]),
            "lexical": Hits.join([lexical(weights, *way, settings.lexical) for way in _ways(left, right)]),
        }
        parts.append(fuse(channels, settings.max_candidates_per_offer))
    fused = Fused.join(parts)
    order = np.lexsort((fused.right, fused.left))
    fused = fused.take(order)
    report = Report(
        offers=len(offers),
        candidates=len(order),
        possible_pairs=sum(len(left) * len(right) for left, right in combinations(catalogs, 2)),
        by_channel={name: int((fused.channels >> i & 1).sum()) for i, name in enumerate(CHANNELS)},
        hubs=hubs,
    )
    return Blocked(_table(offers, fused), report)


def _ways(left: range, right: range) -> tuple[tuple[range, range], tuple[range, range]]:
    return (left, right), (right, left)


def _matrix(embeddings: pa.Table) -> NDArray[np.float32]:
    column = embeddings["vector"].combine_chunks()
    width = embeddings.schema.field("vector").type.list_size
    matrix: NDArray[np.float32] = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
    return matrix


def _catalogs(offers: pa.Table) -> list[range]:
    """The run of rows of each catalog."""
    encoded = offers["catalog"].combine_chunks().dictionary_encode()
    starts = np.flatnonzero(np.diff(encoded.indices.to_numpy(), prepend=-1)).tolist()
    return [range(start, stop) for start, stop in zip(starts, [*starts[1:], len(offers)], strict=True)]


def _between(hits: Hits, left: range, right: range) -> Hits:
    low, high = np.minimum(hits.query, hits.found), np.maximum(hits.query, hits.found)
    kept = (low >= left.start) & (low < left.stop) & (high >= right.start) & (high < right.stop)
    return Hits(*(column[kept] for column in hits))


def _table(offers: pa.Table, fused: Fused) -> pa.Table:
    flags = np.stack([fused.channels >> i & 1 for i in range(len(CHANNELS))], axis=1).astype(bool)
    offsets = np.concatenate([[0], np.cumsum(flags.sum(axis=1))]).astype(np.int32)
    names = pa.DictionaryArray.from_arrays(np.nonzero(flags)[1].astype(np.int32), pa.array(CHANNELS))
    columns = schema.pair_columns(offers, fused.left, fused.right)
    columns["channels"] = pa.ListArray.from_arrays(offsets, names)
    columns["rank"] = fused.rank
    return schema.conform(columns, schema.CANDIDATES)
