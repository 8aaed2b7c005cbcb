"""Fits the shipped calibration of the bundled scorer: `python -m training.fit_calibration --data FOLDER`.

It is fitted on products that the model was not trained on, as a run sees them: candidates of blocking with their
rivals, in whole catalogs, in catalogs where half or nine in ten of the products stand alone, and in two catalogs of
many, and pairs files, which have no rivals. Models that were trained without a set (`--unseen`) judge it whole: they
stand for trades that the shipped model has never met, once they are as sure as it is of pairs that neither met: a model
that was trained for less time is less sure. Each source counts the same, however large it is, except that
candidates of such a trade count four times, because a user's trade is one, and nearly disjoint catalogs half.
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
from sku_align.calibration.calibration import SHIPPED, Calibration, design, linked
from sku_align.calibration.fit import PRIOR, Examples, fit_layer
from sku_align.calibration.one_to_one import Places
from sku_align.calibration.run_features import rivalry
from sku_align.evaluation.pairs import average_precision, calibration_error
from sku_align.scoring.scorers.bundled import BundledScorer
from training.groups import TRAIN
from training.labelled import Labelled, candidates, pair_files, samples
from training.offers import SEEN_PRODUCT_SETS

SOURCE_WEIGHT = 2000.0
# How many products in ten stand in one catalog only.
LONE = {"candidates": 0, "thinned": 5, "sparse": 9}
STRANGE, DISJOINT = 4.0, 0.5
FOLDS = 5

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Source:
    """What one set says of pairs of one kind; `groups` has the product group of each labelled row."""

    domain: str
    kind: str
    examples: Examples
    groups: NDArray[Any]

    def chosen(self, mask: NDArray[np.bool_]) -> "Source":
        """Only some of the labels."""
        return replace(self, examples=self.examples.chosen(mask), groups=self.groups[mask])


class Stretched:
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
        """Raw scores as the other scorer would spread them, shape (m,); beyond all that was seen, as far beyond."""
        raw = self._scorer.score(offers, pairs)
        beyond = raw - raw.clip(self._own[0], self._own[-1])
        return (np.interp(raw, self._own, self._like) + beyond).astype(np.float32)


def held_back_pairs(part: Labelled) -> Labelled:
    """The pairs of a file that the model was not trained on."""
    if part.name in SEEN_PRODUCT_SETS:
        return part.chosen(np.full(len(part.pairs.labels), part.source == "pairs_valid"))
    return part.chosen((part.sides != TRAIN).all(axis=1))


def from_file(part: Labelled, scorer: BundledScorer | Stretched, met: bool = True) -> Source:
    """Score the pairs of a file: those held back, or all of them where the scorer never met the set."""
    part = held_back_pairs(part) if met else part
    pairs = part.pairs
    raw = scorer.score(pairs.offers, pairs.rows)
    matrix = design(pairs.offers, pairs.rows, raw, "none", rivalry(pairs.offers, pairs.rows, raw, None))
    examples = Examples(matrix, np.arange(len(raw)), pairs.labels, _weights(len(raw)))
    return Source(part.name, "pairs" if met else "unseen pairs", examples, part.splits_with)


def from_candidates(part: Labelled, scorer: BundledScorer | Stretched, met: bool = True) -> list[Source]:
    """Score all candidates of a set and judge those of held-back products, or all where the scorer never met the set.

    They are judged in whole catalogs, in thinned ones, and in two alone.
    """
    offers, rows, groups = part.pairs.offers, part.pairs.rows, part.pairs.groups
    product = np.full(len(offers), -1)
    product[rows[:, 0]] = groups
    product[rows[part.pairs.labels, 1]] = groups[part.pairs.labels]
    held = np.zeros(len(offers), dtype=bool)
    held[rows[(part.sides != TRAIN) | (not met)]] = True
    # Every candidate is scored, because what a pair's offers and catalogs have besides it says something about it.
    judged, raw = held[rows].any(axis=1), scorer.score(offers, rows)
    catalog = pd.factorize(np.array(offers["catalog"].to_pylist()))[0]
    print(f"{part.name} candidates: judged {judged.sum()} of {len(rows)}", flush=True)
    lone = {kind: np.array([_lot("thin", number) % 10 < tenths for number in product]) for kind, tenths in LONE.items()}
    kept_in = np.array([_lot("keep", number) % int(catalog.max() + 1) for number in product])
    present = {kind: ~alone | (kept_in == catalog) for kind, alone in lone.items()}
    if catalog.max() > 1:
        present["two catalogs"] = catalog < 2
    sources = []
    for kind, there in present.items():
        inside = there[rows].all(axis=1)
        pairs, at = rows[inside], np.flatnonzero(judged[inside])
        rank = rank_among(pairs, part.rank[inside], catalog)
        rivals = rivalry(offers, pairs, linked(raw[inside], "none"), rank)
        matrix = design(offers, pairs, raw[inside], "none", rivals)
        weights = _weights(len(at), (1.0 if met else STRANGE) * (DISJOINT if kind == "sparse" else 1.0))
        places = Places.of(offers.filter(pa.array(there)), (np.cumsum(there) - 1)[pairs])
        examples = Examples(matrix, at, part.pairs.labels[inside][at], weights, places)
        sources.append(Source(part.name, kind if met else f"unseen {kind}", examples, part.splits_with[inside][at]))
    return sources


def fit(sources: list[Source], scorer: str) -> Calibration:
    """One layer over all sources."""
    start = Calibration(scorer, "none", 0.0, PRIOR, exclusive=True, overlap=1.0)
    return fit_layer([source.examples for source in sources], start)


def rank_among(pairs: NDArray[np.int64], rank: NDArray[np.int32], catalog: NDArray[np.int64]) -> NDArray[np.int32]:
    """Mutual ranks of the pairs that are left, sorted by row, in the order that the ranks of all gave them."""
    left, right = pairs.T.astype(np.int32)
    meeting = np.unique(catalog[pairs], axis=0, return_inverse=True)[1].ravel()
    among = np.empty(len(pairs), dtype=np.int32)
    for here in (meeting == number for number in range(int(meeting.max(initial=-1)) + 1)):
        among[here] = mutual_rank(left[here], right[here], (rank.max() + 1 - rank[here]).astype(np.float32))
    return among


def figures(name: str, labels: NDArray[np.bool_], probability: NDArray[np.float64]) -> dict[str, Any]:
    """What is reported of one source."""
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
        layer = fit([source.chosen(f != fold) for source, f in zip(sources, folds, strict=True)], scorer)
        for source, numbers, odds in zip(sources, folds, within, strict=True):
            odds[numbers == fold] = source.examples.odds(layer)[numbers == fold]
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
    strangers = {
        name: Stretched(BundledScorer(Path(path)), *sample, like)
        for name, path in (word.split("=", 1) for word in options.unseen)
    }
    for folder in sorted(path for path in options.data.iterdir() if any(path.glob("pairs*.csv"))):
        judges: list[tuple[BundledScorer | Stretched, bool]] = [(scorer, True)]
        if folder.name in strangers:
            judges.append((strangers[folder.name], False))
        parts, gold = pair_files(folder), (folder / "gold.csv").exists()
        found = candidates(folder, options.cache) if gold else None
        for judging, met in judges:
            sources += [source for part in parts if (source := from_file(part, judging, met)).examples.labels.any()]
            if found is not None:
                sources += from_candidates(found, judging, met)
    table = pd.DataFrame(judge(sources, scorer.fingerprint))
    print(table.to_string(index=False))
    calibration = fit(sources, scorer.fingerprint)
    facts = {"sources": table.to_dict("records"), "pairs": sum(len(source.groups) for source in sources)}
    print(replace(calibration, fitted_on=facts).save(SHIPPED), dict(calibration.weights), calibration.intercept)


if __name__ == "__main__":
    main()
