"""The few published offers that matter for some new ones, as tables that the stages of a run read."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sku_align import schema
from sku_align.blocking.block import Around, block_around
from sku_align.config import Settings
from sku_align.deciding.guards import unforbidden
from sku_align.embedding.vectors import vectors_of
from sku_align.pairs import pair_columns, pair_rows, sort_offers
from sku_align.retrieval.index import PublishedIndex

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Neighbourhood:
    """New offers among the published ones that they could belong to.

    Attributes:
        offers: Table of `schema.OFFERS`, sorted by key, n rows.
        is_new: Which of them are asked about, shape (n,).
        sku_ids: SKU of each published offer, None for new ones; length n.
        candidates: Table of `schema.CANDIDATES`: each has a new offer.
        published: Table of `schema.SCORES`: pairs of published offers, as they were scored.
        published_candidates: Table of `schema.CANDIDATES` of the same pairs in the same order.
        published_decisions: Table of `schema.DECISIONS` of the same pairs in the same order.
    """

    offers: pa.Table
    is_new: NDArray[np.bool_]
    sku_ids: list[str | None]
    candidates: pa.Table
    published: pa.Table
    published_candidates: pa.Table
    published_decisions: pa.Table


def neighbourhood(
    index: PublishedIndex, catalog: str, offers: pa.Table, embeddings: pa.Table, settings: Settings
) -> Neighbourhood:
    """Block new offers against what was published, and gather what judging them takes.

    Beside the candidates these are: the partners that the candidates have elsewhere, because a pair is judged by its
    runner-up and by third catalogs; and the other offers of their SKUs, because a SKU is joined as a whole.

    Args:
        index: What was published.
        catalog: The catalog of the new offers.
        offers: Table of `schema.OFFERS`, sorted by key, all of this catalog.
        embeddings: Vectors of the same offers in the same order.
        settings: All settings of the published run.
    """
    own = {index.row_of(catalog, offer_id) for offer_id in offers["offer_id"].to_pylist()} - {-1}
    replaced = np.array(sorted(own), dtype=np.int64)
    counts = index.lexicon.count(offers)
    near = np.setdiff1d(_near(index, catalog, offers, embeddings, counts, settings), replaced)
    # Offers of the same catalog that want the same partners stand in the way of the new ones, as they would in a run.
    partners = _partners(index, near)
    competitors = np.setdiff1d(partners[_of_catalog(index, partners, catalog)], replaced)
    local = _Local.of(index, np.union1d(near, competitors), offers)
    around = Around(catalog, local.weights(index, counts), index.about["hubs"])
    vectors = local.embeddings(index, embeddings)
    duplicates = settings.with_duplicates({catalog})
    found = block_around(local.offers, vectors, settings.blocking, around, duplicates)
    found = found.filter(np.asarray(local.is_new[pair_rows(local.offers, found)].any(axis=1)))
    found = unforbidden(local.offers, found, settings.deciding)
    pairs = pair_rows(local.offers, found)
    chosen = local.rows[np.unique(pairs)]
    chosen = chosen[chosen >= 0]
    context = np.setdiff1d(np.union1d(index.with_mates(chosen), _partners(index, chosen)), replaced)
    wide = _Local.of(index, context, offers)
    positions = index.pairs_of(chosen)
    published = _published(index, positions, replaced)
    skus = [index.offers["sku_id"][int(row)].as_py() if row >= 0 else None for row in wide.rows]
    return Neighbourhood(wide.offers, wide.is_new, skus, found, *published)


def _near(
    index: PublishedIndex, catalog: str, offers: pa.Table, embeddings: pa.Table, counts: Any, settings: Settings
) -> Rows:
    """Rows that any channel finds from the side of the new offers, in every catalog that may hold their products."""
    blocking = settings.blocking
    weights = index.lexicon.weights(counts)
    vectors = vectors_of(embeddings)
    found = [index.sharing_identifiers(offers)]
    for other in index.catalogs:
        if other.name == catalog and not settings.with_duplicates({catalog}):
            continue
        for hits in (
            other.nearest.search(vectors, blocking.neighbours),
            other.postings.search(weights, blocking.lexical),
        ):
            found.append(np.unique(hits.found).astype(np.int64) + other.start)
    rows = np.unique(np.concatenate(found))
    # Offers of one catalog that lists a product once never match, even where they share an identifier.
    return rows if settings.with_duplicates({catalog}) else rows[~_of_catalog(index, rows, catalog)]


def _partners(index: PublishedIndex, rows: Rows) -> Rows:
    pairs = index.pairs.take(pa.array(index.pairs_of(rows)))
    ends = np.concatenate([pairs["left"].to_numpy(), pairs["right"].to_numpy()])
    return np.union1d(ends, rows).astype(np.int64)


def _of_catalog(index: PublishedIndex, rows: Rows, catalog: str) -> NDArray[np.bool_]:
    start, stop = next(((own.start, own.stop) for own in index.catalogs if own.name == catalog), (0, 0))
    return (rows >= start) & (rows < stop)


def _published(index: PublishedIndex, positions: Rows, without: Rows) -> tuple[pa.Table, pa.Table, pa.Table]:
    pairs = index.pairs.take(pa.array(positions))
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    kept = ~(np.isin(left, without) | np.isin(right, without))
    pairs, left, right = pairs.filter(pa.array(kept)), left[kept], right[kept]
    used, at = np.unique(np.concatenate([left, right]), return_inverse=True)
    keys = index.offers.select(["catalog", "offer_id"]).take(pa.array(used))
    columns = pair_columns(keys, at[: len(left)], at[len(left) :])
    scores = columns | {"raw_score": pairs["raw_score"], "probability": pairs["probability"]}
    decisions = columns | {name: pairs[name] for name in ("probability", "decision", "reason")}
    return (
        schema.conform(scores, schema.SCORES),
        schema.conform(columns | {"rank": pairs["rank"]}, schema.CANDIDATES),
        schema.conform(decisions, schema.DECISIONS),
    )


@dataclass(frozen=True)
class _Local:
    """Published and new offers in one table, sorted by key; `rows` are those of the index, -1 for new offers."""

    offers: pa.Table
    rows: Rows
    place: Rows

    @classmethod
    def of(cls, index: PublishedIndex, rows: Rows, offers: pa.Table) -> "_Local":
        published = index.offers.take(pa.array(rows)).select(schema.OFFERS.names).cast(schema.OFFERS)
        both = pa.concat_tables([published, offers])
        order = sort_offers(both.append_column("place", pa.array(np.arange(len(both)))))
        place = order["place"].to_numpy()
        known = np.concatenate([rows, np.full(len(offers), -1, dtype=np.int64)])
        return cls(order.drop_columns(["place"]).combine_chunks(), known[place], place)

    @property
    def is_new(self) -> NDArray[np.bool_]:
        return np.asarray(self.rows < 0)

    def weights(self, index: PublishedIndex, counts: Any) -> tuple[Any, Any]:
        """What all offers' words weigh, and their words and letter sequences together; `counts` of the new ones."""
        from scipy.sparse import vstack

        published = index.counts(np.sort(self.rows[~self.is_new]))
        published.resize(published.shape[0], counts.shape[1])
        return index.lexicon.weigh(vstack([published, counts], format="csr")[self.place], self.is_new)

    def embeddings(self, index: PublishedIndex, new: pa.Table) -> pa.Table:
        """Vectors of all offers, in their order."""
        published = np.asarray(index.vectors[np.sort(self.rows[~self.is_new])])
        vectors = np.concatenate([published, vectors_of(new)])[self.place]
        column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
        keys = {name: self.offers[name] for name in ("catalog", "offer_id")}
        return schema.conform(keys | {"vector": column}, schema.embeddings_schema(vectors.shape[1]))
