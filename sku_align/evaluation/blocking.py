"""What blocking loses, by language pair and channel, against gold labels."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sku_align.pairs import pair_positions, pair_rows
from sku_align.tabular import query

ALL = "all"
TRUE_PAIRS = """
    with labelled as (select row, catalog, gold_product_id from rows join gold using (catalog, offer_id))
    select l.row as one, r.row as other from labelled l join labelled r using (gold_product_id)
    where l.row < r.row and l.catalog != r.catalog order by one, other
"""


@dataclass(frozen=True)
class BlockingFigures:
    """Figures of one group of catalog pairs.

    Attributes:
        matches: True pairs between different catalogs.
        found: True pairs among the candidates.
        pair_completeness: found / matches.
        reduction_ratio: Share of the possible pairs that are not candidates.
        candidates_per_offer: Mean number of candidates of an offer in one other catalog.
        by_channel: Pair completeness of each channel alone.
        only_by_channel: Share of the true pairs that no other channel found.
    """

    matches: int
    found: int
    pair_completeness: float
    reduction_ratio: float
    candidates_per_offer: float
    by_channel: dict[str, float]
    only_by_channel: dict[str, float]


@dataclass(frozen=True)
class BlockingEvaluation:
    """Figures by budget and language pair, and the true pairs that were missed.

    Attributes:
        by_languages: Language pair such as "en-zh" (or "all") -> figures of the whole candidate table.
        by_budget: Candidates per offer and target catalog -> language pair -> pair completeness.
        missed: Missed pairs: the four ids, languages and both titles.
    """

    by_languages: dict[str, BlockingFigures]
    by_budget: dict[int, dict[str, float]]
    missed: pa.Table

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without the missed pairs."""
        groups = {name: asdict(figures) for name, figures in self.by_languages.items()}
        return {"by_languages": groups, "by_budget": self.by_budget, "missed": len(self.missed)}


def evaluate_blocking(
    offers: pa.Table, candidates: pa.Table, gold: pa.Table, budgets: Sequence[int] = (5, 10, 20)
) -> BlockingEvaluation:
    """Compare candidates with gold.

    Args:
        offers: Offers sorted by key, length n.
        candidates: `schema.CANDIDATES`.
        gold: catalog, offer_id, gold_product_id; offers without a label are nobody's match.
        budgets: Candidates per offer and target catalog to report pair completeness at.

    Returns:
        Figures and missed pairs; the figures over all pairs are under "all".
    """
    truth = _true_pairs(offers, gold)
    rows = pair_rows(offers, candidates)
    place = pair_positions(rows, truth, len(offers))
    flags = _channel_flags(candidates)
    ranks = np.append(candidates["rank"].to_numpy(), np.iinfo(np.int32).max)[place]
    languages = _Languages(offers)
    true_group, candidate_group = languages.pairs(truth), languages.pairs(rows)
    possible, sides = _possible(offers, languages)
    figures, budgeted = {}, {budget: dict[str, float]() for budget in budgets}
    groups = [(languages.name(code), [code]) for code in sorted(possible)]
    for name, codes in [*groups, (ALL, sorted(possible))]:
        mine, kept = np.isin(true_group, codes), np.isin(candidate_group, codes)
        pairs, owners = sum(possible[code] for code in codes), sum(sides[code] for code in codes)
        if not mine.any():
            continue
        hit = place[mine]
        found = {channel: np.where(hit >= 0, flag[hit], False) for channel, flag in flags.items()}
        count = np.sum(list(found.values()), axis=0)
        figures[name] = BlockingFigures(
            matches=int(mine.sum()),
            found=int((hit >= 0).sum()),
            pair_completeness=float((hit >= 0).mean()),
            reduction_ratio=1.0 - float(kept.sum()) / pairs,
            candidates_per_offer=2.0 * float(kept.sum()) / owners,
            by_channel={channel: float(one.mean()) for channel, one in found.items()},
            only_by_channel={channel: float((one & (count == 1)).mean()) for channel, one in found.items()},
        )
        for budget in budgets:
            budgeted[budget][name] = float((ranks[mine] <= budget).mean())
    missed = truth[place < 0]
    return BlockingEvaluation(figures, budgeted, _missed(offers, missed, languages))


def _true_pairs(offers: pa.Table, gold: pa.Table) -> NDArray[np.int64]:
    """Row pairs of one product in different catalogs, shape (m, 2), left < right."""
    rows = offers.select(["catalog", "offer_id"]).append_column("row", pa.array(np.arange(len(offers))))
    found = query(TRUE_PAIRS, rows=rows, gold=gold)
    return np.stack([found["one"].to_numpy(), found["other"].to_numpy()], axis=1).astype(np.int64)


def _channel_flags(candidates: pa.Table) -> dict[str, NDArray[np.bool_]]:
    lists = candidates["channels"].combine_chunks()
    parents = pc.list_parent_indices(lists).to_numpy()
    encoded = pc.list_flatten(lists).cast(pa.string()).dictionary_encode()
    flags = {}
    for code, name in enumerate(encoded.dictionary.to_pylist()):
        flags[name] = np.zeros(len(candidates), dtype=bool)
        flags[name][parents[encoded.indices.to_numpy() == code]] = True
    return dict(sorted(flags.items()))


class _Languages:
    """The language of every offer, and the unordered language pair of every pair of offers."""

    def __init__(self, offers: pa.Table) -> None:
        filled = pc.fill_null(offers["language"].combine_chunks(), "und").to_numpy(zero_copy_only=False).astype(str)
        self.names, self.codes = np.unique(filled, return_inverse=True)

    def pairs(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Code of the language pair of each pair of rows, shape (m,)."""
        one, other = self.codes[rows[:, 0]], self.codes[rows[:, 1]]
        return np.asarray(np.minimum(one, other) * len(self.names) + np.maximum(one, other), dtype=np.int64)

    def name(self, code: int) -> str:
        """A language pair such as "en-zh"."""
        return f"{self.names[code // len(self.names)]}-{self.names[code % len(self.names)]}"


def _possible(offers: pa.Table, languages: _Languages) -> tuple[dict[int, int], dict[int, int]]:
    """Possible pairs, and offers on either side counted once a target catalog, by language pair."""
    catalogs = offers["catalog"].combine_chunks().dictionary_encode().indices.to_numpy()
    # Offers of one catalog and language count as one, so that possible pairs are products of counts.
    groups, first, counts = np.unique(
        np.stack([catalogs, languages.codes]), axis=1, return_index=True, return_counts=True
    )
    one, other = np.triu_indices(len(counts), 1)
    apart = groups[0, one] != groups[0, other]
    one, other = one[apart], other[apart]
    possible: dict[int, int] = {}
    sides: dict[int, int] = {}
    for code, i, j in zip(languages.pairs(np.stack([first[one], first[other]], axis=1)), one, other, strict=True):
        possible[int(code)] = possible.get(int(code), 0) + int(counts[i]) * int(counts[j])
        sides[int(code)] = sides.get(int(code), 0) + int(counts[i]) + int(counts[j])
    return possible, sides


def _missed(offers: pa.Table, rows: NDArray[np.int64], languages: _Languages) -> pa.Table:
    columns: dict[str, Any] = {
        "languages": pa.array([languages.name(code) for code in languages.pairs(rows).tolist()], pa.string())
    }
    for side, at in (("left", rows[:, 0]), ("right", rows[:, 1])):
        for name in ("catalog", "offer_id", "title", "brand"):
            columns[f"{side}_{name}"] = offers[name].take(pa.array(at))
    return pa.table(columns)
