"""Fits the shipped calibration of the bundled scorer: `python -m training.fit_calibration --data FOLDER`.

It is fitted on products that the model was not trained on, as a run sees them: all candidates of blocking, in whole
catalogs and in two of many, and where a tenth, four tenths, nine tenths or all of the products are singletons, whose
nearest candidates are their siblings; and pairs files, whose pairs have no competing candidates. Models that were
trained without a set (`--unseen`) score it whole, and with it runs of invented siblings of the fold of kinds that they
were trained without: they stand for domains and kinds that the shipped model has not seen. Their
scores are first quantile-matched to the shipped model's on pairs that neither saw, because a model that was trained for
less time spreads its scores less. Each source counts the same, however large it is, except that candidates of an unseen
domain count four times, because a user's domain is unseen, those of invented siblings twice that, and nearly disjoint
catalogs half.
"""

import argparse
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sku_align.calibration.calibration import SHIPPED, Calibration
from sku_align.calibration.features import FEATURE_NAMES, Evidence, raw_log_odds
from sku_align.calibration.fit import MATCH_PRIOR, Examples, Limits, fit_regression
from sku_align.calibration.one_to_one import OneToOne
from sku_align.calibration.prior import PRIOR
from sku_align.evaluation.pairs import average_precision, calibration_error
from sku_align.scoring.scorers.bundled import BundledScorer
from training.groups import TRAIN
from training.invented_runs import SHARED, invented_runs
from training.labelled import Labelled, candidates, labelled_folders, pair_files, runs, samples
from training.offers import SEEN_PRODUCT_SETS, set_names
from training.raw_scores import StoredScores

SOURCE_WEIGHT = 2000.0
UNSEEN_WEIGHT, DISJOINT_WEIGHT, INVENTED_WEIGHT = 4.0, 0.5, 2.0
# Log odds that are taken off what fits best, because a wrong merge costs more than a question. Chosen by the prepared,
# unprepared and read siblings: of 682 different pairs 25 merge instead of 33 with .3, of 363 equal ones 279 instead of
# 286.
CAUTION = 0.45
FOLDS = 5
# Labelled catalogs list hardly a refill, a used or a left one without the thing itself, so a free fit takes standing
# alone for proof (2.8 for the nearest, 0.3 for the scorer between -4 and 2), and makes of the share of offers that seem
# to have a partner, which is itself worked out from the odds, three times the evidence that it is (2.9; by Bayes it
# counts once). A part for a device carries the device's code. No labelled set has GTINs, so that a fit leaves one that
# agrees at its prior weight, less than a scorer's doubt weighs here. Pairs of whole catalogs of which no word is left
# over are sure by other evidence, so that a fit sees no use of it; a pair that stands alone has hardly another. What
# the limits cost and save is measured in docs/experiments/siblings.md.
LIMITS: Limits = {
    "raw": (1.0, None),
    "raw_hinge_low": (0.0, 0.3),
    "raw_picked": (-0.6, None),
    "mutual_nearest": (0.0, 2.5),
    "no_competitor": (None, 0.5),
    "word_missing": (-5.0, -0.5),
    "sibling_word_missing": (-5.0, -0.5),
    "nothing_left_over": (3.0, None),
    "sibling_silence": (-5.0, -2.0),
    "part_number_agrees": (0.0, 5.0),
    "gtin_agrees": (5.5, None),
    MATCH_PRIOR: (None, 1.0),
}

# What the table of kinds says.
OF_KINDS = ("kind_agrees", "kind_conflicts", "nothing_left_over")

Scores = NDArray[np.float32]


class Scorer(Protocol):
    """What gives raw scores: the bundled scorer, stored scores of it, or a quantile-matched one."""

    def score(self, offers: pa.Table, pairs: NDArray[np.int64]) -> Scores:
        """Raw scores of pairs, shape (m,)."""


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

    def __init__(self, scorer: Scorer, offers: pa.Table, pairs: NDArray[np.int64], like: Scores) -> None:
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


