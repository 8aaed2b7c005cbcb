"""Clusters and candidates held against gold: how much of what was joined is right, how much that is right was joined.

Everything is counted from contingency tables, never by listing pairs, so a million offers take seconds.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sku_align import schema
from sku_align.errors import UserError
from sku_align.evaluation.bootstrap import Interval, intervals
from sku_align.pairs import pair_rows

GOLD = pa.schema([*schema.KEY, ("gold_product_id", pa.string())])
OVERALL = "all"

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Agreement:
    """How well predicted groups match true ones; a ratio of nothing is NaN."""

    true_pairs: float
    predicted_pairs: float
    correct_pairs: float

    @property
    def precision(self) -> float:
        """Share of the predicted pairs that are true."""
        return _ratio(self.correct_pairs, self.predicted_pairs)

    @property
    def recall(self) -> float:
        """Share of the true pairs that were predicted."""
        return _ratio(self.correct_pairs, self.true_pairs)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _ratio(2 * self.correct_pairs, self.true_pairs + self.predicted_pairs)

    def ratios(self) -> dict[str, float]:
        """Precision, recall and F1 by name."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1}


@dataclass(frozen=True)
class BCubed:
    """Precision and recall averaged over offers, so that a large SKU counts no more than its offers."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _ratio(2 * self.precision * self.recall, self.precision + self.recall)


@dataclass(frozen=True)
class ClusterEvaluation:
    """Figures over the offers that gold labels.

    Attributes:
        offers: Number of labelled offers.
        products: Number of gold products.
        clusters: Number of clusters that hold a labelled offer.
        pairs: Pairwise figures over all offers, and for each pair of languages.
        b_cubed: B-cubed figures.
        completeness: Share of the true pairs that blocking let through, overall and by pair of languages; empty
            without candidates.
        candidates_per_offer: Candidate pairs per offer of the catalogs; None without candidates.
        exact: Gold products, clusters, and those that are equal as sets of labelled offers; groups of one count.
        categories: Pairwise figures by the first part of the category; a pair counts half in the category of each side.
        intervals: Measure ("precision", "recall", "f1", "b_cubed_f1", ...) -> its interval over products.
    """

    offers: int
    products: int
    clusters: int
    pairs: dict[str, Agreement]
    b_cubed: BCubed
    completeness: dict[str, float]
    candidates_per_offer: float | None
    exact: Agreement = Agreement(0, 0, 0)
    categories: dict[str, Agreement] = field(default_factory=dict)
    intervals: dict[str, Interval] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON would hold them, the ratios included."""
        document = asdict(self)
        for name in ("pairs", "categories"):
            for scope, agreement in getattr(self, name).items():
                document[name][scope] |= agreement.ratios()
        document["exact"] |= self.exact.ratios()
        document["b_cubed"]["f1"] = self.b_cubed.f1
        return document


def read_gold(path: Path) -> pa.Table:
    """Read gold labels from CSV or Parquet; ids stay text.

    Args:
        path: File with the columns `catalog`, `offer_id` and `gold_product_id`; others are passed over.

    Returns:
        Table of `GOLD`.

    Raises:
        UserError: The file is missing or unreadable, lacks a column, or labels an offer twice.
    """
    try:
        if path.suffix == ".parquet":
            table = pq.read_table(path)
        else:
            as_text = pyarrow.csv.ConvertOptions(column_types=dict(zip(GOLD.names, GOLD.types, strict=True)))
            table = pyarrow.csv.read_csv(path, convert_options=as_text)
    except FileNotFoundError as error:
        raise UserError(f"The gold file {path} does not exist.") from error
    except (OSError, pa.ArrowInvalid) as error:
        raise UserError(f"The gold file {path} cannot be read: {' '.join(str(error).split())}.") from error
    if missing := [name for name in GOLD.names if name not in table.column_names]:
        raise UserError(
            f"The gold file {path} lacks the column {missing[0]!r}: it needs {', '.join(GOLD.names)} in its first line."
        )
    gold = schema.conform(table.select(GOLD.names), GOLD)
    if len(gold.group_by(["catalog", "offer_id"]).aggregate([])) < len(gold):
        raise UserError(f"The gold file {path} labels an offer twice: keep one line for each catalog and offer_id.")
    return gold


