"""Fits the shipped calibration of the bundled scorer: `python -m training.fit_calibration --data FOLDER`.

It is fitted on products that the model was not trained on, as a run sees them: all candidates of blocking, in whole
catalogs, in catalogs where half or nine in ten of the products are singletons, and in two catalogs of many; and pairs
files, whose pairs have no competing candidates. Models that were trained without a set (`--unseen`) score it whole:
they stand for domains that the shipped model has not seen. Their scores are first quantile-matched to the shipped
model's on pairs that neither saw, because a model that was trained for less time spreads its scores less. Each source
counts the same, however large it is, except that candidates of an unseen domain count four times, because a user's
domain is unseen, and nearly disjoint catalogs half.
"""

import argparse
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.blocking.fuse import mutual_rank
from sku_align.calibration.calibration import SHIPPED, Calibration
from sku_align.calibration.features import feature_matrix, raw_log_odds
from sku_align.calibration.fit import Examples, fit_regression
from sku_align.calibration.one_to_one import OneToOne
from sku_align.calibration.prior import PRIOR
from sku_align.calibration.run_features import run_features
from sku_align.evaluation.pairs import average_precision, calibration_error
from sku_align.scoring.scorers.bundled import BundledScorer
from training.groups import TRAIN
from training.labelled import Labelled, candidates, pair_files, samples
from training.offers import SEEN_PRODUCT_SETS

SOURCE_WEIGHT = 2000.0
# How many products in ten are singletons.
SINGLETONS = {"candidates": 0, "thinned": 5, "sparse": 9}
UNSEEN_WEIGHT, DISJOINT_WEIGHT = 4.0, 0.5
FOLDS = 5

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Source:
    """Labelled pairs of one kind from one set; `groups` has the product group of each labelled row."""

    domain: str
    kind: str
    examples: Examples
    groups: NDArray[Any]

    def chosen(self, mask: NDArray[np.bool_]) -> "Source":
        """Only some of the labels."""
        return replace(self, examples=self.examples.chosen(mask), groups=self.groups[mask])


class QuantileMatched:
    """A scorer whose raw scores are spread as another's are.

    Args:
        scorer: The scorer.
        offers: Some offers.
        pairs: Row numbers of pairs, shape (m, 2).
        like: The other scorer's raw scores of these pairs, shape (m,).
    """

    def __init__(self, scorer: BundledScorer, offers: pa.Table, pairs: NDArray[np.int64], like: Scores) -> None:
        shares = np.linspace(0.005, 0.995, 60)
        self._scorer = scorer
        self._own, self._like = np.quantile(scorer.score(offers, pairs), shares), np.quantile(like, shares)

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> Scores:
        """Raw scores with the other scorer's quantiles, shape (m,); beyond the outermost ones, as far beyond."""
        raw = self._scorer.score(offers, pairs)
        beyond = raw - raw.clip(self._own[0], self._own[-1])
        return (np.interp(raw, self._own, self._like) + beyond).astype(np.float32)


def held_back_pairs(part: Labelled) -> Labelled:
    """The pairs of a file that the model was not trained on."""
    if part.name in SEEN_PRODUCT_SETS:
        return part.chosen(np.full(len(part.pairs.labels), part.source == "pairs_valid"))
    return part.chosen((part.sides != TRAIN).all(axis=1))


def from_file(part: Labelled, scorer: BundledScorer | QuantileMatched, unseen: bool = False) -> Source:
    """Score the pairs of a file: those held back, or all of them where the set is unseen."""
    part = part if unseen else held_back_pairs(part)
    pairs = part.pairs
    raw = scorer.score(pairs.offers, pairs.rows)
    of_run = run_features(pairs.offers, pairs.rows, raw, None)
    matrix = feature_matrix(pairs.offers, pairs.rows, raw, "log_odds", of_run)
    examples = Examples(matrix, np.arange(len(raw)), pairs.labels, _weights(len(raw)))
    return Source(part.name, "unseen pairs" if unseen else "pairs", examples, part.splits_with)


def from_candidates(part: Labelled, scorer: BundledScorer | QuantileMatched, unseen: bool = False) -> list[Source]:
    """Score all candidates of a set; the labels of held-back products count, or all where the set is unseen.

    They are taken from whole catalogs, from thinned ones, and from two catalogs only.
    """
    offers, rows, groups = part.pairs.offers, part.pairs.rows, part.pairs.groups
    product = np.full(len(offers), -1)
    product[rows[:, 0]] = groups
    product[rows[part.pairs.labels, 1]] = groups[part.pairs.labels]
    held = np.zeros(len(offers), dtype=bool)
    held[rows[(part.sides != TRAIN) | unseen]] = True
    # Every candidate is scored, because the features of a pair depend on all candidates of its two offers.
    judged, raw = held[rows].any(axis=1), scorer.score(offers, rows)
    catalog = pd.factorize(np.array(offers["catalog"].to_pylist()))[0]
    print(f"{part.name} candidates: judged {judged.sum()} of {len(rows)}", flush=True)
    singletons = {
        kind: np.array([_lot("thin", number) % 10 < tenths for number in product])
        for kind, tenths in SINGLETONS.items()
    }
    kept_in = np.array([_lot("keep", number) % int(catalog.max() + 1) for number in product])
    present = {kind: ~single | (kept_in == catalog) for kind, single in singletons.items()}
    if catalog.max() > 1:
        present["two catalogs"] = catalog < 2
    sources = []
    for kind, there in present.items():
        inside = there[rows].all(axis=1)
        pairs, at = rows[inside], np.flatnonzero(judged[inside])
        rank = rank_among(pairs, part.rank[inside], catalog)
        of_run = run_features(offers, pairs, raw_log_odds(raw[inside], "log_odds"), rank)
        matrix = feature_matrix(offers, pairs, raw[inside], "log_odds", of_run)
        weights = _weights(len(at), (UNSEEN_WEIGHT if unseen else 1.0) * (DISJOINT_WEIGHT if kind == "sparse" else 1.0))
        competing = OneToOne.of(offers.filter(pa.array(there)), (np.cumsum(there) - 1)[pairs])
        examples = Examples(matrix, at, part.pairs.labels[inside][at], weights, competing)
        sources.append(Source(part.name, f"unseen {kind}" if unseen else kind, examples, part.splits_with[inside][at]))
    return sources