def from_file(part: Labelled, scorer: Scorer, unseen: bool = False) -> Source:
    """Score the pairs of a file: those held back, or all of them where the set is unseen."""
    part = part if unseen else held_back_pairs(part)
    pairs = part.pairs
    raw = scorer.score(pairs.offers, pairs.rows)
    matrix = Evidence.of(pairs.offers, pairs.rows, raw_log_odds(raw, "log_odds"), None).matrix()
    examples = Examples(matrix, np.arange(len(raw)), pairs.labels, _weights(len(raw)))
    return Source(part.name, "unseen pairs" if unseen else "pairs", examples, part.splits_with)


def from_candidates(part: Labelled, scorer: Scorer, kind: str, share: float, unseen: bool = False) -> Source:
    """Score all candidates of a run; the labels of held-back products count, or all where the set is unseen.

    Args:
        part: The candidates of one run.
        scorer: Gives raw scores.
        kind: What the run is called in the table of figures.
        share: Share of the products that are singletons.
        unseen: The model was trained without the set.
    """
    offers, rows, labels = part.pairs.offers, part.pairs.rows, part.pairs.labels
    # Every candidate is scored, because the features of a pair depend on all candidates of its two offers.
    raw = scorer.score(offers, rows)
    at = np.flatnonzero((part.sides != TRAIN).any(axis=1) | unseen)
    matrix = Evidence.of(offers, rows, raw_log_odds(raw, "log_odds"), part.rank).matrix()
    counts = (UNSEEN_WEIGHT if unseen else 1.0) * (DISJOINT_WEIGHT if share > 0.5 else 1.0)
    examples = Examples(matrix, at, labels[at], _weights(len(at), counts), OneToOne.of(offers, rows))
    print(f"{part.name} {kind}: {len(at)} labels of {len(rows)} candidates", flush=True)
    return Source(part.name, f"unseen {kind}" if unseen else kind, examples, part.splits_with[at])


def unlisted(source: Source) -> Source:
    """A source as if the table of kinds held none of its kinds: invented runs stand for those that it lacks."""
    matrix = source.examples.matrix.copy()
    matrix[:, [FEATURE_NAMES.index(name) for name in OF_KINDS]] = 0.0
    return replace(source, examples=replace(source.examples, matrix=matrix))


def fit(sources: list[Source], scorer: str, held: Mapping[str, float]) -> Calibration:
    """One logistic regression over all sources; weights of `held` stay as they are."""
    start = Calibration(scorer, "log_odds", 0.0, PRIOR, one_to_one=True, match_prior_weight=1.0)
    limits = {**LIMITS, **{name: (weight, weight) for name, weight in held.items()}}
    fitted = fit_regression([source.examples for source in sources], start, limits)
    return replace(fitted, intercept=fitted.intercept - CAUTION)


def figures(name: str, labels: NDArray[np.bool_], probability: NDArray[np.float64]) -> dict[str, Any]:
    """Figures that are reported of one source."""
    sure = probability >= 0.9
    return {
        "source": name,
        "pairs": len(labels),
        "average_precision": round(average_precision(labels, probability), 4) if labels.any() else None,
        "precision_at_0.9": round(float(labels[sure].mean()), 4) if sure.any() else None,
        "recall_at_0.9": round(float(labels[sure].sum() / labels.sum()), 4) if labels.any() else None,
        "wrong_at_0.9": int((sure & ~labels).sum()),
        "calibration_error": round(calibration_error(labels, probability), 4),
    }