def evaluate_clusters(
    gold: pa.Table, offers: pa.Table, clusters: pa.Table, candidates: pa.Table | None = None
) -> ClusterEvaluation:
    """Hold clusters against gold labels; offers without a label do not count.

    Args:
        gold: Table of `GOLD`.
        offers: Table of `schema.OFFERS`.
        clusters: Table with `catalog`, `offer_id` and `sku_id` or `cluster`; an offer it lacks counts as alone.
        candidates: Table of `schema.CANDIDATES`, for the share of true pairs that blocking let through.

    Returns:
        Pairwise figures count pairs of any two labelled offers, those of one catalog included; a pair of languages
        is named "en-zh-Hant", sorted, and stands for pairs of offers of these two languages.

    Raises:
        UserError: No offer has a label.

    Example:
        >>> from sku_align import schema
        >>> keys = [{"catalog": shop, "offer_id": "1"} for shop in ("de", "en", "fr")]
        >>> offers = schema.conform([{**key, "title": "Kettle", "language": "en"} for key in keys], schema.OFFERS)
        >>> gold = schema.conform([{**key, "gold_product_id": "kettle"} for key in keys], GOLD)
        >>> skus = schema.conform([{**key, "sku_id": sku} for key, sku in zip(keys, "AAB")], schema.CLUSTERS)
        >>> pairs = evaluate_clusters(gold, offers, skus).pairs["all"]
        >>> pairs.precision, round(pairs.recall, 2)  # one of the three true pairs was merged
        (1.0, 0.33)
    """
    labelled = _look_up(offers, gold, "gold_product_id")
    kept = np.flatnonzero(labelled >= 0)
    if not len(kept):
        raise UserError("No offer of the run is in the gold file: compare their catalog and offer_id columns.")
    found = _look_up(offers, clusters, "sku_id" if "sku_id" in clusters.column_names else "cluster")
    # An offer that no cluster holds is a cluster of its own.
    singleton = found < 0
    found[singleton] = found.max(initial=0) + 1 + np.arange(singleton.sum())
    truth, guess = _dense(labelled[kept]), _dense(found[kept])
    language = pc.dictionary_encode(pc.fill_null(offers["language"].combine_chunks(), "unknown"))
    names = language.dictionary.to_pylist()
    languages = language.indices.to_numpy()[kept].astype(np.int64)

    # Pairs are counted from the sizes of groups and never listed. A pair is correct if both share product and cluster,
    # which is a group of its own.
    true_pairs, predicted_pairs = (
        _pairs_by_language(truth, languages, names),
        _pairs_by_language(guess, languages, names),
    )
    correct_pairs = _pairs_by_language(_dense(truth * (guess.max() + 1) + guess), languages, names)
    pairs = {
        scope: Agreement(true_pairs.get(scope, 0), predicted_pairs.get(scope, 0), correct_pairs.get(scope, 0))
        for scope in [OVERALL, *sorted((true_pairs.keys() | predicted_pairs.keys()) - {OVERALL})]
    }
    completeness: dict[str, float] = {}
    if candidates is not None:
        let_through = _candidate_pairs(offers, candidates, labelled, language.indices.to_numpy(), names)
        completeness = {
            scope: _ratio(let_through.get(scope, 0), count.true_pairs)
            for scope, count in pairs.items()
            if count.true_pairs
        }
    return ClusterEvaluation(
        offers=len(kept),
        products=int(truth.max()) + 1,
        clusters=int(guess.max()) + 1,
        pairs=pairs,
        b_cubed=_b_cubed(truth, guess),
        completeness=completeness,
        candidates_per_offer=None if candidates is None else len(candidates) / len(offers),
        exact=_exact(truth, guess),
        categories=_by_category(offers["category"].take(pa.array(kept)), _shares(truth, guess)),
        intervals=_intervals(truth, guess),
    )


def _look_up(offers: pa.Table, table: pa.Table, column: str) -> Codes:
    """A column's values as codes, by offer; -1 for offers the table lacks."""
    codes = pc.dictionary_encode(table[column].combine_chunks()).indices
    keyed = table.select(["catalog", "offer_id"]).append_column("code", codes)
    row = pa.array(np.arange(len(offers)))
    joined = offers.select(["catalog", "offer_id"]).append_column("row", row).join(keyed, ["catalog", "offer_id"])
    return pc.fill_null(joined.sort_by("row")["code"], -1).to_numpy().astype(np.int64)


