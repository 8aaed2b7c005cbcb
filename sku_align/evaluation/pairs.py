"""How well a scorer judges labelled pairs: average precision, precision and recall at thresholds, calibration error.

A pairs file is a CSV with `left_*` and `right_*` columns of canonical names and a `label` of 0 or 1. Its two sides are
read as two catalogs, by the code that reads users' catalogs, so that the figures hold for what a run would see.
"""

import csv
import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sku_align.catalogs.ingest import CatalogSource, ingest
from sku_align.config import Settings
from sku_align.errors import UserError
from sku_align.evaluation.bootstrap import Interval, product_weights
from sku_align.pairs import language_pairs, pair_rows

THRESHOLDS = (0.5, 0.7, 0.9)
BINS = 10


@dataclass(frozen=True)
class LabelledPairs:
    """Pairs with the truth.

    Attributes:
        offers: Table of `schema.OFFERS`.
        rows: Row numbers of the pairs, shape (m, 2).
        labels: Whether a pair is one product, shape (m,).
        groups: Product group of the left side, shape (m,).
        lines: Where a pair stands in its file, counted from 0 without the header, shape (m,).
    """

    offers: pa.Table
    rows: NDArray[np.int64]
    labels: NDArray[np.bool_]
    groups: NDArray[np.int64]
    lines: NDArray[np.int64]