def judge(sources: list[Source], scorer: str, held: Mapping[str, float]) -> list[dict[str, Any]]:
    """Figures of each source cross-validated by product, and from a fit without its domain."""
    rows = []
    folds = [np.array([_lot(group) % FOLDS for group in source.groups.tolist()]) for source in sources]
    within = [np.zeros(len(source.groups)) for source in sources]
    for fold in range(FOLDS):
        fitted = fit([source.chosen(f != fold) for source, f in zip(sources, folds, strict=True)], scorer, held)
        for source, numbers, odds in zip(sources, folds, within, strict=True):
            odds[numbers == fold] = source.examples.odds(fitted)[numbers == fold]
    others = {
        domain: fit([source for source in sources if source.domain != domain], scorer, held)
        for domain in sorted({source.domain for source in sources})
    }
    for source, odds in zip(sources, within, strict=True):
        name, labels, other = f"{source.domain} {source.kind}", source.examples.labels, others[source.domain]
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
    parser.add_argument("--scores", type=Path, help="raw scores that `training.raw_scores score` wrote")
    parser.add_argument(
        "--unseen-scores", nargs="*", default=[], metavar="SET=FILE", help="the same of models trained without a set"
    )
    parser.add_argument("--out", type=Path, default=SHIPPED, help="folder of the calibration")
    parser.add_argument(
        "--keep", type=Path, help="calibration whose weights of the features of --held are kept; all others are fitted"
    )
    parser.add_argument("--held", nargs="*", default=[], metavar="FEATURE")
    parser.add_argument("--no-figures", action="store_true", help="leave out cross-validation, most of the time")
    options = parser.parse_args()
    fingerprint = BundledScorer().fingerprint
    scorer: Scorer = StoredScores(options.scores, fingerprint) if options.scores else BundledScorer()
    models: dict[str, Scorer] = {name: BundledScorer(Path(path)) for name, path in _named(options.unseen)}
    models |= {name: StoredScores(Path(path), name) for name, path in _named(options.unseen_scores)}
    kept = Calibration.read(options.keep).weights if options.keep else {}
    held = {name: kept[name] for name in options.held}
    sources = collect(options.data, scorer, models, options.cache)
    facts: dict[str, Any] = {"pairs": sum(len(source.groups) for source in sources)}
    if not options.no_figures:
        table = pd.DataFrame(judge(sources, fingerprint, held))
        print(table.to_string(index=False))
        facts["sources"] = table.to_dict("records")
    calibration = fit(sources, fingerprint, held)
    stored = replace(calibration, fitted_on=facts).save(options.out)
    print(stored, dict(calibration.weights), calibration.intercept, calibration.match_prior_weight)


def collect(data: Path, scorer: Scorer, models: Mapping[str, Scorer], cache: Path | None) -> list[Source]:
    """Everything that is known, scored by the shipped model and, set by set, by a model that has not seen the set."""
    sample = samples(cache)
    like = scorer.score(*sample)
    unseen = {name: QuantileMatched(model, *sample, like) for name, model in models.items()}
    sources = []
    for folder in labelled_folders(data):
        judges: list[tuple[Scorer, bool]] = [(scorer, False)]
        if folder.name in unseen:
            judges.append((unseen[folder.name], True))
        parts = pair_files(folder)
        for judging, is_unseen in judges:
            found = (from_file(part, judging, is_unseen) for part in parts)
            sources += [source for source in found if source.examples.labels.any()]
        for share, catalogs in runs(folder):
            part = candidates(folder, cache, share, catalogs)
            kind = f"{share:.0%} singletons" + (", two catalogs" if catalogs else "")
            sources += [from_candidates(part, judging, kind, share, is_unseen) for judging, is_unseen in judges]
    for fold, name in enumerate(set_names(data)):
        if name in unseen:
            for share, part in zip(SHARED, invented_runs(fold, cache), strict=True):
                kind = f"fold {fold}, {share:.0%} shared"
                source = unlisted(from_candidates(part, unseen[name], kind, 0.0, unseen=True))
                weights = INVENTED_WEIGHT * source.examples.weights
                sources.append(replace(source, examples=replace(source.examples, weights=weights)))
    return sources


def _named(words: list[str]) -> list[tuple[str, str]]:
    return [(name, path) for name, _, path in (word.partition("=") for word in words)]


if __name__ == "__main__":
    main()