def _pairs_by_language(group: Codes, languages: Codes, names: list[str]) -> dict[str, int]:
    """Pairs within groups: overall, and by pair of languages."""
    width = len(names)
    # Offers of one group and language make a cell. Pairs within a cell, and between the cells of a group: cells are
    # sorted by group, so two of one group stand at most `width` apart.
    cell, size = np.unique(group * width + languages, return_counts=True)
    of_group, of_language = cell // width, cell % width
    counts = np.zeros((width, width), dtype=np.int64)
    np.add.at(counts, (of_language, of_language), size * (size - 1) // 2)
    for gap in range(1, width):
        near = np.flatnonzero(of_group[gap:] == of_group[:-gap]) if gap < len(cell) else np.zeros(0, dtype=np.int64)
        np.add.at(counts, (of_language[near], of_language[near + gap]), size[near] * size[near + gap])
    return _named(counts, names)


def _candidate_pairs(
    offers: pa.Table, candidates: pa.Table, labelled: Codes, languages: NDArray[np.integer[Any]], names: list[str]
) -> dict[str, int]:
    """True pairs among the candidates."""
    rows = pair_rows(offers, candidates)
    rows = rows[(rows >= 0).all(axis=1)]
    rows = rows[(labelled[rows[:, 0]] >= 0) & (labelled[rows[:, 0]] == labelled[rows[:, 1]])]
    rows = np.unique(np.sort(rows, axis=1), axis=0)
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (languages[rows[:, 0]], languages[rows[:, 1]]), 1)
    return _named(counts, names)


def _named(counts: NDArray[np.int64], names: list[str]) -> dict[str, int]:
    found = {OVERALL: int(counts.sum())}
    for one, other in zip(*np.nonzero(counts), strict=True):
        scope = "-".join(sorted((names[one], names[other])))
        found[scope] = found.get(scope, 0) + int(counts[one, other])
    return found


def _b_cubed(truth: Codes, guess: Codes) -> BCubed:
    # Of each offer: how many share its product and its cluster, over the size of its cluster (precision) or of its
    # product (recall); Bagga and Baldwin 1998.
    _, cell, shared = np.unique(truth * (guess.max() + 1) + guess, return_inverse=True, return_counts=True)
    together = shared[cell].astype(np.float64)
    return BCubed(
        precision=float(np.mean(together / np.bincount(guess)[guess])),
        recall=float(np.mean(together / np.bincount(truth)[truth])),
    )


def _exact(truth: Codes, guess: Codes) -> Agreement:
    """Groups of one side that are also groups of the other."""
    width = int(guess.max()) + 1
    cells, size = np.unique(truth * width + guess, return_counts=True)
    # A group is exact if the part that product and cluster share is all of both.
    whole = (size == np.bincount(truth)[cells // width]) & (size == np.bincount(guess)[cells % width])
    return Agreement(int(truth.max()) + 1, int(guess.max()) + 1, int(whole.sum()))


def _shares(truth: Codes, guess: Codes) -> NDArray[np.float64]:
    """Each offer's half of its true, predicted and correct pairs, then its B-cubed terms, shape (5, offers)."""
    _, cell, together = np.unique(truth * (guess.max() + 1) + guess, return_inverse=True, return_counts=True)
    same, product, cluster = together[cell], np.bincount(truth)[truth], np.bincount(guess)[guess]
    return np.stack([(product - 1) / 2, (cluster - 1) / 2, (same - 1) / 2, same / cluster, same / product])


def _intervals(truth: Codes, guess: Codes) -> dict[str, Interval]:
    shares = _shares(truth, guess)

    def figures(weights: NDArray[np.float64]) -> dict[str, float]:
        true, predicted, correct, of_cluster, of_product = (shares @ weights).tolist()
        offers = float(weights.sum())
        cubed = BCubed(_ratio(of_cluster, offers), _ratio(of_product, offers))
        named = {"b_cubed_precision": cubed.precision, "b_cubed_recall": cubed.recall, "b_cubed_f1": cubed.f1}
        return Agreement(true, predicted, correct).ratios() | named

    return intervals(figures, truth)


def _by_category(categories: pa.ChunkedArray, shares: NDArray[np.float64]) -> dict[str, Agreement]:
    """Pairwise figures by the first part of the category, the largest first; nothing where all share one."""
    first = np.array([(path or "").split(">")[0].split("/")[0].strip() for path in categories.to_pylist()], np.str_)
    names, codes = np.unique(first, return_inverse=True)
    sums = [np.bincount(codes, weights=share, minlength=len(names)) for share in shares[:3]]
    order = np.argsort(-sums[0], kind="stable")
    named = {str(names[at]): Agreement(*(float(each[at]) for each in sums)) for at in order if names[at]}
    return named if len(named) > 1 else {}


def _dense(codes: Codes) -> Codes:
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