@dataclass(frozen=True)
class PairFigures:
    """Figures of one set of pairs; precision and recall by threshold, nan where no pair reaches it.

    `best_f1` is that of the best threshold on these very pairs, as papers give it: what no threshold chosen beforehand
    reaches.
    """

    pairs: int
    positives: int
    average_precision: Interval
    best_f1: Interval
    precision: dict[float, Interval]
    recall: dict[float, Interval]
    calibration_error: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def read_pairs(path: Path, settings: Settings | None = None) -> LabelledPairs:
    """Read a pairs file.

    Args:
        path: UTF-8 CSV with `left_title`, `right_title`, `label` and any other canonical columns with either prefix.
        settings: Settings of the run; catalogs named `left` and `right` say how to read the sides.

    Returns:
        The pairs whose both offers passed ingestion, with `offers` of `schema.OFFERS`.

    Raises:
        UserError: The file cannot be read, lacks a column, or has a label other than 0 and 1.
    """
    settings = settings or Settings()
    rows = _read_rows(path)
    keys = [(_content_id(row, "left_"), _content_id(row, "right_")) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        sources = [
            _side(Path(folder), side, [(pair[at], row) for pair, row in zip(keys, rows, strict=True)], settings)
            for at, side in enumerate(("left", "right"))
        ]
        offers = ingest(sources, settings).offers
    sides = {"left_catalog": ["left"] * len(rows), "right_catalog": ["right"] * len(rows)}
    ids = {"left_offer_id": [left for left, _ in keys], "right_offer_id": [right for _, right in keys]}
    numbers = pair_rows(offers, pa.table({**sides, **ids}))
    kept = (numbers >= 0).all(axis=1)
    labels = np.array([row["label"] == "1" for row in rows], dtype=bool)[kept]
    numbers = numbers[kept]
    groups = product_groups(len(offers), numbers, labels)[numbers[:, 0]]
    return LabelledPairs(offers, numbers, labels, groups, np.flatnonzero(kept))


def product_groups(offers: int, rows: NDArray[np.int64], labels: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number the products that the positive pairs imply: one group per connected component, shape (offers,)."""
    left, right = rows[labels].T
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(offers, offers))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def average_precision(
    labels: NDArray[np.bool_], scores: NDArray[np.floating[Any]], weights: NDArray[np.floating[Any]] | None = None
) -> float:
    """Area under the precision-recall steps, tied scores taken together; nan without a positive.

    Example:
        >>> average_precision(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))
        0.8333333333333333
    """
    order, ends = _steps(scores)
    return float(_average_precision(labels, np.ones(len(labels)) if weights is None else weights, order, ends))


def calibration_error(
    labels: NDArray[np.bool_],
    probability: NDArray[np.floating[Any]],
    weights: NDArray[np.floating[Any]] | None = None,
) -> float:
    """Expected calibration error over ten equal-width bins; each pair counts once, or what it weighs.

    Example:
        >>> round(calibration_error(np.array([True, False, True, True]), np.array([0.95, 0.95, 0.95, 0.95])), 2)
        0.2
    """
    weight = np.ones(len(labels)) if weights is None else np.asarray(weights, dtype=np.float64)
    bins = np.minimum((np.asarray(probability) * BINS).astype(np.int64), BINS - 1)
    # Weights and differences are summed per bin, so an empty bin adds nothing.
    gap = np.bincount(bins, weights=weight * (np.asarray(probability, dtype=np.float64) - labels), minlength=BINS)
    return float(np.abs(gap).sum() / weight.sum()) if len(labels) else 0.0


def judge(
    labels: NDArray[np.bool_],
    probability: NDArray[np.floating[Any]],
    groups: NDArray[np.int64],
    resamples: int = 300,
    seed: int = 0,
) -> PairFigures:
    """Compare probabilities with the truth.

    Args:
        labels: Truth, shape (m,).
        probability: Match probabilities, shape (m,).
        groups: Product group of each pair, shape (m,); the bootstrap draws groups.
        resamples: Bootstrap draws.
        seed: Seed of the draws.
    """
    order, ends = _steps(probability)
    numbers = np.unique(groups, return_inverse=True)[1]
    draws = list(product_weights(numbers, resamples, seed))

    def interval(figure: Callable[[NDArray[Any]], float]) -> Interval:
        drawn = np.array([figure(draw) for draw in draws])
        drawn = drawn[~np.isnan(drawn)]
        low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (np.nan, np.nan)
        return Interval(figure(np.ones(len(labels))), float(low), float(high))

    def share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> Interval:
        return interval(lambda w: float(w[part].sum() / w[whole].sum()) if w[whole].sum() else float("nan"))

    above = {threshold: np.asarray(probability) >= threshold for threshold in THRESHOLDS}
    return PairFigures(
        pairs=len(labels),
        positives=int(labels.sum()),
        average_precision=interval(lambda w: _average_precision(labels, w, order, ends)),
        best_f1=interval(lambda w: _best_f1(labels, w, order, ends)),
        precision={t: share(mask & labels, mask) for t, mask in above.items()},
        recall={t: share(mask & labels, labels) for t, mask in above.items()},
        calibration_error=calibration_error(labels, probability),
    )


def judge_by_language(pairs: LabelledPairs, probability: NDArray[np.floating[Any]]) -> Mapping[str, PairFigures]:
    """Figures of all pairs under "all", then of each language pair by name."""
    names = language_pairs(pairs.offers, pairs.rows)
    figures = {"all": judge(pairs.labels, probability, pairs.groups)}
    distinct = sorted(set(names.tolist()))
    for name in distinct if len(distinct) > 1 else []:
        mask = names == name
        figures[name] = judge(pairs.labels[mask], probability[mask], pairs.groups[mask])
    return figures


def _steps(scores: NDArray[np.floating[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.argsort(-np.asarray(scores), kind="stable")
    ordered = np.asarray(scores)[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) if len(order) else order
    return order, ends


def _average_precision(
    labels: NDArray[np.bool_], weights: NDArray[Any], order: NDArray[np.int64], ends: NDArray[np.int64]
) -> float:
    hits = np.cumsum((weights * labels)[order])[ends]
    total = np.cumsum(weights[order])[ends]
    if len(hits) == 0 or hits[-1] == 0:
        return float("nan")
    return float(np.sum(np.diff(hits, prepend=0.0) * hits / np.maximum(total, 1e-12)) / hits[-1])


def _best_f1(
    labels: NDArray[np.bool_], weights: NDArray[Any], order: NDArray[np.int64], ends: NDArray[np.int64]
) -> float:
    hits, total = (np.cumsum(values[order])[ends] for values in (weights * labels, weights))
    if len(hits) == 0 or hits[-1] == 0:
        return float("nan")
    return float((2 * hits / (total + hits[-1])).max())


def _read_rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"The pairs file {path} cannot be read as a UTF-8 CSV: {error}.") from error
    for column in ("left_title", "right_title", "label"):
        if not rows or column not in rows[0]:
            raise UserError(f"The pairs file {path} has no rows or no column {column}, which it needs.")
    for number, row in enumerate(rows, start=2):
        if row["label"] not in {"0", "1"}:
            raise UserError(f"The pairs file {path}, line {number}: label is {row['label']!r}; it must be 0 or 1.")
    return rows


def _content_id(row: Mapping[str, str], prefix: str) -> str:
    text = "\x1f".join(f"{name}={value}" for name, value in sorted(row.items()) if name.startswith(prefix))
    return hashlib.blake2b(text.removeprefix(prefix).encode(), digest_size=8).hexdigest()


def _side(folder: Path, side: str, rows: Sequence[tuple[str, Mapping[str, str]]], settings: Settings) -> CatalogSource:
    prefix = f"{side}_"
    names = [name for name in rows[0][1] if name.startswith(prefix) and name != f"{prefix}offer_id"]
    path = folder / f"{side}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["offer_id", *(name.removeprefix(prefix) for name in names)])
        for offer_id, row in sorted(dict(rows).items()):
            writer.writerow([offer_id, *(row[name] for name in names)])
    return CatalogSource(side, path, settings.catalog(side))