def fit(sources: list[Source], scorer: str) -> Calibration:
    """One logistic regression over all sources."""
    start = Calibration(scorer, "log_odds", 0.0, PRIOR, one_to_one=True, match_prior_weight=1.0)
    return fit_regression([source.examples for source in sources], start)


def rank_among(pairs: NDArray[np.int64], rank: NDArray[np.int32], catalog: NDArray[np.int64]) -> NDArray[np.int32]:
    """Mutual ranks of the pairs that are left, sorted by row, in the order that the ranks of all gave them."""
    left, right = pairs.T.astype(np.int32)
    catalog_pair = np.unique(catalog[pairs], axis=0, return_inverse=True)[1].ravel()
    among = np.empty(len(pairs), dtype=np.int32)
    for here in (catalog_pair == number for number in range(int(catalog_pair.max(initial=-1)) + 1)):
        among[here] = mutual_rank(left[here], right[here], (rank.max() + 1 - rank[here]).astype(np.float32))
    return among


def figures(name: str, labels: NDArray[np.bool_], probability: NDArray[np.float64]) -> dict[str, Any]:
    """Figures that are reported of one source."""
    sure = probability >= 0.9
    return {
        "source": name,
        "pairs": len(labels),
        "average_precision": round(average_precision(labels, probability), 4),
        "precision_at_0.9": round(float(labels[sure].mean()), 4) if sure.any() else None,
        "recall_at_0.9": round(float(labels[sure].sum() / labels.sum()), 4),
        "calibration_error": round(calibration_error(labels, probability), 4),
    }


def judge(sources: list[Source], scorer: str) -> list[dict[str, Any]]:
    """Figures of each source cross-validated by product, and from a fit without its domain."""
    rows = []
    folds = [np.array([_lot(group) % FOLDS for group in source.groups.tolist()]) for source in sources]
    within = [np.zeros(len(source.groups)) for source in sources]
    for fold in range(FOLDS):
        fitted = fit([source.chosen(f != fold) for source, f in zip(sources, folds, strict=True)], scorer)
        for source, numbers, odds in zip(sources, folds, within, strict=True):
            odds[numbers == fold] = source.examples.odds(fitted)[numbers == fold]
    for source, odds in zip(sources, within, strict=True):
        name, labels = f"{source.domain} {source.kind}", source.examples.labels
        other = fit([s for s in sources if s.domain != source.domain], scorer)
        rows.append(figures(name, labels, other.curved(odds)) | {"fit": "all sets, other products"})
        rows.append(figures(name, labels, other.curved(source.examples.odds(other))) | {"fit": "other sets only"})
    return rows


def _weights(count: int, share: float = 1.0) -> NDArray[np.float64]:
    """Weights of a source's labels, which sum to what it counts."""
    return np.full(count, SOURCE_WEIGHT * share / max(count, 1))


def _lot(*parts: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def main() -> None:
    """Score, fit, judge and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    parser.add_argument(
        "--unseen", nargs="*", default=[], metavar="SET=FOLDER", help="shipped form of a model trained without a set"
    )
    parser.add_argument("--cache", type=Path, help="folder of embeddings of earlier runs")
    options = parser.parse_args()
    scorer, sources = BundledScorer(), []
    sample = samples(options.cache)
    like = scorer.score(*sample)
    unseen = {
        name: QuantileMatched(BundledScorer(Path(path)), *sample, like)
        for name, path in (word.split("=", 1) for word in options.unseen)
    }
    for folder in sorted(path for path in options.data.iterdir() if any(path.glob("pairs*.csv"))):
        judges: list[tuple[BundledScorer | QuantileMatched, bool]] = [(scorer, False)]
        if folder.name in unseen:
            judges.append((unseen[folder.name], True))
        parts, gold = pair_files(folder), (folder / "gold.csv").exists()
        found = candidates(folder, options.cache) if gold else None
        for judging, is_unseen in judges:
            sources += [
                source for part in parts if (source := from_file(part, judging, is_unseen)).examples.labels.any()
            ]
            if found is not None:
                sources += from_candidates(found, judging, is_unseen)
    table = pd.DataFrame(judge(sources, scorer.fingerprint))
    print(table.to_string(index=False))
    calibration = fit(sources, scorer.fingerprint)
    facts = {"sources": table.to_dict("records"), "pairs": sum(len(source.groups) for source in sources)}
    print(replace(calibration, fitted_on=facts).save(SHIPPED), dict(calibration.weights), calibration.intercept)


if __name__ == "__main__":
    main()
